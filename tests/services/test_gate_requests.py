"""The chief's word, the reserve gate, re-signing, evidence taken back, definitions put in force."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import func, select

from crm.domain.errors import Duplicate, Invalid, NotAllowed, NotFound, Stale
from crm.domain.gates import shipped
from crm.domain.leads import LeadState
from crm.domain.pipeline import RequestState, Stage
from crm.infra.storage import FileStore
from crm.models import Attachment, CapitalIncrease, Evidence, Notice, Project, StageChange
from crm.services import attachments, gates, projects
from crm.services.attachments import Upload
from crm.services.gates import GateClosed, Kind, Move, MustAnswer, Proof, Resigning
from tests.factories import actor, make_lead, make_segment
from tests.walking import complete, make_project, walk


@pytest.fixture
def session(database):
    with database.writing() as session:
        yield session


@pytest.fixture
def project(session, cast):
    return make_project(session, cast.officer, segment_id=make_segment(session).id)


@pytest.fixture
def request_(session, cast, project):
    """The officer's request to sign."""
    walk(session, cast.chief, project, Stage.NEGOTIATING, Stage.REVIEW)
    command = complete(session, cast.officer, project, Stage.SIGNED)
    return gates.move(session, actor(session, cast.officer), project.id, command)


# ── The chief's word ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_chief_is_told_decides_and_the_officer_is_told(session, cast, project, request_):
    told = set(session.scalars(select(Notice.person_id).where(Notice.kind == "stage.asked")))
    assert told == {cast.chief}, "the chief of another section has no part in it"
    assert [each.id for each in gates.waiting(session, actor(session, cast.chief))] == [request_.id]
    assert gates.waiting(session, actor(session, cast.other_chief)) == []
    assert gates.waiting(session, actor(session, cast.officer)) == []
    gates.approve(session, actor(session, cast.chief), request_.id, "", request_.version)
    assert project.stage is Stage.SIGNED
    change = session.scalars(select(StageChange).where(StageChange.to_stage == Stage.SIGNED)).one()
    assert change.approved_by_id == cast.chief
    assert session.scalars(select(Notice.person_id).where(Notice.kind == "stage.approved")).all() == [cast.officer]


def test_a_refusal_needs_a_reason_and_leaves_everything_in_place(session, cast, project, request_):
    chief = actor(session, cast.chief)
    with pytest.raises(Invalid, match="写明为什么不同意"):
        gates.refuse(session, chief, request_.id, " ", request_.version)
    gates.refuse(session, chief, request_.id, "合同里没有违约条款", request_.version)
    assert (project.stage, request_.state) == (Stage.REVIEW, RequestState.REFUSED)
    assert gates.check(session, chief, project, Stage.SIGNED).is_open, "what was filled in is not asked again"
    with pytest.raises(Stale):
        gates.approve(session, chief, request_.id, "", request_.version)


def test_who_decides(session, cast, request_):
    with pytest.raises(NotAllowed):
        gates.approve(session, actor(session, cast.officer), request_.id, "", request_.version)
    with pytest.raises(NotFound):
        gates.approve(session, actor(session, cast.other_chief), request_.id, "", request_.version)


def test_what_was_taken_back_meanwhile_closes_the_gate_again(session, cast, project, request_):
    contract = session.scalars(select(Evidence).where(Evidence.kind == "contract")).one()
    gates.withdraw(session, actor(session, cast.officer), contract.id, gates.in_force(session))
    with pytest.raises(GateClosed) as closed:
        gates.approve(session, actor(session, cast.chief), request_.id, "", request_.version)
    assert [kind.key for group in closed.value.check.missing_evidence for kind in group] == ["contract"]
    assert project.stage is Stage.REVIEW


def test_a_request_is_withdrawn_by_hand_or_with_a_step_back(session, cast, project, request_):
    officer = actor(session, cast.officer)
    gates.withdraw_request(session, officer, request_.id)
    assert request_.state is RequestState.WITHDRAWN
    again = gates.move(session, officer, project.id, Move(to_stage=Stage.SIGNED))
    gates.move(session, officer, project.id, Move(to_stage=Stage.NEGOTIATING, reason="方案重做"))
    assert again.state is RequestState.WITHDRAWN


