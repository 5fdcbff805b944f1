"""What a person sees whose submit had to wait too long for a big import."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import OperationalError

from crm.domain.errors import Busy
from crm.services import numbers
from tests.web.test_leads import form


@pytest.fixture
def officer(cast, sign_in):
    return sign_in(cast.officer)


def test_a_form_that_waited_too_long_keeps_what_was_typed(officer, monkeypatch):
    def locked(*_arguments):
        raise Busy(numbers.BUSY)

    monkeypatch.setattr("crm.services.leads.log.lock_series", locked)
    answer = officer.post("/crm/leads/new", data=form(content="想租一层做试剂"))
    assert answer.status_code == 422
    assert numbers.BUSY in answer.text
    assert "想租一层做试剂" in answer.text


def test_a_submit_that_found_the_database_locked_is_told_to_come_again(officer, monkeypatch):
    def locked(*_arguments):
        raise OperationalError("BEGIN IMMEDIATE", {}, Exception("database is locked"))

    monkeypatch.setattr("crm.services.leads.log.lock_series", locked)
    answer = officer.post("/crm/leads/new", data=form())
    assert answer.status_code == 503
    assert "此刻正在写入大批数据" in answer.text
    assert "返回上一页再提交一次" in answer.text


def test_any_other_fault_of_the_database_stays_a_fault(officer, monkeypatch):
    def broken(*_arguments):
        raise OperationalError("SELECT 1", {}, Exception("disk I/O error"))

    monkeypatch.setattr("crm.services.leads.log.lock_series", broken)
    assert officer.post("/crm/leads/new", data=form()).status_code == 500
