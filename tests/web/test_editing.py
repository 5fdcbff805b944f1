"""Editing together: what each of two people changed is merged by field, what both changed is asked, nothing is lost."""

from __future__ import annotations

import html
import re

import pytest
from werkzeug.datastructures import MultiDict

from crm.models import AuditEntry, Contact, Enterprise, Lead
from tests.factories import make_lead, make_segment
from tests.web.test_leads import form


@pytest.fixture
def lead_id(database, cast) -> int:
    """A lead of the officer's, with needs and a contact."""
    with database.writing() as session:
        return make_lead(session, cast.officer, segment_id=make_segment(session).id).id


def edit_values(browser, lead_id: int) -> dict[str, object]:
    """What a browser would send back from the edit form without touching anything."""
    page = browser.get(f"/crm/leads/{lead_id}/edit").text
    body = re.search(r'<form method="post" data-once class="lead-form".*?</form>', page, re.S)[0]
    values: dict[str, object] = {}
    for tag in re.findall(r"<input[^>]*>", body):
        name = re.search(r'name="([^"]+)"', tag)
        if not name or (("checkbox" in tag or "radio" in tag) and " checked" not in tag):
            continue
        value = re.search(r'value="([^"]*)"', tag)
        values[name[1]] = value[1] if value else ""
    for name, inner in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', body, re.S):
        chosen = re.search(r'<option[^>]*selected[^>]*value="([^"]*)"|<option value="([^"]*)"[^>]*selected', inner)
        values[name] = (chosen[1] or chosen[2] or "") if chosen else ""
    for name, inner in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', body, re.S):
        values[name] = inner.strip()
    return values


def test_saving_the_untouched_edit_form_changes_nothing(database, sign_in, cast):
    browser = sign_in(cast.officer)
    browser.post("/crm/leads/new", data=form())
    with database.reading() as session:
        lead = session.query(Lead).one()
        lead_id = lead.id
        before = {c.key: getattr(lead, c.key) for c in Lead.__table__.columns if c.key not in ("version", "updated_at")}
        phone = lead.contact.phone
    answer = browser.post(f"/crm/leads/{lead_id}/edit", data=edit_values(browser, lead_id))
    assert answer.status_code == 302
    with database.reading() as session:
        lead = session.query(Lead).one()
        after = {c.key: getattr(lead, c.key) for c in Lead.__table__.columns if c.key not in ("version", "updated_at")}
        assert after == before
        assert lead.contact.phone == phone
        assert session.query(AuditEntry).filter_by(action="lead.edited").count() == 0


def hidden(page: str) -> MultiDict:
    """The hidden fields of the conflict page, as a browser sends them."""
    body = re.search(r'<form method="post" data-once class="conflict".*?</form>', page, re.S)[0]
    pairs = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', body)
    return MultiDict([(html.unescape(name), html.unescape(value)) for name, value in pairs])


def stored(database, lead_id: int) -> Lead:
    with database.reading() as session:
        lead = session.get(Lead, lead_id)
        session.expunge(lead)
        return lead


def test_what_only_one_of_two_changed_is_merged_without_asking(database, sign_in, cast, lead_id):
    officer, chief = sign_in(cast.officer), sign_in(cast.chief)
    mine, theirs = edit_values(officer, lead_id), edit_values(chief, lead_id)
    url = f"/crm/leads/{lead_id}/edit"
    assert chief.post(url, data=theirs | {"area_target": "1300", "content": "chief 改的诉求"}).status_code == 302
    saved = officer.post(url, data=mine | {"budget": "50元/㎡/月", "employees": "120"}, follow_redirects=True)
    assert saved.status_code == 200
    assert "保留了别人刚改的：对方诉求（原话）、面积 目标" in saved.text
    lead = stored(database, lead_id)
    assert (lead.area_target, lead.budget, lead.content) == (1300, 5000, "chief 改的诉求")
    with database.reading() as session:
        assert session.query(Enterprise).one().employees == 120
        edits = session.query(AuditEntry).filter_by(action="lead.edited").order_by(AuditEntry.sequence).all()
        assert "area" not in edits[-1].after["fields"], "the officer did not change the area"


