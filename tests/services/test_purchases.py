"""What local firms buy outside: who sees it, what is refused, what it adds up to."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.errors import Invalid, NotAllowed, NotFound, Stale
from crm.infra.clock import today
from crm.infra.db import Database
from crm.models import AuditEntry, GapTarget, Purchase
from crm.services import merging, purchases
from crm.services.merging import MergeKind, MergeRecords
from crm.services.purchases import Held, Order, Wanted
from tests.cast import Cast
from tests.factories import actor, make_enterprise, make_lead, make_segment

WAN = 1_000_000


def order(session: Session, **changes: object) -> Order:
    values: dict[str, object] = {
        "product": "色谱填料",
        "yearly_fen": 2500 * WAN,
        "bought_from": "长三角",
        "wished_km": 50,
        "source": "链主座谈（示例）",
        "recorded_on": date(2026, 11, 3),
    }
    if "enterprise_id" not in changes:
        values["enterprise_id"] = make_enterprise(session).id
    if "segment_id" not in changes:
        values["segment_id"] = make_segment(session).id
    return Order(**(values | changes))  # type: ignore[arg-type]


def test_a_purchase_is_recorded_and_audited(database: Database, cast: Cast) -> None:
    with database.writing() as session:
        made = purchases.record(session, actor(session, cast.officer), order(session))
        assert (made.product, made.yearly_fen, made.recorded_by_id) == ("色谱填料", 2500 * WAN, cast.officer)
        entry = session.scalar(select(AuditEntry).where(AuditEntry.action == "purchase.recorded"))
        assert entry is not None
        assert entry.after["yearly_fen"] == 2500 * WAN


def test_the_same_form_twice_gives_one_row_and_another_person_is_told(database: Database, cast: Cast) -> None:
    with database.writing() as session:
        wanted = order(session)
        first = purchases.record(session, actor(session, cast.officer), wanted)
        assert purchases.record(session, actor(session, cast.officer), wanted).id == first.id
        with pytest.raises(Invalid) as refused:
            purchases.record(session, actor(session, cast.colleague), wanted)
        assert refused.value.field == "product"
        assert session.query(Purchase).count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"product": "  "}, "product"),
        ({"source": ""}, "source"),
        ({"wished_km": 0}, "wished_km"),
        ({"wished_km": 50_000}, "wished_km"),
        ({"recorded_on": date(2999, 1, 1)}, "recorded_on"),
        ({"segment_id": 999_999}, "segment_id"),
        ({"enterprise_id": 999_999}, "name"),
        ({"product": "长" * 121}, "product"),
    ],
)
def test_nonsense_names_its_field(database: Database, cast: Cast, changes: dict[str, object], field: str) -> None:
    with database.writing() as session:
        with pytest.raises(Invalid) as refused:
            purchases.record(session, actor(session, cast.officer), order(session, **changes))
        assert refused.value.field == field


def test_a_group_is_no_segment_to_supply(database: Database, cast: Cast) -> None:
    with database.writing() as session:
        group = make_segment(session, key="group", name="组")
        make_segment(session, key="leaf", name="叶").parent_id = group.id
        session.flush()
        with pytest.raises(Invalid):
            purchases.record(session, actor(session, cast.officer), order(session, segment_id=group.id))


def test_who_may_not_see_the_firm_does_not_see_what_it_buys(database: Database, cast: Cast) -> None:
    with database.writing() as session:
        lead = make_lead(session, cast.officer)
        made = purchases.record(session, actor(session, cast.officer), order(session, enterprise_id=lead.enterprise_id))
        for person, sees in ((cast.colleague, True), (cast.leader, True), (cast.outsider, False)):
            who = actor(session, person)
            assert bool(purchases.listed(session, who, Wanted()).rows) is sees
            assert purchases.figures(session, who).count == int(sees)
            assert bool(purchases.of_segment(session, who, made.segment_id)) is sees
        with pytest.raises(NotFound):
            purchases.load(session, actor(session, cast.outsider), made.id)
        # The demand is the district's: it says how much, never who.
        assert purchases.demand(session) == {made.segment_id: 2500}


def test_park_managers_and_admins_see_none(database: Database, cast: Cast) -> None:
    with database.writing() as session:
        wanted = order(session)
        made = purchases.record(session, actor(session, cast.officer), wanted)
        for person in (cast.manager, cast.admin):
            who = actor(session, person)
            assert purchases.of_segment(session, who, made.segment_id) == []
            with pytest.raises(NotAllowed):
                purchases.listed(session, who, Wanted())
        with pytest.raises(NotAllowed):
            purchases.change(session, actor(session, cast.leader), made.id, wanted, made.version)


def test_a_change_replaces_and_a_stale_one_is_refused(database: Database, cast: Cast) -> None:
    with database.writing() as session:
        wanted = order(session)
        officer = actor(session, cast.officer)
        made = purchases.record(session, officer, wanted)
        opened = made.version
        purchases.change(session, officer, made.id, replace(wanted, yearly_fen=3000 * WAN), opened)
        assert purchases.demand(session) == {made.segment_id: 3000}
        with pytest.raises(Stale):
            purchases.change(session, officer, made.id, wanted, opened)


def test_two_purchases_of_one_product_do_not_become_one_by_a_change(database: Database, cast: Cast) -> None:
    with database.writing() as session:
        wanted, officer = order(session), actor(session, cast.officer)
        purchases.record(session, officer, wanted)
        other = purchases.record(session, officer, replace(wanted, product="培养基"))
        with pytest.raises(Invalid):
            purchases.change(session, officer, other.id, wanted, other.version)


def test_an_ended_purchase_is_no_demand_and_stays_for_history(database: Database, cast: Cast) -> None:
    with database.writing() as session:
        wanted, officer = order(session), actor(session, cast.officer)
        made = purchases.record(session, officer, wanted)
        with pytest.raises(Invalid):
            purchases.end(session, officer, made.id, " ", None, made.version)
        with pytest.raises(Invalid):
            purchases.end(session, officer, made.id, "改由区内供应", date(2026, 11, 2), made.version)
        with pytest.raises(Invalid):
            purchases.end(session, officer, made.id, "改由区内供应", today() + timedelta(days=1), made.version)
        purchases.end(session, officer, made.id, "改由区内供应", None, made.version)
        assert purchases.demand(session) == {}
        assert purchases.listed(session, officer, Wanted()).rows == []
        assert [row.id for row in purchases.listed(session, officer, Wanted(held=Held.ENDED)).rows] == [made.id]
        with pytest.raises(Invalid):
            purchases.change(session, officer, made.id, wanted, made.version)
        # It is bought outside again: a new row.
        assert purchases.record(session, officer, wanted).id != made.id


def test_demand_adds_up_and_an_unknown_volume_is_not_nothing(database: Database, cast: Cast) -> None:
    with database.writing() as session:
        wanted, officer = order(session), actor(session, cast.officer)
        purchases.record(session, officer, wanted)
        purchases.record(session, officer, replace(wanted, product="培养基", yearly_fen=WAN + 999_999))
        unknown = make_segment(session, key="other", name="另一环节").id
        purchases.record(session, officer, replace(wanted, product="滤膜", yearly_fen=None, segment_id=unknown))
        assert purchases.demand(session) == {wanted.segment_id: 2501}
        found = purchases.figures(session, officer)
        assert (found.count, found.firms, found.segments, found.yearly_wan, found.unmeasured) == (3, 1, 2, 2501, 1)


def test_filters_and_pages(database: Database, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purchases, "PAGE", 2)
    with database.writing() as session:
        wanted, officer = order(session), actor(session, cast.officer)
        made = [purchases.record(session, officer, replace(wanted, product=f"产品{n}_")).id for n in range(3)]
        first = purchases.listed(session, officer, Wanted())
        assert ([row.id for row in first.rows], first.before) == ([made[2], made[1]], made[1])
        assert [row.id for row in purchases.listed(session, officer, Wanted(), first.before).rows] == [made[0]]
        for narrowed, count in (
            (Wanted(text="产品1_"), 1),
            (Wanted(text="%"), 0),
            (Wanted(chain="biomedicine"), 2),
            (Wanted(chain="none"), 0),
            (Wanted(segment_id=wanted.segment_id, enterprise_id=wanted.enterprise_id), 2),
        ):
            assert len(purchases.listed(session, officer, narrowed).rows) == count
        assert [chain.key for chain in purchases.chains(session, officer)] == ["biomedicine"]


def test_purchases_and_targets_move_with_a_merged_enterprise_and_come_back(database: Database, cast: Cast) -> None:
    with database.writing() as session:
        officer = actor(session, cast.officer)
        keep, gone = (make_lead(session, cast.officer).enterprise for _ in range(2))
        made = purchases.record(session, officer, order(session, enterprise_id=gone.id))
        target = GapTarget(segment_id=made.segment_id, enterprise_id=gone.id, score=70, parts={})
        session.add(target)
        session.flush()
        merge = merging.merge(
            session,
            officer,
            MergeRecords(
                kind=MergeKind.ENTERPRISE,
                winner_id=keep.id,
                loser_id=gone.id,
                winner_version=keep.version,
                loser_version=gone.version,
            ),
        )
        assert (made.enterprise_id, target.enterprise_id) == (keep.id, keep.id)
        merging.undo(session, officer, merge.id)
        session.refresh(made)
        assert made.enterprise_id == gone.id
