"""Values of facts: what may be stored for each kind, and which pairs contradict each other."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from crm.domain.commitments import FairCompetition, check_review
from crm.domain.enterprises.uscc import parse_uscc
from crm.domain.errors import Invalid
from crm.domain.gates.model import Fact, FactKind
from crm.domain.marking import N_
from crm.domain.text import clean_text

TEXT_LENGTH = 1000
#: What a column of money holds; areas, heads and ids fit 32 bits.
_MOST = {FactKind.MONEY: 10**16}
_MOST_ELSE = 2**31 - 1
#: Of the first, the second must not be earlier (or more); each with the sentence that says so.
_ORDERED = (
    ("agreed_start_on", "agreed_operating_on", N_("约定投产日期不能早于约定开工日期。")),
    ("started_on", "operating_on", N_("投产日期不能早于开工日期。")),
    ("fixed_investment", "investment", N_("固定资产投资不能超过总投资。")),
)


def clean(fact: Fact, value: object, day: date) -> object | None:
    """The value as it is stored; None for an empty one. Invalid(key of the fact) for what makes no sense.

    A day that says a stage was reached cannot lie after `day`.
    """
    if value is None or value == "":
        return None
    if fact.kind is FactKind.TEXT:
        return clean_text(str(value), TEXT_LENGTH, fact.key, multiline=True) or None
    if fact.kind is FactKind.USCC:
        return parse_uscc(str(value), fact.key)
    if fact.kind is FactKind.CHOICE:
        if value not in {key for key, _words in fact.choices}:
            raise Invalid(fact.key, N_("请从列表里选。"))
        return str(value)
    if fact.kind is FactKind.DATE:
        return _day(fact, value, day)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise Invalid(fact.key, N_("这里要填一个不小于零的整数。"))
    if fact.kind is FactKind.PERCENT and value > 100:
        raise Invalid(fact.key, N_("百分比在 0 到 100 之间。"))
    if value > _MOST.get(fact.kind, _MOST_ELSE):
        raise Invalid(fact.key, N_("数值大得不合常理，请检查单位。"))
    return value


def contradiction(values: Mapping[str, object]) -> Invalid | None:
    """The first pair of values that cannot both be right, as an objection on the later fact."""
    for less, more, sentence in _ORDERED:
        low, high = values.get(less), values.get(more)
        if low is not None and high is not None and low > high:  # type: ignore[operator]
            return Invalid(less if less == "fixed_investment" else more, sentence)
    verdict = values.get("fair_competition")
    if verdict is not None:
        try:
            check_review(FairCompetition(str(verdict)), str(values.get("our_commitments") or ""))
        except Invalid as error:
            return Invalid("our_commitments", error.sentence, **error.params)
    return None


def _day(fact: Fact, value: object, day: date) -> str:
    try:
        found = value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError:
        raise Invalid(fact.key, N_("没有这一天，请按 2026-11-25 的样子填写。")) from None
    if fact.is_sealed and found > day:
        raise Invalid(fact.key, N_("这一天还没到；已经发生的才能填。"))
    return found.isoformat()
