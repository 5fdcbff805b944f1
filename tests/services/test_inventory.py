"""The inventory is read once a change: whatever way a row is written, the next reader sees it."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, update

from crm.models import Offer, Park
from crm.services.inventory import read_inventory
from tests.factories import make_offer
from tests.statements import counted


@pytest.fixture
def offer_id(database, cast) -> int:
    with database.writing() as session:
        return make_offer(session, cast.park).id


def prices(database) -> dict[int, int | None]:
    with database.reading() as session:
        return {offer.id: offer.price for offer in read_inventory(session).offers}


def test_an_unchanged_inventory_is_not_read_twice(database, offer_id):
    before = prices(database)
    with database.reading() as session, counted() as seen:
        again = read_inventory(session)
    assert len(seen) == 1
    assert {offer.id: offer.price for offer in again.offers} == before


def test_a_changed_row_is_seen_by_the_next_reader(database, offer_id):
    assert prices(database)[offer_id] == 4200
    with database.writing() as session:
        session.get(Offer, offer_id).price = 3900
    assert prices(database)[offer_id] == 3900


def test_changes_in_bulk_are_seen_too(database, offer_id, cast):
    prices(database)
    with database.writing() as session:
        session.execute(update(Offer).values(price=3800, version=Offer.version + 1))
    assert prices(database)[offer_id] == 3800
    with database.writing() as session:
        session.execute(delete(Offer))
    assert prices(database) == {}
    with database.writing() as session:
        other = make_offer(session, cast.park).id
    assert prices(database) == {other: 4200}
    with database.writing() as session:
        session.execute(update(Offer.__table__).values(price=3700))
    assert prices(database) == {other: 3700}
    with database.writing() as session:
        session.execute(delete(Offer.__table__))
    assert prices(database) == {}
    with database.writing() as session:
        session.get(Park, cast.park).banned_codes = ["26"]
    with database.reading() as session:
        assert read_inventory(session).world.parks[cast.park].banned == ("26",)


def test_what_was_rolled_back_is_not_remembered(database, offer_id):
    session = database.open(writer=True)
    session.get(Offer, offer_id).price = 100
    assert {offer.price for offer in read_inventory(session).offers} == {100}
    database.finish(session, commit=False)
    assert prices(database)[offer_id] == 4200
