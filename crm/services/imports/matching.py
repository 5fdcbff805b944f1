"""Ranking parks for the leads of a run, after its rows are written: small units of work, so that nobody waits for it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from crm.domain.imports import ImportKind, RowOutcome
from crm.infra.db import Database
from crm.models import ImportRow, ImportRun, Lead, Project
from crm.services import jobs, matching
from crm.services.imports.plan import in_chunks
from crm.services.imports.progress import LostJob, Progress
from crm.services.jobs import Claimed

_PIECE = 25


def match_leads(database: Database, claimed: Claimed) -> None:
    """Match every new or changed lead of the run that still stands."""
    run_id = int(claimed.params["run_id"])  # type: ignore[call-overload]
    with database.reading() as session:
        run = session.get_one(ImportRun, run_id)
        rows = select(ImportRow.subject_id).where(
            ImportRow.run_id == run_id, ImportRow.outcome.in_((RowOutcome.ADDED, RowOutcome.CHANGED))
        )
        if run.kind is ImportKind.PROJECTS:
            rows = select(Project.lead_id).where(Project.id.in_(rows))
        ids = session.scalars(select(Lead.id).where(Lead.id.in_(rows)).order_by(Lead.id)).all()
    progress = Progress(database, claimed)
    progress.expect(len(ids))
    for some in in_chunks(ids, _PIECE):
        with database.writing() as session:
            query = select(Lead).where(Lead.id.in_(some)).options(joinedload(Lead.enterprise)).order_by(Lead.id)
            for lead in session.scalars(query):
                if lead.state.is_open:
                    matching.rematch(session, lead)
        progress.step(len(some))
    with database.writing() as session:
        if not jobs.finish(session, claimed, {"rows": len(ids)}):
            raise LostJob
