"""Reading the report: one reader, one voice, only what the reader may see now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from crm.domain.access import Permission, Role
from crm.domain.calendar import IsoWeek, iso_week, previous_week
from crm.domain.errors import NotFound
from crm.domain.labels import N_
from crm.domain.reports import RECEIVERS, LeaderPart, OfficerPart, ParkPart, Voice, WeekData, own_voice
from crm.infra.clock import today
from crm.services import access
from crm.services.access import Actor, actor_for
from crm.services.reports import scope
from crm.services.reports.snapshot import Week, frozen_weeks, read_week, receivers

_NO_REPORT = N_("没有这份周报，或您无权查看。")
#: These choose any voice and any reader: leaders see all of it anyway, administrators read the mailbox anyway.
_CHOOSERS = (Role.LEADER, Role.ADMIN)


@dataclass(frozen=True, slots=True)
class Report:
    """One week as one reader reads it; exactly one of the three parts is there."""

    week: IsoWeek
    voice: Voice
    data: WeekData
    frozen_at: datetime | None
    leader: LeaderPart | None = None
    officer: OfficerPart | None = None
    park: ParkPart | None = None

    @property
    def is_demo(self) -> bool:
        part = self.leader or self.officer or self.park
        return part is not None and part.is_demo

    @property
    def is_empty(self) -> bool:
        """Nothing to say; the leaders' page always says how things stand."""
        part = self.officer or self.park
        return part is not None and part.is_empty


def weekly(session: Session, reader: Actor, week: IsoWeek, voice: Voice) -> Report:
    """The report of `week` in `voice` for `reader`, frozen if it was.

    NotFound if the reader's role does not read in this voice, or the frozen week has no page for this person.
    """
    if own_voice(reader.role) is not voice:
        raise NotFound(_NO_REPORT)
    found = read_week(session, week, [reader])
    report = Report(week, voice, found.data, found.frozen_at)
    if voice is Voice.LEADER:
        return replace(report, leader=scope.for_leader(session, reader, found.data.leader))
    parts = found.data.officers if voice is Voice.OFFICER else found.data.parks
    part = parts.get(reader.id)
    if part is None:
        raise NotFound(_NO_REPORT)
    if isinstance(part, OfficerPart):
        return replace(report, officer=scope.for_officer(session, reader, part))
    return replace(report, park=scope.for_park(session, reader, part))


# ── Who may preview what ─────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody whose mail may be previewed."""

    id: int
    name: str


def voices_of(session: Session, actor: Actor) -> dict[Voice, list[Reader]]:
    """Voices that the person may preview, own first, each with the readers to choose from; self first."""
    access.require(actor, Permission.REPORTS_VIEW)
    own = own_voice(actor.role)
    found: dict[Voice, list[Reader]] = {own: [Reader(actor.id, actor.name)]} if own else {}
    if actor.role in _CHOOSERS:
        for voice in Voice:
            known = {reader.id for reader in found.get(voice, [])}
            others = [Reader(p.id, p.name) for p in receivers(session, voice) if p.id not in known]
            found[voice] = found.get(voice, []) + others
    return found


def reader_of(session: Session, actor: Actor, voice: Voice, person_id: int | None) -> Actor:
    """The reader whose mail `actor` wants to see; the first of the voice unless one is named. NotFound otherwise."""
    readers = voices_of(session, actor).get(voice, [])
    chosen = next((r for r in readers if person_id in (None, r.id)), None)
    if chosen is None:
        raise NotFound(_NO_REPORT)
    return actor_for(session, chosen.id)


def receives(role: Role, voice: Voice) -> bool:
    """Whether the role gets the mail in this voice; previewing is another question."""
    return role in RECEIVERS[voice]


def listed(session: Session) -> list[Week]:
    """The running week, the last one while it is not frozen yet, and the frozen ones; newest first."""
    running = iso_week(today())
    frozen = frozen_weeks(session)
    known = {week.data.week for week in frozen}
    live = [week for week in (running, previous_week(running)) if str(week) not in known]
    return [*(read_week(session, week) for week in live), *frozen]
