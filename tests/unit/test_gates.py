"""Gate definitions as text, and the pure question whether a gate opens."""

from __future__ import annotations

from datetime import date

import pytest

from crm.domain.calendar import months_later
from crm.domain.errors import Invalid
from crm.domain.gates import check, parse, shipped
from crm.domain.pipeline import Batch, Stage, Track

DEFINITIONS = parse(shipped(), 0)


def keys(stage: Stage, track: Track) -> set[str]:
    return {fact.key for fact in DEFINITIONS.gate(track, stage).demand.facts}


def test_the_chief_decides_where_a_batch_begins():
    """签约, 开工 and 投产 are what leaders count (DOMAIN §4)."""
    approved = {stage for stage in Stage if DEFINITIONS.gate(Track.LAND, stage).approval}
    first = {next(stage for stage in Stage if stage.batch is batch) for batch in Batch}
    assert approved == first - {Stage.RESERVE}


def test_tracks_differ_in_what_they_land_on():
    assert {"park", "premises", "rent"} <= keys(Stage.LANDED, Track.CARRIER)
    assert {"parcel", "land_price"} <= keys(Stage.LANDED, Track.LAND)
    assert "rent" not in keys(Stage.LANDED, Track.LAND)


def test_ways_on_skip_only_what_may_be_left_out():
    assert DEFINITIONS.ahead(Track.LAND, Stage.REVIEW) == (Stage.FRAMEWORK, Stage.SIGNED)
    assert DEFINITIONS.following(Track.LAND, Stage.REVIEW) is Stage.SIGNED
    assert DEFINITIONS.ahead(Track.LAND, Stage.STARTED) == (Stage.BUILDING,)
    assert DEFINITIONS.ahead(Track.CARRIER, Stage.STARTED) == (Stage.BUILDING, Stage.OPERATING)
    assert DEFINITIONS.following(Track.CARRIER, Stage.AT_CAPACITY) is None


def test_one_of_several_proofs_and_one_of_two_facts_is_enough():
    known = {"local_uscc": "x", "park": 1, "premises": "3 号楼 4 层", "purchase_price": 5}
    day = date(2026, 11, 24)
    for evidence in ({"licence", "lease"}, {"licence", "purchase"}):
        found = check(DEFINITIONS, Track.CARRIER, Stage.SIGNED, Stage.LANDED, known, evidence, day)
        assert found.is_open
    found = check(DEFINITIONS, Track.CARRIER, Stage.SIGNED, Stage.LANDED, known, {"lease", "purchase"}, day)
    assert found.lacking == 1
    assert found.open_facts == (), "the rent is not asked of somebody who buys"
    found = check(DEFINITIONS, Track.CARRIER, Stage.SIGNED, Stage.LANDED, {}, set(), day)
    assert {"rent", "purchase_price"} <= {fact.key for fact in found.open_facts}


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2027, 11, 30), 3, date(2028, 2, 29)),
        (date(2026, 12, 1), 12, date(2027, 12, 1)),
        (date(2026, 11, 24), 1, date(2026, 12, 24)),
    ],
)
def test_months_later(day, months, later):
    assert months_later(day, months) == later


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("kind: rent", "kind: rents", "不认识「rents」"),
        ("column: signed_on", "column: started_on", "写到了同一个字段"),
        ("column: signed_on", "column: name", "这个字段不能存"),
        ("instead: chain_exception", "instead: nothing", "没有「nothing」"),
        ("words: [竞争地, Competing places]", "words: [竞争地]", "用语要写两种"),
        ("facts: [mou_on,", "facts: [mou_day,", "没有「mou_day」这项事实"),
        ("approval: true", "approval: yes", "true 或 false"),
        ("months: 12", "months: 0", "1 到 120"),
        ("after: {fact: operating_on,", "after: {fact: staff,", "不是日期"),
        ("may_skip: [carrier]", "may_skip: [sea]", "不认识「sea」"),
        ("  framework:", "  frame:", "不认识「frame」"),
        ("  parcel: {words", "  rent: {words", "写了两遍"),
        ("gates:", "gates: &all", "锚点"),
        ("  review:", "  review: [", "不是正确的 YAML"),
    ],
)
def test_a_slip_of_the_pen_is_named_with_its_line(old, new, sentence):
    source = shipped().replace(old, new, 1)
    assert source != shipped()
    with pytest.raises(Invalid, match=sentence) as refused:
        parse(source, 1)
    assert refused.value.params["line"] > 0


@pytest.mark.parametrize("source", ["", "[]", "a: b", "facts: {}\nevidence: {}\ngates: {}\n", "x" * 70_000])
def test_what_is_no_definition_at_all_is_refused(source):
    with pytest.raises(Invalid):
        parse(source, 1)


def test_a_deep_text_does_not_take_the_process_down():
    with pytest.raises(Invalid):
        parse("[" * 20_000, 1)
