"""When another section has a hand in it: ask its chief instead of merging, and find merged records again."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.access import Role
from crm.domain.errors import Invalid, NotFound
from crm.domain.labels import N_
from crm.domain.text import clean_text
from crm.models import Person
from crm.services import access, audit, notices
from crm.services.access import Actor
from crm.services.merging.compare import compare
from crm.services.merging.kinds import MergeKind, load, winner_of

NOTE_LENGTH = 300


def ask(session: Session, actor: Actor, winner_id: int, loser_id: int, note: str) -> int:
    """Ask the chiefs of the other sections to look at two enterprises; returns how many people were told.

    What they are told is the asker's own: both names as the asker sees them, and the note.
    """
    found = compare(session, actor, MergeKind.ENTERPRISE, winner_id, loser_id)
    if found.blocked is None or not found.blocked.sections:
        raise Invalid("", N_("没有别的科室在跟这两家企业，可以直接合并。"))
    words = clean_text(note, NOTE_LENGTH, "note", multiline=True)
    if not words:
        raise Invalid("note", N_("请写一句为什么看作同一家。"))
    chiefs = session.scalars(
        select(Person.id).where(
            Person.role == Role.CHIEF, Person.is_active, Person.section_id.in_(found.blocked.sections)
        )
    ).all()
    told = notices.tell(
        session,
        chiefs,
        "merge.asked",
        f"merge.asked:{winner_id}:{loser_id}:{actor.id}",
        one=found.winner.name,
        other=found.loser.name,
        by=actor.name,
        section=actor.section_name or "",
        note=words,
    )
    audit.record(session, actor.id, "merge.asked", ("enterprise", winner_id), after={"loser": loser_id, "note": words})
    return told


def moved_to(session: Session, actor: Actor, kind: MergeKind, record_id: int) -> int | None:
    """Where an old address leads: the winner of a merged record, if the actor may see it."""
    target = winner_of(session, kind, record_id)
    if target is None:
        return None
    try:
        if kind is MergeKind.LEAD:
            access.lead(session, actor, target)
        elif kind is MergeKind.ENTERPRISE:
            access.enterprise(session, actor, target)
        else:
            load(session, actor, kind, target)
    except NotFound:
        return None
    return target
