"""The reserve library: a screened lead becomes a project once, and only its section and the leaders see it."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, func, select

from crm.domain.leads import LeadState
from crm.models import Lead, Project
from tests.samples import make_samples


@pytest.fixture
def ids(database, cast):
    found = make_samples(database, cast)
    with database.writing() as session:
        session.execute(delete(Project))
    return found


def promote(browser, ids):
    return browser.post(f"/crm/projects/promote/{ids['lead_id']}")


def test_a_valid_lead_becomes_one_project(database, cast, ids, sign_in):
    browser = sign_in(cast.officer)
    made = promote(browser, ids)
    assert made.status_code == 302
    assert "CB-" in browser.get(made.headers["Location"]).get_data(as_text=True)
    again = promote(browser, ids)
    assert again.status_code == 409
    with database.reading() as session:
        assert session.scalar(select(func.count(Project.id))) == 1


def test_an_unscreened_lead_is_refused_with_a_sentence(database, cast, ids, sign_in):
    with database.writing() as session:
        session.get(Lead, ids["lead_id"]).state = LeadState.NEW
    answer = promote(sign_in(cast.officer), ids)
    assert answer.status_code == 422
    assert "先筛查" in answer.get_data(as_text=True)


def test_other_sections_see_nothing_of_it(cast, ids, sign_in):
    address = promote(sign_in(cast.officer), ids).headers["Location"]
    for person, status in ((cast.colleague, 200), (cast.leader, 200), (cast.outsider, 404), (cast.manager, 404)):
        assert sign_in(person).get(address).status_code == status
    assert "示例公司" not in sign_in(cast.outsider).get("/crm/projects/").get_data(as_text=True)
    assert "示例公司" in sign_in(cast.leader).get("/crm/projects/").get_data(as_text=True)
