"""A small week for tests of reports: 2026-W47, with projects, a lead, an introduction and space."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from chains.engine.model import SegmentStatus
from crm.domain.calendar import IsoWeek, china_instant
from crm.domain.introductions import IntroductionState
from crm.domain.leads import FollowUpKind
from crm.domain.pipeline import LossReason, SideState, Stage, UnmetRequirement
from crm.models import (
    Contact,
    Enterprise,
    FollowUp,
    Introduction,
    Lead,
    Match,
    Offer,
    Project,
    Segment,
    SegmentChange,
    StageChange,
)
from crm.services import timeline
from tests.cast import Cast
from tests.factories import actor, make_enterprise, make_lead, make_offer, make_segment

WEEK = IsoWeek(2026, 47)
#: Sunday 23:59:59 and Monday 00:00 of Asia/Shanghai around the week's end.
LAST_MOMENT = china_instant(date(2026, 11, 23)) - timedelta(seconds=1)
END = china_instant(date(2026, 11, 23))
START = china_instant(date(2026, 11, 16))
SENT = datetime.fromisoformat("2026-11-23T08:31:00+08:00")
CONTACT, PHONE = "张三丰", "13800138000"


def make_project(
    session: Session,
    cast: Cast,
    name: str,
    steps: list[tuple[datetime, Stage]],
    *,
    owner: int | None = None,
    section: int | None = None,
    **values: object,
) -> Project:
    """A project with its stage changes written down, as the reserve library does."""
    firm = make_enterprise(session, name, key=None)
    at, stage = steps[-1]
    project = Project(
        number=f"CB-2026-{firm.id:04d}",
        enterprise_id=firm.id,
        name=name,
        stage=stage,
        stage_since=at,
        owner_id=owner or cast.officer,
        section_id=section or cast.section,
        last_activity_at=at,
        is_demo=True,
        **values,
    )
    session.add(project)
    session.flush()
    previous = None
    for moment, to in steps:
        session.add(StageChange(project_id=project.id, from_stage=previous, to_stage=to, at=moment))
        previous = to
    session.flush()
    return project


def make_week(session: Session, cast: Cast) -> dict[str, int]:
    """Fill the week; returns ids by name. Named enterprises: 签约, 开工, 流失, 我方线索, 别家线索, 未推介 …"""
    early = START - timedelta(days=30)
    signed = make_project(
        session, cast, "签约公司（示例）", [(early, Stage.RESERVE), (LAST_MOMENT, Stage.SIGNED)],
        signed_fen=28_000_000_000, signed_on=date(2026, 11, 22), investment_fen=30_000_000_000,
    )  # fmt: skip
    make_project(
        session, cast, "下周签约公司（示例）", [(early, Stage.RESERVE), (END, Stage.SIGNED)], signed_fen=1_000_000_000
    )
    lost = make_project(
        session, cast, "流失公司（示例）", [(early, Stage.RESERVE)], investment_fen=6_000_000_000,
        side_state=SideState.LOST, lost_on=date(2026, 11, 20), loss_reason=LossReason.SPACE,
        unmet_requirement=UnmetRequirement.LOAD, unmet_value="15 kN/㎡",
    )  # fmt: skip
    asked = make_project(
        session,
        cast,
        "请示公司（示例）",
        [(early, Stage.REVIEW)],
        decision_asked="12 月 4 日前出具用地意见，是否同意？",
    )
    segment = make_segment(session)
    _gap(session, segment, START + timedelta(days=3), SegmentStatus.MISSING, SegmentStatus.FILLING)
    raw = make_segment(session, key="raw", name="诊断原料")
    _gap(session, raw, START + timedelta(days=4), SegmentStatus.WEAK, SegmentStatus.MISSING)
    # Next week's, and one that came to nothing.
    _gap(session, make_segment(session, key="next", name="下周环节"), END, SegmentStatus.WEAK, SegmentStatus.MISSING)
    back = make_segment(session, key="back", name="来回环节")
    _gap(session, back, START, SegmentStatus.WEAK, SegmentStatus.MISSING)
    _gap(session, back, START + timedelta(days=1), SegmentStatus.MISSING, SegmentStatus.WEAK)
    offer = make_offer(session, cast.park, segment=segment, total_m2=2000, lease_end=None)
    mine = _lead(session, cast.officer, "我方线索公司（示例）", START + timedelta(days=1), segment.id)
    other = _lead(session, cast.outsider, "别家线索公司（示例）", START + timedelta(days=1), segment.id)
    masked = _lead(session, cast.officer, "未推介公司（示例）", START + timedelta(days=2), segment.id)
    owed = _introduce(session, cast, mine, offer, START + timedelta(days=1, hours=10))
    _match(session, cast, masked, offer, START + timedelta(days=2, hours=9))
    session.add(
        FollowUp(
            lead_id=mine.id, kind=FollowUpKind.CALL, subject="问清设备进场时间",
            due_at=START + timedelta(days=8, hours=10), owner_id=cast.officer,
        )
    )  # fmt: skip
    session.flush()
    return {
        "signed": signed.id,
        "lost": lost.id,
        "asked": asked.id,
        "mine": mine.id,
        "other": other.id,
        "masked": masked.id,
        "introduction": owed.id,
        "unit": offer.unit_id,
    }


def _gap(session: Session, segment: Segment, at: datetime, before: SegmentStatus, after: SegmentStatus) -> None:
    session.add(SegmentChange(segment_id=segment.id, at=at, before=before, after=after, cause="示例", is_demo=True))
    session.flush()


def _lead(session: Session, owner: int, name: str, at: datetime, segment_id: int) -> Lead:
    """Logged as an officer does, then moved to its time."""
    lead = make_lead(session, owner)
    lead.enterprise.name = name
    lead.segment_id = segment_id
    lead.received_at = lead.last_activity_at = at
    lead.is_demo = True
    contact = session.get(Contact, lead.contact_id)
    contact.name, contact.phone = CONTACT, PHONE
    session.flush()
    return lead


def _introduce(session: Session, cast: Cast, lead: Lead, offer: Offer, at: datetime) -> Introduction:
    row = Introduction(
        lead_id=lead.id,
        park_id=cast.park,
        offer_id=offer.id,
        state=IntroductionState.INTRODUCED,
        sent_by_id=cast.officer,
        sent_at=at,
        is_demo=True,
    )
    session.add(row)
    session.flush()
    timeline.note(
        session, actor(session, cast.officer), "introduction.sent", lead, at=at, park_id=cast.park,
        introduction_id=row.id, park="甲园（示例）",
    )  # fmt: skip
    return row


def _match(session: Session, cast: Cast, lead: Lead, offer: Offer, at: datetime) -> None:
    session.query(Match).filter_by(lead_id=lead.id).delete()
    session.add(
        Match(
            lead_id=lead.id, park_id=cast.park, offer_id=offer.id, status="fit", rank=1, low=86_400, high=86_400,
            coverage=100, parts={}, unknown=[], weights_version="1", first_seen_at=at, computed_at=at, is_demo=True,
        )
    )  # fmt: skip
    session.flush()


def rename(session: Session, lead_id: int, name: str) -> None:
    lead = session.get(Lead, lead_id)
    session.get(Enterprise, lead.enterprise_id).name = name
    session.flush()