def test_what_both_changed_is_asked_in_three_columns(database, sign_in, cast, lead_id):
    officer, chief = sign_in(cast.officer), sign_in(cast.chief)
    mine, theirs = edit_values(officer, lead_id), edit_values(chief, lead_id)
    url = f"/crm/leads/{lead_id}/edit"
    assert chief.post(url, data=theirs | {"area_target": "1300", "grade": "B"}).status_code == 302
    conflict = officer.post(url, data=mine | {"area_target": "1400", "power": "300kVA"})
    assert conflict.status_code == 409
    for words in ("何志强于", "面积 目标", "1200", "1400", "1300", "已自动合并", "B 类", "300kVA"):
        assert words in conflict.text, words
    assert stored(database, lead_id).area_target == 1300
    unsure = officer.post(url, data=hidden(conflict.text))
    assert unsure.status_code == 409
    assert "还有没选的" in unsure.text
    assert "1400" in unsure.text
    answer = hidden(unsure.text)
    answer["choose.area_target"] = "mine"
    assert officer.post(url, data=answer).status_code == 302
    lead = stored(database, lead_id)
    assert (lead.area_target, lead.grade.value, lead.power_kva) == (1400, "B", 300)


def test_choosing_theirs_keeps_theirs_and_my_other_words(database, sign_in, cast, lead_id):
    officer, chief = sign_in(cast.officer), sign_in(cast.chief)
    mine, theirs = edit_values(officer, lead_id), edit_values(chief, lead_id)
    url = f"/crm/leads/{lead_id}/edit"
    chief.post(url, data=theirs | {"content": "对方说：要两层"})
    conflict = officer.post(url, data=mine | {"content": "对方说：<b>要一层</b>", "clear_height": "5米"})
    assert "&lt;b&gt;要一层" in conflict.text
    answer = hidden(conflict.text)
    answer["choose.content"] = "theirs"
    assert officer.post(url, data=answer).status_code == 302
    lead = stored(database, lead_id)
    assert (lead.content, lead.clear_height_cm) == ("对方说：要两层", 500)


def test_a_third_editor_only_means_asking_again(database, sign_in, cast, lead_id):
    officer, chief = sign_in(cast.officer), sign_in(cast.chief)
    url = f"/crm/leads/{lead_id}/edit"
    mine, theirs = edit_values(officer, lead_id), edit_values(chief, lead_id)
    chief.post(url, data=theirs | {"area_target": "1300"})
    first = hidden(officer.post(url, data=mine | {"area_target": "1400", "grade": "A"}).text)
    first["choose.area_target"] = "mine"
    # Meanwhile the chief saves once more: another field, and the one that was just decided.
    chief.post(url, data=edit_values(chief, lead_id) | {"area_target": "1350", "env_class": "report_book"})
    second = officer.post(url, data=first)
    assert second.status_code == 409
    assert "1350" in second.text
    answer = hidden(second.text)
    assert answer["grade"] == "A"
    answer["choose.area_target"] = "theirs"
    assert officer.post(url, data=answer).status_code == 302
    lead = stored(database, lead_id)
    assert (lead.area_target, lead.grade.value, lead.env_class.value) == (1350, "A", "report_book")


def test_a_decision_once_made_is_not_asked_again(database, sign_in, cast, lead_id):
    officer, chief = sign_in(cast.officer), sign_in(cast.chief)
    url = f"/crm/leads/{lead_id}/edit"
    mine, theirs = edit_values(officer, lead_id), edit_values(chief, lead_id)
    chief.post(url, data=theirs | {"area_target": "1300"})
    answer = hidden(officer.post(url, data=mine | {"area_target": "1400"}).text)
    answer["choose.area_target"] = "mine"
    chief.post(url, data=edit_values(chief, lead_id) | {"env_class": "report_book"})
    assert officer.post(url, data=answer).status_code == 302
    lead = stored(database, lead_id)
    assert (lead.area_target, lead.env_class.value) == (1400, "report_book")


def test_the_unit_goes_with_the_tenure(database, sign_in, cast, lead_id):
    """Land counts in 亩: an area in ㎡ of the other editor may not slip under it."""
    officer, chief = sign_in(cast.officer), sign_in(cast.chief)
    url = f"/crm/leads/{lead_id}/edit"
    mine, theirs = edit_values(officer, lead_id), edit_values(chief, lead_id)
    chief.post(url, data=theirs | {"area_target": "1300"})
    land = {"tenure": "land", "area_min": "", "area_target": "20亩", "area_max": "", "budget": ""}
    conflict = officer.post(url, data=mine | land)
    assert conflict.status_code == 409
    answer = hidden(conflict.text)
    assert answer.getlist("fields.tenure") == ["tenure", "area_min", "area_target", "area_max", "budget"]
    answer["choose.tenure"] = "mine"
    assert officer.post(url, data=answer).status_code == 302
    lead = stored(database, lead_id)
    assert (lead.tenure.value, lead.area_min, lead.area_target) == ("land", None, 2000)


