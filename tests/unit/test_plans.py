"""The document of a plan: stored and read back, checked, and two versions told apart in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from crm.domain.errors import Invalid
from crm.domain.plans import (
    Indicator,
    Kind,
    Part,
    PlanDocument,
    PlanGoal,
    PlanMeasure,
    PlanPark,
    Verdict,
    checked,
    compare,
    goal_words,
)
from crm.domain.policies import Tier

WHOLE = PlanDocument(
    standing="优势链条之一",
    period=(2026, 2027),
    chief="周副区长（示例）",
    lead_unit="招商一科（示例）",
    team="何志强 等 6 人",
    goals=(
        PlanGoal(
            text="缺环补到 3 个", year=2027, operator="不超过", value=Decimal(3), unit="个",
            indicator=Indicator.GAPS_MISSING,
        ),
        PlanGoal(text="由一家龙头带动形成一条产业链", section="四（三）1"),
    ),
    firms=("示例药业",),
    firms_note="文件合并列出",
    gaps=("ivd_materials", "membranes"),
    parks=(PlanPark(park="dongsha", role="器械小试", section="四（四）1（1）"), PlanPark(park="大坦沙片区")),
    measures=(
        PlanMeasure(tier=Tier.GROWTH, text="产业楼宇可分割转让", condition="探索", section="四（三）2"),
        PlanMeasure(tier=Tier.INCUBATION, text="提供产业保障房", section="四（三）2"),
    ),
    review_months=6,
    map_revision=12,
    seen={"ivd": "weak"},
    verdict=Verdict(approved=False, by="区领导", on=date(2026, 11, 20), word="把目标写到年份"),
    shipped_tasks=("走访三家",),
)  # fmt: skip


def test_what_is_stored_is_read_back():
    assert PlanDocument.from_json(WHOLE.to_json()) == WHOLE
    assert PlanDocument.from_json({}) == PlanDocument()
    assert PlanDocument().to_json() == {}


@pytest.mark.parametrize(
    "stored",
    [
        None,
        [],
        {"surprise": 1},
        {"goals": {"text": "x"}},
        {"goals": [{"text": "x", "value": "many"}]},
        {"goals": [{"text": "x", "indicator": "happiness"}]},
        {"measures": [{"tier": "huge", "text": "x"}]},
        {"period": [2026]},
        {"review_months": True},
        {"gaps": [1]},
        {"verdict": {"on": "soon"}},
    ],
)
def test_anything_else_is_refused(stored):
    with pytest.raises(Invalid):
        PlanDocument.from_json(stored)


def test_a_sound_document_passes_cleaned():
    typed = replace(WHOLE, chief="  周副区长（示例） ", firms=("示例药业", "示例药业", " "))
    assert checked(typed) == WHOLE


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"period": (2027, 2026)}, "first_year"),
        ({"review_months": 0}, "review_months"),
        ({"goals": (PlanGoal(text=" "),)}, "goals-0-text"),
        ({"goals": (PlanGoal(text="a"), PlanGoal(text="b", year=27))}, "goals-1-year"),
        ({"goals": (PlanGoal(text="a", value=Decimal(-1)),)}, "goals-0-value"),
        ({"goals": (PlanGoal(text="a", value=Decimal("NaN")),)}, "goals-0-value"),
        ({"goals": (PlanGoal(text="a", unit="个"),)}, "goals-0-value"),
        ({"parks": (PlanPark(park="a"), PlanPark(park="a"))}, "parks-1-park"),
        ({"measures": (PlanMeasure(tier=Tier.MATURE, text=""),)}, "measures-0-text"),
        ({"chief": "长" * 81}, "chief"),
    ],
)
def test_a_mistake_names_its_field(change, name):
    with pytest.raises(Invalid) as caught:
        checked(replace(PlanDocument(), **change))
    assert caught.value.field == name


@pytest.mark.parametrize(
    "change",
    [
        {"standing": "对企业按纳税额给予奖励"},
        {"goals": (PlanGoal(text="按税收贡献返还"),)},
        {"measures": (PlanMeasure(tier=Tier.MATURE, text="用地保障", condition="税收返还三年"),)},
        {"parks": (PlanPark(park="a", role="先征后返试点"),)},
    ],
)
def test_a_benefit_tied_to_taxes_is_refused_wherever_it_is_written(change):
    with pytest.raises(Invalid, match="同纳税挂钩"):
        checked(replace(PlanDocument(), **change))


def test_equal_documents_do_not_differ():
    assert compare(WHOLE, WHOLE, {}, {}) == []


def test_differences_say_what_came_went_and_changed():
    new = replace(
        WHOLE,
        chief="林副区长（示例）",
        team=None,
        goals=(
            replace(WHOLE.goals[0], text="缺环补到 2 个", value=Decimal(2)),
            PlanGoal(text="引进一家龙头", year=2027),
        ),
        gaps=("membranes", "stents"),
        parks=(replace(WHOLE.parks[0], role="器械中试"), WHOLE.parks[1]),
        measures=(replace(WHOLE.measures[0], condition="以正式文件为准"),),
    )
    found = [
        (each.part, each.kind, str(each.before or ""), str(each.after or ""))
        for each in compare(WHOLE, new, {"stents": "植入与介入器械"}, {"dongsha": "东沙产业园"})
    ]
    assert found == [
        (Part.HEAD, Kind.CHANGED, "周副区长（示例）", "林副区长（示例）"),
        (Part.HEAD, Kind.REMOVED, "何志强 等 6 人", ""),
        (Part.GOALS, Kind.CHANGED, "缺环补到 3 个（2027 年，不超过 3 个）", "缺环补到 2 个（2027 年，不超过 2 个）"),
        (Part.GOALS, Kind.ADDED, "", "引进一家龙头（2027 年）"),
        (Part.GOALS, Kind.REMOVED, "由一家龙头带动形成一条产业链", ""),
        (Part.GAPS, Kind.ADDED, "", "植入与介入器械"),
        (Part.GAPS, Kind.REMOVED, "ivd_materials", ""),
        (Part.PARKS, Kind.CHANGED, "东沙产业园：器械小试", "东沙产业园：器械中试"),
        (Part.MEASURES, Kind.CHANGED, "成长型：产业楼宇可分割转让（探索）", "成长型：产业楼宇可分割转让（以正式文件为准）"),
        (Part.MEASURES, Kind.REMOVED, "孵化型：提供产业保障房", ""),
    ]  # fmt: skip


def test_what_only_bookkeeping_changed_is_no_difference():
    assert compare(WHOLE, replace(WHOLE, map_revision=13, seen={}, verdict=None), {}, {}) == []


def test_a_goal_says_what_it_knows():
    assert str(goal_words(PlanGoal(text="引进龙头"))) == "引进龙头"
    assert str(goal_words(PlanGoal(text="签约", value=Decimal("18.5"), unit="亿元"))) == "签约（18.5 亿元）"
    assert str(goal_words(PlanGoal(text="载体", value=Decimal(60000), unit="平方米"))) == "载体（60,000 平方米）"
