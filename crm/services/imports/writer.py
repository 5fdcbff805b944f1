"""Making records of decided rows: enterprises, contacts, leads and projects in bulk, changes one by one.

A writer belongs to one unit of work. What it makes and changes it writes down twice: in the rows, for the undo, and in
the audit trail at the very end, because every other writer of the product waits for the trail's head.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from sqlalchemy.orm import Session

from crm.domain.access import Role
from crm.domain.enterprises.names import normalised
from crm.domain.imports import ImportKind, RowOutcome
from crm.domain.leads import LeadState
from crm.domain.pipeline import SideState, Stage, Track
from crm.domain.search import SearchKind
from crm.domain.space import Tenure
from crm.infra.clock import civil_date, now
from crm.models import Activity, Contact, Counter, Enterprise, Lead, Project, StageChange
from crm.services import enterprises, numbers, search
from crm.services.access import Actor
from crm.services.audit import Deed, record_many
from crm.services.contacts import UNNAMED
from crm.services.imports import facts
from crm.services.imports.deciding import Plan
from crm.services.imports.rows import insert_all, take_ids
from crm.services.leads.commands import LogLead
from crm.services.leads.log import take_over
from crm.services.ownership.rules import in_force

#: What the project's stage change and the lead's screening say of where they come from.
FROM_FILE = "随台账导入"


@dataclass(slots=True)
class Made:
    """What is to be inserted for one chunk, table by table."""

    enterprises: list[dict[str, Any]] = field(default_factory=list)
    contacts: list[dict[str, Any]] = field(default_factory=list)
    leads: list[dict[str, Any]] = field(default_factory=list)
    projects: list[dict[str, Any]] = field(default_factory=list)
    stages: list[dict[str, Any]] = field(default_factory=list)
    activities: list[dict[str, Any]] = field(default_factory=list)


class Writer:
    """Adds the new records of a run; `changes.Changer` changes the known ones."""

    def __init__(self, session: Session, actor: Actor, kind: ImportKind, plans: Sequence[Plan]) -> None:
        self.session, self.actor, self.kind = session, actor, kind
        self.moment = now()
        self.deeds: list[Deed] = []
        self._protection = in_force(session).protection_days
        self._counters = self._lock(plans)
        #: Enterprises made by earlier rows of this file, by code and by name.
        self._firms: dict[str, int] = {}

    def _lock(self, plans: Sequence[Plan]) -> dict[tuple[str, int], Counter]:
        """The series of this year and of every year that a row brings numbers to, in one order for all writers.

        Forms take the same lock: what is looked for from here on is found (`numbers.lock_series`).
        """
        years = {civil_date(self.moment).year}
        years |= {each.values["received_on"].year for each in plans if each.values.get("received_on")}
        series = [("XS", year) for year in sorted(years)]
        if self.kind is ImportKind.PROJECTS:
            series.append(("CB", civil_date(self.moment).year))
        return {each: numbers.lock_series(self.session, *each) for each in series}

    def add(self, plans: Sequence[Plan]) -> None:
        """Insert the new records of some decided rows and write into each row what was made."""
        new = [each for each in plans if each.outcome is RowOutcome.ADDED]
        made = Made()
        self._enterprises(new, made)
        if self.kind is ImportKind.ENTERPRISES:
            for plan in new:
                self._deed("enterprise.created", "enterprise", plan.row.subject_id, {"name": plan.values["name"]})
        else:
            self._contacts(new, made)
            self._leads(new, made)
            if self.kind is ImportKind.PROJECTS:
                self._projects(new, made)
        self._insert(made)

    def _insert(self, made: Made) -> None:
        self.session.flush()
        for model, rows in (
            (Enterprise, made.enterprises),
            (Contact, made.contacts),
            (Lead, made.leads),
            (Project, made.projects),
            (StageChange, made.stages),
            (Activity, made.activities),
        ):
            insert_all(self.session, model, rows)
        for kind, rows in (
            (SearchKind.ENTERPRISE, made.enterprises),
            (SearchKind.CONTACT, made.contacts),
            (SearchKind.LEAD, made.leads),
            (SearchKind.PROJECT, made.projects),
        ):
            search.index(self.session, kind, [row["id"] for row in rows])

    def _enterprises(self, new: Sequence[Plan], made: Made) -> None:
        wanted = [plan for plan in new if plan.firm is None and self._known(plan) is None]
        ids = iter(take_ids(self.session, Enterprise, len(wanted)))
        alone = self.actor.section_id if self.kind is ImportKind.ENTERPRISES else None
        for plan in new:
            plan.row.before = {"made": {}}
            firm_id = plan.firm.id if plan.firm is not None else self._known(plan)
            if firm_id is None:
                firm_id = next(ids)
                stated = facts.enterprise_facts(plan.values, segment=True)
                clean = plan.command.enterprise if plan.command is not None else enterprises.clean(stated)
                made.enterprises.append(
                    {
                        **enterprises.new_columns(clean),
                        "id": firm_id,
                        "section_id": alone,
                        "is_demo": False,
                        "version": 1,
                    }
                )
                self._remember(plan, firm_id)
                plan.row.before["made"]["enterprise"] = firm_id
            plan.firm_id = firm_id
            plan.row.subject_id = firm_id

    def _known(self, plan: Plan) -> int | None:
        code = plan.values.get("uscc")
        return self._firms.get(code) if code else self._firms.get(normalised(plan.values["name"]))

    def _remember(self, plan: Plan, firm_id: int) -> None:
        for word in (plan.values.get("uscc"), normalised(plan.values["name"])):
            if word:
                self._firms.setdefault(word, firm_id)

    def _contacts(self, new: Sequence[Plan], made: Made) -> None:
        wanted = []
        for plan in new:
            plan.contact_id = plan.lead.contact_id if plan.lead is not None else None
            known = _same_person(plan)
            if known is not None:
                plan.contact_id = known.id
            elif plan.command is not None and not plan.command.contact.is_empty and plan.contact_id is None:
                wanted.append(plan)
        for plan, contact_id in zip(wanted, take_ids(self.session, Contact, len(wanted)), strict=True):
            made.contacts.append(_contact_row(plan, contact_id, self.actor))
            plan.contact_id = contact_id
            plan.row.before["made"]["contact"] = contact_id

    def _leads(self, new: Sequence[Plan], made: Made) -> None:
        wanted = [plan for plan in new if plan.lead is None]
        for plan, lead_id in zip(wanted, take_ids(self.session, Lead, len(wanted)), strict=True):
            command: LogLead = plan.command  # type: ignore[assignment]
            received = command.received_at or self.moment
            # `take_over` sets what every lead has; a row for a bulk insert needs no object of the unit of work.
            lead = SimpleNamespace(**self._lead_facts(plan, received))
            take_over(lead, command)  # type: ignore[arg-type]
            lead.typed = plan.typed.words
            made.leads.append({**vars(lead), "id": lead_id, "version": 1})
            self._note(made, "lead.created", lead_id, at=received, source=command.source.value)
            plan.lead_id = lead_id
            plan.row.before["made"]["lead"] = lead_id
            plan.row.subject_id = lead_id
            self._deed("lead.created", "lead", lead_id, {"number": lead.number, "enterprise_id": plan.firm_id})
        for plan in new:
            if plan.lead is not None:
                plan.lead_id = plan.lead.id

    def _lead_facts(self, plan: Plan, received: datetime) -> dict[str, Any]:
        day = civil_date(received)
        is_project = self.kind is ImportKind.PROJECTS
        return {
            "number": numbers.take_number(self._counters["XS", day.year]),
            "state": LeadState.VALID if is_project else LeadState.NEW,
            "screened_at": self.moment if is_project else None,
            "screened_by_id": self.actor.id if is_project else None,
            "screening_note": FROM_FILE if is_project else None,
            "enterprise_id": plan.firm_id,
            "contact_id": plan.contact_id,
            "owner_id": self._owner(plan),
            "section_id": self.actor.section_id,
            "registered_by_id": self.actor.id,
            "received_at": received,
            "last_activity_at": received,
            "protected_until": day + timedelta(days=self._protection),
            "is_demo": False,
        }

    def _owner(self, plan: Plan) -> int | None:
        own = self.actor.id if self.actor.role in (Role.OFFICER, Role.CHIEF) else None
        return plan.values.get("owner") or own

    def _projects(self, new: Sequence[Plan], made: Made) -> None:
        for plan, project_id in zip(new, take_ids(self.session, Project, len(new)), strict=True):
            number = numbers.take_number(self._counters["CB", civil_date(self.moment).year])
            owner = self._owner(plan)
            made.projects.append(_project_row(plan, project_id, number, owner, self.actor.section_id, self.moment))
            stage = made.projects[-1]["stage"]
            made.stages.append(
                {
                    "project_id": project_id,
                    "to_stage": stage,
                    "at": self.moment,
                    "actor_id": self.actor.id,
                    "reason": FROM_FILE,
                    "is_demo": False,
                }
            )
            self._note(made, "project.stage", plan.lead_id, project_id=project_id, stage=stage.value)
            plan.row.subject_id = project_id
            plan.row.before["made"]["project"] = project_id
            self._deed("project.created", "project", project_id, {"number": number})

    def _note(
        self, made: Made, kind: str, lead_id: int, *, at: datetime | None = None, project_id=None, **params
    ) -> None:
        made.activities.append(
            {
                "at": at or self.moment,
                "actor_id": self.actor.id,
                "kind": kind,
                "lead_id": lead_id,
                "project_id": project_id,
                "section_id": self.actor.section_id,
                "params": params,
                "is_substantive": True,
                "is_demo": False,
            }
        )

    def _deed(self, action: str, kind: str, subject_id: int | None, after: Mapping[str, object]) -> None:
        self.deeds.append(Deed(action, (kind, int(subject_id or 0)), after=after))

    def close(self, *more: Deed) -> None:
        """The audit trail, last of all."""
        record_many(self.session, self.actor.id, [*self.deeds, *more])


def _contact_row(plan: Plan, contact_id: int, actor: Actor) -> dict[str, Any]:
    told = plan.command.contact  # type: ignore[union-attr]
    return {
        "id": contact_id,
        "enterprise_id": plan.firm_id,
        "section_id": actor.section_id,
        "name": told.name or UNNAMED,
        "title": told.title or None,
        "phone": told.phone or None,
        "email": told.email or None,
        "is_decision_maker": told.is_decision_maker,
        "is_demo": False,
        "version": 1,
    }


def _project_row(
    plan: Plan, project_id: int, number: str, owner_id: int | None, section_id: int | None, moment: datetime
) -> dict[str, Any]:
    """A new project; owner and section are those of its lead, where that was there before."""
    told, lead = plan.values, plan.lead
    land = (lead.tenure if lead is not None else told.get("tenure")) is Tenure.LAND
    return {
        **{attribute: told.get(key) for key, attribute in facts.PROJECT.items()},
        "id": project_id,
        "number": number,
        "lead_id": plan.lead_id,
        "enterprise_id": plan.firm_id,
        "stage": told.get("stage") or Stage.RESERVE,
        "stage_since": moment,
        "side_state": SideState.ACTIVE,
        "track": told.get("track") or (Track.LAND if land else Track.CARRIER),
        "owner_id": lead.owner_id if lead is not None else owner_id,
        "section_id": lead.section_id if lead is not None else section_id,
        "facts": {},
        "last_activity_at": moment,
        "is_demo": False,
        "version": 1,
    }


def _same_person(plan: Plan) -> Contact | None:
    """The section's contact at a known firm whom the row means, by phone, else by name."""
    if plan.firm is None or plan.command is None or plan.command.contact.is_empty:
        return None
    told = plan.command.contact
    for contact in plan.contacts.get(plan.firm.id, ()):
        if contact.phone == told.phone if told.phone else contact.name == told.name:
            return contact
    return None
