"""A lead becomes a project, passes its gates with evidence, and is signed on the chief's word; at both widths."""

from __future__ import annotations

import re
from itertools import count
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from crm.domain.leads import LeadState
from crm.domain.pipeline import Stage
from crm.infra.clock import today
from crm.models import Evidence, Person, Project
from tests.factories import make_lead
from tests.journeys.conftest import assert_accessible

_numbers = count()
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@pytest.fixture
def lead(site) -> int:
    """A screened lead of the demo officer; the journey begins on its page."""
    with site.database.writing() as session:
        officer = session.scalar(select(Person.id).where(Person.login == "demo-officer"))
        number = next(_numbers)
        name = f"穗关口{'甲乙丙丁戊己庚辛'[number]}检测有限公司（示例）"
        made = make_lead(session, officer, name=name, phone=f"1370000{number:04d}")
        made.state, made.screening_note = LeadState.VALID, "补链环节，跟"
        session.flush()
        return made.id


def fill(page: Page, **values: str) -> None:
    for key, value in values.items():
        page.locator(f"#fact_{key}").fill(value)


def hand_in(page: Page, kind: str, folder: Path) -> None:
    path = folder / f"{kind}.pdf"
    path.write_bytes(PDF + kind.encode())
    page.locator(f"#file_{kind}").set_input_files(path)


def to_reserve(page: Page, lead: int) -> None:
    page.goto(f"/crm/leads/{lead}")
    page.get_by_role("link", name="转入储备库").click()
    expect(page.locator("#fact_area")).to_have_value("1200")
    page.locator("#fact_segment").select_option(label="体外诊断试剂")
    fill(page, investment="6000", fixed_investment="3800万", output_forecast="1.2亿", tax_forecast="300")
    page.locator("#fact_grade").select_option("A")
    page.locator("#fact_tax_forecast").fill("")
    page.get_by_role("button", name="转入储备库").click()
    expect(page.locator("#form-errors")).to_contain_text("预计年税收")
    expect(page.locator("#fact_fixed_investment")).to_have_value("3800万")
    page.locator("#fact_tax_forecast").fill("300")
    page.get_by_role("button", name="转入储备库").click()
    page.wait_for_url(re.compile(r"/crm/projects/\d+$"))


def to_talks(page: Page, folder: Path) -> None:
    expect(page.locator(".lead-gate")).to_contain_text("进入在谈还缺 7 项")
    # The chip opens exactly that form, at exactly that field.
    page.locator(".lt-lack", has_text="竞争地").click()
    page.wait_for_url(re.compile(r"gate/negotiating#fact_competitors$"))
    fill(page, competitors="佛山三水", timeline="明年一季度进场", needs="一层整层，荷载 0.8 吨")
    fill(page, next_action="约看场地", next_on=today().isoformat())
    hand_in(page, "meeting_record", folder)
    page.locator("#fact_next_on").evaluate("field => { field.type = 'text'; field.value = '后天'; }")
    page.get_by_role("button", name="保存并进入在谈").click()
    expect(page.locator("#form-errors")).to_be_visible()
    # The file that came with the slip of the pen is kept: it need not be chosen again.
    expect(page.locator("#proof_meeting_record")).to_contain_text("meeting_record.pdf")
    page.locator("#fact_next_on").fill(today().isoformat())
    assert_accessible(page)
    page.get_by_role("button", name="保存并进入在谈").click()
    page.wait_for_url(re.compile(r"/crm/projects/\d+$"))
    expect(page.locator(".lt-stages .is-now")).to_contain_text("在谈")


def to_review(page: Page, folder: Path) -> None:
    page.get_by_role("link", name="推进到评审").click()
    page.locator("#fact_park").select_option(index=1)
    page.locator("#fact_safety_class").select_option("ordinary")
    page.locator("#fact_credit_check").select_option("clean")
    fill(page, energy="120", output_per_m2="0.8", tax_per_m2="0.05")
    page.get_by_role("button", name="保存并进入评审").click()
    # Everything but the plan: what was filled in is kept, and the page says what is still missing.
    expect(page.locator("body")).to_contain_text("还缺 1 项")
    hand_in(page, "plan", folder)
    page.get_by_role("button", name="保存并进入评审").click()
    page.wait_for_url(re.compile(r"/crm/projects/\d+$"))
    expect(page.locator(".lt-stages .is-now")).to_contain_text("评审")


