"""What every decision about a row shares: the row's plan, what earlier rows of the file said, and the refusals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from sqlalchemy.orm import Session

from crm.domain.access import Permission
from crm.domain.enterprises.names import normalised
from crm.domain.errors import Invalid
from crm.domain.importing.typist import Typed
from crm.domain.imports import RowOutcome
from crm.domain.labels import N_
from crm.models import Contact, Enterprise, ImportRow, Lead, Project
from crm.services.access import Actor
from crm.services.imports.existing import Existing, Known
from crm.services.leads import LogLead
from crm.services.leads.owners import candidates

#: Says which record is meant; comparing it with the stored one would mean nothing.
_NAMES_ONLY = frozenset(["number", "name", "received_on", "duplicate_reason"])


@dataclass(slots=True)
class Plan:
    """One row with what is to become of it; without an outcome its `typed.errors` say why not."""

    row: ImportRow
    typed: Typed
    outcome: RowOutcome | None = None
    #: The stored enterprise; None where one is to be made.
    firm: Enterprise | None = None
    #: Whether the importer may see it: only then a row may change what is known already.
    sees_firm: bool = True
    #: The section's contacts by firm, as they were when the row was decided.
    contacts: Mapping[int, Sequence[Contact]] = field(default_factory=dict)
    lead: Lead | None = None
    project: Project | None = None
    #: Fields that would change.
    changes: list[str] = field(default_factory=list)
    #: The cleaned command of a row of leads or projects.
    command: LogLead | None = None
    #: What a writer gave it: ids of the stored or new records.
    firm_id: int | None = None
    contact_id: int | None = None
    lead_id: int | None = None

    @property
    def values(self) -> dict:
        return self.typed.values

    def settle(self, changes: list[str]) -> bool:
        """Take over what differs from the stored record; whether something does."""
        self.changes = [key for key in changes if key not in _NAMES_ONLY]
        self.outcome = RowOutcome.CHANGED if self.changes else RowOutcome.SAME
        return bool(self.changes)


def says_something(changes: list[str]) -> bool:
    """Whether the differences are more than a name or a number."""
    return any(key not in _NAMES_ONLY for key in changes)


class Desk:
    """One file on the desk of one person."""

    def __init__(self, session: Session, actor: Actor) -> None:
        self.session, self.actor = session, actor
        self._lines: dict[tuple[str, str], int] = {}
        self._firms: dict[str, tuple[int, str | None]] = {}
        #: Leads that rows of this file have taken for their project.
        self.taken_leads: set[int] = set()

    def once(self, plan: Plan, field_: str, scope: str, word: str) -> None:
        """Two rows of one file that mean the same: the second says which line it repeats."""
        first = self._lines.setdefault((f"{scope}{field_}", word), plan.row.line)
        if first != plan.row.line:
            raise Invalid(field_, N_("与第 %(line)s 行重复。"), line=first)

    def firm_once(self, plan: Plan, scope: str = "") -> None:
        """The same for a firm by code and name; one name with two different codes is two firms."""
        code = plan.values.get("uscc")
        if code:
            self.once(plan, "uscc", scope, code)
        name = normalised(plan.values.get("name", ""))
        if not name:
            return
        line, earlier = self._firms.setdefault(scope + name, (plan.row.line, code))
        if line != plan.row.line and not (code and earlier and code != earlier):
            raise Invalid("name", N_("与第 %(line)s 行重复。"), line=line)

    def by_number(self, number: str, known: Existing) -> Lead | Project:
        found = known.by_number.get(number.strip().upper())
        if found is None:
            raise Invalid("number", N_("没有编号 %(number)s，或您无权查看。新记录请把编号留空。"), number=number)
        return found

    @cached_property
    def section_people(self) -> frozenset[int]:
        return frozenset(person.id for person in candidates(self.session, self.actor))

    def check_owner_of_new(self, plan: Plan) -> None:
        """An officer enters for himself, a chief for anybody of the section."""
        owner = plan.values.get("owner")
        if owner is None or owner == self.actor.id:
            return
        if not self.actor.may(Permission.LEADS_ASSIGN):
            raise Invalid("owner", N_("新记录的负责人只能是您自己；分派由科长做。"))
        if owner not in self.section_people:
            raise Invalid("owner", N_("负责人只能是本科室在岗的人。"))


def same_name(plan: Plan, firm: Enterprise) -> None:
    """A number and another firm's name in one row: one of them is wrong."""
    typed = plan.values.get("name")
    if typed and normalised(typed) not in (firm.normalised_name, normalised(firm.name)):
        raise Invalid("name", N_("这个编号是「%(name)s」，这一行写的是别的企业，请核对。"), name=firm.name)


def refuse_owner_change(plan: Plan) -> None:
    if "owner" in plan.changes:
        raise Invalid("owner", N_("已有记录的负责人请在页面上转交：那里会通知对方。"))


def refuse_foreign(known: Known) -> None:
    """Blind: who has it, never what it is (DOMAIN §4)."""
    section, owner = known.record.section, known.record.owner
    raise Invalid(
        "name",
        N_("已由%(section)s登记，联系人：%(owner)s。"),
        section=section.name if section else "—",
        owner=owner.name if owner else "—",
    )


def refuse_not_mine(number: str) -> None:
    raise Invalid("number", N_("%(number)s 由他人负责，您可以查看，不能修改。"), number=number)


def check_contact(plan: Plan) -> None:
    """A contact needs a name or a number, as on the form."""
    values = plan.values
    if values.get("email") and not values.get("contact_name") and not values.get("phone"):
        raise Invalid("contact_name", N_("请填写联系人姓名或电话。"))
