"""The words of panorama and segment: hints, parts of strength and priority, each so that a pencil can redo it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from flask import url_for
from flask_babel import lazy_gettext as _l

from chains.engine.model import GapAction, Position, SegmentStatus
from crm.domain.access import Permission
from crm.domain.labels import label
from crm.domain.matching.wording import CONSTRAINTS
from crm.domain.space import EnvClass
from crm.services.chain_facts import RoomRow, SegmentFacts
from crm.services.panorama import Panorama
from crm.services.reach import STRONG, Step  # noqa: F401 - STRONG is read by templates
from crm.services.segment_page import SegmentPage
from crm.web.chains.address import link
from crm.web.formats import named
from crm.web.language import gettext as _

POSITIONS = {Position.UPSTREAM: _l("上游"), Position.MIDSTREAM: _l("中游"), Position.DOWNSTREAM: _l("下游")}
#: In the order of legend and keys 1–5.
STATUSES = (
    SegmentStatus.STRONG,
    SegmentStatus.WEAK,
    SegmentStatus.FILLING,
    SegmentStatus.MISSING,
    SegmentStatus.UNKNOWN,
)
ACTIONS = (
    GapAction.FILL,
    GapAction.EXTEND,
    GapAction.STRENGTHEN,
    GapAction.CONSOLIDATE,
    GapAction.WATCH,
    GapAction.SURVEY,
)
TIERS = {"mature": _l("成熟型"), "growth": _l("成长型"), "incubation": _l("孵化型")}
#: Parts of a priority: name and class of the bar, in the order of the formula.
PARTS = {
    "dependence": (_l("依赖"), "a"),
    "weakness": (_l("薄弱"), "d"),
    "neighbour": (_l("邻强"), "e"),
    "presence": (_l("邻接"), "b"),
    "downstream": (_l("下游"), "c"),
    "demand": (_l("外购"), "f"),
}
_ROOT = {GapAction.FILL: 500, GapAction.STRENGTHEN: 400}
_AROUND = {GapAction.FILL: 300, GapAction.STRENGTHEN: 300, GapAction.EXTEND: 500}


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a sum: its name, the bar's class, points as written, where its bar begins, and how it is reckoned."""

    name: str
    kind: str
    points: str
    most: str
    start: float
    width: float
    how: str


@dataclass(frozen=True, slots=True)
class Hint:
    """One of the three things to do: what, why, and the button (None: there is nothing to press)."""

    what: str
    why: str
    label: str = ""
    url: str | None = None
    segment: str | None = None


def percent(share: Fraction) -> str:
    """8.6% — one decimal below ten, none above; a share that is not nothing is never written as 0."""
    value = float(share) * 100
    if 0 < value < 0.1:
        return "<0.1%"
    return f"{value:.0f}%" if value >= 9.95 or value == 0 else f"{value:.1f}%"


def figure(value: Fraction) -> str:
    """A fraction as a decimal: whole ones without a point, others with one digit (two below ten)."""
    if value.denominator == 1:
        return f"{value.numerator:,}"
    return f"{float(value):,.2f}" if value < 10 else f"{float(value):,.1f}"


def age(months: int | None) -> str:
    """How long ago somebody looked."""
    if months is None:
        return _("从未调研")
    return _("%(months)s 个月前", months=months) if months else _("本月")


# ── The three hints ──────────────────────────────────────────────────────────────────────────────────────────────────


def hints(view: Panorama) -> list[Hint]:
    """What to do first on this chain; only what there is to do."""
    return [hint for hint in (_first(view), _lapsed(view), _near(view)) if hint]


def _first(view: Panorama) -> Hint | None:
    if view.first is None:
        return None
    segment, aims = view.first.segment, view.first.aims
    if segment.room.fit:
        room = _("%(count)s 处载体可承接", count=segment.room.fit)
    elif segment.room.to_verify:
        room = _("%(count)s 处载体待核实", count=segment.room.to_verify)
    else:
        room = _("区内无载体，转广佛协同") if segment.template else _("未定空间模板")
    if view.sees_aims:
        aimed = aims.leads + aims.projects
        room += _("，还没有线索瞄准") if not aimed else _("，已有 %(count)s 条线索和项目瞄准", count=aimed)
    name = named(segment)
    fill = segment.state.action is GapAction.FILL
    url = link("gaps.of_segment", Permission.TARGETS_EDIT, key=view.chain.key, segment=segment.key)
    return Hint(
        _("补链第一：%(name)s", name=name) if fill else _("延链第一：%(name)s", name=name),
        room,
        _("建目标清单") if url else _("看环节"),
        url or url_for("chains.segment", key=view.chain.key, segment=segment.key),
        segment.key,
    )


