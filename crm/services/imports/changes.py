"""Changing known records by decided rows, one by one, each with what was before, so that an undo can put it back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy.orm import Session

from crm.domain.contacts import mask_name, mask_phone
from crm.domain.imports import ImportKind, RowOutcome
from crm.domain.leads import LeadState
from crm.models import Base, Contact, Enterprise, Lead
from crm.services import contacts, enterprises, timeline
from crm.services.access import Actor
from crm.services.audit import Deed
from crm.services.enterprises import EnterpriseFacts
from crm.services.imports import facts
from crm.services.imports.deciding import Plan
from crm.services.imports.rows import plain, snapshot

#: Field → word of `domain.events.FIELDS`, where they differ.
_WORDS = {
    "area_min": "area",
    "area_target": "area",
    "area_max": "area",
    "above_scale": "above_scale_registered",
    "contact_name": "contact",
    "contact_title": "contact",
    "phone": "contact",
    "email": "contact",
    "is_decision_maker": "contact",
    "project_name": "name",
}
_FIRM_KEYS = frozenset([*facts.FIRM, "titles", "segment"])
_CONTACT_KEYS = frozenset([*facts.CONTACT, "is_decision_maker"])
#: Fields of a project's row that its lead holds.
_TOLD_BY_LEAD = frozenset(["source", "referrer", "content"])
#: What enterprises.change may touch.
_FIRM_COLUMNS = (*facts.FIRM.values(), "titles", "segment_id")


class Changer:
    """Changes of one run, in one unit of work."""

    def __init__(self, session: Session, actor: Actor, kind: ImportKind) -> None:
        self.session, self.actor, self.kind = session, actor, kind
        self.deeds: list[Deed] = []
        self._touched: list[tuple[Plan, Base]] = []

    def apply(self, plans: Sequence[Plan]) -> None:
        """Change what rows want changed, also the known firm and contact behind a new lead; write the befores."""
        self._touched = []
        for plan in plans:
            if plan.outcome is RowOutcome.ADDED:
                self._behind_new(plan)
            elif plan.outcome is RowOutcome.CHANGED:
                plan.row.before = {}
                self._change(plan)
        self.session.flush()
        for plan, record in self._touched:
            plan.row.before[_word(record)]["version"] = record.version  # type: ignore[attr-defined]

    def versions(self, plans: Sequence[Plan]) -> None:
        """After the flush: the version that the subject of each changed row has now."""
        for plan in plans:
            if plan.outcome is RowOutcome.CHANGED:
                subject = plan.project or plan.lead or plan.firm
                plan.row.subject_id, plan.row.version_after = subject.id, subject.version  # type: ignore[union-attr]
            elif plan.outcome is RowOutcome.ADDED:
                plan.row.version_after = 1

    def _behind_new(self, plan: Plan) -> None:
        """The known firm and contact of a new record learn what the row says of them."""
        if plan.firm is not None:
            self._firm(plan, _FIRM_KEYS & plan.values.keys())
        known = next((each for each in plan.contacts.get(plan.firm_id or 0, ()) if each.id == plan.contact_id), None)
        if known is not None:
            self._person(plan, known, _CONTACT_KEYS & plan.values.keys())
        if plan.lead is not None:
            self._settle_lead_of_project(plan, plan.lead)

    def _settle_lead_of_project(self, plan: Plan, lead: Lead) -> None:
        """A lead that becomes a project was worth following."""
        if lead.contact_id is None and plan.contact_id is not None:
            self._keep(plan, lead, ("contact_id",))
            lead.contact_id = plan.contact_id
        if lead.state is not LeadState.VALID:
            self._keep(plan, lead, ("state",))
            lead.state = LeadState.VALID

    def _change(self, plan: Plan) -> None:
        changed = set(plan.changes)
        if plan.firm is not None:
            self._firm(
                plan,
                _FIRM_KEYS & changed if self.kind is not ImportKind.PROJECTS else changed & _FIRM_KEYS - {"segment"},
            )
        if self.kind is ImportKind.ENTERPRISES:
            return
        lead = plan.lead
        if lead is not None and changed & _CONTACT_KEYS:
            self._contact(plan, lead, _CONTACT_KEYS & changed)
        if plan.project is not None:
            own = {facts.PROJECT[key]: plan.values[key] for key in changed if key in facts.PROJECT}
            self._set(plan, plan.project, own)
            if lead is not None:
                self._set(plan, lead, {facts.LEAD[key]: plan.values[key] for key in changed & _TOLD_BY_LEAD})
        elif lead is not None:
            own = {facts.LEAD[key]: plan.values[key] for key in changed if key in facts.LEAD}
            if "gbt_code" in changed:
                own["gbt_code"] = plan.values["gbt_code"]
            self._set(plan, lead, own)
            lead.typed = {**(lead.typed or {}), **{k: v for k, v in plan.typed.words.items() if k in changed}}
        self._tell(plan, lead)

    def _set(self, plan: Plan, record: Base, values: dict[str, Any]) -> None:
        if not values:
            return
        self._keep(plan, record, list(values))
        for name, value in values.items():
            setattr(record, name, value)

    def _firm(self, plan: Plan, keys: Collection[str]) -> None:
        firm: Enterprise = plan.firm  # type: ignore[assignment]
        stated = {key: plan.values[key] for key in keys}
        if not stated:
            return
        before = snapshot(firm, _FIRM_COLUMNS)
        told: EnterpriseFacts = facts.enterprise_facts(stated, segment="segment" in stated)
        if enterprises.change(self.session, firm, told, only_unknown=not plan.sees_firm):
            after = snapshot(firm, _FIRM_COLUMNS)
            different = {name: value for name, value in before.items() if after[name] != value}
            plan.row.before["enterprise"] = {"id": firm.id, "values": different}
            self._touched.append((plan, firm))
            now_ = {name: after[name] for name in different}
            self.deeds.append(Deed("enterprise.changed", ("enterprise", firm.id), different, now_))

    def _contact(self, plan: Plan, lead: Lead, keys: Collection[str]) -> None:
        """Correct the lead's contact; another name with another number is another person (as on the form)."""
        contact, told = lead.contact, plan.values
        other = contact is not None and {"contact_name", "phone"} <= set(keys) and contact.name and contact.phone
        if contact is None or other:
            made = contacts.add(
                self.session, lead.enterprise_id, lead.section_id, facts.contact_facts(told), is_demo=lead.is_demo
            )
            plan.row.before.setdefault("made", {})["contact"] = made.id
            self._keep(plan, lead, ("contact_id",))
            lead.contact = made
            return
        self._person(plan, contact, keys)

    def _person(self, plan: Plan, contact: Contact, keys: Collection[str]) -> None:
        names = {facts.CONTACT.get(key, key): plan.values[key] for key in keys}
        different = {name: value for name, value in names.items() if getattr(contact, name) != value}
        self._set(plan, contact, different)

    def _keep(self, plan: Plan, record: Base, names: Collection[str]) -> None:
        """Note what a record says before it is changed."""
        kept = plan.row.before.setdefault(_word(record), {"id": record.id, "values": {}})  # type: ignore[attr-defined]
        for name in names:
            kept["values"].setdefault(name, plain(getattr(record, name)))
        self._touched.append((plan, record))

    def _tell(self, plan: Plan, lead: Lead | None) -> None:
        words = list(dict.fromkeys(_WORDS.get(key, key) for key in plan.changes))
        if lead is not None:
            timeline.note(
                self.session,
                self.actor,
                "lead.edited",
                lead,
                project_id=plan.project.id if plan.project is not None else None,
                fields=words,
            )
        subject = plan.project or lead
        kind = "project" if plan.project is not None else "lead"
        before = _shown({key: value for key, value in _stored(plan).items() if key in plan.changes})
        after = _shown({key: plan.values[key] for key in plan.changes}) | {"fields": words}
        self.deeds.append(Deed(f"{kind}.edited", (kind, subject.id), before, after))  # type: ignore[union-attr]


def _stored(plan: Plan) -> dict[str, object]:
    """What the row's before says, by column, for the trail."""
    found: dict[str, object] = {}
    for part in (plan.row.before or {}).values():
        if isinstance(part, dict) and "values" in part:
            found |= part["values"]
    columns = facts.LEAD | facts.PROJECT | facts.FIRM | facts.CONTACT
    return {key: found.get(columns.get(key, key)) for key in plan.changes}


def _shown(values: dict[str, Any]) -> dict[str, object]:
    """As the trail keeps it: personal data masked."""
    shown = {
        key: [plain(each) for each in value] if isinstance(value, list) else plain(value)
        for key, value in values.items()
    }
    for key, mask in (("contact_name", mask_name), ("phone", mask_phone)):
        if shown.get(key):
            shown[key] = mask(str(shown[key]))
    if shown.get("email"):
        shown["email"] = "***"
    return shown


def _word(record: Base) -> str:
    return record.__tablename__
