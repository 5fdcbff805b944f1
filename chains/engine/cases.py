"""The auditor's check of chain gaps: a file of cases against the engine, each difference named (MATCHING B)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from chains.engine.case_files import Case, MalformedError, fraction, mapping, read_case, read_file, whole
from chains.engine.gaps import PARTS, Analysis, CycleError, SegmentState, judge
from chains.engine.graph import build
from chains.engine.model import GapAction, SegmentStatus
from chains.engine.tally import Points, Tally

__all__ = ["Difference", "MalformedError", "Report", "audit"]

STATUS_WORDS = {
    SegmentStatus.STRONG: "强",
    SegmentStatus.WEAK: "弱",
    SegmentStatus.MISSING: "缺",
    SegmentStatus.FILLING: "正在补",
    SegmentStatus.UNKNOWN: "未摸清",
}
ACTION_WORDS = {
    GapAction.FILL: "补链",
    GapAction.EXTEND: "延链",
    GapAction.STRENGTHEN: "强链",
    GapAction.CONSOLIDATE: "巩固",
    GapAction.WATCH: "观察",
    GapAction.SURVEY: "待调研",
}
_WHOLE: Mapping[str, Callable[[SegmentState], int]] = {
    "n": lambda state: state.count,
    "size": lambda state: state.size,
    "leaders": lambda state: state.leaders,
    "strength": lambda state: state.strength,
    "priority": lambda state: state.priority,
}
_EXACT: Mapping[str, Callable[[SegmentState], Fraction | None]] = {
    "R": lambda state: state.requirement,
    "D": lambda state: state.dependence,
    "LQ": lambda state: state.quotient,
    "h": lambda state: state.coverage,
    "omega": lambda state: state.presence,
    "beta": lambda state: state.downstream,
}
_WORDS: Mapping[str, tuple[Mapping[Any, str], Callable[[SegmentState], Any]]] = {
    "cls": (STATUS_WORDS, lambda state: state.status),
    "action": (ACTION_WORDS, lambda state: state.action),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One disagreement (`expected`, `got`), or one thing that makes a case unreadable (`problem`)."""

    case: str
    line: int
    node: str = ""
    field: str = ""
    expected: str = ""
    got: str = ""
    problem: str = ""

    @property
    def sentence(self) -> str:
        if self.problem:
            return f"case {self.case}: {self.problem}"
        spot = f"{self.node}.{self.field}" if self.node else self.field
        return f"case {self.case}: {spot}: expected {self.expected}, got {self.got}"


@dataclass(frozen=True, slots=True)
class Report:
    """How many cases were run, how many figures compared, and every difference in the order of the file."""

    cases: int
    figures: int
    differences: tuple[Difference, ...]


class _Ledger:
    """Collects the comparisons of one case."""

    def __init__(self, case: str, line: int) -> None:
        self.case, self.line = case, line
        self.figures = 0
        self.differences: list[Difference] = []

    def same(self, node: str, field: str, expected: object, got: object) -> None:
        self.figures += 1
        if expected != got:
            self.differences.append(
                Difference(self.case, self.line, node, field, expected=_shown(expected), got=_shown(got))
            )

    def malformed(self, problem: str) -> None:
        self.differences.append(Difference(self.case, self.line, problem=problem))


def _shown(value: object) -> str:
    return "unknown" if value is None else str(value)


def audit(path: Path) -> Report:
    """Run every case of the file. Raises MalformedError with file and line if it is no file of cases, OSError if it
    cannot be read. A malformed case is a difference; the others still run."""
    file = read_file(path)
    figures, differences = 0, []
    seen: set[str] = set()
    for number, raw in enumerate(file.cases):
        named = raw.get("id") if isinstance(raw, dict) else None
        case_id = named if isinstance(named, str) and named else f"number {number + 1}"
        ledger = _Ledger(case_id, file.line_of(case_id))
        try:
            if case_id in seen:
                raise MalformedError("another case has the same id")
            seen.add(case_id)
            _run(ledger, read_case(raw), file.points)
        except MalformedError as problem:
            ledger.malformed(str(problem))
        figures += ledger.figures
        differences += ledger.differences
    return Report(len(file.cases), figures, tuple(differences))


def _run(ledger: _Ledger, case: Case, points: Points) -> None:
    try:
        analysis = judge(Tally(build(case.nodes, case.edges), case.firms, points), case.known)
    except CycleError as cycle:
        expected = _cycle(case.cycle)
        ledger.same("", "error", expected, _cycle(cycle.nodes))
        return
    except ValueError as problem:
        raise MalformedError(str(problem)) from None
    if case.cycle is not None:
        ledger.same("", "error", _cycle(case.cycle), _cycle(None))
        return
    if not any(case.expected.values()):
        raise MalformedError("expects nothing")
    for node, fields in case.expected.items():
        _compare(ledger, node, mapping(fields, f"expected.{node}"), analysis)


def _cycle(nodes: object) -> str:
    return "no cycle" if nodes is None else f"a cycle of {', '.join(sorted(nodes))}"  # type: ignore[call-overload]


def _compare(ledger: _Ledger, node: str, fields: Mapping[str, Any], analysis: Analysis) -> None:
    state = analysis.states[node]
    for name, raw in fields.items():
        where = f"expected.{node}.{name}"
        if name in _WHOLE:
            ledger.same(node, name, whole(raw, where), _WHOLE[name](state))
        elif name in _EXACT:
            ledger.same(node, name, None if raw is None else fraction(raw, where), _EXACT[name](state))
        elif name in _WORDS:
            words, read = _WORDS[name]
            if raw not in words.values():
                raise MalformedError(f"{where} is {raw!r}, not one of {'、'.join(words.values())}")
            ledger.same(node, name, raw, words[read(state)])
        elif name == "parts":
            stated = mapping(raw, where)
            for part in stated.keys() - set(PARTS):
                raise MalformedError(f"{where} names the unknown part '{part}'")
            for part in PARTS:
                ledger.same(node, f"parts.{part}", whole(stated.get(part, 0), where), state.parts.get(part, 0))
        else:
            raise MalformedError(f"expected.{node} has the unknown field '{name}'")