def _lapsed(view: Panorama) -> Hint | None:
    if not view.lapsed:
        return None
    what = _("%(count)s 个环节超过 %(months)s 个月未调研", count=view.lapsed, months=view.months)
    url = url_for("chains.show", key=view.chain.key, status="unknown")
    return Hint(what, _("显示为未摸清，不计入缺环"), _("派调研") if view.keeps else _("看名单"), url)


def _near(view: Panorama) -> Hint | None:
    step = view.near
    if step is None:
        return None
    url = url_for("chains.segment", key=view.chain.key, segment=step.segment.key)
    what = _("%(name)s距强还差 %(points)s 分", name=named(step.segment), points=step.lacks)
    return Hint(what, step_words(step), _("看环节"), url, step.segment.key)


def step_words(step: Step) -> str:
    """What one firm more would do."""
    if step.tier is None:
        return _("再落地一家企业还不够，要链主或多家")
    tier = str(TIERS[step.tier])
    return _("再落地一家%(tier)s（＋%(size)s）后强度 %(strength)s", tier=tier, size=step.size, strength=step.strength)


# ── Strength and priority, spelled out ───────────────────────────────────────────────────────────────────────────────


def strength_parts(page: SegmentPage) -> list[Part]:
    """集聚 + 链主 + 覆盖, exactly as the engine reckons them before the floor (MATCHING B)."""
    state = page.segment.state
    cluster, lead, cover = state.strength_parts
    most = (40, 30, 30) if cluster is not None else (0, 50, 50)
    rows = [
        (_("集聚"), "a", cluster, most[0], _cluster_words(page)),
        (_("链主"), "b", lead, most[1], _lead_words(page, most[1])),
        (_("覆盖"), "c", cover, most[2], _cover_words(page, most[2])),
    ]
    parts, start = [], Fraction(0)
    for name, kind, points, top, how in rows:
        shown = "–" if points is None else _tenth(points)
        width = points or Fraction(0)
        parts.append(Part(name, kind, shown, str(top) if top else "", float(start), float(width), how))
        start += width
    return parts


def _tenth(points: Fraction) -> str:
    """Rounded down to a tenth, as the sum is rounded down."""
    tenths = points.numerator * 10 // points.denominator
    return f"{tenths // 10}" if tenths % 10 == 0 else f"{tenths // 10}.{tenths % 10}"


def _cluster_words(page: SegmentPage) -> str:
    state, chain = page.segment.state, page.chain
    if state.quotient is None:
        return _("参照数未录入，区位商算不出；链主和覆盖各按满分 50 计。")
    if not state.count:
        return _("本地没有企业，不计分。")
    return _(
        "40 × 区位商 %(quotient)s ÷ 1.50，至多 40。区位商按本地 %(count)s 家、参照区 %(reference)s 家，"
        "全链本地 %(firms)s 家、参照区 %(total)s 家平滑后计算。",
        quotient=figure(state.quotient),
        count=state.count,
        reference=f"{page.segment.reference_count:,}",
        firms=sum(each.state.count for each in chain.segments),
        total=f"{chain.reference_total:,}",
    )


def _lead_words(page: SegmentPage, most: int) -> str:
    state = page.segment.state
    if state.leaders:
        return _("有链主企业，得满分 %(most)s。", most=most)
    if state.mature:
        return _("没有链主，有成熟型企业，得一半。")
    return _("没有链主，也没有成熟型企业，不得分。")


def _cover_words(page: SegmentPage, most: int) -> str:
    state = page.segment.state
    if not state.count:
        return _("本地没有企业，不计分。")
    if not state.requirement:
        return _("本地没有下游需求，视为全部覆盖。")
    return _(
        "%(most)s × 本地规模 %(size)s ÷ 下游需求 %(need)s，至多 %(most)s。规模 = 10 × 成熟 + 3 × 成长 + 孵化。",
        most=most,
        size=state.size,
        need=figure(state.requirement),
    )


def priority_parts(page: SegmentPage) -> list[Part]:
    """The parts of the priority in the order of the formula, each with its sum; each is rounded down by itself."""
    state = page.segment.state
    parts, start = [], 0
    for key, (name, kind) in PARTS.items():
        if key in state.parts:
            points = state.parts[key]
            parts.append(Part(str(name), kind, str(points), "", start, points, _priority_words(page, key)))
            start += points
    return parts


