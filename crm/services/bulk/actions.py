"""What can be done to many records at once: each action knows how to do it to one, and how to take that back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.errors import Invalid
from crm.domain.labels import N_
from crm.domain.leads import FollowUpKind, LeadState
from crm.domain.text import clean_text
from crm.infra.clock import civil_date, today
from crm.models import FollowUp, Lead, Project, RecordTag
from crm.services import follow_ups, leads, ownership, timeline
from crm.services.access import Actor
from crm.services.follow_ups import NextStep

Values = dict[str, Any]

TAG_LENGTH = 20
NOTE_LENGTH = 1000


class Action(Protocol):
    """One thing that is done to each marked record. What it did to one is told by plain values before and after."""

    name: str
    #: Lists whose rows it is for.
    lists: tuple[str, ...]

    def read(self, session: Session, actor: Actor, params: Mapping[str, object]) -> Values:
        """What was asked, cleaned, as plain values. Invalid names the field."""

    def apply(
        self, session: Session, actor: Actor, subject: str, record: Any, params: Values
    ) -> tuple[Values, Values] | None:
        """Do it to one record; None if the record is like that already."""

    def revert(self, session: Session, actor: Actor, subject: str, record: Any, before: Values, after: Values) -> bool:
        """Take it back; False, and nothing done, if somebody has changed since what it had set."""


def lead_of(session: Session, record: Lead | Project) -> Lead | None:
    """The lead on which a record's promises and notes hang."""
    if isinstance(record, Lead):
        return record
    return session.get(Lead, record.lead_id) if record.lead_id is not None else None


class Assign:
    """Give leads to somebody of the own section; promises and project go along (`ownership.give`)."""

    name = "assign"
    lists = ("leads",)

    def read(self, session: Session, actor: Actor, params: Mapping[str, object]) -> Values:
        people = {person.id: person.name for person in leads.candidates(session, actor)}
        try:
            person_id = int(str(params.get("person_id", "")))
        except ValueError:
            person_id = 0
        if person_id not in people:
            raise Invalid("person_id", N_("请从本科室的人员里选。"))
        return {"person_id": person_id, "person": people[person_id]}

    def apply(
        self, session: Session, actor: Actor, subject: str, record: Lead, params: Values
    ) -> tuple[Values, Values] | None:
        if record.owner_id == params["person_id"]:
            return None
        before = _hands(record)
        ownership.give(session, record, params["person_id"], actor.section_id)
        timeline.note(session, actor, "lead.assigned", record, person=params["person"])
        return before, _hands(record)

    def revert(self, session: Session, actor: Actor, subject: str, record: Lead, before: Values, after: Values) -> bool:
        if _hands(record) != after:
            return False
        ownership.give(session, record, before["owner_id"], before["section_id"])
        record.state = LeadState(before["state"])
        record.protected_until = date.fromisoformat(before["protected_until"]) if before["protected_until"] else None
        timeline.note(session, actor, "bulk.undone", record)
        return True


def _hands(lead: Lead) -> Values:
    until = lead.protected_until
    return {
        "owner_id": lead.owner_id,
        "section_id": lead.section_id,
        "state": lead.state.value,
        "protected_until": until.isoformat() if until else None,
    }


class Tag:
    """Put a word on records."""

    name = "tag"
    lists = ("leads", "projects", "enterprises", "contacts")

    def read(self, session: Session, actor: Actor, params: Mapping[str, object]) -> Values:
        tag = " ".join(clean_text(str(params.get("tag", "")), TAG_LENGTH, "tag").split())
        if not tag:
            raise Invalid("tag", N_("请写一个标签。"))
        if "," in tag:
            raise Invalid("tag", N_("标签里不能有逗号。"))
        return {"tag": tag}

    def apply(
        self, session: Session, actor: Actor, subject: str, record: Any, params: Values
    ) -> tuple[Values, Values] | None:
        return ({"tag": None}, params) if _put(session, subject, record, params["tag"]) else None

    def revert(self, session: Session, actor: Actor, subject: str, record: Any, before: Values, after: Values) -> bool:
        return _take(session, subject, record, after["tag"])


