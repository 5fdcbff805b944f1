"""All rules over one message, and what is made of their candidates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date

from crm.domain.enterprises.names import normalised
from crm.domain.labels import N_
from crm.domain.paste import area, building, days, firms, money, people, words
from crm.domain.paste.model import LONGEST, Candidate, Certainty, Guess, Message, Reading, Span, Term
from crm.domain.paste.prepare import prepare
from crm.domain.sentences import sentence
from crm.domain.text import clean_text

_DIFFERENT = N_("前后不一致，须确认")
#: Fields that may hold several values at once.
_SEVERAL = frozenset(["platforms"])


def read(
    text: str,
    *,
    today: date,
    segments: Callable[[str], Iterable[Guess]] = lambda _text: (),
    platforms: Iterable[Term] = (),
    known_people: Iterable[str] = (),
) -> Reading:
    """What a message says of a lead, each value beside its words, in the order of the text.

    `segments` names those that a text may mean, best first (`chains.engine.suggest`); it is asked of the message alone,
    without the mails that it quotes.
    `today` is the civil day in Asia/Shanghai from which 「下周三」 counts; `known_people` are our own people, who are
    nobody's contact. Raises `Invalid("pasted")` for text that is too long or holds control characters.
    """
    cleaned = clean_text(text, LONGEST, "pasted", multiline=True)
    message = prepare(cleaned)
    tenure = _settled(list(area.tenures(message)))
    one = next((each.value for each in tenure if each.certainty is Certainty.SURE), "")
    firm_names = list(firms.names(message))
    candidates = [
        *firm_names,
        *firms.codes(message),
        *people.phones(message),
        *people.emails(message),
        *people.contacts(message, known_people),
        *people.sources(message),
        *area.areas(message, one),
        *money.budgets(message, one),
        *money.investments(message),
        *money.revenues(message),
        *money.employees(message),
        *building.loads(message),
        *building.heights(message),
        *building.powers(message),
        *building.env_classes(message),
        *days.days(message, today),
        *words.segments(message, segments(message.plain), [(each.start, each.end) for each in firm_names]),
        *words.platforms(message, platforms),
    ]
    by_field: dict[str, list[Candidate]] = defaultdict(list)
    for each in candidates:
        by_field[each.field].append(each)
    kept = [*tenure, *(each for group in by_field.values() for each in _settled(group))]
    kept.sort(key=lambda each: (each.start, each.end, each.field))
    return Reading(cleaned, tuple(_span(message, each) for each in kept))


def _settled(group: list[Candidate]) -> list[Candidate]:
    """The candidates of one field that count: the highest rank, each value once, in the order of the text.

    Two values of one rank contradict each other; both are shown, and neither is taken.
    """
    if not group:
        return []
    if group[0].field in _SEVERAL:
        return group
    best = max(each.rank for each in group)
    firsts: dict[str, Candidate] = {}
    for each in sorted((each for each in group if each.rank == best), key=lambda each: each.start):
        firsts.setdefault(_same(each), each)
    if len(firsts) == 1:
        return list(firsts.values())
    note = sentence(_DIFFERENT)
    return [
        replace(each, certainty=Certainty.CONFIRM, note=note if each.value else each.note or note)
        for each in firsts.values()
    ]


def _same(each: Candidate) -> str:
    """Under which word two candidates are the same value."""
    return normalised(each.value) if each.field == "name" else f"{each.value}{each.note if not each.value else ''}"


def _span(message: Message, each: Candidate) -> Span:
    return Span(
        each.field,
        each.start,
        each.end,
        message.text[each.start : each.end],
        each.value,
        each.certainty,
        each.note,
    )
