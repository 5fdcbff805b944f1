"""What page, print and file say of a plan in the same words. `say(msgid, **params)` speaks the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from crm.domain.labels import N_
from crm.services.plans.indicators import WORDS
from crm.services.plans.view import GapRow, GoalRow, PlanView

Say = Callable[..., str]


def plan_title(view: PlanView, say: Say, name: str) -> str:
    """The document's title, with its years where it has some; `name` is the chain's in the reader's language."""
    if view.document.period:
        first, last = view.document.period
        return say(N_("%(chain)s产业链一链一策（%(first)s—%(last)s 年）"), chain=name, first=first, last=last)
    return say(N_("%(chain)s产业链一链一策"), chain=name)


def team_words(view: PlanView, say: Say) -> str:
    """Who keeps the plan: as it was written, else its members, else that every chain team does."""
    if view.document.team:
        return view.document.team
    names = [person.name for person in view.members]
    if not names:
        return say(N_("各链专班共同维护"))
    return names[0] if len(names) == 1 else say(N_("%(name)s 等 %(count)s 人"), name=names[0], count=len(names))


def map_words(view: PlanView, say: Say) -> str:
    """Against which revision of the map the version was written; a shipped plan against none."""
    revision = view.document.map_revision
    if revision is None:
        return say(N_("未对照"))
    if revision == view.facts.revision:
        return say(N_("第 %(number)s 版"), number=revision)
    return say(N_("第 %(number)s 版（现在第 %(now)s 版）"), number=revision, now=view.facts.revision)


def present_words(row: GoalRow, say: Say) -> str:
    """The value of now with its unit, and what it leaves out; empty where the product does not know the figure."""
    if row.present is None or row.goal.indicator is None:
        return ""
    _name, unit = WORDS[row.goal.indicator]
    note = note_words(row, say)
    if row.present.value is None:
        return say(N_("现在：%(what)s"), what=note or say(N_("未知")))
    now = say(N_("现在 %(value)s %(unit)s"), value=f"{row.present.value:,f}", unit=say(unit))
    return say(N_("%(now)s，%(note)s"), now=now, note=note) if note else now


def note_words(row: GoalRow, say: Say) -> str:
    """What the value of now leaves out, if anything."""
    if row.present is None or row.present.note is None:
        return ""
    return say(row.present.note.msgid, **row.present.note.params)


def district_words(view: PlanView, say: Say) -> str:
    """The district's own figures, which the source does not break down by chain."""
    listed = say(N_("、")).join(
        f"{row.indicator}{row.operator or ''} {row.value.normalize():f} {row.unit or ''}".strip()
        for row in view.district_goals
    )
    year = view.district_goals[0].year
    return say(N_("上位目标：%(year)s 年%(goals)s。原文未按产业链分解。"), year=year, goals=listed)


def room_words(row: GapRow, say: Say) -> str:
    """Where it could go: places that fit, else places to verify, else that the district has none."""
    room = row.segment.room
    if not row.segment.template:
        return say(N_("未定空间模板"))
    if room.fit:
        return say(N_("%(count)s 处可承接"), count=room.fit)
    if room.to_verify:
        return say(N_("%(count)s 处待核实"), count=room.to_verify)
    return say(N_("区内无载体 · 广佛协同"))


def aim_words(row: GapRow, say: Say) -> str:
    """What is aimed at it, as far as the person may see."""
    if row.aims is None:
        return say(N_("无"))
    return concerned_words(row.aims.names[:1], row.aims.leads + row.aims.projects, say)


def concerned_words(names: Sequence[str], count: int, say: Say) -> str:
    """The first names, and how many there are."""
    if not names:
        return say(N_("无"))
    listed = say(N_("、")).join(names)
    return listed if count <= len(names) else say(N_("%(names)s 等 %(count)s 家"), names=listed, count=count)


def basis(say: Say, source: str) -> str:
    """What the plan rests on, and what it does not contain."""
    return say(
        N_(
            "依据：《%(source)s》，引用按章节标注。本方案不含与纳税挂钩的奖励；一事一议事项先做公平竞争审查。"
            "缺环、优先级、承接和任务为打印时的数；瞄准与对象按查看人的权限显示。"
        ),
        source=source,
    )
