"""Writing a chain map as YAML, in one stable order and layout: the layout of `chains/data`.

The same chain always gives the same bytes, and what is written reads back as it was (`loader.parse`), so that a
revision, an exported file and a diff of two of them mean something. Comments are no part of a chain and are not kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import yaml

from chains.engine.model import Chain, Edge, Placement, Reference, Segment, Source, SourceRef, SpaceTemplate, Survey

_TEXT = "tag:yaml.org,2002:str"
_RESOLVER = yaml.SafeLoader("")
#: Characters that a plain text may not begin with, and what may stand nowhere in it.
_BEGINS = re.compile(r"[-?:,\[\]{}#&*!|>'\"%@`\s]")
_NEVER = re.compile(r": |:\Z| #|[,\[\]{}]|\s\Z")
#: What single quotes cannot hold: line breaks and everything that is not printed.
_UNSEEN = re.compile("[^\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")


def dump(chain: Chain) -> str:
    """The chain as a `map.yaml`; `loader.parse` gives it back, but for `line` and `path`."""
    lines = [
        f"key: {text(chain.key)}",
        f"name: {_names(chain.name_zh, chain.name_en)}",
        f"summary: {text(chain.summary)}",
        f"sections: {_list(chain.sections)}",
    ]
    if chain.reference is not None:
        lines.append(f"reference: {_reference(chain.reference)}")
    lines += ["", *_block("sources", (f"  {text(each.key)}: {_source(each)}" for each in chain.sources), "{}")]
    lines += ["", *_block("spaces", (f"  {text(each.key)}: {_space(each)}" for each in chain.spaces), "{}")]
    lines += ["", *_block("segments", _segments(chain), "[]")]
    lines += ["", *_block("supplies", _supplies(chain.edges), "{}")]
    if chain.placements:
        lines += ["", "placements:", *(line for each in chain.placements for line in _placement(each))]
    return "\n".join(lines) + "\n"


def text(value: str) -> str:
    """A text as YAML: plain where it can be, in quotes where it would read as something else."""
    if _UNSEEN.search(value):
        quoted = yaml.dump(value, default_style='"', allow_unicode=True, width=float("inf"))
        return quoted.removesuffix("\n")
    if value and not _BEGINS.match(value) and not _NEVER.search(value):
        if _RESOLVER.resolve(yaml.ScalarNode, value, (True, False)) == _TEXT:
            return value
    return "'" + value.replace("'", "''") + "'"


def _block(name: str, lines: Iterable[str], empty: str) -> list[str]:
    found = list(lines)
    return [f"{name}:", *found] if found else [f"{name}: {empty}"]


def _list(values: Iterable[str]) -> str:
    return "[" + ", ".join(text(value) for value in values) + "]"


def _mapping(pairs: Iterable[tuple[str, str | None]]) -> str:
    """One line; what is None is left out."""
    return "{" + ", ".join(f"{name}: {value}" for name, value in pairs if value is not None) + "}"


def _text(value: str | None) -> str | None:
    return None if value is None else text(value)


def _number(value: int | None) -> str | None:
    return None if value is None else str(value)


def _names(name_zh: str, name_en: str) -> str:
    return _mapping((("zh", text(name_zh)), ("en", text(name_en) if name_en else None)))


def _reference(reference: Reference) -> str:
    return _mapping(
        (("total", str(reference.total)), ("source", text(reference.source)), ("date", _text(reference.date)))
    )


def _source(source: Source) -> str:
    return _mapping((("title", text(source.title)), ("date", _text(source.date)), ("status", _text(source.status))))


def _space(space: SpaceTemplate) -> str:
    return _mapping(
        (
            ("zh", text(space.name_zh)),
            ("area_m2", f"[{space.area_min_m2}, {space.area_max_m2}]"),
            ("env_class", space.env_class),
            ("load_kg_m2", _number(space.load_kg_m2)),
            ("clear_height_cm", _number(space.clear_height_cm)),
            ("power_kva", _number(space.power_kva)),
            ("estimate", "true" if space.estimate else "false"),
        )
    )


def _segments(chain: Chain) -> Iterator[str]:
    """In file order; a blank line before each that has no parent, so that groups are seen."""
    written: dict[str, str] = {}
    for segment in chain.segments:
        if segment.parent is None:
            yield ""
        yield from _segment(segment, inherited=written.get(segment.parent or ""))
        written[segment.key] = segment.position


def _segment(segment: Segment, inherited: str | None) -> Iterator[str]:
    yield f"  - key: {text(segment.key)}"
    if segment.parent is not None:
        yield f"    parent: {text(segment.parent)}"
    # A position that the file does not say is the parent's, or empty where the parent has not been written yet.
    if segment.position != (inherited or "") or segment.parent is None:
        yield f"    position: {segment.position}"
    yield f"    name: {_names(segment.name_zh, segment.name_en)}"
    if segment.products:
        yield f"    products: {_list(segment.products)}"
    if segment.gbt:
        yield "    gbt: [" + ", ".join(f"'{code}'" for code in segment.gbt) + "]"
    if segment.aliases:
        yield f"    aliases: {_list(segment.aliases)}"
    if segment.space is not None:
        yield f"    space: {text(segment.space)}"
    yield "    sources: [" + ", ".join(_source_ref(each) for each in segment.sources) + "]"
    if segment.reference is not None:
        yield f"    reference: {segment.reference}"
    if segment.survey is not None:
        yield f"    survey: {_survey(segment.survey)}"


def _source_ref(reference: SourceRef) -> str:
    key = text(reference.key)
    return key if reference.section is None else f"{{{key}: {text(reference.section)}}}"


def _survey(survey: Survey) -> str:
    return _mapping((("on", text(survey.on)), ("by", _text(survey.by)), ("note", _text(survey.note))))


def _supplies(edges: Iterable[Edge]) -> Iterator[str]:
    """One line a supplier, in the order in which the file names them first."""
    customers: dict[str, list[str]] = {}
    for edge in edges:
        share = None if edge.share is None else f"'{edge.share.numerator}/{edge.share.denominator}'"
        customers.setdefault(edge.frm, []).append(
            text(edge.to) if share is None else _mapping((("to", text(edge.to)), ("share", share)))
        )
    return (f"  {text(supplier)}: [{', '.join(found)}]" for supplier, found in customers.items())


def _placement(placement: Placement) -> Iterator[str]:
    facts = (
        ("segment", text(placement.segment)),
        ("leader", None if placement.leader is None else str(placement.leader).lower()),
        ("section", _text(placement.section)),
        ("source", _text(placement.source)),
        ("on", _text(placement.on)),
        ("confidence", placement.confidence),
        ("uscc", _text(placement.uscc)),
        ("note", _text(placement.note)),
    )
    yield f"  - enterprise: {text(placement.enterprise)}"
    yield from (f"    {name}: {value}" for name, value in facts if value is not None)
