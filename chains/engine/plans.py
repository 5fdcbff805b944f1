"""Reading `plan.yaml`: the plan of one chain (一链一策) as people wrote it; every complaint names the file and the line.

What a plan does not say is left out of the file and stays unknown: a goal without a figure, a task without a day.
"""

from __future__ import annotations

from pathlib import Path

from chains.engine.model import ChainPlan, Goal, Measure, ParkRole, Statement
from chains.engine.reading import Item, read_yaml

_TIERS = ("mature", "growth", "incubation")
_OPTIONAL = ("goals", "tasks", "firms", "firms_note", "chief", "lead_unit", "period", "gaps", "parks", "review_months")
#: Months after which a plan may be looked at again, at most.
_MOST_MONTHS = 60


def load_plan(path: Path) -> ChainPlan:
    """The plan of a `plan.yaml` (or of the folder that holds one). Raises `FileError`."""
    path = path / "plan.yaml" if path.is_dir() else path
    top = read_yaml(path).fields(("chain", "standing", "measures"), _OPTIONAL)
    text = {name: top[name].text() for name in ("firms_note", "chief", "lead_unit") if name in top}
    return ChainPlan(
        chain=top["chain"].key(),
        standing=top["standing"].text(),
        measures=tuple(_measure(item) for item in top["measures"].items()),
        goals=tuple(_goal(item) for item in top["goals"].items()) if "goals" in top else (),
        tasks=tuple(_task(item) for item in top["tasks"].items()) if "tasks" in top else (),
        firms=top["firms"].texts() if "firms" in top else (),
        period=_period(top.get("period")),
        gaps=top["gaps"].keys() if "gaps" in top else (),
        parks=tuple(_park(item) for item in top["parks"].items()) if "parks" in top else (),
        review_months=top["review_months"].integer(1, _MOST_MONTHS) if "review_months" in top else None,
        **text,
    )


def _period(item: Item | None) -> tuple[int, int] | None:
    if item is None:
        return None
    years = [year.integer(2000, 2100) for year in item.items()]
    if len(years) != 2 or years[0] > years[1]:
        raise item.error("expected [first year, last year]")
    return years[0], years[1]


def _measure(item: Item) -> Measure:
    found = item.fields(("tier", "text", "section"), ("condition",))
    return Measure(
        tier=found["tier"].one_of(_TIERS),
        text=found["text"].text(),
        section=found["section"].text(),
        condition=_text(found, "condition"),
    )


def _goal(item: Item) -> Goal:
    found = item.fields(("text",), ("section", "year", "operator", "value", "unit", "indicator"))
    if "unit" in found and "value" not in found:
        raise found["unit"].error("a unit needs a value")
    return Goal(
        text=found["text"].text(),
        section=_text(found, "section"),
        year=found["year"].integer(2000, 2100) if "year" in found else None,
        operator=_text(found, "operator"),
        value=found["value"].number() if "value" in found else None,
        unit=_text(found, "unit"),
        indicator=found["indicator"].key() if "indicator" in found else None,
    )


def _task(item: Item) -> Statement:
    found = item.fields(("text", "section"), ("carriers", "due"))
    return Statement(
        text=found["text"].text(),
        section=found["section"].text(),
        carriers=found["carriers"].texts() if "carriers" in found else (),
        due=found["due"].day() if "due" in found else None,
    )


def _park(item: Item) -> ParkRole:
    found = item.fields(("park", "role"), ("section",))
    return ParkRole(park=found["park"].text(), role=found["role"].text(), section=_text(found, "section"))


def _text(found: dict[str, Item], name: str) -> str | None:
    return found[name].text() if name in found else None
