"""Statistical size and above-scale status, at and around every floor (DOMAIN §3)."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.domain.enterprises.above_scale import SCALE_RULES, above_scale, scale_rule_for
from crm.domain.enterprises.gbt4754 import table
from crm.domain.enterprises.size import FEN_PER_WAN, rule_for, statistical_size
from crm.domain.enterprises.size_rules import RULES
from crm.domain.enterprises.words import Indicator, Size
from crm.domain.errors import Invalid

REFERENCE = Path(__file__).resolve().parents[3] / "shared" / "data"
GRADES = (Size.LARGE, Size.MEDIUM, Size.SMALL, Size.MICRO)
WAN = FEN_PER_WAN
OPTIONAL = st.none() | st.integers(0, 10**14)


@pytest.mark.parametrize(
    ("code", "employees", "revenue", "expected"),
    [
        ("2740", 1000, 40_000, Size.LARGE),
        ("2740", 999, 40_000, Size.MEDIUM),
        ("2740", 1000, 39_999, Size.MEDIUM),
        ("2740", 86, 6_800, Size.SMALL),
        ("2740", 20, 300, Size.SMALL),
        ("2740", 5_000, 299, Size.MICRO),
        ("2740", 19, 900_000, Size.MICRO),
        ("C", 300, 2_000, Size.MEDIUM),
        ("27", 300, 2_000, Size.MEDIUM),
        ("274", 300, 2_000, Size.MEDIUM),
        ("5127", 20, 5_000, Size.MEDIUM),
        ("5225", 10, 100, Size.SMALL),
        ("6513", 100, 1_000, Size.MEDIUM),
        ("6450", 100, 1_000, Size.MEDIUM),
        ("7020", 300, 1_000, Size.MEDIUM),
        ("702", 300, 1_000, Size.MEDIUM),
        ("5910", 100, 2_000, Size.SMALL),
        ("5930", 100, 2_000, Size.MEDIUM),
        ("59", 100, 2_000, Size.MEDIUM),
        ("7310", 100, None, Size.MEDIUM),
        ("8512", 9, None, Size.MICRO),
        ("0143", None, 50, Size.SMALL),
    ],
)
def test_all_floors_must_be_reached_or_the_firm_is_one_step_down(code, employees, revenue, expected):
    revenue_fen = None if revenue is None else revenue * WAN
    assert statistical_size(code, employees=employees, revenue_fen=revenue_fen).size is expected


def test_assets_count_where_the_rule_asks_for_them():
    def lessor(people: int, assets_wan: int) -> Size:
        return statistical_size("7211", employees=people, assets_fen=assets_wan * WAN).size

    assert lessor(300, 120_000) is Size.LARGE
    assert lessor(300, 119_999) is Size.MEDIUM
    assert lessor(300, 99) is Size.MICRO
    developer = statistical_size("7010", revenue_fen=1_000 * WAN, assets_fen=5_000 * WAN)
    assert developer.size is Size.MEDIUM


@pytest.mark.parametrize("code", ["5310", "7040", "704", "6621", "J", "8411", "8391", "9710", "S"])
def test_industries_without_a_rule_do_not_apply(code):
    found = statistical_size(code, employees=500, revenue_fen=WAN, assets_fen=WAN)
    assert found.size is Size.NOT_APPLICABLE
    assert "不适用" in str(found.reason)


@pytest.mark.parametrize("code", ["70", "K", "G", "F", "I", "Q"])
def test_a_code_too_wide_for_one_rule_asks_for_a_finer_one(code):
    found = statistical_size(code, employees=500)
    assert found.size is Size.UNKNOWN
    assert "细化" in str(found.reason)


def test_a_missing_value_leaves_the_size_unknown_unless_a_known_one_is_below_the_small_floor():
    unknown = statistical_size("2740", employees=400)
    assert (unknown.size, unknown.at_most, unknown.missing) == (Size.UNKNOWN, Size.MEDIUM, (Indicator.REVENUE,))
    micro = statistical_size("2740", employees=19)
    assert (micro.size, micro.at_most) == (Size.MICRO, None)
    assert statistical_size("2740").size is Size.UNKNOWN
    assert statistical_size(None, employees=400).size is Size.UNKNOWN
    assert statistical_size("2740", employees=0).size is Size.MICRO


def test_the_reason_shows_the_floor_that_held_the_size_down():
    found = statistical_size("2740", employees=86, revenue_fen=6_800 * WAN)
    assert str(found.reason) == "工业：从业人员 86 人 ＜ 300；营业收入 6,800 万元"
    assert found.deciding is not None
    assert found.deciding.indicator is Indicator.EMPLOYEES
    assert found.rule is not None
    assert found.rule.key == "industry"
    short = statistical_size("2740", employees=400, revenue_fen=300 * WAN - 1)
    assert str(short.reason) == "工业：从业人员 400 人；营业收入 299.99 万元 ＜ 300"
    assert str(statistical_size("2740", employees=400).reason).endswith("营业收入未知")


@pytest.mark.parametrize("bad", [{"employees": -1}, {"revenue_fen": -1}, {"assets_fen": -1}])
def test_negative_figures_are_refused(bad):
    with pytest.raises(Invalid):
        statistical_size("2740", **bad)


@pytest.mark.parametrize("code", ["99", "X", "27400", "2", "abc", "27-4"])
def test_codes_that_are_none_are_refused(code):
    with pytest.raises(Invalid) as refused:
        statistical_size(code, employees=5)
    assert refused.value.field == "gbt_code"


def test_at_most_one_rule_of_equal_weight_fits_any_code():
    for code in table():
        fitting = [
            covered
            for rule in RULES
            for covered in rule.codes
            if code.startswith(covered) and covered not in rule.excluded
        ]
        assert len(fitting) == len(set(fitting)) <= 2, code


@given(st.sampled_from(sorted(table())), OPTIONAL, OPTIONAL, OPTIONAL)
def test_the_size_is_the_lowest_grade_that_any_indicator_reaches(code, employees, revenue, assets):
    found = statistical_size(code, employees=employees, revenue_fen=revenue, assets_fen=assets)
    rule = rule_for(code)
    if rule is None:
        assert found.size in (Size.NOT_APPLICABLE, Size.UNKNOWN)
        return
    values = {Indicator.EMPLOYEES: employees, Indicator.REVENUE: revenue, Indicator.ASSETS: assets}
    passed = dict.fromkeys(GRADES[:3], True)
    missing = False
    for floors in rule.floors:
        value = values[floors.indicator]
        factor = 1 if floors.indicator is Indicator.EMPLOYEES else WAN
        missing = missing or value is None
        for grade, floor in zip(GRADES, (floors.large, floors.medium, floors.small), strict=False):
            passed[grade] = passed[grade] and (value is None or value >= floor * factor)
    ceiling = next((grade for grade in GRADES[:3] if passed[grade]), Size.MICRO)
    assert found.size is (Size.UNKNOWN if missing and ceiling is not Size.MICRO else ceiling)


@given(st.integers(0, 10**6), st.integers(0, 10**12), st.integers(0, 10**6), st.integers(0, 10**12))
def test_growing_never_makes_a_firm_smaller(people, revenue, more_people, more_revenue):
    small = statistical_size("2740", employees=people, revenue_fen=revenue).size
    grown = statistical_size("2740", employees=people + more_people, revenue_fen=revenue + more_revenue).size
    assert GRADES.index(grown) <= GRADES.index(small)


@pytest.mark.parametrize(
    ("code", "revenue", "computed"),
    [
        ("2740", 2_000, True),
        ("2740", 1_999, False),
        ("5151", 2_000, True),
        ("5251", 500, True),
        ("5251", 499, False),
        ("6210", 200, True),
        ("6513", 2_000, True),
        ("7211", 1_000, True),
        ("7020", 999, False),
        ("8512", 500, True),
        ("8411", 500, False),
        ("2740", None, None),
        ("6621", 9_000, None),
        ("Q", 9_000, None),
        (None, 9_000, None),
    ],
)
def test_above_scale_compares_revenue_with_the_floor(code, revenue, computed):
    found = above_scale(code, revenue_fen=None if revenue is None else revenue * WAN)
    assert found.computed is computed
    assert str(found.reason)


def test_builders_count_by_qualification_and_developers_always():
    assert above_scale("4790").computed is None
    assert above_scale("4790", qualified=True).computed is True
    assert above_scale("4790", qualified=False, revenue_fen=10**12).computed is False
    assert above_scale("7010").computed is True
    assert above_scale("701").computed is True


def test_computed_but_not_registered_is_a_cultivation_target_and_unknown_registration_is_not():
    def target(registered: bool | None) -> bool:
        return above_scale("2740", revenue_fen=3_000 * WAN, registered=registered).cultivation_target

    assert target(False)
    assert not target(True)
    assert not target(None)
    assert not above_scale("2740", revenue_fen=1, registered=False).cultivation_target


def test_negative_revenue_is_refused_for_above_scale_too():
    with pytest.raises(Invalid):
        above_scale("2740", revenue_fen=-1)


if REFERENCE.exists():  # the published tables lie outside the project; our own are always tested above

    def test_our_floors_are_those_of_the_published_rule():
        with (REFERENCE / "size_thresholds_2017.csv").open(encoding="utf-8-sig", newline="") as lines:
            published = list(csv.DictReader(lines))
        letters = {"X": Indicator.EMPLOYEES, "Y": Indicator.REVENUE, "Z": Indicator.ASSETS}
        ours = {
            (rule.key, floors.indicator): (floors.large, floors.medium, floors.small, rule.codes, rule.excluded)
            for rule in RULES
            for floors in rule.floors
        }
        theirs = {
            (row["rule"], letters[row["indicator"]]): (
                int(row["large_min"]),
                int(row["medium_min"]),
                int(row["small_min"]),
                tuple(row["gbt_codes"].split(";")),
                tuple(filter(None, row["gbt_excluded"].split(";"))),
            )
            for row in published
        }
        assert ours == theirs
        assert {rule.key: rule.name for rule in RULES} == {row["rule"]: row["industry_zh"] for row in published}

    def test_our_above_scale_floors_are_those_of_the_published_table():
        with (REFERENCE / "above_scale_thresholds.csv").open(encoding="utf-8-sig", newline="") as lines:
            published = list(csv.DictReader(lines))
        assert len(published) == len(SCALE_RULES)
        for row in published:
            for code in row["gbt_codes"].split(";"):
                rule = scale_rule_for(code)
                assert rule is not None, code
                assert rule.revenue_wan == (int(row["min_value"]) if row["min_value"] else None)
                assert rule.verified == row["verified"].startswith("seen")