class Untag(Tag):
    """Take a word off records."""

    name = "untag"

    def apply(
        self, session: Session, actor: Actor, subject: str, record: Any, params: Values
    ) -> tuple[Values, Values] | None:
        return (params, {"tag": None}) if _take(session, subject, record, params["tag"]) else None

    def revert(self, session: Session, actor: Actor, subject: str, record: Any, before: Values, after: Values) -> bool:
        return _put(session, subject, record, before["tag"])


def _tagged(session: Session, subject: str, record: Any, tag: str) -> RecordTag | None:
    query = select(RecordTag).where(
        RecordTag.subject_kind == subject, RecordTag.subject_id == record.id, RecordTag.tag == tag
    )
    return session.scalar(query)


def _put(session: Session, subject: str, record: Any, tag: str) -> bool:
    if _tagged(session, subject, record, tag) is not None:
        return False
    session.add(RecordTag(subject_kind=subject, subject_id=record.id, tag=tag, is_demo=record.is_demo))
    return True


def _take(session: Session, subject: str, record: Any, tag: str) -> bool:
    found = _tagged(session, subject, record, tag)
    if found is None:
        return False
    session.delete(found)
    return True


class Note:
    """Write the same words on the timeline of each: what this stage waits for, what was decided for all of them."""

    name = "note"
    lists = ("leads", "projects")

    def read(self, session: Session, actor: Actor, params: Mapping[str, object]) -> Values:
        note = clean_text(str(params.get("note", "")), NOTE_LENGTH, "note", multiline=True)
        if not note:
            raise Invalid("note", N_("请写备注。"))
        return {"note": note}

    def apply(
        self, session: Session, actor: Actor, subject: str, record: Any, params: Values
    ) -> tuple[Values, Values] | None:
        lead = lead_of(session, record)
        if lead is None:
            return None
        project_id = record.id if subject == "project" else None
        timeline.note(session, actor, "lead.noted", lead, project_id=project_id, note=params["note"])
        return {}, params

    def revert(self, session: Session, actor: Actor, subject: str, record: Any, before: Values, after: Values) -> bool:
        lead = lead_of(session, record)
        if lead is not None:
            timeline.note(session, actor, "bulk.undone", lead, note=after["note"])
        return lead is not None


class Schedule:
    """Promise the same next step on each, for the owner of each."""

    name = "schedule"
    lists = ("leads", "projects")

    def read(self, session: Session, actor: Actor, params: Mapping[str, object]) -> Values:
        subject = clean_text(str(params.get("subject", "")), follow_ups.SUBJECT_LENGTH, "subject")
        if not subject:
            raise Invalid("subject", N_("请写下一步要做什么。"))
        due = params.get("due_at")
        if not isinstance(due, datetime):
            raise Invalid("due_at", N_("请选日期和时间。"))
        if civil_date(due) < today():
            raise Invalid("due_at", N_("这个日期已经过去，请选今天或以后。"))
        if (civil_date(due) - today()).days > follow_ups.MAX_AHEAD_DAYS:
            raise Invalid("due_at", N_("离今天超过两年，请检查年份。"))
        return {"kind": FollowUpKind(str(params["kind"])).value, "subject": subject, "due_at": due.isoformat()}

    def apply(
        self, session: Session, actor: Actor, subject: str, record: Any, params: Values
    ) -> tuple[Values, Values] | None:
        lead = lead_of(session, record)
        if lead is None:
            return None
        due = datetime.fromisoformat(params["due_at"])
        step = NextStep(kind=FollowUpKind(params["kind"]), subject=params["subject"], due_at=due)
        made = follow_ups.add(session, actor, lead, step)
        session.flush()
        return {}, {"follow_up_id": made.id, "version": made.version}

    def revert(self, session: Session, actor: Actor, subject: str, record: Any, before: Values, after: Values) -> bool:
        made = session.get(FollowUp, after["follow_up_id"])
        if made is None or made.done_at is not None or made.version != after["version"]:
            return False
        lead = lead_of(session, record)
        session.delete(made)
        timeline.note(session, actor, "bulk.undone", lead, note=made.subject)
        return True


ACTIONS: dict[str, Action] = {action.name: action for action in (Schedule(), Assign(), Tag(), Untag(), Note())}