def _priority_words(page: SegmentPage, key: str) -> str:
    state = page.segment.state
    if key == "dependence":
        return _(
            "%(factor)s × √依赖度 %(share)s。依赖度：本地产出中经由本环节供货的份额。",
            factor=_ROOT[state.action],
            share=percent(state.dependence),
        )
    if key == "weakness":
        return _("3 ×（100 − 强度 %(strength)s）。", strength=state.strength)
    if key == "neighbour":
        return _("5 × 相邻最强环节的强度 %(strength)s。", strength=state.parts[key] // 5)
    if key == "presence":
        return _(
            "%(factor)s × 直接上下游中本地已有的份额 %(share)s。",
            factor=_AROUND[state.action],
            share=percent(state.presence),
        )
    if key == "downstream":
        return _("200 × 本地已有环节中位于本环节下游的份额 %(share)s。", share=percent(state.downstream))
    return _("4 × √年外购 %(volume)s 万元，至多 200。", volume=f"{state.demand:,}")


def parts_line(segment: SegmentFacts) -> str:
    """「依赖 51 邻接 300 下游 82」"""
    return " ".join(
        f"{name} {segment.state.parts[key]}" for key, (name, _kind) in PARTS.items() if key in segment.state.parts
    )


def priority_title(page: SegmentPage) -> str:
    """Of which action the priority is, and its place among those of this chain."""
    segment = page.segment
    return _(
        "%(action)s优先级，本链同类 %(of)s 个环节中排第 %(place)s",
        action=action_word(segment.state.action),
        of=segment.standing_in_chain.of,
        place=segment.standing_in_chain.place,
    )


def action_word(action: GapAction) -> str:
    return str(_ACTIONS[action])


_ACTIONS = {
    GapAction.FILL: _l("补链"),
    GapAction.EXTEND: _l("延链"),
    GapAction.STRENGTHEN: _l("强链"),
    GapAction.CONSOLIDATE: _l("巩固"),
    GapAction.WATCH: _l("观察"),
    GapAction.SURVEY: _l("待调研"),
}


def advice(page: SegmentPage) -> str:
    """The one sentence above all others: what stands in the way of this segment; "" where nothing presses."""
    state, lacking = page.segment.state, page.missing_suppliers
    if state.status is SegmentStatus.UNKNOWN:
        return _("%(months)s 个月内没有人调研过本环节：未摸清，不等于缺。", months=page.months)
    if state.count and lacking:
        return _(
            "本环节 %(share)s 的投入来自 %(count)s 个缺环，最大的是%(name)s。",
            share=percent(page.missing_share),
            count=len(lacking),
            name=named(lacking[0].segment),
        )
    here = [each for each in page.customers if each.segment.state.count]
    if not state.count and here:
        return _("按图谱的供应关系，下游 %(count)s 个本地环节要用它，本地没有人供。", count=len(here))
    return ""


# ── Space and sources ────────────────────────────────────────────────────────────────────────────────────────────────


def env_word(value: str) -> str:
    """「环评 报告表」"""
    return _("环评 %(kind)s", kind=_(label(EnvClass(value))))


def question(page: SegmentPage) -> str:
    """What to ask first: the first unknown fact of a place that could hold the segment; "" where nothing is open."""
    row = _asked(page)
    if row is None:
        return ""
    place = f"{row.place.park_name} {row.place.unit_name}"
    return _("%(place)s的%(fact)s", place=place, fact=_(CONSTRAINTS[row.unknown[0]]))


def asked_park(page: SegmentPage) -> int | None:
    """The park whom the question concerns."""
    row = _asked(page)
    return row.place.park_id if row else None


def _asked(page: SegmentPage) -> RoomRow | None:
    return next((row for row in page.places if row.unknown), None)


def source_title(reference: Mapping[str, object]) -> str:
    """What a claim rests on, with its state: 「意见（征求意见稿）」; knowledge of the trade by its own word."""
    if reference.get("key") == "industry":
        return _("行业常识，未引用文件")
    title, status = str(reference.get("title") or reference.get("key") or ""), reference.get("status")
    return _("%(title)s（%(status)s）", title=title, status=status) if status else title


#: Groups of chains in the documents that ship with the product. Pages translate the stored word; the catalogue finds
#: them here. A group of another document stays as it is written there.
SHIPPED_GROUPS = (
    _l("优势链条"),
    _l("潜力链条"),
    _l("谋划链条"),
    _l("生产性服务业链条"),
    _l("园区链条"),
    _l("重点方向"),
)
