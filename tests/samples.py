"""One record of each kind, whose ids fill the addresses of pages in tests that walk the whole URL map."""

from __future__ import annotations

from datetime import date, timedelta
from email.message import EmailMessage
from io import BytesIO

from sqlalchemy.orm import Session

from crm.domain.calendar import iso_week
from crm.domain.commitments import CommitmentSide
from crm.domain.imports import ImportKind, ImportState
from crm.domain.introductions import IntroductionState
from crm.domain.jobs import JobKind, JobState
from crm.domain.leads import FollowUpKind, LeadSource, LeadState
from crm.domain.ownership import TransferKind, TransferState
from crm.domain.pipeline import Stage
from crm.domain.space import Tenure, UnitStatus
from crm.infra.clock import now, today
from crm.infra.config import Settings
from crm.infra.db import Database
from crm.infra.storage import FileStore
from crm.models import (
    Attachment,
    Building,
    BulkChange,
    CalendarDay,
    Chain,
    Comment,
    Commitment,
    Contact,
    Enterprise,
    Evidence,
    FollowUp,
    GapTarget,
    ImportRow,
    ImportRun,
    Introduction,
    Issue,
    Job,
    Lead,
    LeadDraft,
    Merge,
    Notice,
    Offer,
    PlanTask,
    PlanVersion,
    Project,
    Purchase,
    Reminder,
    SavedView,
    Segment,
    StageRequest,
    Transfer,
    Unit,
    UserSession,
)
from crm.services.merging.kinds import KINDS, MergeKind, dump
from tests.cast import Cast

#: Arguments of addresses; "endpoint:argument" where one word means different things.
SAMPLES = (
    "lead_id",
    "contact_id",
    "draft_id",
    "follow_up_id",
    "introduction_id",
    "park_id",
    "unit_id",
    "project_id",
    "stage",
    "request_id",
    "evidence_id",
    "enterprise_id",
    "list_name",
    "bulk_action",
    "view_id",
    "change_id",
    "reminder_id",
    "commitment_id",
    "issue_id",
    "week",
    "voice",
    "person_id",
    "session_id",
    "day_id",
    "attachment_id",
    "comment_id",
    "run_id",
    "row_id",
    "import_kind",
    "job_id",
    "history.show:kind",
    "kind",
    "record_id",
    "winner_id",
    "loser_id",
    "merge_id",
    "transfer_id",
    "history.show:subject_id",
    "only",
    "name",
    "purchase_id",
    "key",
    "segment",
    "number",
    "version_id",
    "task_id",
    "chain_id",
    "target_id",
)


def keep_mail(settings: Settings | None) -> str:
    """A mail as the file transport keeps it; returns its name."""
    name = "20261124-sample.eml"
    if settings is not None:
        settings.mail_dir.mkdir(parents=True, exist_ok=True)
        message = EmailMessage()
        message["Subject"], message["To"] = "示例", "officer@example.org"
        message.set_content("文本")
        message.add_alternative("<p>网页</p>", subtype="html")
        (settings.mail_dir / name).write_bytes(bytes(message))
    return name


def keep_file(settings: Settings | None) -> str:
    """A file as the store keeps it; returns its name."""
    if settings is None:
        return "0" * 32 + ".pdf"
    return FileStore(settings.files_dir).put(BytesIO(b"%PDF-1.7\n"), suffix=".pdf", most=100).name


def make_import(session: Session, person_id: int, settings: Settings | None) -> dict[str, object]:
    """An import in its preview, and a finished export with its file."""
    run = ImportRun(
        kind=ImportKind.LEADS,
        state=ImportState.PREVIEW,
        person_id=person_id,
        file_name="台账（示例）.csv",
        stored_name="0" * 32 + ".csv",
        sha256="0" * 64,
        headers=["企业名称", "来源"],
        mapping={"0": "name", "1": "source"},
        counts={"rows": 1, "errors": 1},
    )
    stored = "1" * 32 + ".csv"
    job = Job(
        kind=JobKind.EXPORT,
        person_id=person_id,
        state=JobState.DONE,
        params={"list": "leads", "query": "", "format": "csv"},
        result={"rows": 0, "stored_name": stored, "file_name": "线索.csv"},
        finished_at=now(),
    )
    session.add_all([run, job])
    session.flush()
    row = ImportRow(run_id=run.id, line=2, cells=["", "走访"], errors={"name": ["请填写企业名称。", {}]}, error_count=1)
    session.add(row)
    session.flush()
    if settings is not None:
        settings.files_dir.mkdir(parents=True, exist_ok=True)
        (settings.files_dir / stored).write_text("编号\n", encoding="utf-8")
    return {"run_id": run.id, "row_id": row.id, "import_kind": "leads", "job_id": job.id}


