"""Drafts of lead forms (存草稿): a person's own, seen by nobody else, gone when the lead is logged."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from crm.domain import paste
from crm.domain.access import Permission
from crm.domain.errors import Invalid, NotFound
from crm.domain.labels import N_
from crm.domain.text import clean_text
from crm.infra.clock import now
from crm.models import LeadDraft
from crm.services import access
from crm.services.access import Actor

#: More than a person can have in hand; beyond it somebody should tidy up.
MOST = 30
#: Longest value of one field that is kept.
LONGEST = 4000
TITLE_LENGTH = 60
#: Drafts hold personal data that nobody has registered: they are dropped after this many days.
KEPT_DAYS = 30


def mine(session: Session, actor: Actor) -> list[LeadDraft]:
    """The actor's drafts, newest first."""
    query = select(LeadDraft).where(LeadDraft.person_id == actor.id, LeadDraft.updated_at >= _oldest())
    return list(session.scalars(query.order_by(LeadDraft.updated_at.desc(), LeadDraft.id.desc())))


def load(session: Session, actor: Actor, draft_id: int) -> LeadDraft:
    """One of the actor's own drafts; NotFound for anybody else's."""
    draft = session.get(LeadDraft, draft_id)
    if draft is None or draft.person_id != actor.id:
        raise NotFound(N_("没有这份草稿，可能已经登记或删除。"))
    return draft


def save(session: Session, actor: Actor, form: Mapping[str, object], pasted: str) -> LeadDraft:
    """Keep what a form holds, unjudged: half a phone number is half a phone number.

    The form's `request_id` names it: saving one form again replaces its draft.
    """
    access.require(actor, Permission.LEADS_CREATE)
    drop_old(session)
    text = clean_text(pasted, paste.LONGEST, "pasted", multiline=True)
    values = {name: _kept(name, value) for name, value in form.items() if value not in (None, "", [], False)}
    drafts = mine(session, actor)
    draft = next((each for each in drafts if each.form.get("request_id") == values.get("request_id")), None)
    if draft is None:
        if len(drafts) >= MOST:
            raise Invalid("", N_("草稿最多 %(most)s 份，请先登记或删除一些。"), most=MOST)
        draft = LeadDraft(person_id=actor.id)
        session.add(draft)
    draft.title = _title(values, text)
    draft.form, draft.pasted, draft.updated_at = values, text or None, now()
    session.flush()
    return draft


def remove(session: Session, actor: Actor, draft_id: int) -> None:
    """Throw a draft away."""
    session.delete(load(session, actor, draft_id))


def settled(session: Session, actor: Actor, request_id: str | None) -> None:
    """The form has become a lead: its draft goes."""
    for draft in mine(session, actor) if request_id else ():
        if draft.form.get("request_id") == request_id:
            session.delete(draft)


def drop_old(session: Session) -> int:
    """Drop everybody's drafts that have lain too long; how many."""
    return session.execute(delete(LeadDraft).where(LeadDraft.updated_at < _oldest())).rowcount


def _oldest() -> datetime:
    return now() - timedelta(days=KEPT_DAYS)


def _kept(name: str, value: object) -> object:
    if isinstance(value, (list, tuple)):
        return [clean_text(str(each), 100, name) for each in value][:50]
    return clean_text(str(value), LONGEST, name, multiline=True)


def _title(values: Mapping[str, object], pasted: str) -> str:
    words = str(values.get("name") or "") or " ".join(pasted.split()) or str(values.get("contact_name") or "")
    return words[:TITLE_LENGTH]
