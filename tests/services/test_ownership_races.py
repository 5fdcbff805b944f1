"""Two people at once, with real connections: one winner a claim, never beyond the cap, no merge over an edit."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select

from crm.domain.errors import DomainError, Invalid, Stale
from crm.domain.ownership import TransferKind
from crm.models import Lead, Merge, Transfer
from crm.services import leads, merging, ownership
from crm.services.merging import MergeKind, MergeRecords
from tests.cast import Cast, make_cast
from tests.factories import actor, command, make_lead


def together(*tasks):
    """Run all at the same moment; their results or the errors that they raised."""
    barrier = Barrier(len(tasks))

    def run(task):
        barrier.wait(timeout=30)
        try:
            return task()
        except DomainError as error:
            return error

    with ThreadPoolExecutor(len(tasks)) as threads:
        return list(threads.map(run, tasks))


def pooled(database, count: int) -> tuple[Cast, list[int]]:
    with database.writing() as session:
        cast = make_cast(session)
        made = [make_lead(session, cast.officer).id for _ in range(count)]
        for lead_id in made:
            ownership.release(session, actor(session, cast.officer), lead_id, "无力跟进")
    return cast, made


def claiming(database, person_id: int, lead_id: int):
    def task() -> int:
        with database.writing() as session:
            return ownership.claim(session, actor(session, person_id), lead_id).owner_id

    return task


def test_of_two_who_claim_one_lead_one_wins(own_database):
    cast, made = pooled(own_database, 6)
    for lead_id in made[:3]:
        got = together(*(claiming(own_database, person, lead_id) for person in (cast.colleague, cast.outsider)))
        (winner,) = [each for each in got if isinstance(each, int)]
        (error,) = [each for each in got if isinstance(each, Invalid)]
        assert "慢了一步" in str(error)
        with own_database.reading() as session:
            assert session.get(Lead, lead_id).owner_id == winner
            assert claims(session, lead_id=lead_id) == 1


def claims(session, **by) -> int:
    query = select(func.count(Transfer.id)).where(Transfer.kind == TransferKind.CLAIM)
    return session.scalar(query.filter_by(**by))


def test_many_clicks_of_one_person_never_pass_the_cap(own_database):
    cast, made = pooled(own_database, 6)
    got = together(*(claiming(own_database, cast.colleague, lead_id) for lead_id in made))
    assert sum(1 for each in got if isinstance(each, int)) == 3
    assert sum(1 for each in got if isinstance(each, Invalid)) == 3
    with own_database.reading() as session:
        assert claims(session, person_id=cast.colleague) == 3


@pytest.mark.parametrize("kind", list(MergeKind)[:2])
def test_a_merge_and_an_edit_at_once_never_overwrite_one_another(own_database, kind):
    with own_database.writing() as session:
        cast = make_cast(session)
        one = make_lead(session, cast.officer, name="同一家（示例）有限公司")
        name = "同一家（示例）有限公司" if kind is MergeKind.LEAD else "另一种写法（示例）有限公司"
        two = make_lead(session, cast.officer, name=name, duplicate_reason="再来一条")
        pair = (one, two) if kind is MergeKind.LEAD else (one.enterprise, two.enterprise)
        order = MergeRecords(
            kind=kind,
            winner_id=pair[0].id,
            loser_id=pair[1].id,
            winner_version=pair[0].version,
            loser_version=pair[1].version,
        )
        lead_id, version, firm_version, firm = one.id, one.version, one.enterprise.version, one.enterprise.name

    def merge() -> int:
        with own_database.writing() as session:
            return merging.merge(session, actor(session, cast.officer), order).id

    def edit() -> str:
        changed = command(name=firm, content="对方改口要买", duplicate_reason="x")
        with own_database.writing() as session:
            me = actor(session, cast.officer)
            return leads.edit_lead(session, me, lead_id, changed, version, firm_version).content

    got = together(merge, edit)
    lost = [each for each in got if isinstance(each, DomainError)]
    with own_database.reading() as session:
        merges = session.scalar(select(func.count(Merge.id)))
        content = session.get(Lead, lead_id).content
        if lost:
            assert isinstance(lost[0], Stale)
            assert (merges == 1) != (content == "对方改口要买")
        else:
            # An edit of other fields, wholly before or after: both are there.
            assert (merges, content) == (1, "对方改口要买")
