"""示例 around the records: commitments and issues, comments, leads in the pool, saved views."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.commitments import CommitmentSide, CommitmentState, FairCompetition
from crm.domain.issues import IssueState
from crm.domain.ownership import TransferKind
from crm.domain.pipeline import Stage
from crm.models import Comment, Commitment, Issue, Project, SavedView, Transfer
from crm.services import timeline
from crm.services.ownership.hands import give
from crm.services.seed.demo import files
from crm.services.seed.demo.dates import Dates
from crm.services.seed.demo.leads import Told
from crm.services.seed.demo.people import People
from crm.services.seed.upsert import Tally

#: Days after the contract until the district's and the investor's promises are due.
_DUE = {CommitmentSide.OURS: 45, CommitmentSide.THEIRS: 700}


def store_ledgers(session: Session, tally: Tally, people: People, dates: Dates, told: Mapping[str, Told]) -> None:
    _store_commitments(session, tally, dates)
    _store_issues(session, tally, people, dates, told)
    _store_comments(session, tally, people, dates, told)
    _store_pool(session, tally, people, dates, told)
    _store_views(session, tally, people)
    session.flush()


def _store_commitments(session: Session, tally: Tally, dates: Dates) -> None:
    """Both sides' promises of each contract; what comes on top is spread over the signed projects in turn."""
    query = select(Project).where(Project.is_demo, Project.signed_on.is_not(None)).order_by(Project.id)
    signed = list(session.scalars(query))
    for project in signed:
        for side, fact in ((CommitmentSide.OURS, "our_commitments"), (CommitmentSide.THEIRS, "their_commitments")):
            due = project.signed_on + timedelta(days=_DUE[side])
            kept = project.stage.order >= Stage.STARTED.order and side is CommitmentSide.OURS
            session.add(
                Commitment(
                    project_id=project.id,
                    side=side,
                    content=project.facts[fact],
                    legal_basis=f"示例合同（{project.signed_on:%Y-%m-%d}）",
                    due_on=due,
                    responsible="示例牵头部门" if side is CommitmentSide.OURS else "投资方",
                    state=CommitmentState.FULFILLED if kept else CommitmentState.OPEN,
                    settled_on=due if kept and due <= dates.today else dates.today if kept else None,
                    settled_note="示例：已办结" if kept else None,
                    fair_competition=FairCompetition.PASSED,
                    added_by_id=project.owner_id,
                    is_demo=True,
                )
            )
            tally.added["commitment"] += 1
    for number, entry in enumerate(files.library()["commitments"]):
        project = signed[number % len(signed)]
        side = CommitmentSide(entry["side"])
        review = FairCompetition(entry.get("review", "passed"))
        session.add(
            Commitment(
                project_id=project.id,
                side=side,
                content=entry["content"],
                legal_basis=entry["basis"],
                due_on=dates.day(entry["due"]),
                responsible=entry["responsible"],
                fair_competition=review if side is CommitmentSide.OURS else FairCompetition.NOT_NEEDED,
                added_by_id=project.owner_id,
                is_demo=True,
            )
        )
        tally.added["commitment"] += 1


def _store_issues(session: Session, tally: Tally, people: People, dates: Dates, told: Mapping[str, Told]) -> None:
    for number, entry in enumerate(files.library()["issues"], start=1):
        lead = told[entry["lead"]].lead
        project_id = session.scalar(select(Project.id).where(Project.lead_id == lead.id))
        raised = dates.past(entry["raised"], "11:10")
        state = IssueState(entry.get("state", "open"))
        chief = people.chief_of(lead.section_id)
        issue = Issue(
            number=f"WT-{raised.year}-D{number:03d}",
            lead_id=lead.id,
            project_id=project_id,
            section_id=lead.section_id,
            problem=entry["problem"],
            department=entry["department"],
            owner_id=lead.owner_id,
            due_on=dates.day(entry["due"]),
            state=state,
            solution=entry.get("solution"),
            resolved_at=dates.past(1, "16:00", after=raised) if state is IssueState.RESOLVED else None,
            is_supervised="supervised" in entry,
            supervision_note=entry.get("supervised"),
            supervised_by_id=chief.id if "supervised" in entry else None,
            raised_by_id=lead.owner_id,
            created_at=raised,
            is_demo=True,
        )
        session.add(issue)
        session.flush()
        tally.added["issue"] += 1
        timeline.note(
            session,
            told[entry["lead"]].owner,
            "issue.raised",
            lead,
            at=raised,
            project_id=project_id,
            number=issue.number,
            department=issue.department,
        )


def _store_comments(session: Session, tally: Tally, people: People, dates: Dates, told: Mapping[str, Told]) -> None:
    for entry in files.library()["comments"]:
        author, lead = people.actors[entry["by"]], told[entry["lead"]].lead
        moment = dates.past(entry["days"], "17:05")
        comment = Comment(
            lead_id=lead.id,
            author_id=author.id,
            body=entry["text"],
            mentions=[people.actors[login].id for login in entry.get("names", ())],
            created_at=moment,
            is_demo=True,
        )
        session.add(comment)
        session.flush()
        tally.added["comment"] += 1
        timeline.note(session, author, "comment.written", lead, at=moment, comment_id=comment.id)


def _store_pool(session: Session, tally: Tally, people: People, dates: Dates, told: Mapping[str, Told]) -> None:
    """Leads that somebody let go: they belong to nobody and protect nobody, and open promises went with the owner."""
    for entry in files.library()["pool"]:
        each = told[entry["lead"]]
        lead, moment = each.lead, dates.past(entry["days"], "09:40")
        timeline.note(session, each.owner, "lead.released", lead, at=moment, reason=entry["reason"])
        session.add(
            Transfer(
                lead_id=lead.id,
                kind=TransferKind.RELEASE,
                from_owner_id=lead.owner_id,
                from_section_id=lead.section_id,
                note=entry["reason"],
                person_id=lead.owner_id,
                at=moment,
                is_demo=True,
            )
        )
        tally.added["transfer"] += 1
        lead.pooled_at, lead.protected_until = moment, None
        give(session, lead, None, None)


def _store_views(session: Session, tally: Tally, people: People) -> None:
    for number, entry in enumerate(files.library()["views"], start=1):
        author = people.actors[entry["by"]]
        session.add(
            SavedView(
                list=entry["list"],
                name=entry["name"],
                query=entry["query"],
                person_id=author.id,
                section_id=author.section_id if entry["shared"] else None,
                sort=number,
            )
        )
        tally.added["saved_view"] += 1
