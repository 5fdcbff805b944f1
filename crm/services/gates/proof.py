"""Evidence of gates: a file, or a note that says where the paper lies; taken back, never deleted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from crm.domain.errors import Invalid, NotFound
from crm.domain.gates import Definitions, proven
from crm.domain.labels import N_
from crm.domain.pipeline import Stage
from crm.domain.text import clean_text
from crm.infra.clock import now, today
from crm.infra.storage import FileStore
from crm.models import Evidence, Lead, Project
from crm.services import access, attachments, audit, timeline
from crm.services.access import Actor
from crm.services.attachments import Upload

NOTE_LENGTH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One proof as it is handed in: a file, a note, or both."""

    kind: str
    upload: Upload | None = None
    note: str = ""
    dated_on: date | None = None


def of_project(session: Session, project_id: int) -> list[Evidence]:
    """All evidence of a project, oldest first, what was taken back among it. The caller has loaded the project."""
    query = select(Evidence).where(Evidence.project_id == project_id).order_by(Evidence.id)
    return list(session.scalars(query.options(joinedload(Evidence.attachment), joinedload(Evidence.added_by))))


def kinds_of(session: Session, project_ids: Iterable[int]) -> dict[int, set[str]]:
    """Kinds of evidence that count, by project: one statement."""
    wanted = set(project_ids)
    found: dict[int, set[str]] = {each: set() for each in wanted}
    if wanted:
        query = select(Evidence.project_id, Evidence.kind)
        query = query.where(Evidence.project_id.in_(wanted), Evidence.withdrawn_at.is_(None)).distinct()
        for project_id, kind in session.execute(query):
            found[project_id].add(kind)
    return found


def hand_in(
    session: Session, actor: Actor, project: Project, definitions: Definitions, proof: Proof, store: FileStore | None
) -> Evidence | None:
    """Keep one proof; None for an empty one. Invalid(kind) for what is refused: a foreign kind, a bad file, a date."""
    note = clean_text(proof.note, NOTE_LENGTH, proof.kind, multiline=True)
    if proof.upload is None and not note:
        if proof.dated_on is not None:
            raise Invalid(proof.kind, N_("只有日期不算证据：请附文件，或写明材料存放在哪里。"))
        return None
    if proof.kind not in definitions.evidence:
        raise Invalid("", N_("关口定义里没有「%(name)s」这一项。"), name=proof.kind)
    if proof.dated_on is not None and proof.dated_on > today():
        raise Invalid(proof.kind, N_("材料日期不能在将来。"))
    attachment = None
    if proof.upload is not None:
        lead = session.get(Lead, project.lead_id) if project.lead_id is not None else None
        if lead is None or store is None:
            raise Invalid(proof.kind, N_("这里不能收文件，请写明材料存放在哪里。"))
        try:
            attachment = attachments.add(session, actor, store, lead, proof.upload, project_id=project.id)
        except Invalid as error:
            raise Invalid(proof.kind, error.sentence, **error.params) from error
    row = Evidence(
        project_id=project.id,
        kind=proof.kind,
        attachment_id=attachment.id if attachment else None,
        note=note or None,
        dated_on=proof.dated_on,
        added_by_id=actor.id,
        is_demo=project.is_demo,
    )
    session.add(row)
    session.flush()
    if attachment is None:
        # A file has its own line in the timeline.
        lead = session.get(Lead, project.lead_id) if project.lead_id is not None else None
        word = definitions.evidence[proof.kind].words.zh
        timeline.note(session, actor, "evidence.added", lead, project_id=project.id, evidence=word, note=note)
    after = {"project": project.number, "kind": proof.kind, "file": attachment.file_name if attachment else None}
    audit.record(session, actor.id, "evidence.added", ("project", project.id), after=after)
    return row


def withdraw(session: Session, actor: Actor, evidence_id: int, definitions: Definitions) -> Evidence:
    """Take a proof back: history keeps it, gates do not count it. Invalid while a gate that was passed rests on it."""
    row = session.get(Evidence, evidence_id)
    if row is None:
        raise NotFound(N_("没有这条记录，或您无权查看。"))
    project = access.project(session, actor, row.project_id, edit=True)
    if row.withdrawn_at is not None:
        return row
    rest = {each.kind for each in of_project(session, project.id) if each.withdrawn_at is None and each.id != row.id}
    if _rests(definitions, project, row.kind, rest):
        raise Invalid("", N_("已过的关口靠这份证据：先补一份新的，再撤下它。"))
    row.withdrawn_at = now()
    timeline.note(
        session,
        actor,
        "evidence.withdrawn",
        session.get(Lead, project.lead_id) if project.lead_id else None,
        project_id=project.id,
        evidence=definitions.evidence[row.kind].words.zh if row.kind in definitions.evidence else row.kind,
    )
    audit.record(session, actor.id, "evidence.withdrawn", ("project", project.id), before={"kind": row.kind})
    return row


def _rests(definitions: Definitions, project: Project, kind: str, rest: set[str]) -> bool:
    """Whether a gate behind the project, or the way out of a stage behind it, would lose its only proof."""
    for stage in list(Stage)[: project.stage.order + 1]:
        gate = definitions.gate(project.track, stage)
        groups = gate.demand.evidence + (gate.leave.evidence if stage is not project.stage else ())
        if any(kind in {each.key for each in group} and not proven(group, rest) for group in groups):
            return True
    return False
