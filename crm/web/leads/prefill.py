"""Values that a lead form opens with: from an address, from a stored lead."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext
from sqlalchemy.orm import Session

from crm.domain.errors import NotFound
from crm.domain.leads import FollowUpKind, LeadSource
from crm.services import access
from crm.services.access import Actor
from crm.web.leads import readings
from crm.web.leads.forms import number_or_none
from crm.web.leads.pages import proposed_due

#: Fields of the form that an address may fill in.
FROM_ADDRESS = ("name", "source", "referrer", "content", "segment_id", "gbt_code", "tenure", "area_target")
_LONGEST = 500


def from_address(session: Session, actor: Actor, args: Mapping[str, str]) -> dict[str, object]:
    """Values for a new lead: what the address says, and a proposed first step."""
    data: dict[str, object] = defaults() | {"next_due": proposed_due()}
    data |= {name: args[name][:_LONGEST] for name in FROM_ADDRESS if args.get(name)}
    # A gap's pages say which segment the lead is wanted for; `segment_id` is the form's own word for it.
    aimed = number_or_none(args.get("segment"))
    if aimed is not None:
        data["segment_id"] = str(aimed)
    enterprise_id = number_or_none(args.get("enterprise_id"))
    if enterprise_id is not None:
        try:
            stored = of_enterprise(access.enterprise(session, actor, enterprise_id))
            data |= stored | ({"segment_id": str(aimed)} if aimed is not None else {})
        except NotFound:
            # An address that somebody else's colleague sent: the form opens without it.
            return data
    return data


def defaults() -> dict[str, str]:
    """What a new form proposes, as its fields send it: nobody has typed it, so a pasted message may say otherwise."""
    return {
        "source": LeadSource.PHONE.value,
        "next_kind": FollowUpKind.CALL.value,
        "next_subject": gettext("核实需求，约看场地"),
        "next_due": proposed_due().isoformat(timespec="minutes"),
    }


def of_enterprise(enterprise) -> dict[str, object]:
    """What is stored of an enterprise, in the form's words."""
    return {
        "enterprise_id": enterprise.id,
        "name": enterprise.name,
        "uscc": enterprise.uscc or "",
        "segment_id": str(enterprise.segment_id or ""),
        "gbt_code": enterprise.gbt_code or "",
        "employees": readings.write("employees", enterprise.employees),
        "revenue": readings.write("revenue", enterprise.revenue_fen),
        "assets": readings.write("assets", enterprise.assets_fen),
        "founded_on": enterprise.founded_on,
        "above_scale": _word(enterprise.above_scale_registered),
        "is_listed": _word(enterprise.is_listed),
        "titles": list(enterprise.titles or ()),
        "tier_override": enterprise.tier_override or "",
        "tier_reason": enterprise.tier_override_reason or "",
    }


def from_lead(lead) -> dict[str, object]:
    """A stored lead as the edit form shows it; a figure in the words in which it was typed, if they still say it."""
    tenure = lead.tenure.value if lead.tenure else ""
    data = of_enterprise(lead.enterprise)
    data |= {
        "version": lead.version,
        "enterprise_version": lead.enterprise.version,
        "segment_id": str(lead.segment_id or lead.enterprise.segment_id or ""),
        "gbt_code": lead.gbt_code or lead.enterprise.gbt_code or "",
        "source": lead.source.value,
        "referrer": lead.referrer or "",
        "content": lead.content,
        "grade": lead.grade or "",
        "tenure": tenure,
        "env_class": lead.env_class or "",
        "platforms": list(lead.platforms),
        "needed_on": lead.needed_on,
        "area_min": readings.write("area_min", lead.area_min, tenure),
        "area_target": readings.write("area_target", lead.area_target, tenure),
        "area_max": readings.write("area_max", lead.area_max, tenure),
        "budget": readings.write("budget", lead.budget, tenure),
        "floor_load": readings.write("floor_load", lead.floor_load_kg_m2),
        "clear_height": readings.write("clear_height", lead.clear_height_cm),
        "power": readings.write("power", lead.power_kva),
        "grace_days": readings.write("grace_days", lead.grace_days or None),
        "investment": readings.write("investment", lead.investment_fen),
    }
    for name, typed in (lead.typed or {}).items():
        if data.get(name) and readings.same(name, typed, str(data[name]), tenure):
            data[name] = typed
    return data | _contact(lead.contact)


def _contact(contact) -> dict[str, object]:
    """Contacts are masked on pages; the edit form does not show them either, and an empty field keeps them."""
    if contact is None:
        return {}
    return {"contact_title": contact.title or "", "is_decision_maker": contact.is_decision_maker}


def _word(value: bool | None) -> str:
    return {True: "yes", False: "no"}.get(value, "")


def version(text: str | None) -> int:
    """A version number from a hidden field; 0 (never right) for nonsense."""
    return number_or_none(text) or 0
