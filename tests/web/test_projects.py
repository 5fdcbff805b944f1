"""The reserve library on the screen: through the gates by form, the chief's word, side states, who sees what."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select

from crm.domain.leads import LeadState
from crm.domain.pipeline import SideState, Stage
from crm.infra.clock import today
from crm.models import CapitalIncrease, Evidence, Lead, MonthlyRecord, Project, StageRequest
from tests.factories import make_segment
from tests.samples import make_samples
from tests.statements import counted
from tests.walking import make_project, walk

ADMISSION = {
    "fact_tier": "growth",
    "fact_investment": "6000",
    "fact_fixed_investment": "3800万",
    "fact_area": "1200",
    "fact_output_forecast": "1.2亿",
    "fact_tax_forecast": "300",
    "fact_grade": "A",
}
TALKS = {
    "fact_timeline": "2027 年一季度进场",
    "fact_competitors": "佛山三水",
    "fact_needs": "一层整层",
    "fact_next_action": "看场地",
    "fact_next_on": (today() + timedelta(days=2)).isoformat(),
    "note_meeting_record": "纪要在科室共享盘",
}


@pytest.fixture
def ids(database, cast):
    found = make_samples(database, cast)
    with database.writing() as session:
        session.execute(delete(StageRequest))
        session.execute(delete(Evidence))
        session.execute(delete(Project))
        lead = session.get(Lead, found["lead_id"])
        lead.state, lead.screening_note = LeadState.VALID, "补体外诊断环节，跟"
    return found


@pytest.fixture
def project(database, cast):
    """A project of the officer that stands at 储备; `walked` takes it further."""
    with database.writing() as session:
        return make_project(session, cast.officer, segment_id=make_segment(session).id).id


@pytest.fixture
def walked(database, cast, project):
    def take(*stages: Stage) -> int:
        with database.writing() as session:
            walk(session, cast.chief, session.get(Project, project), *stages)
        return project

    return take


def hidden(page: str, name: str = "version") -> str:
    return re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)[1]


def opened(browser, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def stage_of(database, project_id: int) -> Stage:
    with database.reading() as session:
        return session.get(Project, project_id).stage


def test_a_valid_lead_becomes_one_project_through_its_gate(database, cast, ids, sign_in):
    browser = sign_in(cast.officer)
    address = f"/crm/projects/promote/{ids['lead_id']}"
    page = opened(browser, address)
    assert "固定资产投资" in page
    assert "补体外诊断环节，跟" in page
    data = ADMISSION | {"version": hidden(page), "fact_segment": str(ids["segment_id"])}
    made = browser.post(address, data=data)
    assert made.status_code == 302
    assert "CB-" in opened(browser, made.headers["Location"])
    with database.reading() as session:
        project = session.scalars(select(Project)).one()
        assert project.fixed_investment_fen == 3800 * 1_000_000
        assert project.facts["output_forecast"] == 120_000_000 * 100
        assert session.scalars(select(Evidence.note)).one() == "补体外诊断环节，跟"
    assert browser.post(address, data=data).status_code == 409


def test_the_reserve_gate_says_what_it_lacks_and_keeps_what_was_typed(database, cast, ids, sign_in):
    browser = sign_in(cast.officer)
    address = f"/crm/projects/promote/{ids['lead_id']}"
    data = {"version": hidden(opened(browser, address)), "fact_investment": "6000", "fact_fixed_investment": "7000"}
    answer = browser.post(address, data=data)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'value="7000"' in page
    assert 'href="#fact_tax_forecast"' in page
    with database.reading() as session:
        assert session.scalar(select(func.count(Project.id))) == 0


def test_an_unscreened_lead_is_refused_with_a_sentence(database, cast, ids, sign_in):
    with database.writing() as session:
        session.get(Lead, ids["lead_id"]).state = LeadState.NEW
    browser = sign_in(cast.officer)
    assert "先筛查" in opened(browser, f"/crm/projects/promote/{ids['lead_id']}")
    answer = browser.post(f"/crm/projects/promote/{ids['lead_id']}", data=ADMISSION)
    assert answer.status_code == 422
    assert "先筛查" in answer.get_data(as_text=True)


def test_a_lead_in_no_chain_needs_a_stated_exception(database, cast, ids, sign_in):
    with database.writing() as session:
        session.get(Lead, ids["lead_id"]).segment_id = None
    browser = sign_in(cast.officer)
    address = f"/crm/projects/promote/{ids['lead_id']}"
    data = ADMISSION | {"version": hidden(opened(browser, address))}
    assert browser.post(address, data=data).status_code == 422
    made = browser.post(address, data=data | {"fact_chain_exception": "区重点数字经济项目，链谱未收"})
    assert made.status_code == 302


def test_a_gate_keeps_the_right_part_of_a_half_right_form(database, cast, project, sign_in):
    browser = sign_in(cast.officer)
    address = f"/crm/projects/{project}/gate/negotiating"
    data = TALKS | {
        "version": hidden(opened(browser, address)),
        "action": "move",
        "fact_next_on": "后天",
        "file_meeting_record": (io.BytesIO(b"%PDF-1.4 minutes"), "会谈纪要.pdf"),
    }
    answer = browser.post(address, data=data, content_type="multipart/form-data")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "没有这一天" in page
    assert "会谈纪要.pdf" in page, "the file need not be chosen again"
    with database.reading() as session:
        kept = session.get(Project, project)
        assert kept.stage is Stage.RESERVE
        assert kept.facts["competitors"] == "佛山三水"
        assert session.scalars(select(Evidence.kind)).one() == "meeting_record"


def test_what_is_missing_is_said_and_the_rest_is_kept(database, cast, project, sign_in):
    browser = sign_in(cast.officer)
    address = f"/crm/projects/{project}/gate/negotiating"
    data = TALKS | {"version": hidden(opened(browser, address)), "action": "move"}
    answer = browser.post(address, data=data, follow_redirects=True)
    assert "还缺 1 项" in answer.get_data(as_text=True)
    assert stage_of(database, project) is Stage.RESERVE


def test_an_officer_asks_and_the_chief_decides(database, cast, walked, sign_in):
    project = walked(Stage.NEGOTIATING, Stage.REVIEW)
    officer, chief = sign_in(cast.officer), sign_in(cast.chief)
    address = f"/crm/projects/{project}/gate/signed"
    page = opened(officer, address)
    yesterday = (today() - timedelta(days=1)).isoformat()
    data = {
        "version": hidden(page),
        "action": "move",
        "fact_signed_on": yesterday,
        "fact_signed_amount": "5800",
        "fact_agreed_register_on": "2027-01-31",
        "fact_agreed_start_on": "2027-03-01",
        "fact_agreed_operating_on": "2027-09-01",
        "fact_our_commitments": "协助办理环评",
        "fact_their_commitments": "两年内固投到位",
        "fact_fair_competition": "passed",
        "note_opinions": "五个部门书面意见",
        "note_verdict": "评审会纪要第 8 号",
        "note_contract": "合同原件在档案室",
    }
    asked = officer.post(address, data=data, follow_redirects=True)
    assert "等科长审批" in asked.get_data(as_text=True)
    assert stage_of(database, project) is Stage.REVIEW
    with database.reading() as session:
        request = session.scalars(select(StageRequest)).one()
        decide, version = f"/crm/projects/{project}/requests/{request.id}", {"version": str(request.version)}
    page = opened(chief, f"/crm/projects/{project}")
    assert "同意，进入签约" in page
    refused = chief.post(decide, data=version | {"verdict": "refuse", "decision": ""})
    assert refused.status_code == 422
    assert "写明为什么不同意" in refused.get_data(as_text=True)
    assert officer.post(decide, data=version | {"verdict": "approve"}).status_code == 404
    assert chief.post(decide, data=version | {"verdict": "approve"}).status_code == 302
    assert stage_of(database, project) is Stage.SIGNED
    with database.reading() as session:
        signed = session.get(Project, project)
        assert (signed.signed_fen, signed.signed_on.isoformat()) == (5800 * 1_000_000, yesterday)
    assert "同意项目" in opened(officer, "/crm/notices/")
    again = chief.post(decide, data=version | {"verdict": "approve"})
    assert again.status_code == 422
    assert "已经有结果" in again.get_data(as_text=True)


def test_back_with_a_reason(database, cast, walked, sign_in):
    project = walked(Stage.NEGOTIATING, Stage.REVIEW)
    browser = sign_in(cast.officer)
    address = f"/crm/projects/{project}/gate/negotiating"
    version = hidden(opened(browser, address))
    assert browser.post(address, data={"version": version}).status_code == 422
    assert browser.post(address, data={"version": version, "reason": "方案要重做"}).status_code == 302
    assert stage_of(database, project) is Stage.NEGOTIATING
    assert "方案要重做" in opened(browser, f"/crm/projects/{project}")


def test_a_fact_of_a_passed_gate_is_corrected(database, cast, walked, sign_in):
    project = walked(Stage.NEGOTIATING, Stage.REVIEW, Stage.SIGNED)
    browser = sign_in(cast.officer)
    address = f"/crm/projects/{project}/facts"
    page = opened(browser, address)
    data = {"version": hidden(page), "fact_signed_amount": "6100", "fact_competitors": "", "fact_grade": "D"}
    answer = browser.post(address, data=data)
    assert answer.status_code == 422
    assert 'value="6100"' in answer.get_data(as_text=True)
    assert browser.post(address, data=data | {"fact_grade": "A"}).status_code == 302
    with database.reading() as session:
        kept = session.get(Project, project)
        assert kept.signed_fen == 6100 * 1_000_000
        assert kept.facts["competitors"] == "示例说明", "an empty field takes nothing away"
    assert sign_in(cast.colleague).get(address).status_code == 403
    assert sign_in(cast.outsider).get(address).status_code == 404


def test_a_loss_names_the_one_unmet_requirement(database, cast, project, sign_in):
    browser = sign_in(cast.officer)
    address = f"/crm/projects/{project}/aside"
    data = {"version": hidden(opened(browser, f"/crm/projects/{project}")), "to": "lost", "loss_reason": "space"}
    answer = browser.post(address, data=data | {"reason": "承重不够"})
    assert answer.status_code == 422
    assert "没有满足的那一项" in answer.get_data(as_text=True)
    assert "承重不够" in answer.get_data(as_text=True)
    told = data | {"reason": "承重不够", "requirement": "load", "value": "1.5 吨/㎡"}
    assert browser.post(address, data=told).status_code == 302
    page = opened(browser, f"/crm/projects/{project}")
    assert "流失" in page
    assert "1.5 吨/㎡" in page
    version = hidden(page)
    assert (
        browser.post(f"/crm/projects/{project}/revive", data={"version": version, "reason": "新楼承重够"}).status_code
        == 302
    )
    with database.reading() as session:
        revived = session.get(Project, project)
        assert (revived.side_state, revived.lost_on, revived.loss_reason) == (SideState.ACTIVE, None, None)


def test_money_and_months_of_a_signed_project(database, cast, walked, sign_in):
    project = walked(Stage.NEGOTIATING, Stage.REVIEW, Stage.SIGNED, Stage.LANDED, Stage.STARTED)
    browser = sign_in(cast.officer)
    more = {"request_id": "once", "amount": "2000万", "agreed_on": today().isoformat(), "note": "二期"}
    for _twice in range(2):
        assert browser.post(f"/crm/projects/{project}/capital", data=more).status_code == 302
    month = {"month": f"{today():%Y-%m}", "done_percent": "40%", "planned_percent": "55", "funds": "1200"}
    assert browser.post(f"/crm/projects/{project}/months", data=month).status_code == 302
    with database.reading() as session:
        assert session.scalars(select(CapitalIncrease.amount_fen)).all() == [2000 * 1_000_000]
        assert session.scalars(select(MonthlyRecord.done_percent)).all() == [40]
    assert "落后 15 点" in opened(browser, f"/crm/projects/{project}")
    answer = browser.post(f"/crm/projects/{project}/months", data=month | {"done_percent": "140"})
    assert answer.status_code == 422
    assert "0 到 100" in answer.get_data(as_text=True)


def test_other_sections_see_nothing_of_it(database, cast, walked, sign_in):
    project = walked(Stage.NEGOTIATING)
    with database.reading() as session:
        name = session.get(Project, project).name
        evidence = session.scalars(select(Evidence.id)).first()
    address = f"/crm/projects/{project}"
    for person, status in ((cast.colleague, 200), (cast.leader, 200), (cast.outsider, 404), (cast.manager, 404)):
        assert sign_in(person).get(address).status_code == status
    outsider, colleague = sign_in(cast.outsider), sign_in(cast.colleague)
    for path in (f"{address}/gate/review", f"{address}/aside", f"{address}/revive", f"{address}/capital"):
        assert outsider.post(path, data={}).status_code == 404
        assert colleague.post(path, data={}).status_code == 403
    assert outsider.post(f"{address}/evidence/{evidence}/withdraw").status_code == 404
    assert colleague.post(f"{address}/evidence/{evidence}/withdraw").status_code == 403
    assert name not in sign_in(cast.outsider).get("/crm/projects/").get_data(as_text=True)


def test_the_page_costs_at_most_fifteen_statements(cast, walked, sign_in):
    project = walked(Stage.NEGOTIATING, Stage.REVIEW, Stage.SIGNED, Stage.LANDED, Stage.STARTED)
    browser = sign_in(cast.officer)
    opened(browser, f"/crm/projects/{project}")
    with counted() as statements:
        opened(browser, f"/crm/projects/{project}")
    assert len(statements) <= 15, "\n".join(statements)