# ── The reserve gate ─────────────────────────────────────────────────────────────────────────────────────────────────

RESERVE = {"fixed_investment": 200, "investment": 300, "output_forecast": 9, "tax_forecast": 1, "grade": "B"}


def test_a_lead_is_admitted_with_the_facts_of_its_row(session, cast):
    lead = make_lead(session, cast.officer, segment_id=make_segment(session).id)
    officer = actor(session, cast.officer)
    with pytest.raises(GateClosed, match="先筛查"):
        gates.admit(session, officer, lead.id, Move(to_stage=Stage.RESERVE, facts=RESERVE))
    lead.state, lead.screening_note = LeadState.VALID, "跟"
    session.flush()
    found = gates.check_lead(session, lead)
    assert {fact.key for fact in found.missing_facts} == set(RESERVE), "what the lead tells is not asked"
    with pytest.raises(GateClosed):
        gates.admit(session, officer, lead.id, Move(to_stage=Stage.RESERVE))
    assert session.scalar(select(func.count(Project.id))) == 0
    project = gates.admit(session, officer, lead.id, Move(to_stage=Stage.RESERVE, facts=RESERVE))
    assert (project.fixed_investment_fen, project.grade.value, project.segment_id) == (200, "B", lead.segment_id)
    assert project.facts["area"] == 1200
    assert session.scalars(select(Evidence.note)).one() == "跟"
    with pytest.raises(Duplicate):
        gates.admit(session, officer, lead.id, Move(to_stage=Stage.RESERVE, facts=RESERVE))


def test_neither_a_duplicate_nor_a_lead_without_chain_gets_in(session, cast):
    lead = make_lead(session, cast.officer)
    lead.state, lead.screening_note = LeadState.DUPLICATE, "与另一条相同"
    session.flush()
    officer = actor(session, cast.officer)
    with pytest.raises(GateClosed, match="重复"):
        gates.admit(session, officer, lead.id, Move(to_stage=Stage.RESERVE, facts=RESERVE))
    lead.state = LeadState.VALID
    session.flush()
    with pytest.raises(GateClosed) as closed:
        gates.admit(session, officer, lead.id, Move(to_stage=Stage.RESERVE, facts=RESERVE))
    assert [fact.key for fact in closed.value.check.missing_facts] == ["segment"]
    stated = RESERVE | {"chain_exception": "数字经济项目，链谱未收"}
    assert gates.admit(session, officer, lead.id, Move(to_stage=Stage.RESERVE, facts=stated)).segment_id is None


# ── Re-signing ───────────────────────────────────────────────────────────────────────────────────────────────────────

SIGNING = (Stage.NEGOTIATING, Stage.REVIEW, Stage.SIGNED)


@pytest.fixture
def second(session, cast, project):
    """A second project of the same enterprise, ready to be signed; the first is signed."""
    walk(session, cast.chief, project, *SIGNING)
    other = make_project(session, cast.officer, name=f"{project.name[:-4]}二期（示例）", segment_id=project.segment_id)
    other.enterprise_id = project.enterprise_id
    session.flush()
    session.expire(other, ["enterprise"])
    return walk(session, cast.chief, other, *SIGNING[:2])


def sign(session, cast, project, answer=None):
    command = complete(session, cast.chief, project, Stage.SIGNED)
    command = Move(to_stage=Stage.SIGNED, facts=command.facts, evidence=command.evidence, resigning=answer)
    return gates.move(session, actor(session, cast.chief), project.id, command)


def test_a_second_contract_must_be_explained(session, cast, project, second):
    with pytest.raises(MustAnswer) as question:
        sign(session, cast, second)
    assert question.value.earlier.number == project.number
    seen = gates.question(session, actor(session, cast.outsider), second, Stage.SIGNED)
    assert (seen.number, seen.project_id) == (None, None), "another section is told who holds it, not what it is"
    assert seen.section == "招商一科"


def test_a_repeat_counts_nowhere(session, cast, project, second):
    sign(session, cast, second, Resigning(kind=Kind.REPEAT))
    assert (second.stage, second.repeats_id) == (Stage.SIGNED, project.id)
    assert projects.increases(session, project.id) == []


