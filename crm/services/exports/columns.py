"""What stands in an exported file: first the columns that an import reads back, then what the list adds to them.

The first part is written by the same declarations that read it (`domain.importing.fields`), so that export → import
is the identity. Contacts are masked as everywhere; a masked cell says nothing to an import. Headers are Chinese in
every language, because they are read in again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from crm.domain.access import Permission
from crm.domain.contacts import mask_email, mask_name, mask_numbers, mask_phone
from crm.domain.importing import writing
from crm.domain.importing.fields import Field, fields_of
from crm.domain.imports import ImportKind
from crm.domain.labels import label
from crm.infra.clock import SHANGHAI
from crm.models import Lead
from crm.services.access import Actor
from crm.services.imports.facts import values_of_enterprise, values_of_lead, values_of_project
from crm.services.imports.lookups import names_to_write
from crm.services.listing import Column, Kind, ListSpec, Row


class Typed(StrEnum):
    """How a spreadsheet keeps the cell."""

    TEXT = "text"
    NUMBER = "number"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class ExportColumn:
    header: str
    typed: Typed
    #: Characters.
    width: int = 14


#: List → what its rows are for an import, and how a record becomes values.
_KINDS: Mapping[str, tuple[ImportKind, Callable[[Any], dict[str, Any]]]] = {
    "leads": (ImportKind.LEADS, values_of_lead),
    "projects": (ImportKind.PROJECTS, values_of_project),
    "enterprises": (ImportKind.ENTERPRISES, values_of_enterprise),
}
#: Columns of a list that the fields of its import say already.
_SAID = frozenset(
    [
        "number", "name", "enterprise", "uscc", "owner", "segment", "source", "grade", "tenure", "area", "area_min", "area_max",
        "area_target", "amount", "investment", "fixed", "signed", "signed_fen", "park", "track", "stage", "contact", "phone", "email", "referrer",
        "content", "needed", "received", "budget", "floor_load", "clear_height", "power", "env", "env_class", "platforms", "platform",
        "grace_days", "gbt_code", "gbt", "employees", "revenue", "assets", "founded", "founded_on", "titles", "listed", "is_listed",
        "above_scale", "registered", "contact_title", "load", "height", "grace",
    ]
)  # fmt: skip
_NUMBERS = frozenset(
    ["employees", "revenue", "assets", "investment", "fixed_investment", "signed", "area_min", "area_target", "area_max",
     "budget", "clear_height", "power", "grace_days"]
)  # fmt: skip
_DAYS = frozenset(["founded_on", "needed_on", "received_on", "signed_on", "agreed_start_on", "agreed_operating_on"])
_WIDE = {"name": 30, "project_name": 30, "content": 44, "uscc": 22, "segment": 24}


class Sheet:
    """The columns of one export for one reader, and each row's cells as text."""

    def __init__(self, session: Session, actor: Actor, spec: ListSpec) -> None:
        self._kind, self._values = _KINDS.get(spec.name, (None, None))
        self._fields: Sequence[Field] = ()
        self._names: Mapping[str, Mapping[int, str]] = {}
        self._behind: Sequence[Lead] = ()
        self._sees_numbers = actor.may(Permission.CONTACTS_REVEAL)
        extra = spec.export_columns(actor)
        if self._kind is not None:
            may_see = actor.may(Permission.CONTACTS_VIEW)
            self._fields = [
                each
                for each in fields_of(self._kind)
                if each.key != "duplicate_reason" and (may_see or each.key not in _PERSONAL)
            ]
            self._names = names_to_write(session)
            extra = [column for column in extra if column.key not in _SAID]
        self._extra = extra
        self.needs: list[Column] = [*extra, *([_WITH_CONTACT] if self._kind in _WITH_PEOPLE else [])]
        self.columns = [
            *(ExportColumn(each.header, _typed(each.key), _WIDE.get(each.key, 14)) for each in self._fields),
            *(ExportColumn(_header(column), _typed_of(column.kind), 14) for column in extra),
        ]

    def prepare(self, session: Session, rows: Sequence[Row]) -> None:
        """Load what stands behind the projects of a chunk in one statement, not project by project."""
        if self._kind is ImportKind.PROJECTS:
            ids = [row.record.lead_id for row in rows]
            query = select(Lead).where(Lead.id.in_(ids)).options(joinedload(Lead.contact))
            # Held by the rows' session as long as the rows are: each project then finds its lead there.
            self._behind = session.scalars(query).all()

    def cells(self, row: Row) -> list[str]:
        """One row's cells, in the order of the columns."""
        written = []
        if self._kind is not None and self._values is not None:
            values = self._masked(self._values(row.record))
            tenure = values.get("tenure") or ""
            for each in self._fields:
                value = values.get(each.key)
                names = None if each.key == "platforms" else self._names.get(each.key)
                written.append("" if value is None else names.get(value, "") if names else each.write(value, tenure))
        written += [said(column.kind, column.value(row)) for column in self._extra]
        return written

    def _masked(self, values: dict[str, Any]) -> dict[str, Any]:
        for key, mask in _PERSONAL.items():
            if values.get(key):
                values[key] = mask(values[key])
        if values.get("content") and not self._sees_numbers:
            values["content"] = mask_numbers(values["content"])
        platforms = self._names.get("platforms")
        if values.get("platforms") and platforms:
            values["platforms"] = [platforms.get(key, key) for key in values["platforms"]]  # type: ignore[call-overload]
        return values


_PERSONAL: dict[str, Callable[[str], str]] = {"contact_name": mask_name, "phone": mask_phone, "email": mask_email}
_WITH_PEOPLE = (ImportKind.LEADS, ImportKind.PROJECTS)
#: Asks the list's loader for the contact.
_WITH_CONTACT = Column(key="", label="", kind=Kind.TEXT, value=lambda _row: None, needs="contact")


def _typed(key: str) -> Typed:
    return Typed.NUMBER if key in _NUMBERS else Typed.DAY if key in _DAYS else Typed.TEXT


def _typed_of(kind: Kind) -> Typed:
    if kind in (Kind.NUMBER, Kind.MONEY, Kind.DAYS):
        return Typed.NUMBER
    return Typed.DAY if kind is Kind.DAY else Typed.TEXT


def _header(column: Column) -> str:
    unit = "万元" if column.kind is Kind.MONEY else column.unit
    return f"{column.label}（{unit}）" if unit else column.label


def said(kind: Kind, value: object) -> str:
    """A list's cell as text; unknown is empty."""
    if value is None:
        return ""
    if kind is Kind.MONEY:
        return writing.wan(value)
    if kind is Kind.INSTANT and isinstance(value, datetime):
        return value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, StrEnum):
        return label(value)
    if isinstance(value, (list, tuple)):
        return "、".join(said(kind, each) for each in value)
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, date):
        return value.isoformat()
    if kind is Kind.STEP:
        due = value.due_at.astimezone(SHANGHAI).strftime("%Y-%m-%d") if value.due_at else ""  # type: ignore[attr-defined]
        return f"{due} {value.subject}".strip()  # type: ignore[attr-defined]
    if kind is Kind.MATCH:
        return value.park.name  # type: ignore[attr-defined]
    return str(value)
