"""What one version of a chain's plan says, as values and as the JSON that is stored; one reader for both.

Nothing is filled in: a plan without a chief has none, a goal without a figure is words. Every text is asked whether it
ties a benefit to taxes paid, which 公平竞争审查条例 bars (DOMAIN §4).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TypeVar

from crm.domain.commitments import REGULATION, tied_to_tax
from crm.domain.errors import Invalid
from crm.domain.marking import N_
from crm.domain.policies import Tier
from crm.domain.sentences import Sentence
from crm.domain.text import clean_text

#: Months until an approved plan is looked at again, where it says nothing itself [P].
REVIEW_MONTHS = 6
MOST_MONTHS = 60
FIRST_YEAR, LAST_YEAR = 2000, 2100
TEXT_LENGTH, LINE_LENGTH, WORD_LENGTH = 1000, 200, 80
MOST_ROWS = 60
_MOST_VALUE = Decimal(10) ** 9
Row = TypeVar("Row")
_BAD_FORM = N_("方案内容无法读取：%(what)s。")


class Indicator(StrEnum):
    """Figures that the product works out, so that the present value stands beside a goal."""

    GAPS_MISSING = "gaps_missing"
    SEGMENTS_STRONG = "segments_strong"
    SIGNED_YI = "signed_yi"
    FREE_M2 = "free_m2"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanGoal:
    """What shall be reached; year, figure and section only where somebody gave them."""

    text: str
    section: str | None = None
    year: int | None = None
    operator: str | None = None
    value: Decimal | None = None
    unit: str | None = None
    indicator: Indicator | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPark:
    """What a park does for the chain. `park` is its key, or its name where it has none."""

    park: str
    role: str = ""
    section: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanMeasure:
    """What the district does for firms of a tier."""

    tier: Tier
    text: str
    condition: str | None = None
    section: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The chief's last word on a version: approved, or sent back with what is to be changed."""

    approved: bool
    by: str
    on: date
    word: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDocument:
    """One version, whole. `period` is first and last year; `gaps` are keys of segments.

    `map_revision` and `seen` (status by segment key) say how the map stood when the version was saved, so that what
    changed since can be named. `shipped_tasks` are the tasks that came with the product: they are handed out once.
    """

    standing: str = ""
    period: tuple[int, int] | None = None
    chief: str | None = None
    lead_unit: str | None = None
    team: str | None = None
    goals: tuple[PlanGoal, ...] = ()
    firms: tuple[str, ...] = ()
    firms_note: str | None = None
    gaps: tuple[str, ...] = ()
    parks: tuple[PlanPark, ...] = ()
    measures: tuple[PlanMeasure, ...] = ()
    review_months: int | None = None
    map_revision: int | None = None
    seen: Mapping[str, str] = field(default_factory=dict)
    verdict: Verdict | None = None
    shipped_tasks: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        """Plain values without what is unknown or empty."""
        whole: dict[str, object] = {
            "standing": self.standing,
            "period": list(self.period) if self.period else None,
            "chief": self.chief,
            "lead_unit": self.lead_unit,
            "team": self.team,
            "goals": [_plain(goal) for goal in self.goals],
            "firms": list(self.firms),
            "firms_note": self.firms_note,
            "gaps": list(self.gaps),
            "parks": [_plain(park) for park in self.parks],
            "measures": [_plain(measure) for measure in self.measures],
            "review_months": self.review_months,
            "map_revision": self.map_revision,
            "seen": dict(self.seen),
            "verdict": _plain(self.verdict) if self.verdict else None,
            "shipped_tasks": list(self.shipped_tasks),
        }
        return {name: value for name, value in whole.items() if value not in (None, "", [], {})}

    @classmethod
    def from_json(cls, stored: object) -> PlanDocument:
        """What `to_json` wrote. Raises Invalid for anything else, naming what it stumbled over."""
        values = _table(stored, "document", cls.__dataclass_fields__)
        period = _list(values.get("period"), "period", int)
        if len(period) not in (0, 2):
            raise Invalid("period", _BAD_FORM, what="period")
        verdict = values.get("verdict")
        seen = _table(values.get("seen", {}), "seen")
        return cls(
            standing=_text(values.get("standing"), "standing") or "",
            period=(period[0], period[1]) if period else None,
            chief=_text(values.get("chief"), "chief"),
            lead_unit=_text(values.get("lead_unit"), "lead_unit"),
            team=_text(values.get("team"), "team"),
            goals=tuple(_goal(each) for each in _list(values.get("goals"), "goals", Mapping)),
            firms=tuple(_list(values.get("firms"), "firms", str)),
            firms_note=_text(values.get("firms_note"), "firms_note"),
            gaps=tuple(_list(values.get("gaps"), "gaps", str)),
            parks=tuple(_park(each) for each in _list(values.get("parks"), "parks", Mapping)),
            measures=tuple(_measure(each) for each in _list(values.get("measures"), "measures", Mapping)),
            review_months=_whole(values.get("review_months"), "review_months"),
            map_revision=_whole(values.get("map_revision"), "map_revision"),
            seen={str(key): str(value) for key, value in seen.items()},
            verdict=None if verdict is None else _verdict(verdict),
            shipped_tasks=tuple(_list(values.get("shipped_tasks"), "shipped_tasks", str)),
        )


