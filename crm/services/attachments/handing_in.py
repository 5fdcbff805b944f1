"""Handing a file in: judged by name and content, kept in the store, and tied to a lead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain import files
from crm.domain.access import Permission
from crm.domain.errors import Invalid, NotAllowed
from crm.domain.labels import N_
from crm.infra.storage import FileStore, TooLarge
from crm.models import Attachment, FollowUp, Lead
from crm.services import access, audit, settings, timeline
from crm.services.access import Actor

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Upload:
    """What a browser sent: the name it was given there, and its content, which can be read again from its start."""

    name: str
    content: BinaryIO


def most_mb(session: Session) -> int:
    """The longest file that is accepted, in MB; the setting `files.most_mb`, 20 until somebody sets another."""
    return int(settings.get(session, "files.most_mb", files.MOST_MB))  # type: ignore[call-overload]


def add(
    session: Session,
    actor: Actor,
    store: FileStore,
    lead: Lead,
    upload: Upload,
    project_id: int | None = None,
    follow_up: FollowUp | None = None,
) -> Attachment:
    """Keep a file with a lead that the actor may edit; the same content again on the same lead is the first row.

    NotAllowed, or Invalid(`files`) for a file that is refused: its kind, its content, or its size.
    """
    access.require(actor, Permission.LEADS_EDIT)
    if not access.may_edit_lead(actor, lead):
        raise NotAllowed(N_("这条线索由他人负责，您可以查看，不能加文件。"))
    kind = files.recognise(upload.name, upload.content)
    most = most_mb(session)
    name = files.clean_name(upload.name)
    try:
        stored = store.put(upload.content, suffix=kind.suffix, most=most * MEGABYTE)
    except TooLarge:
        raise Invalid(files.FIELD, N_("「%(name)s」超过 %(most)d MB。"), name=name, most=most) from None
    if earlier := _same(session, lead, stored.sha256):
        store.remove(stored.name)
        return earlier
    attachment = Attachment(
        lead_id=lead.id,
        project_id=project_id,
        follow_up_id=follow_up.id if follow_up else None,
        file_name=name,
        stored_name=stored.name,
        media_type=kind.media_type,
        size=stored.size,
        sha256=stored.sha256,
        added_by_id=actor.id,
        is_demo=lead.is_demo,
    )
    session.add(attachment)
    session.flush()
    timeline.note(
        session,
        actor,
        "file.added",
        lead,
        project_id=project_id,
        file_id=attachment.id,
        file=name,
        # A file of a follow-up is shown with it, not once more beside it.
        **({"follow_up_id": follow_up.id} if follow_up else {}),
    )
    after = {"lead": lead.number, "file": name, "size": stored.size, "sha256": stored.sha256}
    audit.record(session, actor.id, "file.added", ("lead", lead.id), after=after)
    return attachment


def _same(session: Session, lead: Lead, sha256: str) -> Attachment | None:
    query = select(Attachment).where(
        Attachment.lead_id == lead.id, Attachment.removed_at.is_(None), Attachment.sha256 == sha256
    )
    return session.scalar(query.limit(1))
