"""Files that are there: of a lead, one to open, taking one off the record, and sweeping what no row knows."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from crm.domain.access import Permission
from crm.domain.errors import Invalid, NotAllowed, NotFound
from crm.domain.labels import N_
from crm.infra.clock import now
from crm.infra.storage import FileStore
from crm.models import Attachment, Evidence, ImportRun, Job
from crm.services import access, audit, timeline
from crm.services.access import Actor

_GONE = N_("没有这份文件，或您无权查看。")


def of_lead(session: Session, lead_id: int) -> list[Attachment]:
    """The files of a lead, newest first, those of its project among them. The caller has loaded the lead."""
    query = (
        select(Attachment)
        .where(Attachment.lead_id == lead_id, Attachment.removed_at.is_(None))
        .options(joinedload(Attachment.added_by))
        .order_by(Attachment.id.desc())
    )
    return list(session.scalars(query))


def load(session: Session, actor: Actor, attachment_id: int) -> Attachment:
    """A file through the scope of its lead; NotFound outside it, and for one that was taken off."""
    found = session.get(Attachment, attachment_id)
    if found is None or found.removed_at is not None:
        raise NotFound(_GONE)
    access.lead(session, actor, found.lead_id)
    return found


def remove(session: Session, actor: Actor, attachment_id: int) -> Attachment:
    """Take a file off the record: by who added it or who may edit the lead. Row, trail and content stay.

    Invalid while it stands as evidence of a gate.
    """
    access.require(actor, Permission.LEADS_EDIT)
    attachment = load(session, actor, attachment_id)
    lead = access.lead(session, actor, attachment.lead_id)
    if attachment.added_by_id != actor.id and not access.may_edit_lead(actor, lead):
        raise NotAllowed(N_("这份文件由他人上传，您可以查看，不能移除。"))
    proves = select(Evidence.id).where(Evidence.attachment_id == attachment.id, Evidence.withdrawn_at.is_(None))
    if session.scalar(proves.limit(1)) is not None:
        raise Invalid("", N_("这份文件是关口的证据：先在项目里撤下证据，再移除文件。"))
    attachment.removed_at = now()
    timeline.note(
        session,
        actor,
        "file.removed",
        lead,
        project_id=attachment.project_id,
        file_id=attachment.id,
        file=attachment.file_name,
    )
    audit.record(session, actor.id, "file.removed", ("lead", lead.id), before={"file": attachment.file_name})
    return attachment


def sweep(session: Session, store: FileStore) -> int:
    """Delete files that no row knows: left behind by units of work that failed. How many there were."""
    known = set(session.scalars(select(Attachment.stored_name)))
    known.update(session.scalars(select(ImportRun.stored_name)))
    # A job writes the name of its file beside its counts, under a word of its own.
    for result in session.scalars(select(Job.result)):
        known.update(str(value) for value in (result or {}).values())
    return store.sweep(known)
