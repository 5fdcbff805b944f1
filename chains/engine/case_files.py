"""Reading files of chain cases: the notation of the golden cases, strictly, so that no case passes by being misread.

A file is one object with `cases`, or one that holds such an object under `chain`. Tiers are M, G, I (null: unknown);
shares, R, D, LQ, h, omega and beta are whole numbers or fractions in quotes ("3/8"). Beside the golden cases' own fields a
case may name `surveyed` (absent: all), `filling` and `demand` (segment → 万元 a year).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, NoReturn

from chains.engine.gaps import Circumstances
from chains.engine.model import Edge
from chains.engine.tally import Firm, Points, ReferenceCounts

_SIZE_LIMIT = 20_000_000  # bytes
_TIERS = {"M": "mature", "G": "growth", "I": "incubation", None: None}
_FRACTION = re.compile(r"-?\d+(/[1-9]\d*)?\Z")
_REQUIRED = frozenset({"id", "nodes", "edges", "enterprises", "expected"})
_OPTIONAL = frozenset({"title", "arithmetic", "ref_counts", "n_ref_total", "surveyed", "filling", "demand"})
_TABLES = frozenset({"cases", "size_points", "k", "tier_actions", "about", "units"})


class MalformedError(ValueError):
    """The file, or one case, does not say what it must say; the message is a sentence that names the spot."""


@dataclass(frozen=True, slots=True)
class Case:
    """One chain with what is known of it, and what must come out by segment (or the cycle that must be refused)."""

    nodes: tuple[str, ...]
    edges: tuple[Edge, ...]
    firms: tuple[Firm, ...]
    known: Circumstances
    expected: Mapping[str, Mapping[str, Any]]
    cycle: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class CaseFile:
    """The raw cases with the points they count with; `line_of` finds a case by its id."""

    points: Points
    cases: tuple[Any, ...]
    text: str

    def line_of(self, case_id: str) -> int:
        """The line (from 1) where the case names itself; 0 if it cannot be found."""
        found = re.search(rf'"id"\s*:\s*{re.escape(json.dumps(case_id, ensure_ascii=False))}', self.text)
        return self.text.count("\n", 0, found.start()) + 1 if found else 0


def read_file(path: Path) -> CaseFile:
    """Raises MalformedError with file and line; OSError if the file cannot be read."""
    content = path.read_bytes()
    if len(content) > _SIZE_LIMIT:
        raise MalformedError(f"{path}:0: is larger than {_SIZE_LIMIT} bytes")
    try:
        text = content.decode("utf-8-sig")
        raw = json.loads(text, parse_float=Fraction, parse_constant=_no_number, object_pairs_hook=_once)
    except UnicodeDecodeError as problem:
        line = content[: problem.start].count(b"\n") + 1
        raise MalformedError(f"{path}:{line}: is not UTF-8 text") from None
    except json.JSONDecodeError as problem:
        raise MalformedError(f"{path}:{problem.lineno}: is not JSON: {problem.msg}") from None
    except RecursionError:
        raise MalformedError(f"{path}:0: is nested too deeply") from None
    except ValueError as problem:
        raise MalformedError(f"{path}:0: {problem}") from None
    try:
        part = mapping(raw, "the file")
        part = mapping(part["chain"], "chain") if "chain" in part else part
        for name in part.keys() - _TABLES:
            raise MalformedError(f"has the unexpected field '{name}'")
        if "cases" not in part:
            raise MalformedError("holds no 'cases' of chains")
        cases = _list(part["cases"], "cases")
        if not cases:
            raise MalformedError("holds no case")
        return CaseFile(_points(part), tuple(cases), text)
    except MalformedError as problem:
        raise MalformedError(f"{path}:1: {problem}") from None


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _value in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the field '{twice}' stands twice in one object")
    return found


def _points(part: Mapping[str, Any]) -> Points:
    default = Points()
    sizes = mapping(part.get("size_points", {}), "size_points")
    for letter in sizes.keys() - {"M", "G", "I"}:
        raise MalformedError(f"size_points names the unknown tier '{letter}'")
    return Points(
        mature=whole(sizes.get("M", default.mature), "size_points.M"),
        growth=whole(sizes.get("G", default.growth), "size_points.G"),
        incubation=whole(sizes.get("I", default.incubation), "size_points.I"),
        smoothing=whole(part.get("k", default.smoothing), "k", least=1),
    )


def read_case(raw: Any) -> Case:
    """Raises MalformedError naming the field."""
    case = mapping(raw, "the case")
    for name in sorted(_REQUIRED - case.keys()):
        raise MalformedError(f"lacks '{name}'")
    for name in sorted(case.keys() - _REQUIRED - _OPTIONAL):
        raise MalformedError(f"has the unexpected field '{name}'")
    nodes = tuple(text(each, "a node") for each in _list(case["nodes"], "nodes"))
    edges = tuple(_edge(each, f"edges[{n}]") for n, each in enumerate(_list(case["edges"], "edges")))
    firms = tuple(_firm(each, f"enterprises[{n}]") for n, each in enumerate(_list(case["enterprises"], "enterprises")))
    expected = mapping(case["expected"], "expected")
    cycle = None
    if "error" in expected and "error" not in nodes:
        if expected["error"] != "cycle" or expected.keys() != {"error", "nodes"}:
            raise MalformedError('expected: an error is {"error": "cycle", "nodes": [...]}')
        cycle = frozenset(text(each, "expected.nodes") for each in _list(expected["nodes"], "expected.nodes"))
        expected = {}
    elif unknown := [name for name in expected if name not in nodes]:
        raise MalformedError(f"expected: there is no node '{unknown[0]}'")
    return Case(nodes, edges, firms, _circumstances(case), expected, cycle)


def _circumstances(case: Mapping[str, Any]) -> Circumstances:
    counts = mapping(case.get("ref_counts") or {}, "ref_counts")
    total = case.get("n_ref_total")
    reference = None
    if total is not None:
        known = {key: whole(count, f"ref_counts.{key}") for key, count in counts.items() if count is not None}
        reference = ReferenceCounts(whole(total, "n_ref_total", least=1), known)
    elif counts:
        raise MalformedError("has ref_counts without n_ref_total")
    surveyed = case.get("surveyed")
    demand = mapping(case.get("demand") or {}, "demand")
    return Circumstances(
        reference,
        None if surveyed is None else {text(each, "surveyed") for each in _list(surveyed, "surveyed")},
        {text(each, "filling") for each in _list(case.get("filling") or [], "filling")},
        {key: whole(volume, f"demand.{key}") for key, volume in demand.items()},
    )


def _edge(raw: Any, where: str) -> Edge:
    edge = mapping(raw, where)
    if not {"frm", "to"} <= edge.keys() <= {"frm", "to", "weight"}:
        raise MalformedError(f"{where} must have frm, to and weight, and nothing else")
    weight = edge.get("weight")
    share = None if weight is None else fraction(weight, f"{where}.weight")
    if share is not None and share <= 0:
        raise MalformedError(f"{where}.weight is {share}, not above 0")
    return Edge(text(edge["frm"], f"{where}.frm"), text(edge["to"], f"{where}.to"), share)


def _firm(raw: Any, where: str) -> Firm:
    firm = mapping(raw, where)
    if not {"node", "tier"} <= firm.keys() <= {"node", "tier", "leader", "active"}:
        raise MalformedError(f"{where} must have node, tier, leader and active, and nothing else")
    if firm["tier"] not in _TIERS:
        raise MalformedError(f"{where}.tier is {firm['tier']!r}, not M, G, I or null")
    leader, active = firm.get("leader", False), firm.get("active", True)
    if type(leader) is not bool or type(active) is not bool:
        raise MalformedError(f"{where}: leader and active are true or false")
    return Firm(text(firm["node"], f"{where}.node"), _TIERS[firm["tier"]], leader, active)


def mapping(raw: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(raw, dict):
        raise MalformedError(f"{where} is not an object")
    return raw


def _list(raw: Any, where: str) -> list[Any]:
    if not isinstance(raw, list):
        raise MalformedError(f"{where} is not a list")
    return raw


def text(raw: Any, where: str) -> str:
    if not isinstance(raw, str) or not raw:
        raise MalformedError(f"{where} is {raw!r}, not a name")
    return raw


def whole(raw: Any, where: str, least: int = 0) -> int:
    """A whole number; true and 1.0 are not whole numbers."""
    if type(raw) is not int or raw < least:
        raise MalformedError(f"{where} is {raw!r}, not a whole number from {least}")
    return raw


def fraction(raw: Any, where: str) -> Fraction:
    """A whole number, a decimal, or a fraction in quotes."""
    if type(raw) in (int, Fraction):
        return Fraction(raw)
    if isinstance(raw, str) and _FRACTION.match(raw):
        return Fraction(raw)
    raise MalformedError(f'{where} is {raw!r}, not a number or a fraction such as "3/8"')
