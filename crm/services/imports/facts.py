"""From a row's values to the commands of the forms, and from stored records to the values that a row would have.

Both directions use the keys of `domain.importing.fields`, so that an update compares like with like and an export can
be read in again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crm.domain.enterprises.words import Title
from crm.domain.leads import LeadSource
from crm.infra.clock import civil_date, instant_at
from crm.models import Contact, Enterprise, Lead, Project
from crm.services.contacts import UNNAMED, ContactFacts
from crm.services.enterprises import EnterpriseFacts
from crm.services.leads import LogLead, Needs

Values = Mapping[str, Any]

#: Field → attribute of `Enterprise` and of `EnterpriseFacts`.
FIRM = {
    "uscc": "uscc",
    "gbt_code": "gbt_code",
    "employees": "employees",
    "revenue": "revenue_fen",
    "assets": "assets_fen",
    "founded_on": "founded_on",
    "above_scale": "above_scale_registered",
    "is_listed": "is_listed",
}
#: Field → attribute of `Lead`.
LEAD = {
    "source": "source",
    "referrer": "referrer",
    "content": "content",
    "segment": "segment_id",
    "investment": "investment_fen",
    "grade": "grade",
    "tenure": "tenure",
    "area_min": "area_min",
    "area_target": "area_target",
    "area_max": "area_max",
    "budget": "budget",
    "floor_load": "floor_load_kg_m2",
    "clear_height": "clear_height_cm",
    "power": "power_kva",
    "env_class": "env_class",
    "platforms": "platforms",
    "needed_on": "needed_on",
    "grace_days": "grace_days",
}
#: Field → attribute of `Project`.
PROJECT = {
    "project_name": "name",
    "segment": "segment_id",
    "stage": "stage",
    "track": "track",
    "investment": "investment_fen",
    "fixed_investment": "fixed_investment_fen",
    "signed": "signed_fen",
    "signed_on": "signed_on",
    "agreed_start_on": "agreed_start_on",
    "agreed_operating_on": "agreed_operating_on",
    "park": "park_id",
    "grade": "grade",
}
_TITLES = {title.value: title for title in Title}
CONTACT = {"contact_name": "name", "contact_title": "title", "phone": "phone", "email": "email"}


def enterprise_facts(values: Values, *, segment: bool = False) -> EnterpriseFacts:
    """Who the row is about; what it does not say is unknown."""
    return EnterpriseFacts(
        name=values.get("name", ""),
        segment_id=values.get("segment") if segment else None,
        titles=frozenset(values.get("titles", ())),
        **{attribute: values.get(key) for key, attribute in FIRM.items()},
    )


def contact_facts(values: Values) -> ContactFacts:
    return ContactFacts(
        name=values.get("contact_name", ""),
        title=values.get("contact_title", ""),
        phone=values.get("phone", ""),
        email=values.get("email", ""),
        is_decision_maker=bool(values.get("is_decision_maker")),
    )


def lead_command(values: Values) -> LogLead:
    """The command that a form with these values would give."""
    received = values.get("received_on")
    return LogLead(
        enterprise=enterprise_facts(values, segment=True),
        contact=contact_facts(values),
        source=values.get("source") or LeadSource.OTHER,
        needs=Needs(
            tenure=values.get("tenure"),
            area_min=values.get("area_min"),
            area_target=values.get("area_target"),
            area_max=values.get("area_max"),
            budget=values.get("budget"),
            floor_load_kg_m2=values.get("floor_load"),
            clear_height_cm=values.get("clear_height"),
            power_kva=values.get("power"),
            env_class=values.get("env_class"),
            platforms=tuple(values.get("platforms", ())),
            needed_on=values.get("needed_on"),
            grace_days=values.get("grace_days") or 0,
        ),
        referrer=values.get("referrer", ""),
        content=values.get("content", ""),
        segment_id=values.get("segment"),
        gbt_code=values.get("gbt_code"),
        investment_fen=values.get("investment"),
        grade=values.get("grade"),
        duplicate_reason=values.get("duplicate_reason", ""),
        received_at=instant_at(received) if received else None,
    )


# ── What is stored, by the same keys ─────────────────────────────────────────────────────────────────────────────────


def values_of_enterprise(enterprise: Enterprise) -> dict[str, Any]:
    values = {key: getattr(enterprise, attribute) for key, attribute in FIRM.items()}
    titles = [_TITLES[word] for word in enterprise.titles or () if word in _TITLES]
    return {"name": enterprise.name, "segment": enterprise.segment_id, "titles": titles, **values}


def values_of_contact(contact: Contact | None) -> dict[str, Any]:
    if contact is None:
        return {}
    values = {key: getattr(contact, attribute) for key, attribute in CONTACT.items()}
    if contact.name == UNNAMED:
        values["contact_name"] = None
    return values | {"is_decision_maker": contact.is_decision_maker}


def values_of_lead(lead: Lead) -> dict[str, Any]:
    """Everything that a row of leads can say of a stored lead, its enterprise and its contact."""
    return (
        values_of_enterprise(lead.enterprise)
        | values_of_contact(lead.contact)
        | {key: getattr(lead, attribute) for key, attribute in LEAD.items()}
        | {"number": lead.number, "owner": lead.owner_id, "received_on": civil_date(lead.received_at)}
        | {"gbt_code": lead.gbt_code or lead.enterprise.gbt_code}
    )


def values_of_project(project: Project) -> dict[str, Any]:
    """Everything that a row of projects can say of a stored project and what stands behind it."""
    lead = project.lead
    behind: dict[str, Any] = values_of_enterprise(project.enterprise)
    if lead is not None:
        told = ("source", "referrer", "content")
        behind |= values_of_contact(lead.contact) | {key: getattr(lead, LEAD[key]) for key in told}
    own = {key: getattr(project, attribute) for key, attribute in PROJECT.items()}
    return behind | own | {"number": project.number, "owner": project.owner_id}


def differing(stated: Values, stored: Values) -> list[str]:
    """The fields in which a row says something else than what is stored; empty cells say nothing."""
    return [key for key, value in stated.items() if not _equal(value, stored.get(key))]


def _equal(stated: object, stored: object) -> bool:
    if isinstance(stated, (list, tuple)):
        return sorted(map(str, stated)) == sorted(map(str, stored or ()))  # type: ignore[arg-type]
    return stated == stored or (stated in ("", False, 0) and not stored)
