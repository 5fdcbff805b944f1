"""Parks: unknown stays unknown, only the manager states facts, contradictions are sentences."""

from __future__ import annotations

import pytest

from crm.models import Unit
from tests.samples import make_samples

FORM = {
    "status": "available",
    "total_m2": "1000",
    "free_m2": "800",
    "min_lettable_m2": "200",
    "storey_height": "5.2",
    "clear_height": "4.5",
    "floor_load": "7.5",
    "power_kva": "250",
    "rent": "42.5",
    "available_from": "2027-01-15",
    "env_max": "",
    "fact_source": "竣工图",
}


@pytest.fixture
def ids(database, cast):
    return make_samples(database, cast)


def version_of(database, ids):
    with database.reading() as session:
        return session.get(Unit, ids["unit_id"]).version


def post(browser, database, ids, **changes):
    address = f"/crm/parks/{ids['park_id']}/units/{ids['unit_id']}"
    return browser.post(address, data=FORM | {"version": version_of(database, ids)} | changes)


def test_facts_are_stored_in_the_engine_s_units(database, cast, ids, sign_in):
    assert post(sign_in(cast.manager), database, ids).status_code == 302
    with database.reading() as session:
        unit = session.get(Unit, ids["unit_id"])
        assert (unit.storey_height_cm, unit.clear_height_cm, unit.floor_load_kg_m2) == (520, 450, 765)
        assert (unit.offers[0].price, unit.fact_source, unit.verified_by_id) == (4250, "竣工图", cast.manager)


def test_an_emptied_field_is_unknown_and_never_zero(database, cast, ids, sign_in):
    post(sign_in(cast.manager), database, ids)
    assert post(sign_in(cast.manager), database, ids, floor_load="", rent="").status_code == 302
    with database.reading() as session:
        unit = session.get(Unit, ids["unit_id"])
        assert (unit.floor_load_kg_m2, unit.offers[0].price) == (None, None)
    assert "未知" in sign_in(cast.officer).get(f"/crm/parks/{ids['park_id']}").get_data(as_text=True)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"free_m2": "1200"}, "可供面积大于总面积"),
        ({"min_lettable_m2": "900"}, "最小出租面积大于可供面积"),
        ({"clear_height": "6"}, "净高大于层高"),
        ({"clear_height": "450"}, "这个数不可能"),
        ({"free_m2": "-1"}, "不能是负数"),
        ({"floor_load": "7500"}, "这个数不可能"),
        ({"total_m2": "九百"}, ""),
        ({"available_from": "2027-02-31"}, ""),
        ({"total_m2": "9" * 40}, "不能是负数，也不能这么大"),
    ],
)
def test_contradictions_are_refused_and_nothing_typed_is_lost(database, cast, ids, sign_in, changes, sentence):
    answer = post(sign_in(cast.manager), database, ids, **changes)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert sentence in text
    assert "竣工图" in text
    assert 'aria-invalid="true"' in text


def test_only_the_park_s_own_manager_states_and_confirms(database, cast, ids, sign_in):
    version = version_of(database, ids)
    confirm = f"/crm/parks/{ids['park_id']}/units/{ids['unit_id']}/confirm"
    for person in (cast.other_manager, cast.officer, cast.leader):
        assert post(sign_in(person), database, ids).status_code == 404
        assert sign_in(person).post(confirm, data={"version": version}).status_code == 404
    assert sign_in(cast.manager).post(confirm, data={"version": version}).status_code == 302
    with database.reading() as session:
        assert session.get(Unit, ids["unit_id"]).verified_at is not None


def test_a_stale_form_is_refused(database, cast, ids, sign_in):
    version = version_of(database, ids)
    assert post(sign_in(cast.manager), database, ids).status_code == 302
    answer = post(sign_in(cast.manager), database, ids, version=version, free_m2="700")
    assert answer.status_code == 422
    assert "刚被别人改过" in answer.get_data(as_text=True)


def test_a_manager_sees_only_own_parks(cast, ids, sign_in):
    browser = sign_in(cast.manager)
    text = browser.get("/crm/parks/").get_data(as_text=True)
    assert "甲园" in text
    assert "乙园" not in text
    assert browser.get(f"/crm/parks/{cast.other_park}").status_code == 404


def test_the_list_narrows_by_words_and_platform(cast, ids, sign_in):
    browser = sign_in(cast.officer)
    assert "乙园" not in browser.get("/crm/parks/?q=jia").get_data(as_text=True)
    assert "没有符合的园区" in browser.get("/crm/parks/?platform=nowhere&kind=bogus").get_data(as_text=True)
