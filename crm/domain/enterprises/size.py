"""Statistical size 大/中/小/微 by the 2017 rule (DOMAIN §3).

Large, medium and small must reach all the floors of the industry's rule, otherwise one step down: so the size is
the lowest grade that any one indicator reaches. Money is in fen; the rule's floors are in 万元.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from crm.domain.enterprises import gbt4754
from crm.domain.enterprises.size_rules import RULES, Floors, SizeRule
from crm.domain.enterprises.words import Indicator, Size
from crm.domain.errors import Invalid
from crm.domain.marking import N_
from crm.domain.sentences import Sentence, sentence

FEN_PER_WAN = 1_000_000
_GRADES = (Size.LARGE, Size.MEDIUM, Size.SMALL, Size.MICRO)
_NAMES = {
    Indicator.EMPLOYEES: N_("从业人员"),
    Indicator.REVENUE: N_("营业收入"),
    Indicator.ASSETS: N_("资产总额"),
}
_UNITS = {Indicator.EMPLOYEES: N_("人"), Indicator.REVENUE: N_("万元"), Indicator.ASSETS: N_("万元")}


@dataclass(frozen=True, slots=True)
class Reached:
    """One indicator of the rule. `value` in 人 or fen, `grade` what it reaches by itself (None if value is None).

    `missed_floor` is the floor of the next larger size, in 人 or 万元: what it falls short of; None for large.
    """

    indicator: Indicator
    value: int | None
    grade: Size | None
    missed_floor: int | None

    def words(self, *, with_floor: bool) -> Sentence:
        """「从业人员 86 人 ＜ 300」 with the floor that it missed, 「营业收入 6,800 万元」, 「营业收入未知」."""
        name = sentence(_NAMES[self.indicator])
        if self.value is None:
            return sentence(N_("%(name)s未知"), name=name)
        unit = sentence(_UNITS[self.indicator])
        if self.missed_floor is None or not with_floor:
            return sentence(N_("%(name)s %(value)s %(unit)s"), name=name, value=self._shown, unit=unit)
        return sentence(
            N_("%(name)s %(value)s %(unit)s ＜ %(floor)s"),
            name=name,
            value=self._shown,
            unit=unit,
            floor=f"{self.missed_floor:,}",
        )

    @property
    def _shown(self) -> str:
        value = self.value or 0
        if self.indicator is Indicator.EMPLOYEES:
            return f"{value:,}"
        # Cut, never rounded up: 299.999 must not read as the floor 300 that it missed.
        wan, rest = divmod(value, FEN_PER_WAN)
        return f"{wan:,}" + (f".{rest // 10_000:02d}".rstrip("0").rstrip(".") if rest else "")


@dataclass(frozen=True, slots=True)
class SizeDecision:
    """The size and what decided it. `at_most` is set when a missing value could only lower what is known."""

    size: Size
    rule: SizeRule | None
    reached: tuple[Reached, ...]
    at_most: Size | None
    reason: Sentence

    @property
    def deciding(self) -> Reached | None:
        """The indicator that held the size down (the first of the lowest); None without a size."""
        lowest = [part for part in self.reached if part.grade is self.size]
        return lowest[0] if lowest else None

    @property
    def missing(self) -> tuple[Indicator, ...]:
        """What must be asked before the size can be said."""
        return tuple(part.indicator for part in self.reached if part.value is None)


@lru_cache(maxsize=2048)
def rule_for(code: str) -> SizeRule | None:
    """The rule of an industry code, the most specific code winning; None if there is none or the code is too wide."""
    best: tuple[int, SizeRule] | None = None
    for rule in RULES:
        if any(gbt4754.covers(code_out, code) for code_out in rule.excluded):
            continue
        for covered in rule.codes:
            if _applies(covered, code) and (best is None or len(covered) > best[0]):
                best = (len(covered), rule)
    return best[1] if best else None


def _applies(covered: str, code: str) -> bool:
    # Group 701 has the single class 7010, so the group is as good as the class.
    return gbt4754.covers(covered, code) or (covered.endswith("0") and covered[:3] == code)


def _too_wide(code: str) -> bool:
    """Whether some rule covers only a part of what the code means (70, K, G, Q…)."""
    return any(gbt4754.covers(code, covered) for rule in RULES for covered in rule.codes)


def statistical_size(
    gbt_code: str | None,
    *,
    employees: int | None = None,
    revenue_fen: int | None = None,
    assets_fen: int | None = None,
) -> SizeDecision:
    """Decide the size. None is unknown; negative values and impossible codes raise `Invalid`."""
    values = {Indicator.EMPLOYEES: employees, Indicator.REVENUE: revenue_fen, Indicator.ASSETS: assets_fen}
    for indicator, value in values.items():
        if value is not None and value < 0:
            raise Invalid(indicator.value, N_("不能是负数。"))
    if not gbt_code:
        return _without_rule(Size.UNKNOWN, sentence(N_("缺行业代码，规模无法判定")))
    code = gbt4754.parse_code(gbt_code)
    rule = rule_for(code)
    if rule is None:
        name = gbt4754.name_of(code)
        if _too_wide(code):
            text = N_("%(name)s内各行业标准不同，须细化行业代码")
            return _without_rule(Size.UNKNOWN, sentence(text, name=name))
        return _without_rule(Size.NOT_APPLICABLE, sentence(N_("%(name)s没有划型标准，不适用"), name=name))
    reached = tuple(_reach(floors, values[floors.indicator]) for floors in rule.floors)
    known = [part.grade for part in reached if part.grade is not None]
    lowest = max(known, key=_GRADES.index) if known else None
    complete = len(known) == len(reached)
    # One value below the small floor decides: nothing that is still missing can lift it.
    decided = complete or lowest is Size.MICRO
    size = lowest if decided and lowest is not None else Size.UNKNOWN
    return SizeDecision(size, rule, reached, None if decided else lowest, _reason(rule, reached, lowest))


def _reach(floors: Floors, value: int | None) -> Reached:
    if value is None:
        return Reached(floors.indicator, None, None, None)
    factor = 1 if floors.indicator is Indicator.EMPLOYEES else FEN_PER_WAN
    missed: int | None = None
    for grade, floor in zip(_GRADES, (floors.large, floors.medium, floors.small), strict=False):
        if value >= floor * factor:
            return Reached(floors.indicator, value, grade, missed)
        missed = floor
    return Reached(floors.indicator, value, Size.MICRO, missed)


def _without_rule(size: Size, reason: Sentence) -> SizeDecision:
    return SizeDecision(size, None, (), None, reason)


def _reason(rule: SizeRule, reached: tuple[Reached, ...], lowest: Size | None) -> Sentence:
    """「工业：从业人员 86 人 ＜ 300；营业收入 6,800 万元」: the floor stands where the size was held down."""
    words = [part.words(with_floor=part.grade is lowest) for part in reached]
    name = sentence(rule.name)
    if len(words) == 1:
        return sentence(N_("%(rule)s：%(first)s"), rule=name, first=words[0])
    return sentence(N_("%(rule)s：%(first)s；%(second)s"), rule=name, first=words[0], second=words[1])
