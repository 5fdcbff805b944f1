"""How two versions of a plan differ, row by row and in words: what was added, taken out, and worded anew."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import TypeVar

from crm.domain.marking import N_
from crm.domain.plans.document import PlanDocument, PlanGoal, PlanMeasure, PlanPark
from crm.domain.sentences import Sentence

Row = TypeVar("Row")
#: From this likeness on, a row that went and one that came are one row worded anew.
_ALIKE = 0.5


class Part(StrEnum):
    """Where in the document the difference lies, in its order."""

    HEAD = "head"
    GOALS = "goals"
    FIRMS = "firms"
    GAPS = "gaps"
    PARKS = "parks"
    MEASURES = "measures"


class Kind(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference. `what` names a field of the head; rows say themselves by `before` and `after`."""

    part: Part
    kind: Kind
    before: Sentence | None = None
    after: Sentence | None = None
    what: Sentence | None = None


def compare(
    old: PlanDocument, new: PlanDocument, segments: Mapping[str, str], parks: Mapping[str, str]
) -> list[Difference]:
    """Differences in the order of the document. `segments` and `parks` give names for keys; unknown keys show as such."""

    def park_words(row: PlanPark) -> Sentence:
        name = parks.get(row.park, row.park)
        return Sentence(N_("%(name)s：%(role)s"), {"name": name, "role": row.role}) if row.role else _plain(name)

    return [
        *_head(old, new),
        *_rows(Part.GOALS, old.goals, new.goals, lambda row: (row.text, row.year), goal_words,
               lambda row: f"{row.indicator or ''}{row.text}"),
        *_rows(Part.FIRMS, old.firms, new.firms, str, _plain, None),
        *_rows(Part.GAPS, old.gaps, new.gaps, str, lambda key: _plain(segments.get(key, key)), None),
        *_rows(Part.PARKS, old.parks, new.parks, lambda row: row.park, park_words, None),
        *_rows(Part.MEASURES, old.measures, new.measures, lambda row: (row.tier, row.text), _measure_words,
               lambda row: f"{row.tier.value}{row.text}"),
    ]  # fmt: skip


def goal_words(goal: PlanGoal) -> Sentence:
    """A goal on one line: what, until when, how much."""
    figure = " ".join(part for part in (goal.operator, _number(goal), goal.unit) if part)
    params = {"text": goal.text, "year": goal.year, "figure": figure}
    if goal.year and figure:
        return Sentence(N_("%(text)s（%(year)s 年，%(figure)s）"), params)
    if goal.year:
        return Sentence(N_("%(text)s（%(year)s 年）"), params)
    return Sentence(N_("%(text)s（%(figure)s）"), params) if figure else _plain(goal.text)


def _number(goal: PlanGoal) -> str:
    return "" if goal.value is None else f"{goal.value:,f}"


def _measure_words(row: PlanMeasure) -> Sentence:
    tiers = {"mature": N_("成熟型"), "growth": N_("成长型"), "incubation": N_("孵化型")}
    params = {"tier": Sentence(tiers[row.tier.value]), "text": row.text, "condition": row.condition}
    if row.condition:
        return Sentence(N_("%(tier)s：%(text)s（%(condition)s）"), params)
    return Sentence(N_("%(tier)s：%(text)s"), params)


def _plain(text: str) -> Sentence:
    return Sentence("%(text)s", {"text": text})


def _period(document: PlanDocument) -> str:
    return "—".join(map(str, document.period)) if document.period else ""


def _head(old: PlanDocument, new: PlanDocument) -> Iterable[Difference]:
    fields: Sequence[tuple[str, Callable[[PlanDocument], str]]] = (
        (N_("规划年份"), _period),
        (N_("链长"), lambda each: each.chief or ""),
        (N_("牵头部门"), lambda each: each.lead_unit or ""),
        (N_("专班"), lambda each: each.team or ""),
        (N_("定位"), lambda each: each.standing),
        (N_("龙头说明"), lambda each: each.firms_note or ""),
        (N_("复核周期（月）"), lambda each: str(each.review_months or "")),
    )
    for name, value in fields:
        before, after = value(old), value(new)
        if before != after:
            kind = Kind.ADDED if not before else Kind.REMOVED if not after else Kind.CHANGED
            yield Difference(
                Part.HEAD, kind, _plain(before) if before else None, _plain(after) if after else None, Sentence(name)
            )


def _rows(
    part: Part,
    old: Sequence[Row],
    new: Sequence[Row],
    key: Callable[[Row], object],
    words: Callable[[Row], Sentence],
    likeness: Callable[[Row], str] | None,
) -> Iterable[Difference]:
    """Rows of one key are one row; of the rest, those worded alike are one row worded anew."""
    before, after = {key(row): row for row in old}, {key(row): row for row in new}
    gone = [row for name, row in before.items() if name not in after]
    come = [row for name, row in after.items() if name not in before]
    pairs = [(row, after[name]) for name, row in before.items() if name in after and row != after[name]]
    if likeness is not None:
        for row in list(gone):
            best = max(come, key=lambda each: _alike(likeness(row), likeness(each)), default=None)
            if best is not None and _alike(likeness(row), likeness(best)) >= _ALIKE:
                pairs.append((row, best))
                gone.remove(row)
                come.remove(best)
    said = [(words(row), words(twin)) for row, twin in pairs]
    yield from (Difference(part, Kind.CHANGED, was, now) for was, now in said if was != now)
    yield from (Difference(part, Kind.ADDED, after=words(row)) for row in come)
    yield from (Difference(part, Kind.REMOVED, before=words(row)) for row in gone)


def _alike(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other, autojunk=False).ratio()
