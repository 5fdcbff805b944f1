"""What can be merged: for each kind its fields, the rows that move with it, and who may do it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Date, or_, select
from sqlalchemy.orm import Session, joinedload

from crm.domain.access import Permission, Role
from crm.domain.errors import NotAllowed, NotFound
from crm.domain.labels import N_
from crm.models import (
    Activity,
    Attachment,
    Comment,
    Contact,
    ContactReveal,
    Enterprise,
    EnterpriseAlias,
    FollowUp,
    GapTarget,
    Introduction,
    Issue,
    Lead,
    Placement,
    Project,
    Purchase,
    Reminder,
    Transfer,
)
from crm.models.base import EnumText, Instant
from crm.services import access
from crm.services.access import Actor
from crm.services.leads.change import COLUMNS

GONE = N_("没有这条记录，或您无权查看。")


class MergeKind(StrEnum):
    """Records that can be folded into one another; the values stand in addresses and in `Merge.kind`."""

    ENTERPRISE = "enterprise"
    LEAD = "lead"
    CONTACT = "contact"


@dataclass(frozen=True, slots=True)
class Move:
    """Rows that go to the winner. `apart` names what the winner may have only once: such rows stay behind."""

    word: str
    model: type[Any]
    column: str
    apart: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of record. `fields` are columns by the word under which `domain.events.FIELDS` knows them."""

    name: MergeKind
    model: type[Any]
    fields: Mapping[str, tuple[str, ...]]
    moves: tuple[Move, ...]
    #: Columns that the merge itself decides, without asking.
    settled: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(column for columns in self.fields.values() for column in columns) + self.settled


KINDS: Mapping[MergeKind, Kind] = {
    MergeKind.ENTERPRISE: Kind(
        MergeKind.ENTERPRISE,
        Enterprise,
        {
            "name": ("name",),
            "uscc": ("uscc",),
            "segment": ("segment_id",),
            "gbt_code": ("gbt_code",),
            "employees": ("employees",),
            "revenue": ("revenue_fen",),
            "assets": ("assets_fen",),
            "founded_on": ("founded_on",),
            "above_scale_registered": ("above_scale_registered",),
            "titles": ("titles",),
            "is_listed": ("is_listed",),
            "is_top500": ("is_top500",),
            "is_chain_leader": ("is_chain_leader",),
            "tier": ("tier_override", "tier_override_reason"),
            "about": ("note",),
        },
        (
            Move("leads", Lead, "enterprise_id"),
            Move("referred", Lead, "referrer_enterprise_id"),
            Move("projects", Project, "enterprise_id"),
            Move("contacts", Contact, "enterprise_id"),
            Move("aliases", EnterpriseAlias, "enterprise_id", apart="normalised_name"),
            Move("placements", Placement, "enterprise_id", apart="segment_id"),
            Move("purchases", Purchase, "enterprise_id"),
            Move("targets", GapTarget, "enterprise_id", apart="segment_id"),
        ),
    ),
    MergeKind.LEAD: Kind(
        MergeKind.LEAD,
        Lead,
        {
            **{word: columns for word, columns in COLUMNS.items() if word not in ("tenure", "area", "budget")},
            # One choice: the unit of an area or a price hangs on the tenure.
            "space": ("tenure", *COLUMNS["area"], *COLUMNS["budget"]),
            "referrer": ("referrer", "referrer_enterprise_id", "referrer_told_at"),
            "contact": ("contact_id",),
            "verdict": ("state", "screened_at", "screened_by_id", "screening_note"),
        },
        (
            Move("follow_ups", FollowUp, "lead_id"),
            Move("comments", Comment, "lead_id"),
            Move("files", Attachment, "lead_id"),
            Move("introductions", Introduction, "lead_id"),
            Move("issues", Issue, "lead_id"),
            Move("projects", Project, "lead_id"),
            Move("transfers", Transfer, "lead_id"),
            Move("reminders", Reminder, "lead_id"),
            Move("events", Activity, "lead_id"),
        ),
        settled=("received_at", "last_activity_at", "next_due_at"),
    ),
    MergeKind.CONTACT: Kind(
        MergeKind.CONTACT,
        Contact,
        {
            "contact_name": ("name",),
            "contact_title": ("title",),
            "phone": ("phone",),
            "email": ("email",),
            "is_decision_maker": ("is_decision_maker",),
        },
        (
            Move("leads", Lead, "contact_id"),
            Move("reveals", ContactReveal, "contact_id"),
        ),
    ),
}