def test_a_contact_that_nobody_touched_stays_and_one_that_both_changed_is_asked_masked(
    database, sign_in, cast, lead_id
):
    officer, chief = sign_in(cast.officer), sign_in(cast.chief)
    url = f"/crm/leads/{lead_id}/edit"
    mine, theirs = edit_values(officer, lead_id), edit_values(chief, lead_id)
    chief.post(url, data=theirs | {"phone": "13900001111"})
    untouched = officer.post(url, data=mine | {"grade": "C"})
    assert untouched.status_code == 302
    with database.reading() as session:
        assert session.query(Contact).one().phone == "13900001111"
    mine, theirs = edit_values(officer, lead_id), edit_values(chief, lead_id)
    chief.post(url, data=theirs | {"phone": "13900002222"})
    conflict = officer.post(url, data=mine | {"phone": "13900003333"})
    assert conflict.status_code == 409
    assert "139****2222" in conflict.text
    assert "13900002222" not in conflict.text
    answer = hidden(conflict.text)
    answer["choose.phone"] = "theirs"
    assert officer.post(url, data=answer).status_code == 302
    with database.reading() as session:
        assert session.query(Contact).one().phone == "13900002222"


@pytest.mark.parametrize("base", ["", "nonsense", None])
def test_without_its_seal_a_form_is_asked_about_every_difference(database, sign_in, cast, lead_id, base):
    officer, chief = sign_in(cast.officer), sign_in(cast.chief)
    url = f"/crm/leads/{lead_id}/edit"
    mine, theirs = edit_values(officer, lead_id), edit_values(chief, lead_id)
    if base is None:
        with database.writing() as session:
            other = make_lead(session, cast.officer).id
        base = edit_values(officer, other)["base"]
    chief.post(url, data=theirs | {"grade": "B"})
    conflict = officer.post(url, data=mine | {"area_target": "1400", "base": base})
    assert conflict.status_code == 409
    assert set(re.findall(r'name="choose\.(\w+)"', conflict.text)) == {"area_target", "grade"}
    assert "未知" in conflict.text


def test_bad_input_on_the_way_keeps_everything(database, sign_in, cast, lead_id):
    officer = sign_in(cast.officer)
    url = f"/crm/leads/{lead_id}/edit"
    refused = officer.post(url, data=edit_values(officer, lead_id) | {"area_target": "很大", "content": "新的诉求"})
    assert refused.status_code == 422
    assert "很大" in refused.text
    assert "新的诉求" in refused.text
    assert re.search(r'name="base"[^>]*value="\S{40,}"', refused.text), "the state it opened with still travels along"


# ── The form of an enterprise ────────────────────────────────────────────────────────────────────────────────────────


def test_the_form_of_an_enterprise_merges_and_asks_alike(database, sign_in, cast):
    with database.writing() as session:
        firm_id = make_lead(session, cast.officer).enterprise_id
    officer, chief = sign_in(cast.officer), sign_in(cast.chief)
    url = f"/crm/enterprises/{firm_id}/edit"
    mine, theirs = enterprise_values(officer, url), enterprise_values(chief, url)
    assert chief.post(url, data=theirs | {"employees": "90", "revenue": "7000万"}).status_code == 302
    assert officer.post(url, data=mine | {"assets": "9000万"}).status_code == 302
    stale = officer.post(url, data=mine | {"employees": "95"})
    assert stale.status_code == 409
    assert "陈思敏于" in stale.text
    answer = hidden(stale.text)
    answer["choose.employees"] = "theirs"
    assert officer.post(url, data=answer).status_code == 302
    with database.reading() as session:
        firm = session.get(Enterprise, firm_id)
        assert (firm.employees, firm.revenue_fen, firm.assets_fen) == (90, 7_000_000_000, 9_000_000_000)


def enterprise_values(browser, url: str) -> dict[str, object]:
    page = browser.get(url).text
    body = re.search(r'<form class="lt-stack" method="post" data-once>.*?</form>', page, re.S)[0]
    values: dict[str, object] = {}
    for tag in re.findall(r"<input[^>]*>", body):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and "checkbox" not in tag:
            values[name[1]] = html.unescape(value[1]) if value else ""
    for name, inner in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', body, re.S):
        chosen = re.search(r'<option[^>]*selected[^>]*value="([^"]*)"|<option value="([^"]*)"[^>]*selected', inner)
        values[name] = (chosen[1] or chosen[2] or "") if chosen else ""
    return values