def ask_to_sign(page: Page, folder: Path) -> None:
    page.get_by_role("link", name="推进到签约").click()
    day = today().isoformat()
    fill(page, signed_on=day, signed_amount="5800", agreed_register_on="2027-01-31")
    fill(page, agreed_start_on="2027-03-01", agreed_operating_on="2027-09-01")
    fill(page, our_commitments="协助办理环评", their_commitments="两年内完成约定的固定资产投资")
    page.locator("#fact_fair_competition").select_option("passed")
    for kind in ("opinions", "verdict", "contract"):
        hand_in(page, kind, folder)
    assert_accessible(page)
    page.get_by_role("button", name="保存并报科长审批").click()
    page.wait_for_url(re.compile(r"/crm/projects/\d+$"))
    expect(page.locator("#request")).to_contain_text("等科长审批")


def test_from_a_lead_to_a_signed_project(open_browser, site, lead, tmp_path):
    officer = open_browser("officer")
    to_reserve(officer, lead)
    assert_accessible(officer)
    to_talks(officer, tmp_path)
    to_review(officer, tmp_path)
    ask_to_sign(officer, tmp_path)
    address = officer.url

    chief = open_browser("chief")
    waiting = chief.get_by_role("region", name="等我审批")
    waiting.locator(f"[href^='{address.removeprefix(site.url)}#']").click()
    expect(chief.locator("#evidence")).to_contain_text("contract.pdf")
    assert_accessible(chief)
    chief.get_by_role("button", name="不同意").click()
    expect(chief.locator("#request")).to_contain_text("写明为什么不同意")
    chief.get_by_role("button", name="同意，进入签约").click()
    expect(chief.locator(".lt-stages .is-now")).to_contain_text("签约")

    officer.goto(address)
    expect(officer.locator(".lt-stages .is-now")).to_contain_text("签约")
    expect(officer.locator(".lead-gate")).to_contain_text("进入落地还缺")
    expect(officer.locator("#commitments")).to_contain_text("协助办理环评")
    with site.database.reading() as session:
        project = session.scalars(select(Project).where(Project.lead_id == lead)).one()
        assert (project.stage, project.signed_fen, project.signed_on) == (Stage.SIGNED, 5800 * 1_000_000, today())
        kinds = set(session.scalars(select(Evidence.kind).where(Evidence.project_id == project.id)))
        assert kinds == {"screening_note", "meeting_record", "plan", "opinions", "verdict", "contract"}


def test_a_project_is_lost_for_one_reason_and_comes_back(open_browser, lead):
    officer = open_browser("officer")
    to_reserve(officer, lead)
    officer.get_by_role("button", name="暂缓或退出").click()
    dialog = officer.locator("#aside")
    dialog.get_by_label("流失").check()
    dialog.locator("#loss_reason").select_option("space")
    dialog.locator("#aside-reason").fill("现有楼宇承重不够")
    dialog.get_by_role("button", name="改状态").click()
    expect(officer.locator("#aside")).to_contain_text("没有满足的那一项")
    officer.locator("#requirement").select_option("load")
    officer.locator("#aside").locator("#value").fill("1.5 吨/㎡")
    officer.locator("#aside").get_by_role("button", name="改状态").click()
    expect(officer.locator(".lead-gate")).to_contain_text("楼面荷载 1.5 吨/㎡")
    assert_accessible(officer)
    officer.get_by_role("button", name="恢复推进").first.click()
    officer.locator("#revive-reason").fill("新楼承重够了")
    officer.locator("#revive").get_by_role("button", name="恢复推进").click()
    expect(officer.locator(".lead-gate")).to_contain_text("进入在谈还缺")
