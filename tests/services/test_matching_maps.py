"""The matching engine's focus reads the maps as they are edited (MATCHING A.2, issue 4 part 11)."""

from __future__ import annotations

from crm.domain.matching import Criterion
from crm.models import ParkPositioning, Segment
from crm.services import matching
from tests.factories import make_lead, make_offer, make_segment


def _focus(session, lead) -> int:
    """Per mille of the criterion for the first park of the lead."""
    (row,) = matching.match_parks(session, lead).rows
    focus = row.match.part(Criterion.FOCUS)
    assert focus.low == focus.high
    return focus.low


def test_moving_a_segment_to_another_group_changes_the_focus_of_its_leads(database, cast):
    with database.writing() as session:
        here, there = (make_segment(session, key=key, name=key) for key in ("here", "there"))
        wanted, beside = (make_segment(session, key=key, name=key) for key in ("wanted", "beside"))
        wanted.parent_id = beside.parent_id = here.id
        make_offer(session, cast.park)
        positioning = ParkPositioning(park_id=cast.park, chain_id=beside.chain_id, segment_id=beside.id, weight=1000)
        session.add(positioning)
        session.flush()
        lead = make_lead(session, cast.officer, segment_id=wanted.id)
        # A sibling of what the park is for: half. Of the same chain only: a quarter. The park's own: all of it.
        assert _focus(session, lead) == 500
        session.get(Segment, wanted.id).parent_id = there.id
        session.flush()
        assert _focus(session, lead) == 250
        positioning.segment_id = wanted.id
        session.flush()
        assert _focus(session, lead) == 1000
