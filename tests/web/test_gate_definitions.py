"""The page of gate definitions: read by whoever reads settings, changed by an administrator with a reason."""

from __future__ import annotations

from crm.domain.gates import shipped


def test_the_table_says_what_each_gate_asks(cast, sign_in):
    page = sign_in(cast.admin).get("/crm/admin/gates/").get_data(as_text=True)
    assert "竞争地" in page
    assert "租赁合同 或 购买合同" in page
    assert "满 12 个月" in page
    english = sign_in(cast.auditor)
    assert "让新定义生效" not in english.get("/crm/admin/gates/").get_data(as_text=True)
    assert sign_in(cast.officer).get("/crm/admin/gates/").status_code == 404


def test_a_wrong_line_is_named_and_quoted_and_the_text_is_kept(cast, sign_in):
    browser = sign_in(cast.admin)
    source = shipped().replace("evidence: [mou]", "evidence: [mouu]")
    answer = browser.post("/crm/admin/gates/", data={"source": source, "reason": "试", "version": "0"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    line = next(n for n, text in enumerate(source.splitlines(), start=1) if "[mouu]" in text)
    assert f"第 {line} 行：没有「mouu」这种证据" in page
    assert "<code>    evidence: [mouu]</code>" in page


def test_a_new_version_takes_effect_with_its_reason(cast, sign_in):
    browser = sign_in(cast.admin)
    source = shipped().replace("words: [竞争地,", "words: [竞争城市,")
    data = {"source": source, "reason": "用语统一", "version": "0"}
    assert browser.post("/crm/admin/gates/", data=data).status_code == 302
    page = browser.get("/crm/admin/gates/").get_data(as_text=True)
    assert "第 1 版" in page
    assert "竞争城市" in page
    assert "用语统一" in page
    again = browser.post("/crm/admin/gates/", data=data)
    assert again.status_code == 422
    assert "刚被别人改过" in again.get_data(as_text=True)