# ── Checking what people typed ───────────────────────────────────────────────────────────────────────────────────────


def checked(document: PlanDocument) -> PlanDocument:
    """The document with its texts cleaned and empty rows dropped.

    Raises Invalid whose field is the name of the form's field (`goals-2-text` for the third goal): years out of order,
    a figure without sense, a text that is too long, or one that ties a benefit to taxes paid.
    """
    if document.period is not None:
        first, last = document.period
        if not FIRST_YEAR <= first <= last <= LAST_YEAR:
            raise Invalid("first_year", N_("起止年份不对：应先起后止，在 2000 到 2100 之间。"))
    if document.review_months is not None and not 1 <= document.review_months <= MOST_MONTHS:
        raise Invalid("review_months", N_("复核周期应为 1 到 %(most)d 个月。"), most=MOST_MONTHS)
    for name in ("goals", "parks", "measures", "gaps", "firms"):
        if len(getattr(document, name)) > MOST_ROWS:
            raise Invalid("", N_("最多 %(most)d 行，请合并或删去一些。"), most=MOST_ROWS)
    refs = [park.park for park in document.parks]
    for place, ref in enumerate(refs):
        if ref in refs[:place]:
            raise Invalid(f"parks-{place}-park", N_("这个载体列了两次，请合成一行。"))
    return replace(
        document,
        standing=_said(document.standing, TEXT_LENGTH, "standing"),
        chief=_said(document.chief, WORD_LENGTH, "chief") or None,
        lead_unit=_said(document.lead_unit, WORD_LENGTH, "lead_unit") or None,
        team=_said(document.team, LINE_LENGTH, "team") or None,
        firms=tuple(dict.fromkeys(_said(firm, WORD_LENGTH, "firms") for firm in document.firms if firm.strip())),
        firms_note=_said(document.firms_note, TEXT_LENGTH, "firms_note") or None,
        gaps=tuple(dict.fromkeys(document.gaps)),
        goals=_unique(_checked_goal(goal, f"goals-{place}") for place, goal in enumerate(document.goals)),
        parks=tuple(_checked_park(park, f"parks-{place}") for place, park in enumerate(document.parks)),
        measures=_unique(_checked_measure(each, f"measures-{place}") for place, each in enumerate(document.measures)),
    )


