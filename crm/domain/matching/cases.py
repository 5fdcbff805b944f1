"""The auditor's check: a file of golden cases against an engine, each difference in one sentence.

A file holds cases under `matching` and `three_valued` (MATCHING, golden cases), and may bring its
own tables. Every figure that a case states under `expected` and `explanations` is compared; what
this check does not understand is reported as malformed, never passed over.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crm.domain.matching.capacity import Request, reserve
from crm.domain.matching.golden import (
    MalformedError,
    mapping,
    read_need,
    read_offer,
    read_tables,
    read_world,
    sequence,
    whole,
)
from crm.domain.matching.misses import gap
from crm.domain.matching.model import Assessment, Criterion, Match, Need, Status
from crm.domain.matching.rank import Ranking, arrange, assess_all
from crm.domain.matching.weights import Weights

SECTIONS = ("matching", "three_valued")
_CASE_KEYS = frozenset({"id", "title", "arithmetic", "expected", "explanations"})
_RANKING_KEYS = _CASE_KEYS | {"lead", "offers", "world"}
_CAPACITY_KEYS = _CASE_KEYS | {"offers", "edges"}


@dataclass(frozen=True, slots=True)
class Difference:
    """One disagreement, or one thing that makes a case unreadable; `sentence` names the case and
    the spot."""

    case: str
    sentence: str
    malformed: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """What was checked: cases read, figures compared, and every difference in the order of the file."""

    cases: int
    figures: int
    differences: tuple[Difference, ...]


class _Ledger:
    """Collects the comparisons of one case."""

    def __init__(self, case: str):
        self.case = case
        self.figures = 0
        self.differences: list[Difference] = []

    def same(self, what: str, expected: Any, found: Any) -> None:
        self.figures += 1
        stated, answer = _shown(expected), _shown(found)
        if stated != answer:  # as text, so that 1, 1.0 and true are three things
            self._add(f"{what}: the case states {stated}, the engine finds {answer}")

    def counts(self, what: str, expected: Any, found: Mapping[str, int]) -> None:
        """Two tables of counts; what one does not name is 0 in it."""
        stated = mapping(expected, what)
        for name in [*stated, *(name for name in found if name not in stated)]:
            self.same(f"{what}.{name}", stated.get(name, 0), found.get(name, 0))
        self.figures += not stated and not found  # "nothing" is a statement too

    def malformed(self, sentence: str) -> None:
        self._add(sentence, malformed=True)

    def _add(self, sentence: str, malformed: bool = False) -> None:
        self.differences.append(Difference(self.case, f"case {self.case}: {sentence}", malformed))


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def check(path: Path | str) -> list[Difference]:
    """Every difference between the file and the reference engine; empty if they agree.

    Raises OSError if the file cannot be read, MalformedError if it is no file of cases. A malformed
    case is a difference, and the other cases are still checked.
    """
    return list(audit(path).differences)


def audit(path: Path | str) -> Report:
    """Like `check`, with the number of cases and figures compared."""
    raw = _load(Path(path))
    weights, regions = read_tables(raw)
    cases = figures = 0
    differences: list[Difference] = []
    seen: set[str] = set()
    for spot, case in _cases(raw):
        named = case.get("id") if isinstance(case, dict) else None
        ledger = _Ledger(named if isinstance(named, str) and named else spot)
        cases += 1
        try:
            if ledger.case in seen:
                raise MalformedError("another case has the same id")
            seen.add(ledger.case)
            _check_case(ledger, case, weights, regions)
        except MalformedError as problem:
            ledger.malformed(str(problem))
        figures += ledger.figures
        differences += ledger.differences
    return Report(cases, figures, tuple(differences))


def _load(path: Path) -> Mapping[str, Any]:
    content = path.read_bytes()
    try:
        raw = json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as problem:
        raise MalformedError(f"{path.name} is not UTF-8 text: byte {problem.start} is broken") from problem
    except (ValueError, RecursionError) as problem:
        raise MalformedError(f"{path.name} is not JSON: {problem}") from problem
    raw = mapping(raw, path.name)
    if not any(section in raw for section in SECTIONS):
        raise MalformedError(f"{path.name} holds neither “matching” nor “three_valued”")
    if not any(True for _ in _cases(raw)):
        raise MalformedError(f"{path.name} holds no case")
    return raw


def _cases(raw: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for section in SECTIONS:
        for index, case in enumerate(sequence(raw.get(section, []), section)):
            yield f"{section}[{index}]", case


def _check_case(ledger: _Ledger, raw: Any, weights: Weights, regions: Sequence[Any]) -> None:
    case = mapping(raw, "the case")
    if not isinstance(case.get("id"), str) or not case["id"]:
        raise MalformedError("the case has no id")
    known = _CAPACITY_KEYS if "edges" in case else _RANKING_KEYS
    for key in case:
        if key not in known:
            raise MalformedError(f"the case has the unexpected key “{key}”")
    expected = mapping(case.get("expected", {}), "expected")
    explanations = sequence(case.get("explanations", []), "explanations")
    if not expected and not explanations:
        raise MalformedError("the case states nothing to compare")
    if "edges" in case:
        _check_capacity(ledger, case, expected)
    else:
        _check_ranking(ledger, case, expected, explanations, weights, regions)


def _check_ranking(
    ledger: _Ledger,
    case: Mapping[str, Any],
    expected: Mapping[str, Any],
    explanations: Sequence[Any],
    weights: Weights,
    regions: Sequence[Any],
) -> None:
    for key in ("lead", "offers", "world"):
        if key not in case:
            raise MalformedError(f"the case lacks “{key}”")
    world = read_world(case["world"], regions)
    need = read_need(case["lead"], case["world"], regions)
    raw_offers = sequence(case["offers"], "offers")
    offers = [read_offer(raw, f"offers[{i}]", len(world.parks)) for i, raw in enumerate(raw_offers)]
    try:
        assessed = assess_all(need, offers, world, weights)
    except ValueError as problem:
        raise MalformedError(str(problem)) from problem
    ranking = arrange(need, assessed, world, weights)
    for key, stated in expected.items():
        _compare(_EXPECTED, "expected", key)(ledger, stated, ranking)
    for index, raw in enumerate(explanations):
        _check_explanation(ledger, raw, f"explanations[{index}]", need, assessed)


def _compare(known: Mapping[str, Callable], where: str, key: str) -> Callable:
    try:
        return known[key]
    except KeyError:
        raise MalformedError(f"{where} states “{key}”, which this check does not know") from None


def _rows(ledger: _Ledger, stated: Any, ranking: Ranking) -> None:
    rows = [mapping(row, f"ranking[{i}]") for i, row in enumerate(sequence(stated, "ranking"))]
    found = {row.offer.id: row for row in ranking.rows}
    for place, row in enumerate(rows):
        if "offer" not in row:
            raise MalformedError(f"ranking[{place}] lacks “offer”")
    ledger.same("the order of the offers", [row["offer"] for row in rows], [row.offer.id for row in ranking.rows])
    for row in rows:
        match = found.get(row["offer"]) if type(row["offer"]) is int else None
        for key, value in row.items():
            compare = _compare(_ROW, "a row of the ranking", key)
            if match is not None:
                compare(ledger, f"offer {match.offer.id}, {key}", value, match)


def _misses(ledger: _Ledger, stated: Any, ranking: Ranking) -> None:
    found = [
        {"offer": miss.offer.id, "gap_permille": miss.gap, "constraint": miss.constraint.value}
        for miss in ranking.misses
    ]
    rows = sequence(stated, "nearest_miss")
    ledger.same("the number of near misses", len(rows), len(found))
    for place, (row, miss) in enumerate(zip(rows, found, strict=False)):
        for key, value in mapping(row, f"nearest_miss[{place}]", frozenset(miss)).items():
            ledger.same(f"near miss {place + 1}, {key}", value, miss[key])


def _blocked(ledger: _Ledger, stated: Any, ranking: Ranking) -> None:
    found = {constraint.value: count for constraint, count in ranking.blocked_counts.items()}
    ledger.counts("blocked", stated, found)


_EXPECTED: dict[str, Callable[[_Ledger, Any, Ranking], None]] = {
    "ranking": _rows,
    "nearest_miss": _misses,
    "blocked": _blocked,
    "blocked_counts": _blocked,
}


def _interval(stated: Any, low: int, high: int) -> Any:
    """What was found, in the notation of what is stated: one number where the case states one and
    there is one."""
    return low if low == high and not isinstance(stated, list) else [low, high]


def _total(ledger: _Ledger, what: str, stated: Any, match: Match) -> None:
    ledger.same(what, stated, _interval(stated, match.low, match.high))


def _points(ledger: _Ledger, what: str, stated: Any, match: Match) -> None:
    for criterion, points in _parts(stated).items():
        part = match.part(criterion)
        ledger.same(f"{what}.{criterion}", points, _interval(points, part.points_low, part.points_high))


def _parts(stated: Any) -> dict[Criterion, Any]:
    parts = mapping(stated, "parts")
    for key in parts:
        if key not in {criterion.value for criterion in Criterion}:
            raise MalformedError(f"parts names “{key}”, which is no criterion")
    return {Criterion(key): value for key, value in parts.items()}


_ROW: dict[str, Callable[[_Ledger, str, Any, Match], None]] = {
    "offer": lambda ledger, what, stated, match: None,  # compared with the order
    "park": lambda ledger, what, stated, match: ledger.same(what, stated, match.offer.park),
    "status": lambda ledger, what, stated, match: ledger.same(what, stated, match.status.value),
    "unknown": lambda ledger, what, stated, match: ledger.same(what, stated, [c.value for c in match.unknown]),
    "coverage": lambda ledger, what, stated, match: ledger.same(what, stated, match.coverage),
    "low": lambda ledger, what, stated, match: ledger.same(what, stated, match.low),
    "high": lambda ledger, what, stated, match: ledger.same(what, stated, match.high),
    "alloc": lambda ledger, what, stated, match: ledger.same(what, stated, match.alloc),
    "total": _total,
    "parts": _points,
}


def _check_explanation(ledger: _Ledger, raw: Any, where: str, need: Need, assessed: Mapping[int, Assessment]) -> None:
    stated = mapping(raw, where)
    offer_id = whole(stated.get("offer"), f"{where}.offer")
    if offer_id not in assessed:
        raise MalformedError(f"{where} explains offer {offer_id}, which the case does not offer")
    assessment = assessed[offer_id]
    for key, value in stated.items():
        what = f"explanation of offer {offer_id}, {key}"
        if key == "ok":
            ledger.same(what, value, assessment.status is not Status.BLOCKED)
        elif key == "blocked":
            found = [[failed.value, gap(failed, need, assessment.offer)] for failed in assessment.failed]
            ledger.same(what, value, found)
        elif key != "offer":
            compare = _compare(_EXPLAINED, where, key)
            if assessment.match is None:
                ledger.same(what, value, None)
            else:
                compare(ledger, what, value, assessment.match)


def _explained_parts(ledger: _Ledger, what: str, stated: Any, match: Match) -> None:
    for criterion, row in _parts(stated).items():
        part = match.part(criterion)
        for key, value in mapping(row, f"parts.{criterion}").items():
            if key == "weight":
                found: Any = part.weight
            elif key == "score":
                found = _interval(value, part.low, part.high)
            elif key == "points":
                found = _interval(value, part.points_low, part.points_high)
            else:
                raise MalformedError(f"parts.{criterion} states “{key}”, which this check does not know")
            ledger.same(f"{what}.{criterion}.{key}", value, found)


_EXPLAINED = {**_ROW, "parts": _explained_parts}


def _check_capacity(ledger: _Ledger, case: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    free = {
        _number(key, "offers"): whole(area, f"offers.{key}")
        for key, area in mapping(case.get("offers"), "offers").items()
    }
    requests = []
    for index, raw in enumerate(sequence(case["edges"], "edges")):
        where = f"edges[{index}]"
        edge = mapping(raw, where, frozenset({"lead", "offer", "total", "m2"}))
        lead, offer, total, area = (whole(edge[key], f"{where}.{key}") for key in ("lead", "offer", "total", "m2"))
        requests.append(Request(lead=lead, offer=offer, space=offer, area=area, low=total))
    try:
        plan = reserve(requests, free)
    except ValueError as problem:
        raise MalformedError(str(problem)) from problem
    found = {
        "assign": {str(lead): offer for lead, offer in plan.assigned.items()},
        "unassigned": list(plan.unassigned),
        "left": {str(offer): area for offer, area in plan.left.items()},
    }
    for key, stated in expected.items():
        if key not in found:
            raise MalformedError(f"expected states “{key}”, which this check does not know")
        ledger.same(key, stated, found[key])


def _number(key: str, where: str) -> int:
    if not (key.isascii() and key.isdigit()):
        raise MalformedError(f"{where} has the key “{key}”, which is not the id of an offer")
    return int(key)