# ── Loading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def load(session: Session, actor: Actor, kind: MergeKind, record_id: int) -> Any:
    """One record that the actor may merge. NotFound outside the scope, NotAllowed where it may only be read."""
    access.require(actor, Permission.RECORDS_MERGE)
    if kind is MergeKind.LEAD:
        return access.lead(session, actor, record_id, edit=True)
    if kind is MergeKind.ENTERPRISE:
        access.require(actor, Permission.ENTERPRISES_EDIT)
        return access.enterprise(session, actor, record_id)
    return _contact(session, actor, record_id)


def _contact(session: Session, actor: Actor, contact_id: int) -> Contact:
    """A contact that the own section entered, at an enterprise that the actor may see."""
    own = or_(Contact.section_id == actor.section_id, Contact.section_id.is_(None))
    found = session.scalar(
        select(Contact)
        .join(Contact.enterprise)
        .where(Contact.id == contact_id, own, Contact.merged_into_id.is_(None), access.enterprise_scope(actor))
        .options(joinedload(Contact.enterprise))
    )
    if found is None:
        raise NotFound(GONE)
    leads = list(session.scalars(select(Lead).where(Lead.contact_id == contact_id, access.lead_scope(actor))))
    if leads and not any(access.may_edit_lead(actor, lead) for lead in leads):
        raise NotAllowed(N_("这位联系人属于他人负责的线索，您可以查看，不能合并。"))
    return found


def sections_at(session: Session, actor: Actor, enterprise_ids: Sequence[int]) -> list[int]:
    """Other sections that hold leads or projects of these enterprises: without them nothing of theirs is touched."""
    if actor.section_id is None:
        return []
    found: set[int] = set()
    for table in (Lead, Project):
        query = select(table.section_id).where(
            table.enterprise_id.in_(enterprise_ids), table.section_id.is_not(None), table.section_id != actor.section_id
        )
        if table is Lead:
            query = query.where(Lead.merged_into_id.is_(None))
        found.update(session.scalars(query.distinct()))
    return sorted(found)


def colleagues_leads(session: Session, actor: Actor, enterprise_ids: Sequence[int]) -> list[Lead]:
    """Leads of these enterprises that somebody else of the own section is in charge of; none for a chief."""
    if actor.role is Role.CHIEF:
        return []
    query = select(Lead).where(
        Lead.enterprise_id.in_(enterprise_ids), Lead.merged_into_id.is_(None), Lead.owner_id.is_not(None)
    )
    return list(session.scalars(query.where(Lead.owner_id != actor.id)))


def winner_of(session: Session, kind: MergeKind, record_id: int) -> int | None:
    """The record that a merged one ended up in, through any number of merges; None if it was never merged."""
    model = KINDS[kind].model
    seen, current = {record_id}, record_id
    while (into := session.scalar(select(model.merged_into_id).where(model.id == current))) is not None:
        if into in seen:
            raise RuntimeError(f"{kind} {record_id} was merged in a circle")
        seen.add(into)
        current = into
    return current if current != record_id else None


# ── Values as JSON ───────────────────────────────────────────────────────────────────────────────────────────────────


def dump(row: object, columns: Sequence[str]) -> dict[str, object]:
    """The columns of a record as plain JSON values."""
    return {column: _plain(getattr(row, column)) for column in columns}


def _plain(value: object) -> object:
    if isinstance(value, StrEnum):
        return value.value
    return value.isoformat() if isinstance(value, (date, datetime)) else value


def restored(model: type[Any], column: str, value: object) -> object:
    """A plain value as its column wants it."""
    kind = model.__table__.c[column].type
    if value is None:
        return None
    if isinstance(kind, EnumText):
        return kind.members(value)
    if isinstance(kind, Instant):
        return datetime.fromisoformat(str(value))
    return date.fromisoformat(str(value)) if isinstance(kind, Date) else value
