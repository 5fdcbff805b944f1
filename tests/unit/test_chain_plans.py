"""Reading plan.yaml: what it may say, and how a mistake is named."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from chains.engine.loader import load_plan
from chains.engine.reading import FileError

SHORT = """\
chain: biomedicine
standing: 优势链条之一
measures:
  - {tier: mature, text: 用地指标保障, section: 四（三）2}
"""
FULL = """\
period: [2026, 2027]
chief: 周副区长（示例）
lead_unit: 招商一科（示例）
goals:
  - {text: 缺环补到 3 个, year: 2027, operator: 不超过, value: 3, unit: 个, indicator: gaps_missing}
  - {text: 由一家龙头带动形成一条产业链, section: 四（三）1}
gaps: [ivd_materials, membranes]
parks:
  - {park: dongsha_park, role: 器械小试, section: 四（四）1（1）}
  - {park: 大坦沙片区, role: 临床研究}
review_months: 6
tasks:
  - {text: 走访三家, section: 四（三）1, due: 2026-12-11}
"""


def written(folder: Path, text: str) -> Path:
    (folder / "plan.yaml").write_text(text, encoding="utf-8")
    return folder


def test_what_a_plan_does_not_say_stays_unknown(tmp_path):
    plan = load_plan(written(tmp_path, SHORT))
    assert (plan.period, plan.chief, plan.review_months) == (None, None, None)
    assert (plan.goals, plan.gaps, plan.parks, plan.tasks) == ((), (), (), ())


def test_a_full_plan_says_years_figures_gaps_parks_and_days(tmp_path):
    plan = load_plan(written(tmp_path, SHORT + FULL))
    assert plan.period == (2026, 2027)
    goal, words = plan.goals
    assert (goal.year, goal.operator, goal.value, goal.unit) == (2027, "不超过", Decimal(3), "个")
    assert (goal.indicator, goal.section) == ("gaps_missing", None)
    assert (words.value, words.section) == (None, "四（三）1")
    assert plan.gaps == ("ivd_materials", "membranes")
    assert [(role.park, role.section) for role in plan.parks] == [
        ("dongsha_park", "四（四）1（1）"),
        ("大坦沙片区", None),
    ]
    assert plan.review_months == 6
    assert plan.tasks[0].due == "2026-12-11"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("period: [2026, 2027]", "period: [2027, 2026]", "[first year, last year]"),
        ("period: [2026, 2027]", "period: [26, 27]", "whole number from 2000 to 2100"),
        ("value: 3, ", "", "a unit needs a value"),
        ("value: 3, ", "value: three, ", "expected a number"),
        ("gaps: [ivd_materials, membranes]", "gaps: [ivd_materials, ivd_materials]", "listed twice"),
        ("review_months: 6", "review_months: 0", "whole number from 1 to 60"),
        ("due: 2026-12-11", "due: 2026-02-30", "is not a day"),
        ("role: 临床研究", "part: 临床研究", "unknown field 'part'"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path, old, new, words):
    text = SHORT + FULL
    assert old in text
    with pytest.raises(FileError) as caught:
        load_plan(written(tmp_path, text.replace(old, new)))
    assert words in str(caught.value)
    assert caught.value.line > 0
