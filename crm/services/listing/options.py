"""What filters offer from the database, and conditions that several lists share."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import ColumnElement, Text, cast, exists, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from crm.domain.access import Role
from crm.domain.labels import N_
from crm.models import Chain, Person, Platform, RecordTag, Section, Segment
from crm.services.listing.filters import Ask, Choice, Option
from crm.services.listing.keyset import LARGEST

HOLDERS = (Role.OFFICER, Role.CHIEF)
MOST_TAGS = 200
MINE, SECTION, UNOWNED = "mine", "section", "unowned"


def sees_all_sections(ask_actor) -> bool:
    """Whether the reader is of no section and so has several to choose from."""
    return ask_actor.section_id is None


def people(ask: Ask) -> list[Option]:
    """Officers and chiefs whose records the reader may see: of the own section, or of all."""
    query = select(Person.id, Person.name).where(Person.role.in_(HOLDERS), Person.is_active)
    if not sees_all_sections(ask.actor):
        query = query.where(Person.section_id == ask.actor.section_id)
    return [Option(str(key), name, is_name=True) for key, name in ask.session.execute(query.order_by(Person.id))]


def sections(ask: Ask) -> list[Option]:
    rows = ask.session.execute(select(Section.id, Section.name).order_by(Section.id))
    return [Option(str(key), name, is_name=True) for key, name in rows]


def chains(ask: Ask) -> list[Option]:
    """Chains that have a map, by key."""
    rows = ask.session.execute(select(Chain.key, Chain.name).where(Chain.has_map).order_by(Chain.sort, Chain.id))
    return [Option(key, name, is_name=True) for key, name in rows]


def segments(ask: Ask) -> list[Option]:
    rows = ask.session.execute(
        select(Segment.id, Segment.name).join(Segment.chain).order_by(Chain.sort, Chain.id, Segment.sort, Segment.id)
    )
    return [Option(str(key), name, is_name=True) for key, name in rows]


def platforms(ask: Ask) -> list[Option]:
    rows = ask.session.execute(select(Platform.key, Platform.name).order_by(Platform.id))
    return [Option(key, name, is_name=True) for key, name in rows]


def tags(subject: str, key: InstrumentedAttribute, scope: Callable) -> Callable[[Ask], list[Option]]:
    """Tags on records of the reader's scope: a word of another section is not offered either."""

    def stored(ask: Ask) -> list[Option]:
        seen = select(key).where(scope(ask.actor))
        query = select(RecordTag.tag).where(RecordTag.subject_kind == subject, RecordTag.subject_id.in_(seen))
        words = ask.session.scalars(query.distinct().order_by(RecordTag.tag).limit(MOST_TAGS))
        return [Option(word, word, is_name=True) for word in words]

    return stored


def tag_filter(subject: str, key: InstrumentedAttribute, scope: Callable) -> Choice:
    """The filter by tags of one list."""

    def condition(_ask: Ask, words: tuple[str, ...]) -> ColumnElement[bool]:
        return exists().where(RecordTag.subject_kind == subject, RecordTag.subject_id == key, RecordTag.tag.in_(words))

    return Choice(key="tag", label=N_("标签"), stored=tags(subject, key, scope), condition=condition)


def tags_of(session: Session, subject: str, ids: Sequence[int]) -> dict[int, list[str]]:
    """Tags by record, in one statement."""
    found: dict[int, list[str]] = {}
    query = select(RecordTag.subject_id, RecordTag.tag).where(
        RecordTag.subject_kind == subject, RecordTag.subject_id.in_(ids)
    )
    for record_id, tag in session.execute(query.order_by(RecordTag.tag)):
        found.setdefault(record_id, []).append(tag)
    return found


def by_id(column: InstrumentedAttribute) -> Callable[[Ask, tuple[str, ...]], ColumnElement[bool]]:
    """Condition: the column is one of the ids, which `Choice` has found among its options."""

    def condition(_ask: Ask, words: tuple[str, ...]) -> ColumnElement[bool]:
        return column.in_([int(word) for word in words if word.isdigit() and int(word) <= LARGEST])

    return condition


def by_chain(segment_id: InstrumentedAttribute) -> Callable[[Ask, tuple[str, ...]], ColumnElement[bool]]:
    """Condition: the segment lies on one of the chains."""

    def condition(_ask: Ask, keys: tuple[str, ...]) -> ColumnElement[bool]:
        return segment_id.in_(select(Segment.id).join(Segment.chain).where(Chain.key.in_(keys)))

    return condition


def by_owner(
    owner_id: InstrumentedAttribute, section_id: InstrumentedAttribute
) -> Callable[[Ask, tuple[str, ...]], ColumnElement[bool]]:
    """Condition for the words mine, section, unowned, and ids of people."""

    def condition(ask: Ask, words: tuple[str, ...]) -> ColumnElement[bool]:
        ways: list[ColumnElement[bool]] = []
        if MINE in words:
            ways.append(owner_id == ask.actor.id)
        if SECTION in words:
            ways.append(section_id == ask.actor.section_id)
        if UNOWNED in words:
            ways.append(owner_id.is_(None))
        ids = [int(word) for word in words if word.isdigit() and int(word) <= LARGEST]
        if ids:
            ways.append(owner_id.in_(ids))
        return or_(*ways)

    return condition


def has_key(column: InstrumentedAttribute) -> Callable[[Ask, tuple[str, ...]], ColumnElement[bool]]:
    """Condition: a JSON list of keys holds one of them; the keys are plain words of the seed."""

    def condition(_ask: Ask, keys: tuple[str, ...]) -> ColumnElement[bool]:
        return or_(*(cast(column, Text).contains(f'"{key}"', autoescape=True) for key in keys))

    return condition


OWNERS = (Option(MINE, N_("我")), Option(SECTION, N_("本科室")), Option(UNOWNED, N_("待领取")))