def _unique(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Rows that say the very same are one row."""
    return tuple(dict.fromkeys(rows))


def _checked_goal(goal: PlanGoal, at: str) -> PlanGoal:
    text = _said(goal.text, LINE_LENGTH, f"{at}-text")
    if not text:
        raise Invalid(f"{at}-text", N_("第 %(row)s 条目标没有写要做到什么。"), row=_row(at))
    if goal.year is not None and not FIRST_YEAR <= goal.year <= LAST_YEAR:
        raise Invalid(f"{at}-year", N_("第 %(row)s 条目标的年份应在 2000 到 2100 之间。"), row=_row(at))
    if goal.value is not None and not (goal.value.is_finite() and 0 <= goal.value <= _MOST_VALUE):
        raise Invalid(f"{at}-value", N_("第 %(row)s 条目标的数值应为 0 到 10 亿之间的数。"), row=_row(at))
    unit = _said(goal.unit, 20, f"{at}-unit") or None
    if unit and goal.value is None:
        raise Invalid(f"{at}-value", N_("第 %(row)s 条目标写了单位，没有写数值。"), row=_row(at))
    return replace(
        goal,
        text=text,
        unit=unit,
        operator=_said(goal.operator, 10, f"{at}-operator") or None,
        section=_said(goal.section, 40, f"{at}-section") or None,
    )


def _checked_park(park: PlanPark, at: str) -> PlanPark:
    return replace(
        park,
        role=_said(park.role, LINE_LENGTH, f"{at}-role"),
        section=_said(park.section, 40, f"{at}-section") or None,
    )


def _checked_measure(measure: PlanMeasure, at: str) -> PlanMeasure:
    text = _said(measure.text, LINE_LENGTH, f"{at}-text")
    if not text:
        raise Invalid(f"{at}-text", N_("第 %(row)s 条措施没有写内容。"), row=_row(at))
    return replace(
        measure,
        text=text,
        condition=_said(measure.condition, LINE_LENGTH, f"{at}-condition") or None,
        section=_said(measure.section, 40, f"{at}-section") or None,
    )


def _row(at: str) -> str:
    return str(int(at.rsplit("-", 1)[1]) + 1)


def _said(text: str | None, most: int, name: str) -> str:
    """The text, cleaned; Invalid where it ties a benefit to taxes paid."""
    words = clean_text(text, most, name, multiline=True)
    tied = tied_to_tax(words)
    if tied is not None:
        raise Invalid(
            name, N_("「%(words)s」把好处同纳税挂钩，%(law)s 不允许，请改写。"), words=tied, law=Sentence(REGULATION)
        )
    return words


# ── Reading JSON ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _plain(value: object) -> dict[str, object]:
    """A row as plain values without what is unknown."""
    found: dict[str, object] = {}
    for name in value.__dataclass_fields__:  # type: ignore[attr-defined]
        held = getattr(value, name)
        if held is None or held == "":
            continue
        found[name] = held.isoformat() if isinstance(held, date) else str(held) if isinstance(held, Decimal) else held
        if isinstance(held, StrEnum):
            found[name] = held.value
    return found


def _goal(stored: Mapping[str, object]) -> PlanGoal:
    values = _table(stored, "goals", PlanGoal.__dataclass_fields__)
    value = _text(values.get("value"), "value")
    try:
        number = None if value is None else Decimal(value)
    except InvalidOperation:
        raise Invalid("goals", _BAD_FORM, what="value") from None
    indicator = _text(values.get("indicator"), "indicator")
    return PlanGoal(
        text=_text(values.get("text"), "text") or "",
        section=_text(values.get("section"), "section"),
        year=_whole(values.get("year"), "year"),
        operator=_text(values.get("operator"), "operator"),
        value=number,
        unit=_text(values.get("unit"), "unit"),
        indicator=None if indicator is None else _member(Indicator, indicator),
    )


def _park(stored: Mapping[str, object]) -> PlanPark:
    values = _table(stored, "parks", PlanPark.__dataclass_fields__)
    return PlanPark(
        park=_text(values.get("park"), "park") or "",
        role=_text(values.get("role"), "role") or "",
        section=_text(values.get("section"), "section"),
    )


def _measure(stored: Mapping[str, object]) -> PlanMeasure:
    values = _table(stored, "measures", PlanMeasure.__dataclass_fields__)
    return PlanMeasure(
        tier=_member(Tier, _text(values.get("tier"), "tier") or ""),
        text=_text(values.get("text"), "text") or "",
        condition=_text(values.get("condition"), "condition"),
        section=_text(values.get("section"), "section"),
    )


def _verdict(stored: object) -> Verdict:
    values = _table(stored, "verdict", Verdict.__dataclass_fields__)
    try:
        on = date.fromisoformat(str(values.get("on")))
    except ValueError:
        raise Invalid("", _BAD_FORM, what="verdict") from None
    return Verdict(
        approved=values.get("approved") is True,
        by=_text(values.get("by"), "by") or "",
        on=on,
        word=_text(values.get("word"), "word") or "",
    )


def _table(value: object, what: str, allowed: Iterable[str] | None = None) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise Invalid("", _BAD_FORM, what=what)
    unknown = set(map(str, value)) - set(allowed) if allowed is not None else set()
    if unknown:
        raise Invalid("", _BAD_FORM, what=f"{what}.{min(unknown)}")
    return value


def _list(value: object, what: str, kind: type) -> list:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(each, kind) and not isinstance(each, bool) for each in value):
        raise Invalid("", _BAD_FORM, what=what)
    return value


def _text(value: object, what: str) -> str | None:
    if value is not None and not isinstance(value, str):
        raise Invalid("", _BAD_FORM, what=what)
    return value


def _whole(value: object, what: str) -> int | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise Invalid("", _BAD_FORM, what=what)
    return value


def _member(kind: Callable[[str], StrEnum], value: str):
    try:
        return kind(value)
    except ValueError:
        raise Invalid("", _BAD_FORM, what=value) from None