def test_an_increase_adds_money_and_no_project(session, cast, project, second):
    sign(session, cast, second, Resigning(kind=Kind.INCREASE, reason="二期设备"))
    assert second.repeats_id == project.id
    assert session.scalars(select(CapitalIncrease.amount_fen)).all() == [second.signed_fen]


def test_really_another_project_needs_a_reason(session, cast, project, second):
    with pytest.raises(Invalid, match="另一个项目"):
        sign(session, cast, second, Resigning(kind=Kind.ANOTHER))
    sign(session, cast, second, Resigning(kind=Kind.ANOTHER, reason="另一地块，另一产品线"))
    assert (second.stage, second.repeats_id) == (Stage.SIGNED, None)


# ── Evidence ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_file_is_evidence_and_hangs_on_the_lead(session, cast, project, tmp_path):
    store, officer = FileStore(tmp_path), actor(session, cast.officer)
    proof = Proof(kind="meeting_record", upload=Upload("纪要.pdf", io.BytesIO(b"%PDF-1.4 minutes")))
    gates.give(session, officer, project.id, Move(to_stage=Stage.NEGOTIATING, evidence=[proof]), store)
    row = session.scalars(select(Evidence).where(Evidence.kind == "meeting_record")).one()
    assert (row.attachment.lead_id, row.attachment.project_id) == (project.lead_id, project.id)
    with pytest.raises(Invalid, match="先在项目里撤下"):
        attachments.remove(session, officer, row.attachment_id)


@pytest.mark.parametrize(
    ("proof", "sentence"),
    [
        (Proof(kind="meeting_record", upload=Upload("纪要.zip", io.BytesIO(b"PK\x03\x04"))), "压缩包"),
        (Proof(kind="secret", note="在柜子里"), "没有「secret」"),
        (Proof(kind="meeting_record", note="字" * 501), "最多 500"),
    ],
)
def test_bad_evidence_is_refused(session, cast, project, tmp_path, proof, sentence):
    command = Move(to_stage=Stage.NEGOTIATING, evidence=[proof])
    with pytest.raises(Invalid, match=sentence):
        gates.give(session, actor(session, cast.officer), project.id, command, FileStore(tmp_path))
    assert session.scalar(select(func.count(Attachment.id))) == 0


def test_what_a_passed_gate_rests_on_is_replaced_before_it_is_taken_back(session, cast, project):
    walk(session, cast.chief, project, Stage.NEGOTIATING)
    officer, definitions = actor(session, cast.officer), gates.in_force(session)
    first = session.scalars(select(Evidence).where(Evidence.kind == "meeting_record")).one()
    with pytest.raises(Invalid, match="先补一份新的"):
        gates.withdraw(session, officer, first.id, definitions)
    better = Proof(kind="meeting_record", note="双方签字的纪要")
    gates.give(session, officer, project.id, Move(to_stage=Stage.REVIEW, evidence=[better]))
    gates.withdraw(session, officer, first.id, definitions)
    assert first.withdrawn_at is not None
    assert gates.kinds_of(session, [project.id])[project.id] == {"meeting_record"}


# ── Definitions ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_new_definitions_are_a_version_that_steps_remember(session, cast, project):
    admin = actor(session, cast.admin)
    source = shipped().replace("competitors, needs, next_action", "needs, next_action")
    gates.put_in_force(session, admin, source, "竞争地改为选填", 0)
    assert gates.in_force(session).version == 1
    keys = [fact.key for fact in gates.check(session, admin, project, Stage.NEGOTIATING).missing_facts]
    assert "competitors" not in keys
    walk(session, cast.chief, project, Stage.NEGOTIATING)
    assert session.scalars(select(StageChange.gate_version).order_by(StageChange.id.desc())).first() == 1
    with pytest.raises(Invalid, match="刚被别人改过"):
        gates.put_in_force(session, admin, shipped(), "恢复", 0)
    with pytest.raises(NotAllowed):
        gates.put_in_force(session, actor(session, cast.chief), shipped(), "恢复", 1)
