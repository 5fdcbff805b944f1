"""The arithmetic in words gives the score; figures are exact; kinship and tables are as stated."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from math import floor

import pytest

from crm.domain.matching import (
    DEFAULT,
    Constraint,
    Criterion,
    Fact,
    NearMiss,
    Need,
    Offer,
    Park,
    Position,
    Segment,
    Side,
    Status,
    Weights,
    World,
    assess,
    rank,
)
from crm.domain.matching.explain import explain
from crm.domain.matching.misses import changes
from crm.domain.matching.sides import explain_failure
from crm.domain.matching.wording import (
    CONSTRAINTS,
    CRITERIA,
    SIDES,
    STATUSES,
    Text,
    miss_text,
    percent,
    shifted,
)
from crm.domain.policies import Instrument, Tier
from crm.domain.space import Region, Tenure
from tests.unit.matching.worlds import Case, holds

SYMBOLS = str.maketrans({"＋": "+", "−": "-", "×": "*", "÷": "/", "（": "(", "）": ")"})


def _redo(formula: str) -> int:
    """The arithmetic of a sentence, as an officer with a pencil would do it."""
    sum_ = re.split("[：\u4e00-\u9fff] ?", formula)[-1].translate(SYMBOLS)
    sum_ = sum_.replace("⌊", "floor(").replace("⌋", ")")
    exact = re.sub(r"\d+(\.\d+)?", lambda number: f"Fraction('{number[0]}')", sum_)
    scope = {"__builtins__": {}, "Fraction": Fraction, "floor": floor, "min": min, "max": max}
    return eval(exact, scope)


def test_the_arithmetic_in_words_gives_the_score():
    forms: Counter[str] = Counter()

    def check(case: Case) -> bool:
        for match in (a.match for a in case.assessed.values() if a.match):
            rows = explain(match, case.need, case.world, name=lambda key: "某地")
            assert [row.part for row in rows] == list(match.parts)
            for row in rows:
                formula = row.formula.render()
                forms[row.formula.msgid] += 1
                assert row.need.render()
                assert row.offer.render()
                if row.part.known:
                    assert _redo(formula) == row.part.low, formula
                else:
                    assert formula.endswith(f"未知：0…{row.part.high}"), formula
        return bool(case.ranking.rows)

    holds(check, speaks=0.5, examples=100)
    assert len(forms) >= 16, forms


def test_every_failure_and_every_miss_can_be_said():
    def check(case: Case) -> bool:
        for assessment in case.assessed.values():
            for constraint in (*assessment.failed, *assessment.unknown):
                need, offer = explain_failure(constraint, case.need, assessment.offer, case.world)
                assert need.render()
                assert offer.render()
        for miss in case.ranking.misses:
            assert miss_text(miss).render().endswith("即可匹配")
        return bool(case.ranking.misses)

    holds(check, speaks=0.25)


IVD = Need(
    id=417,
    tier=Tier.GROWTH,
    segment="ivd",
    code="2761",
    tenure=Tenure.RENT,
    area_min=1200,
    area_target=1400,
    area_max=1600,
    budget=4500,
    load_kg_m2=765,
    height_cm=450,
    power_kva=250,
    platforms=frozenset({"hailongwei"}),
    needed_by=740_000,
    grace_days=90,
)
FLOOR = Offer(
    id=1,
    park=1,
    tenure=Tenure.RENT,
    tiers=frozenset(Tier),
    free=1520,
    min_lettable=500,
    price=4200,
    load_kg_m2=815,
    height_cm=480,
    power_kva=315,
    available_from=739_955,
    instruments=frozenset({Instrument.GUARANTEED_HOUSING}),
)
LIWAN = World(
    parks={1: Park(1, platform="hailongwei", positioning=(Position("ivd", 1000),), banned=())},
    segments={
        "ivd": Segment("ivd", chain="bio", parent="devices"),
        "imaging": Segment("imaging", chain="bio", parent="devices"),
        "devices": Segment("devices", chain="bio"),
        "drugs": Segment("drugs", chain="bio"),
        "printing": Segment("printing", chain="3d"),
    },
    platforms={"hailongwei": Region.SOUTH, "baietan": Region.NORTH},
)


def test_the_lead_page_of_the_example_can_be_redone_line_by_line():
    match = assess(IVD, FLOOR, LIWAN).match
    rows = {row.part.criterion: row for row in explain(match, IVD, LIWAN)}
    said = {criterion.value: rows[criterion].formula.render() for criterion in Criterion}
    assert said == {
        "focus": "定位权重 1000",
        "instrument": "成长型用产业保障房（只租不售）：400",
        "space": "1000 − ⌊1000×120÷1400⌋",
        "price": "600 ＋ ⌊2000×3÷45⌋",
        "tech": "楼面荷载最紧：500 ＋ ⌊2000×50÷765⌋",
        "location": "优先平台：1000",
        "timing": "按时：1000",
    }
    assert rows[Criterion.PRICE].need.render() == "≤ 45 元/㎡/月"
    assert rows[Criterion.PRICE].offer.render() == "42 元/㎡/月"
    assert rows[Criterion.TECH].need.render() == "7.5 kN/㎡（0.765 t/㎡）、4.5 m、250 kVA"
    assert rows[Criterion.SPACE].offer.render() == "可供 1520 ㎡，余 120 ㎡，不足最小 500 ㎡，计为浪费"
    assert rows[Criterion.PRICE].facts == (Fact.NEED_BUDGET, Fact.OFFER_PRICE)
    assert match.low == 82020
    assert match.subtotal(Side.ENTERPRISE) == (37295, 37295)
    assert match.subtotal(Side.DISTRICT) == (44725, 44725)


@pytest.mark.parametrize(
    ("positioned", "weight", "score"),
    [
        ("ivd", 801, 801),
        ("imaging", 801, 400),
        ("devices", 801, 400),
        ("drugs", 801, 200),
        ("bio", 801, 200),
        ("printing", 801, 0),
        ("3d", 801, 0),
        ("nowhere", 801, 0),
    ],
)
def test_focus_halves_under_one_parent_and_quarters_in_one_chain(positioned: str, weight: int, score: int):
    park = Park(1, positioning=(Position(positioned, weight), Position("printing", 1000)))
    assert LIWAN.focus("ivd", park) == score


def test_focus_takes_the_best_of_the_positioning_and_a_whole_chain_counts_as_the_same_chain():
    park = Park(1, positioning=(Position("drugs", 1000), Position("imaging", 600), Position("ivd", 100)))
    assert LIWAN.focus("ivd", park) == 300
    assert LIWAN.focus("not in any map", park) == 0
    assert LIWAN.focus("drugs", Park(1, positioning=(Position("printing", 900),))) == 0


def test_two_segments_at_the_top_of_a_chain_are_not_siblings():
    tops = World({}, {"a": Segment("a", chain="c"), "b": Segment("b", chain="c")})
    assert tops.focus("a", Park(1, positioning=(Position("b", 1000),))) == 250


def test_a_banned_code_bans_the_codes_below_it_and_no_others():
    park = Park(1, banned=("26", "2761"))
    assert [park.bans(code) for code in ("26", "2614", "2761", "2762", "27", "126")] == [
        True,
        True,
        True,
        False,
        False,
        False,
    ]


def test_the_near_miss_says_by_how_much_and_to_what():
    cases = {
        Constraint.PRICE: (replace(FLOOR, price=4860), "租金预算提高 8%，到 48.6 元/㎡/月即可匹配"),
        Constraint.LOAD: (replace(FLOOR, load_kg_m2=663), "楼面荷载要求降到 6.5 kN/㎡（0.663 t/㎡）即可匹配"),
        Constraint.HEIGHT: (replace(FLOOR, height_cm=420), "净高要求降到 4.2 m即可匹配"),
        Constraint.AREA: (replace(FLOOR, free=1100), "面积下限降到 1100 ㎡即可匹配"),
    }
    for constraint, (offer, sentence) in cases.items():
        offer = replace(offer, env_max=None)
        gap = 80 if constraint is Constraint.PRICE else 1
        miss = NearMiss(offer, constraint, gap, changes(constraint, IVD, offer))
        assert miss_text(miss).render() == sentence


def test_an_offer_of_another_tenure_counts_under_tenure_only_for_readers():
    sale = replace(FLOOR, tenure=Tenure.BUY, price=12_000)
    ranking = rank(IVD, [sale], LIWAN)
    assert dict(ranking.blocked_counts) == {Constraint.TENURE: 1, Constraint.PRICE: 1}
    assert dict(ranking.reasons) == {Constraint.TENURE: 1}


def test_every_name_is_translatable_through_nested_texts():
    text = Text("%(a)s", {"a": (Text("成长型"), Text("%(n)s m", {"n": "4.5"}))})
    english = {"成长型": "growth", "、": ", "}
    assert text.render(lambda msgid: english.get(msgid, msgid)) == "growth, 4.5 m"


def test_figures_move_the_point_and_never_round():
    assert [shifted(n, 2) for n in (0, 5, 50, 4500, 4550, 4555)] == [
        "0",
        "0.05",
        "0.5",
        "45",
        "45.5",
        "45.55",
    ]
    assert [percent(n) for n in (80, 67, 134, 1000)] == ["8%", "6.7%", "13.4%", "100%"]


def test_every_word_of_matching_has_a_label():
    assert (set(CRITERIA), set(CONSTRAINTS)) == (set(Criterion), set(Constraint))
    assert (set(SIDES), set(STATUSES)) == (set(Side), set(Status))


def test_weights_are_the_table_of_the_rule_and_survive_storage():
    rows = {tier: [DEFAULT.of(tier)[criterion] for criterion in Criterion] for tier in Tier}
    assert rows == {
        Tier.MATURE: [25, 20, 15, 5, 15, 10, 10],
        Tier.GROWTH: [25, 15, 15, 15, 10, 10, 10],
        Tier.INCUBATION: [20, 25, 10, 25, 5, 10, 5],
    }
    assert DEFAULT.of(None) == DEFAULT.of(Tier.GROWTH)
    again = Weights.from_json(DEFAULT.as_json())
    assert again.as_json() == DEFAULT.as_json()
    assert rank(IVD, [], LIWAN).version == DEFAULT.version


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda t: t["weights"]["growth"].update(focus=26), "add up to 101"),
        (lambda t: t["weights"]["growth"].update(focus=-5), "whole number"),
        (lambda t: t["weights"]["growth"].update(focus=25.0), "whole number"),
        (lambda t: t["weights"].pop("mature"), "whole number"),
        (lambda t: t["weights"]["growth"].pop("timing"), "whole number"),
        (lambda t: t["points"]["growth"].update(incubator=1001), "0…1000"),
        (lambda t: t.update(version=" "), "version"),
        (lambda t: t.pop("points"), "not a table"),
        (lambda t: t.update(weights=[1]), "not a table"),
        (lambda t: t["weights"].update(huge={}), "huge"),
    ],
)
def test_weights_that_are_none_are_refused_with_a_sentence(change, sentence: str):
    table = DEFAULT.as_json()
    change(table)
    with pytest.raises(ValueError, match=sentence):
        Weights.from_json(table)


@pytest.mark.parametrize(
    "facts", [{"budget": 0}, {"area_target": 0}, {"load_kg_m2": -1}, {"budget": 10**13}, {"area_min": 1.5}]
)
def test_a_need_that_nobody_can_mean_is_refused(facts: dict):
    with pytest.raises(ValueError):
        Need(id=1, **facts)


def test_an_offer_outside_the_world_is_refused():
    with pytest.raises(ValueError, match="park 9"):
        rank(IVD, [replace(FLOOR, park=9)], LIWAN)
