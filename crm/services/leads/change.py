"""Changing a lead after it was logged: edit with a version guard, grade, tell the referrer."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from crm.domain.contacts import mask_name, mask_phone
from crm.domain.errors import Invalid, Stale
from crm.domain.labels import N_
from crm.domain.leads import Grade, LeadSource
from crm.domain.text import clean_text
from crm.infra.clock import now
from crm.models import Activity, Lead
from crm.services import access, audit, contacts, enterprise_record, enterprises, matching, timeline
from crm.services.access import Actor
from crm.services.leads.checks import checked
from crm.services.leads.commands import ContactFacts, LogLead
from crm.services.leads.log import keep_contact, take_over

_OVERTAKEN = N_("您编辑期间，别人保存了这条线索。您填的内容都还在，请对照后再保存。")

#: Columns of a lead by the word under which an edit lists them (`domain.events.FIELDS`).
COLUMNS = {
    "source": ("source",),
    "referrer": ("referrer",),
    "content": ("content",),
    "segment": ("segment_id",),
    "gbt_code": ("gbt_code",),
    "investment": ("investment_fen",),
    "grade": ("grade",),
    "tenure": ("tenure",),
    "area": ("area_min", "area_target", "area_max"),
    "budget": ("budget",),
    "floor_load": ("floor_load_kg_m2",),
    "clear_height": ("clear_height_cm",),
    "power": ("power_kva",),
    "env_class": ("env_class",),
    "platforms": ("platforms",),
    "needed_on": ("needed_on", "grace_days"),
}


def edit_lead(
    session: Session, actor: Actor, lead_id: int, command: LogLead, version: int, enterprise_version: int | None = None
) -> Lead:
    """Replace the values of a lead, its enterprise and its contact by those of an edit form; match it anew.

    NotFound, NotAllowed, Invalid(field), or Stale if lead or enterprise were saved since the form was opened.
    """
    lead = access.lead(session, actor, lead_id, edit=True)
    enterprise = lead.enterprise
    if lead.version != version or (enterprise_version is not None and enterprise.version != enterprise_version):
        raise Stale(_OVERTAKEN)
    command = checked(session, command, known_need=lead.needed_on)
    before, firm_before = snapshot(lead), enterprises.facts_of(enterprise)
    firm_changed = enterprises.replace(session, enterprise, command.enterprise)
    changed = list(firm_changed)
    take_over(lead, command)
    if _change_contact(session, lead, command):
        changed.append("contact")
    # Even an edit of the enterprise alone makes a new version of the lead: the page shows both as one.
    lead.updated_at = now()
    try:
        session.flush()
    except StaleDataError as error:
        raise Stale(_OVERTAKEN) from error
    after = snapshot(lead)
    changed = list(dict.fromkeys([*changed, *(word for word in COLUMNS if before[word] != after[word])]))
    if changed:
        timeline.note(session, actor, "lead.edited", lead, fields=changed)
        audit.record(
            session,
            actor.id,
            "lead.edited",
            ("lead", lead.id),
            before={word: before[word] for word in changed if word in before},
            after={word: after[word] for word in changed if word in after} | {"fields": changed},
        )
    if firm_changed:
        audit.record(
            session,
            actor.id,
            "enterprise.edited",
            ("enterprise", enterprise.id),
            before=enterprise_record.plain(firm_before, firm_changed),
            after=enterprise_record.plain(enterprises.facts_of(enterprise), firm_changed) | {"fields": firm_changed},
        )
    matching.rematch(session, lead)
    return lead


def snapshot(lead: Lead) -> dict[str, object]:
    """The values of a lead as plain JSON by word; contacts masked."""
    found: dict[str, object] = {}
    for word, columns in COLUMNS.items():
        values = [_plain(getattr(lead, column)) for column in columns]
        found[word] = values if len(values) > 1 else values[0]
    found["contact"] = [mask_name(lead.contact.name), mask_phone(lead.contact.phone or "")] if lead.contact else None
    return found


def _plain(value: object) -> object:
    if value is None or isinstance(value, (int, list)):
        return value
    return str(value)


def _change_contact(session: Session, lead: Lead, command: LogLead) -> bool:
    """Correct the lead's contact, or give it another. Pages mask contacts, so an empty field keeps what is stored.

    Another name with another number is another person, who becomes the lead's contact; the former one stays known.
    """
    facts, contact = command.contact, lead.contact
    other = contact is not None and (
        facts.name and facts.phone and facts.name != contact.name and facts.phone != contact.phone
    )
    if contact is None or other:
        lead.contact = keep_contact(session, lead.enterprise, lead.section_id, facts, is_demo=lead.is_demo) or contact
        return lead.contact is not contact
    merged = ContactFacts(
        name=facts.name or contact.name,
        title=facts.title,
        phone=facts.phone or contact.phone or "",
        email=facts.email or contact.email or "",
        is_decision_maker=facts.is_decision_maker,
    )
    return contacts.change(contact, merged)


def grade(session: Session, actor: Actor, lead: Lead, to: Grade | None) -> None:
    """Set the class A, B or C, which decides how long silence is tolerated (DOMAIN §6)."""
    _require_edit(session, actor, lead)
    if lead.grade == to:
        return
    before = lead.grade.value if lead.grade else None
    lead.grade = to
    timeline.note(session, actor, "lead.graded", lead, grade=to.value if to else "")
    audit.record(
        session, actor.id, "lead.graded", ("lead", lead.id), {"grade": before}, {"grade": to.value if to else None}
    )


def tell_referrer(session: Session, actor: Actor, lead: Lead, note: str) -> None:
    """Write down what the referrer was told: the first telling stops the feedback clock of DOMAIN §6, later ones add to
    the history."""
    _require_edit(session, actor, lead)
    if lead.source is not LeadSource.REFERRAL or not lead.referrer:
        raise Invalid("", N_("这条线索没有引荐人。"))
    words = clean_text(note, 1000, "note", multiline=True)
    if not words:
        raise Invalid("note", N_("请写一句反馈了什么。"))
    told = select(Activity.params).where(Activity.lead_id == lead.id, Activity.kind == "referrer.told")
    latest = session.scalar(told.order_by(Activity.id.desc()).limit(1))
    if latest is not None and latest.get("note") == words:
        # The same form sent twice.
        return
    lead.referrer_told_at = lead.referrer_told_at or now()
    timeline.note(session, actor, "referrer.told", lead, note=words)
    audit.record(session, actor.id, "referrer.told", ("lead", lead.id), after={"note": words})


def _require_edit(session: Session, actor: Actor, lead: Lead) -> None:
    access.lead(session, actor, lead.id, edit=True)
