"""The officers' weekly mail: overdue first, then the next seven days, new matches, facts that lack, what is silent."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from crm.domain import reports as words
from crm.domain.labels import N_
from crm.domain.matching.wording import STATUSES, Status
from crm.domain.reports import Coming, GapMove, Lacking, Matter, NewMatch, OfficerPart
from crm.infra.config import Settings
from crm.services.access import Actor
from workers.emails.letter import Letter, NothingToSayError, Voice
from workers.emails.weekly import SIGNS, TONES, Bar, Writer, report_for

SHOWN = 12
_DONE_BY_YOU = N_(
    "上周您实质跟进 %(follow_ups)d 次，推介 %(introduced)d 次，看场地 %(viewings)d 次，签约 %(signed)d 个。"
)
_DONE_BY_SECTION = N_(
    "上周本科室实质跟进 %(follow_ups)d 次，推介 %(introduced)d 次，看场地 %(viewings)d 次，签约 %(signed)d 个。"
)
FACTS = 4


def letter(
    session: Session, settings: Settings, recipient: Actor, params: Mapping[str, object], voice: Voice
) -> Letter:
    """The page of `params["week"]` for an officer, or for a chief of the whole section."""
    report = report_for(session, recipient, params, words.Voice.OFFICER)
    if report.is_empty:
        raise NothingToSayError("nothing waits, nothing is new")
    writer, part = _Officer.of(settings, recipient, voice, report), report.officer
    title = voice.text(N_("科室周报") if part.of_section else N_("我的周报"))
    return Letter(
        template="weekly_officer",
        subject=writer.subject(title, writer.summary(part)),
        preheader=writer.preheader(part),
        band_right=writer.band(title),
        context={
            **writer.shared(),
            "headline": writer.headline(part),
            "lede": writer.lede(part),
            "overdue": [writer.matter(row) for row in part.overdue[:SHOWN]],
            "coming": [writer.coming(row) for row in part.coming[:SHOWN]],
            "fresh": [writer.match(row) for row in part.fresh[:SHOWN]],
            "lacking": [writer.lacking(row) for row in part.lacking[:SHOWN]],
            "silent": [writer.matter(row) for row in part.silent[:SHOWN]],
            "steps": writer.steps(part),
            "gaps": [writer.gap_line(move) for move in part.gaps[:SHOWN]],
            "counts": {
                name: len(getattr(part, name)) for name in ("overdue", "coming", "fresh", "lacking", "silent", "gaps")
            }
            | {"steps": sum(step.count for step in part.steps)},
            "of_section": part.of_section,
            "receives": writer.receives(part),
        },
        is_demo=report.is_demo,
    )


class _Officer(Writer):
    """Words of the officers' page."""

    __slots__ = ()

    def _today(self, part: OfficerPart) -> int:
        return sum(row.day == self.report.data.day for row in part.coming)

    def headline(self, part: OfficerPart) -> str:
        name = self.name
        if part.overdue:
            return self.say(N_("%(name)s，先处理 %(count)d 件逾期"), name=name, count=len(part.overdue))
        if today := self._today(part):
            return self.say(N_("%(name)s，今天有 %(count)d 件到期"), name=name, count=today)
        if part.coming:
            return self.say(N_("%(name)s，未来 7 天有 %(count)d 件"), name=name, count=len(part.coming))
        if part.fresh:
            return self.say(N_("%(name)s，看看 %(count)d 条线索的新匹配"), name=name, count=len(part.fresh))
        if part.gaps and not part.lacking:
            return self.say(N_("%(name)s，您对着的 %(count)d 个环节有变化"), name=name, count=len(part.gaps))
        return self.say(N_("%(name)s，没有逾期；请补齐缺的信息"), name=name)

    def summary(self, part: OfficerPart) -> str:
        counted = (
            (len(part.overdue), N_("%(count)d 件已逾期")),
            (len(part.coming), N_("7 天内 %(count)d 件")),
            (len(part.fresh), N_("%(count)d 条线索有新匹配")),
            (len(part.silent), N_("%(count)d 条静默")),
            (len(part.gaps), N_("%(count)d 个缺环有变化")),
        )
        return self.listed(self.say(text, count=count) for count, text in counted if count) or self.say(
            N_("请补齐信息")
        )

    def preheader(self, part: OfficerPart) -> str:
        rows = [*part.overdue[:2], *part.coming[:2]]
        colon = self.say(N_("："))
        return self.say(N_("；")).join(f"{row.name}{colon}{self.voice.say(row.what)}" for row in rows[:2])

    def lede(self, part: OfficerPart) -> str:
        done = part.done
        values = {
            "follow_ups": done.follow_ups,
            "introduced": done.introduced,
            "viewings": done.viewings,
            "signed": done.signed,
        }
        text = _DONE_BY_SECTION if part.of_section else _DONE_BY_YOU
        today = self._today(part)
        return self.say(text, **values) + (self.say(N_("今天还有 %(count)d 件到期。"), count=today) if today else "")

    def _url(self, row: Matter | Coming | NewMatch | Lacking) -> str | None:
        project_id = getattr(row, "project_id", None)
        if project_id:
            return self.links.project(project_id)
        return self.links.lead(row.lead_id) if row.lead_id else None

    def matter(self, row: Matter) -> dict[str, object]:
        detail = [self.voice.say(row.detail)] if row.detail else []
        if row.person:
            detail.append(self.say(N_("负责人 %(name)s"), name=row.person))
        if row.red_days:
            mark = self.say(N_("逾期 %(count)d 个工作日"), count=row.red_days)
        else:
            mark = self.say(N_("临期"))
        return {
            "name": row.name,
            "url": self._url(row),
            "what": self.voice.say(row.what),
            "detail": " · ".join(detail),
            "mark": f"{SIGNS[row.light]} {mark}",
            "tone": TONES[row.light],
        }

    def coming(self, row: Coming) -> dict[str, object]:
        today = row.day == self.report.data.day
        when = self.short_day(row.day)
        if today and row.at:
            when = f"{when} {self.voice.clock(row.at)}"
        what = self.voice.say(row.what)
        return {
            "when": when,
            "tone": "amb b" if today else "",
            "name": row.name,
            "url": self._url(row),
            "what": what if row.at else self.say(N_("%(what)s（这天转红）"), what=what),
        }

    def match(self, row: NewMatch) -> dict[str, object]:
        points = f"{row.low / 1000:.1f}" if row.low == row.high else f"{row.low / 1000:.1f}–{row.high / 1000:.1f}"
        sure = row.status == Status.FIT.value
        others = self.say(N_("另有 %(count)d 个新园区"), count=row.others) if row.others else ""
        return {
            "name": row.name,
            "url": self._url(row),
            "place": self.listed([row.park, row.unit]),
            "others": others,
            "mark": f"{'✓' if sure else '?'} {self.say(STATUSES[Status(row.status)])} {points}",
            "tone": "grn" if sure else "amb",
        }

    def gap_line(self, move: GapMove) -> dict[str, object]:
        closed = move.is_closed
        return {
            "name": self.gap(move),
            "url": self.links.segment(move.chain_key, move.segment_key),
            "what": self.named(move.chain, move.chain_en),
            "detail": "",
            "mark": f"✓ {self.say(N_('好转'))}" if closed else f"■ {self.say(N_('新缺'))}",
            "tone": "grn" if closed else "red",
        }

    def lacking(self, row: Lacking) -> dict[str, object]:
        words = row.facts_en if row.facts_en and not self.voice.locale.startswith("zh") else row.facts
        more = len(words) - FACTS
        facts = self.facts(words[:FACTS])
        if more > 0:
            facts = self.say(N_("%(facts)s 等 %(count)d 项"), facts=facts, count=len(row.facts))
        return {"name": row.name, "url": self._url(row), "facts": facts}

    def steps(self, part: OfficerPart) -> list[Bar]:
        rows = []
        for step in part.steps:
            change = "" if step.previous is None else self._change(step.count - step.previous)
            rows.append((self.say(step.word), step.count, str(step.count), self.say(N_("个")), change))
        return self.bars(rows)

    @staticmethod
    def _change(difference: int) -> str:
        return f"{difference:+d}" if difference else "±0"

    def receives(self, part: OfficerPart) -> str:
        section = part.section_name or self.say(N_("招商"))
        if part.of_section:
            return self.say(N_("您是%(section)s科长，只含本科室的线索和项目。"), section=section)
        return self.say(N_("您是%(section)s招商专员，只含您名下的线索和项目。"), section=section)
