"""Series of numbers: who waits too long for another writer is told so, and loses nothing."""

from __future__ import annotations

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from crm.domain.errors import Busy
from crm.domain.jobs import JobKind, JobState
from crm.infra.clock import today
from crm.infra.db import gave_up_waiting
from crm.infra.storage import FileStore
from crm.models import Enterprise, Job, Lead
from crm.services import jobs, long_work, numbers
from tests.cast import make_cast
from tests.factories import make_enterprise, make_lead


@pytest.mark.parametrize("own_database", ["postgresql"], indirect=True)
def test_who_waits_too_long_gets_a_sentence_and_may_go_on(own_database):
    with own_database.writing() as session:
        cast = make_cast(session)
        make_lead(session, cast.officer)
    with own_database.writing() as importing:
        numbers.lock_series(importing, "XS", today().year)
        with own_database.writing() as session:
            session.execute(text("SET LOCAL lock_timeout = '50ms'"))
            make_enterprise(session, "示例先写下的企业有限公司")
            with pytest.raises(Busy) as busy:
                make_lead(session, cast.officer)
            assert busy.value.sentence == numbers.BUSY
            # The form is shown again by the same session, and what stood there before is not lost.
            assert session.query(Enterprise).filter_by(name="示例先写下的企业有限公司").count() == 1
    with own_database.writing() as session:
        assert make_lead(session, cast.officer).number.endswith("-0002")


@pytest.mark.parametrize("own_database", ["sqlite"], indirect=True)
def test_a_second_writer_of_sqlite_that_gives_up_is_known_for_what_it_is(own_database):
    event.listen(own_database.bind, "connect", lambda raw, _record: raw.execute("PRAGMA busy_timeout=50"))
    own_database.bind.dispose()
    with own_database.writing() as importing:
        make_cast(importing)
        with pytest.raises(OperationalError) as refused, own_database.writing() as session:
            session.query(Lead).count()
        assert gave_up_waiting(refused.value)


def test_a_job_that_waits_too_long_is_tried_again(own_database, tmp_path, monkeypatch):
    def busy(*_arguments):
        raise Busy(numbers.BUSY)

    monkeypatch.setitem(long_work._WORK, JobKind.EXPORT, busy)
    with own_database.writing() as session:
        person = make_cast(session).officer
        job_id = jobs.start(session, person, JobKind.EXPORT, {}, 0).id
    assert long_work.run_one(own_database, FileStore(tmp_path))
    with own_database.reading() as session:
        assert session.get_one(Job, job_id).state is JobState.QUEUED
