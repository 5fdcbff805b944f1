"""Reading and writing the facts of a project: in its columns where lists and reports need them, else by key.

A fact whose column says that a stage was reached waits under its key until the gate is passed (`seal`), because reports
count by those columns; going back takes it out of the column again (`unseal`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from crm.domain.errors import Invalid
from crm.domain.gates import SEALED, Definitions, Fact, FactKind, clean, contradiction
from crm.domain.labels import N_
from crm.domain.leads import Grade
from crm.domain.pipeline import Stage
from crm.infra.clock import today
from crm.models import Contact, Park, Project, Segment

_TABLES = {FactKind.SEGMENT: Segment, FactKind.PARK: Park}


def value_of(project: Project, fact: Fact) -> object | None:
    """The stored value of one fact as plain JSON: dates as ISO text, choices by key."""
    held = getattr(project, fact.column) if fact.column else None
    if held is None:
        return (project.facts or {}).get(fact.key)
    if isinstance(held, date):
        return held.isoformat()
    return held.value if isinstance(held, StrEnum) else held


def values_of(project: Project, definitions: Definitions) -> dict[str, object]:
    """Known facts of a project by key."""
    found = {fact.key: value_of(project, fact) for fact in definitions.facts.values()}
    return {key: value for key, value in found.items() if value is not None}


def take(
    session: Session, project: Project, definitions: Definitions, given: Mapping[str, object]
) -> dict[str, tuple[object, object]]:
    """Write facts down; what is empty leaves what is known. Returns what changed as key → (before, after).

    Invalid(key) for a value that makes no sense, alone or beside the others; nothing is written then.
    """
    cleaned: dict[str, object] = {}
    for key, value in given.items():
        fact = definitions.facts.get(key)
        if fact is None:
            raise Invalid("", N_("关口定义里没有「%(name)s」这一项。"), name=key)
        found = clean(fact, value, today())
        if found is not None:
            _exists(session, project, fact, found)
            cleaned[key] = found
    known = values_of(project, definitions)
    if objection := contradiction(known | cleaned):
        raise objection
    changed = {key: (known.get(key), value) for key, value in cleaned.items() if known.get(key) != value}
    for key, (_before, value) in changed.items():
        write(project, definitions.facts[key], value)
    return changed


def write(project: Project, fact: Fact, value: object) -> None:
    """Store one clean value where it belongs now."""
    if fact.column and (fact.column not in SEALED or project.stage.order >= SEALED[fact.column].order):
        setattr(project, fact.column, _typed(fact, value))
    else:
        project.facts = {**(project.facts or {}), fact.key: value}


def seal(project: Project, definitions: Definitions) -> None:
    """After a step forwards: facts of stages that are reached now go into their columns."""
    for fact in definitions.facts.values():
        waiting = (project.facts or {}).get(fact.key)
        if fact.is_sealed and waiting is not None and project.stage.order >= SEALED[fact.column].order:  # type: ignore[index]
            setattr(project, str(fact.column), _typed(fact, waiting))
            project.facts = {key: value for key, value in project.facts.items() if key != fact.key}


def unseal(project: Project, definitions: Definitions, to_stage: Stage) -> None:
    """Before a step backwards: facts of stages that are left wait under their keys again."""
    for fact in definitions.facts.values():
        held = value_of(project, fact)
        if fact.is_sealed and held is not None and to_stage.order < SEALED[fact.column].order:  # type: ignore[index]
            setattr(project, str(fact.column), None)
            project.facts = {**(project.facts or {}), fact.key: held}


def _typed(fact: Fact, value: object) -> object:
    if fact.kind is FactKind.DATE:
        return date.fromisoformat(str(value))
    return Grade(str(value)) if fact.column == "grade" else value


def _exists(session: Session, project: Project, fact: Fact, value: object) -> None:
    """Links must lead somewhere: a segment, a park, a contact of this enterprise."""
    if fact.kind in _TABLES:
        if session.get(_TABLES[fact.kind], value) is None:
            raise Invalid(fact.key, N_("请从列表里选。"))
    elif fact.kind is FactKind.CONTACT:
        # A contact that another section entered is not shown to this one, so it cannot be chosen either.
        own = select(Contact.id).where(
            Contact.id == value,
            Contact.enterprise_id == project.enterprise_id,
            Contact.merged_into_id.is_(None),
            or_(Contact.section_id == project.section_id, Contact.section_id.is_(None)),
        )
        if session.scalar(own) is None:
            raise Invalid(fact.key, N_("请从这家企业的联系人里选。"))