def make_plan(session: Session, chain: Chain) -> dict[str, object]:
    """Two versions of the chain's plan, and a task."""
    first = PlanVersion(chain_id=chain.id, number=1, document={"standing": "优势链条之一"}, reason="随产品提供")
    second = PlanVersion(chain_id=chain.id, number=2, document={"standing": "优势链条"}, reason="改定位")
    task = PlanTask(chain_id=chain.id, text="走访三家企业", due_on=today() + timedelta(days=30))
    session.add_all([first, second, task])
    session.flush()
    return {"number": first.number, "version_id": second.id, "task_id": task.id}


def make_samples(database: Database, cast: Cast, settings: Settings | None = None) -> dict[str, object]:
    """Add one record of each kind, owned by the officer, at the manager's park; returns values by argument."""
    with database.writing() as session:
        chain = Chain(key="biomedicine", name="生物医药", has_map=True)
        session.add(chain)
        session.flush()
        segment = Segment(chain_id=chain.id, key="ivd", name="体外诊断试剂", position="midstream")
        enterprise = Enterprise(name="示例公司（示例）", normalised_name="示例公司示例", core_name="示例公司")
        building = Building(park_id=cast.park, name="1 栋")
        session.add_all([segment, enterprise, building])
        session.flush()
        contact = Contact(enterprise_id=enterprise.id, name="张三丰", phone="13800000000")
        unit = Unit(building_id=building.id, name="2 层", status=UnitStatus.AVAILABLE, free_m2=1000, total_m2=1000)
        session.add_all([contact, unit])
        session.flush()
        offer = Offer(park_id=cast.park, unit_id=unit.id, tenure=Tenure.RENT, price=4000)
        lead = Lead(
            number="XS-2026-9001",
            enterprise_id=enterprise.id,
            contact_id=contact.id,
            state=LeadState.VALID,
            source=LeadSource.PHONE,
            section_id=cast.section,
            owner_id=cast.officer,
            registered_by_id=cast.officer,
            received_at=now(),
            last_activity_at=now(),
            segment_id=segment.id,
            tenure=Tenure.RENT,
            area_min=800,
            area_target=1000,
            area_max=1200,
        )
        session.add_all([offer, lead])
        session.flush()
        follow_up = FollowUp(
            lead_id=lead.id,
            kind=FollowUpKind.CALL,
            subject="回电",
            due_at=now() + timedelta(days=1),
            owner_id=cast.officer,
        )
        introduction = Introduction(
            lead_id=lead.id,
            park_id=cast.park,
            offer_id=offer.id,
            state=IntroductionState.INTRODUCED,
            sent_by_id=cast.officer,
            sent_at=now(),
        )
        twin = Lead(
            number="XS-2026-9002",
            enterprise_id=enterprise.id,
            source=LeadSource.VISIT,
            section_id=cast.section,
            owner_id=cast.officer,
            received_at=now(),
            last_activity_at=now(),
        )
        transfer = Transfer(
            lead_id=lead.id,
            kind=TransferKind.TRANSFER,
            state=TransferState.ASKED,
            from_section_id=cast.section,
            to_section_id=cast.other_section,
            person_id=cast.chief,
            at=now(),
        )
        session.add_all([twin, transfer])
        session.flush()
        merge = Merge(
            kind="lead",
            winner_id=lead.id,
            loser_id=twin.id,
            snapshot={
                "winner": dump(lead, KINDS[MergeKind.LEAD].columns),
                "loser": dump(twin, KINDS[MergeKind.LEAD].columns),
                "moved": {},
            },
            person_id=cast.officer,
            at=now(),
            undone_at=now(),
        )
        session.add(merge)
        project = Project(
            number="CB-2026-9001",
            lead_id=lead.id,
            enterprise_id=enterprise.id,
            name=enterprise.name,
            stage=Stage.RESERVE,
            stage_since=now(),
            owner_id=cast.officer,
            section_id=cast.section,
            last_activity_at=now(),
        )
        issue = Issue(
            number="WT-2026-9001",
            lead_id=lead.id,
            section_id=cast.section,
            problem="变压器容量不够",
            department="供电部门（示例）",
            owner_id=cast.officer,
        )
        reminder = Reminder(
            rule="lead_unscreened",
            subject_kind="lead",
            subject_id=lead.id,
            lead_id=lead.id,
            person_id=cast.officer,
            started_on=now().date(),
        )
        notice = Notice(person_id=cast.officer, kind="introduction.sent", key="sample", created_at=now(), params={})
        file = Attachment(
            lead_id=lead.id,
            file_name="意向书.pdf",
            stored_name=keep_file(settings),
            media_type="application/pdf",
            size=9,
            sha256="0" * 64,
            added_by_id=cast.officer,
        )
        comment = Comment(lead_id=lead.id, author_id=cast.officer, body="请回电", mentions=[])
        opened = UserSession(
            token_hash="0" * 64,
            person_id=cast.officer,
            created_at=now(),
            last_seen_at=now(),
            expires_at=now() + timedelta(hours=1),
        )
        draft = LeadDraft(person_id=cast.officer, title="示例草稿", form={"name": "示例草稿"})
        session.add(draft)
        day = CalendarDay(day=date(2026, 1, 4), is_working=True, reason="国务院办公厅通知")
        session.add_all([follow_up, introduction, project, reminder, notice, file, comment, opened, day])
        session.flush()
        view = SavedView(list="leads", name="重点", query="owner=mine", person_id=cast.officer)
        change = BulkChange(action="tag", subject_kind="lead", params={}, person_id=cast.officer, at=now())
        commitment = Commitment(
            project_id=project.id, side=CommitmentSide.OURS, content="年底前完成 10kV 接入", legal_basis="协议第 4 条"
        )
        asked = StageRequest(
            project_id=project.id, from_stage=Stage.RESERVE, to_stage=Stage.NEGOTIATING, asked_at=now()
        )
        proof = Evidence(project_id=project.id, kind="screening_note", note="示例筛查意见")
        target = GapTarget(
            segment_id=segment.id, enterprise_id=enterprise.id, score=70, parts={}, owner_id=cast.officer
        )
        session.add(target)
        purchase = Purchase(
            enterprise_id=enterprise.id,
            segment_id=segment.id,
            product="抗原抗体原料",
            yearly_fen=260_000_000,
            source="采购部口述（示例）",
            recorded_on=today(),
            recorded_by_id=cast.officer,
        )
        session.add_all([view, change, issue, commitment, asked, proof, purchase])
        session.flush()
        return {
            "list_name": "leads",
            "bulk_action": "tag",
            "view_id": view.id,
            "change_id": change.id,
            "lead_id": lead.id,
            "contact_id": contact.id,
            "draft_id": draft.id,
            "follow_up_id": follow_up.id,
            "introduction_id": introduction.id,
            "offer_id": offer.id,
            "park_id": cast.park,
            "unit_id": unit.id,
            "project_id": project.id,
            "stage": Stage.NEGOTIATING.value,
            "request_id": asked.id,
            "evidence_id": proof.id,
            "reminder_id": reminder.id,
            "commitment_id": commitment.id,
            "issue_id": issue.id,
            "notice_id": notice.id,
            "session_id": opened.id,
            "day_id": day.id,
            "attachment_id": file.id,
            "comment_id": comment.id,
            "history.show:kind": "project",
            "kind": "lead",
            "record_id": lead.id,
            "winner_id": lead.id,
            "loser_id": twin.id,
            "merge_id": merge.id,
            "transfer_id": transfer.id,
            "history.show:subject_id": project.id,
            "only": 0,
            "name": keep_mail(settings),
            "person_id": cast.colleague,
            "key": chain.key,
            "chain_id": chain.id,
            **make_plan(session, chain),
            "segment": segment.key,
            "target_id": target.id,
            "week": str(iso_week(today())),
            "voice": "leader",
            "enterprise_id": enterprise.id,
            "purchase_id": purchase.id,
            "segment_id": segment.id,
            **make_import(session, cast.officer, settings),
        }
