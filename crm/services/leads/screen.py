"""Screening: the verdict that turns word of an investor into something worth following, or not (DOMAIN §4)."""

from __future__ import annotations

from sqlalchemy.orm import Session

from crm.domain.access import Permission
from crm.domain.errors import Invalid, Stale
from crm.domain.labels import N_
from crm.domain.leads import LeadState
from crm.domain.text import clean_text
from crm.infra.clock import now
from crm.models import Lead
from crm.services import access, audit, timeline
from crm.services.access import Actor

NOTE_LENGTH = 1000
VERDICTS = (LeadState.VALID, LeadState.INVALID, LeadState.DUPLICATE)


def screen(session: Session, actor: Actor, lead: Lead, verdict: LeadState, note: str, version: int) -> None:
    """Give or change the verdict; the note is the evidence of the reserve gate. Stale on a newer version."""
    access.require(actor, Permission.LEADS_SCREEN)
    access.lead(session, actor, lead.id, edit=True)
    if verdict not in VERDICTS:
        raise Invalid("verdict", N_("筛查结论是有效、无效或重复。"))
    words = clean_text(note, NOTE_LENGTH, "note", multiline=True)
    if not words:
        raise Invalid("note", N_("请写明理由：为什么跟，或为什么不跟。"))
    if lead.state is verdict and lead.screening_note == words:
        return
    if lead.version != version:
        raise Stale(N_("这条线索刚被别人改过，请对照最新内容再提交。"))
    before = {"state": lead.state.value, "note": lead.screening_note}
    lead.state = verdict
    lead.screened_at = now()
    lead.screened_by_id = actor.id
    lead.screening_note = words
    timeline.note(session, actor, "lead.screened", lead, verdict=verdict.value, note=words)
    audit.record(session, actor.id, "lead.screened", ("lead", lead.id), before, {"state": verdict.value, "note": words})
