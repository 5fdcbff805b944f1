"""The daily digest: one mail a person a day, whose first sentence says what to do (DOMAIN §6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from crm.domain.access import Permission, Role
from crm.domain.labels import N_
from crm.domain.reminders import NEVER, Level, Rule, Thresholds
from crm.infra.config import Settings
from crm.services import reminders
from crm.services.access import Actor
from crm.services.reminders import Digest, Duty, OpenReminder
from workers.emails.letter import Letter, Links, NothingToSayError, Voice

#: Rows shown of one list; the desk has the rest.
SHOWN = 20
_LEVELS = {
    Level.CHIEF: N_("已抄送科长"),
    Level.LEADER: N_("已送区领导"),
    Level.RED_BOX: N_("已进周报红项"),
}
_LEVEL_OF = {Role.CHIEF: Level.CHIEF, Role.LEADER: Level.LEADER}


@dataclass(frozen=True, slots=True)
class Line:
    """One matter as the templates show it: every word is there, nothing is computed."""

    name: str
    url: str
    what: str
    detail: str
    mark: str
    action_url: str
    action: str
    snooze_url: str | None
    snooze: str | None


def letter(
    session: Session, settings: Settings, recipient: Actor, params: Mapping[str, object], voice: Voice
) -> Letter:
    """The digest of `params["day"]` for the recipient, by what is open and what they may see at this moment."""
    day = date.fromisoformat(str(params["day"]))
    digest = reminders.digest_for(session, recipient, day)
    if digest.is_empty:
        raise NothingToSayError("everything is done by now")
    rules = reminders.thresholds(session)
    writer = _Writer(recipient, voice, Links.of(settings))
    summary = writer.summary(digest)
    day_words = f"{voice.day(day)} {voice.weekday(day)}"
    return Letter(
        template="daily",
        subject=voice.text(N_("【今日跟进】%(day)s：%(summary)s"), day=voice.day(day), summary=summary),
        preheader=writer.preheader(digest),
        band_right=voice.text(N_("今日跟进 · %(day)s"), day=day_words),
        context={**_lists(writer, digest), "headline": writer.headline(digest), "summary": summary}
        | {
            "escalation": writer.escalation(digest),
            "role": recipient.role.value,
            "rules_words": writer.rules(rules),
            "sent_at": f"{rules.digest_at:%H:%M}",
        },
        is_demo=digest.is_demo,
    )


def _lists(writer: _Writer, digest: Digest) -> dict[str, object]:
    today = [item for item in digest.due if item.rule is Rule.FOLLOW_UP_DUE]
    soon = [item for item in digest.due if item.rule is not Rule.FOLLOW_UP_DUE]
    lists = {
        "overdue": [writer.line(item, writer.overdue(item)) for item in digest.overdue[:SHOWN]],
        "today": [writer.line(item, writer.at(item)) for item in today[:SHOWN]],
        "soon": [writer.line(item, writer.turns_red(item)) for item in soon[:SHOWN]],
        "escalated": [writer.escalated(item) for item in digest.escalated[:SHOWN]],
        "counts": {
            "overdue": len(digest.overdue),
            "today": len(today),
            "soon": len(soon),
            "escalated": len(digest.escalated),
        },
        "coming": [writer.coming(item) for item in digest.coming],
    }
    return lists | {"coming_title": writer.coming_title(digest)}


@dataclass(frozen=True, slots=True)
class _Writer:
    """Words for one reader."""

    reader: Actor
    voice: Voice
    links: Links

    def headline(self, digest: Digest) -> str:
        name = self.reader.name.split("（")[0]
        if digest.owes_answers:
            return self.voice.text(N_("%(name)s，今天请答复 %(count)d 条推介"), name=name, count=digest.to_do)
        if digest.to_do:
            return self.voice.text(N_("%(name)s，今天要做 %(count)d 件"), name=name, count=digest.to_do)
        count = len(digest.escalated)
        return self.voice.text(N_("%(name)s，%(count)d 件逾期上送到您"), name=name, count=count)

    def summary(self, digest: Digest) -> str:
        today = sum(item.rule is Rule.FOLLOW_UP_DUE for item in digest.due)
        parts = (
            (len(digest.overdue), N_("%(count)d 件逾期")),
            (today, N_("%(count)d 件今天到期")),
            (len(digest.due) - today, N_("%(count)d 件临期")),
            (len(digest.escalated), N_("%(count)d 件上送到您")),
        )
        return self._list(self.voice.text(words, count=count) for count, words in parts if count)

    def _list(self, parts: Iterable[str]) -> str:
        return self.voice.text(N_("，")).join(parts)

    def preheader(self, digest: Digest) -> str:
        """The line beside the subject: what doing it now saves, or the first thing to do."""
        if digest.escalation:
            return self.voice.text(
                N_("逾期的今天办完，%(day)s就不会抄送科长。"), day=self.voice.day(digest.escalation.chief_on)
            )
        first = (*digest.overdue, *digest.due, *digest.escalated)[0]
        return f"{first.enterprise} · {self.voice.say(first.what)}"

    def line(self, item: OpenReminder, mark: str) -> Line:
        detail = [self.voice.say(item.detail)] if item.detail else []
        # Whoever was told knows it; the others should.
        if item.level in _LEVELS and _LEVEL_OF.get(self.reader.role) is not item.level:
            detail.append(self.voice.text(_LEVELS[item.level]))
        may_snooze = item.snoozes_left and self.reader.may(Permission.REMINDERS_SNOOZE)
        return Line(
            name=item.enterprise,
            url=self._url(item),
            what=self.voice.say(item.what),
            detail=" · ".join(detail),
            mark=mark,
            action_url=self._url(item),
            action=self._action(item),
            snooze_url=self.links.snooze(item.id) if may_snooze else None,
            snooze=self.voice.text(N_("延后 · 还可 %(count)d 次"), count=item.snoozes_left) if may_snooze else None,
        )

    def escalated(self, item: OpenReminder) -> Line:
        line = self.line(item, self.overdue(item))
        owner = self.voice.text(N_("负责人 %(name)s"), name=item.owner_name) if item.owner_name else ""
        words = [owner, line.detail]
        return Line(
            **{name: getattr(line, name) for name in ("name", "url", "what", "mark", "action_url", "action")},
            detail=" · ".join(word for word in words if word),
            snooze_url=None,
            snooze=None,
        )

    def _url(self, item: OpenReminder) -> str:
        kind, key = item.leads_to
        pages = {
            "introduction": self.links.introduction,
            "project": self.links.project,
            "commitment": self.links.commitment,
            "issue": self.links.issue,
            "plan_task": self.links.plan_task,
            "plan_version": self.links.plan_version,
            "chain": self.links.survey,
            "gap_target": self.links.target,
        }
        return pages.get(kind, self.links.lead)(key)

    def _action(self, item: OpenReminder) -> str:
        if item.duty is Duty.OWED:
            return self.voice.text(N_("查看并答复"))
        words = {
            Rule.FOLLOW_UP_DUE: N_("完成并定下一步"),
            Rule.LEAD_UNOWNED: N_("分派负责人"),
            Rule.LEAD_UNSCREENED: N_("填写筛查结论"),
            Rule.REFERRER_UNTOLD: N_("记录反馈"),
            Rule.COMMITMENT_DUE: N_("记履行情况"),
            Rule.MONTH_UNRECORDED: N_("补月报"),
            Rule.PLAN_TASK_DUE: N_("记办结"),
            Rule.SEGMENT_SURVEY: N_("看该复核的环节"),
        }
        return self.voice.text(words.get(item.rule, N_("打开处理")))

    def overdue(self, item: OpenReminder) -> str:
        return self.voice.text(N_("逾期 %(count)d 个工作日"), count=item.red_days)

    def at(self, item: OpenReminder) -> str:
        return self.voice.clock(item.due_at) if item.due_at else self.voice.text(N_("今天"))

    def turns_red(self, item: OpenReminder) -> str:
        if item.red_on == NEVER:
            return self.voice.text(N_("待办"))
        return self.voice.text(N_("%(day)s转红"), day=self.voice.day(item.red_on))

    def coming_title(self, digest: Digest) -> str:
        if (digest.coming_day - digest.day).days == 1:
            return self.voice.text(N_("明天"))
        return self.voice.text(N_("下一个工作日 · %(day)s"), day=self.voice.day(digest.coming_day))

    def coming(self, item) -> dict[str, str]:
        words = f"{self.voice.clock(item.due_at)} {item.enterprise}"
        return {"words": f"{words}{self.voice.text(N_('：'))}{item.subject}", "url": self.links.lead(item.lead_id)}

    def rules(self, rules: Thresholds) -> str:
        """How lights and escalation work, with the numbers in force."""
        return self.voice.text(
            N_(
                "当天 %(time)s 黄灯，下一个工作日红灯；转红后第 %(chief)d 个工作日抄送科长，第 %(leader)d 个送区领导，"
                "第 %(box)d 个进周报红项。延后要写理由，每件最多 %(snoozes)d 次。没有事项会被自动关闭。"
            ),
            time=f"{rules.told_at:%H:%M}",
            chief=rules.chief_after,
            leader=rules.leader_after,
            box=rules.red_box_after,
            snoozes=rules.snoozes,
        )

    def escalation(self, digest: Digest) -> list[str]:
        """Two sentences: who is told when, and how to keep it from happening."""
        found = digest.escalation
        if found is None:
            return []
        chief = found.chief_name or self.voice.text(N_("（未设）"))
        return [
            self.voice.text(
                N_(
                    "%(count)d 件在 %(red)s转红。%(chief_day)s（第 %(chief_after)d 个工作日）仍未办，"
                    "抄送科长%(chief)s；%(leader_day)s（第 %(leader_after)d 个）送区领导。"
                ),
                count=found.count,
                red=self.voice.day(found.red_on),
                chief_day=self.voice.day(found.chief_on),
                chief_after=found.chief_after,
                chief=chief,
                leader_day=self.voice.day(found.leader_on),
                leader_after=found.leader_after,
            ),
            self.voice.text(N_("今天办完或写明理由延后，就不上送。")),
        ]
