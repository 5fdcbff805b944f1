"""Reading `map.yaml` of a chain (`plan.yaml` by `chains.engine.plans`); every complaint names the file and the line.

The loader answers for the form of a file. Whether the chain makes sense (cycles, orphans, unknown parents …)
is `chains.engine.check`'s matter, so that a chain being edited in memory is judged by the same rules.
"""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

from chains.engine.model import (
    ENV_CLASSES,
    Chain,
    Confidence,
    Edge,
    Placement,
    Position,
    Reference,
    Segment,
    Source,
    SourceRef,
    SpaceTemplate,
    Survey,
)
from chains.engine.plans import load_plan
from chains.engine.reading import FileError, Item, parse_yaml, read_yaml

__all__ = ["DATA", "load", "load_all", "load_plan", "parse"]

DATA = Path(__file__).resolve().parent.parent / "data"
_OF_A_SEGMENT = ("parent", "position", "products", "gbt", "aliases", "space", "reference", "survey")
#: More firms than any province has.
_MOST_FIRMS = 100_000_000
_FRACTION = re.compile(r"(\d{1,6})/([1-9]\d{0,5})\Z")


def load(path: Path) -> Chain:
    """The chain of a `map.yaml` (or of the folder that holds one). Raises `FileError`."""
    path = path / "map.yaml" if path.is_dir() else path
    document = read_yaml(path)
    chain = _chain(document)
    if chain.key != path.parent.name:
        key = next(value for name, value in document.pairs() if name.text() == "key")
        raise key.error(
            "key '%(key)s' differs from the folder's name '%(folder)s'", key=chain.key, folder=path.parent.name
        )
    return chain


def parse(text: str, name: str = "map.yaml") -> Chain:
    """The chain of a document that is no file; `name` is what errors call it. Raises `FileError`."""
    return _chain(parse_yaml(text.encode("utf-8", "replace"), Path(name)))


def _chain(document: Item) -> Chain:
    top = document.fields(
        ("key", "name", "summary", "sections", "sources", "spaces", "segments", "supplies"),
        ("reference", "placements"),
    )
    name_zh, name_en = _names(top["name"])
    return Chain(
        key=top["key"].key(),
        name_zh=name_zh,
        name_en=name_en,
        summary=top["summary"].text(),
        sections=top["sections"].texts(),
        sources=tuple(_source(key, value) for key, value in top["sources"].pairs()),
        spaces=tuple(_space(key, value) for key, value in top["spaces"].pairs()),
        segments=_segments(top["segments"]),
        edges=_edges(top["supplies"]),
        placements=_placements(top["placements"]) if "placements" in top else (),
        reference=_reference_area(top["reference"]) if "reference" in top else None,
        path=str(document.path),
    )


def load_all(root: Path = DATA) -> tuple[Chain, ...]:
    """Every chain below `root`, by folder name. Raises `FileError`, also when there is none."""
    folders = sorted(folder for folder in root.iterdir() if folder.is_dir()) if root.is_dir() else []
    if not folders:
        raise FileError(root, 0, "holds no chain")
    return tuple(load(folder) for folder in folders)


def _names(item: Item) -> tuple[str, str]:
    """Chinese and English; who edits on screen need not know the English one, which is empty then."""
    names = item.fields(("zh",), ("en",))
    return names["zh"].text(), names["en"].text() if "en" in names else ""


def _reference_area(item: Item) -> Reference:
    found = item.fields(("total", "source"), ("date",))
    return Reference(
        total=found["total"].integer(1, _MOST_FIRMS),
        source=found["source"].text(),
        date=found["date"].day() if "date" in found else None,
    )


def _source(key: Item, value: Item) -> Source:
    found = value.fields(("title",), ("date", "status"))
    texts = {name: item.text() for name, item in found.items()}
    return Source(key=key.key(), **texts)


def _space(key: Item, value: Item) -> SpaceTemplate:
    found = value.fields(("zh", "area_m2", "env_class", "estimate"), ("load_kg_m2", "clear_height_cm", "power_kva"))
    areas = [item.integer(1, 10_000_000) for item in found["area_m2"].items()]
    if len(areas) != 2 or areas[0] > areas[1]:
        raise found["area_m2"].error("expected [smallest, largest] area in m²")
    figures = {
        name: found[name].integer(1, 1_000_000)
        for name in ("load_kg_m2", "clear_height_cm", "power_kva")
        if name in found
    }
    return SpaceTemplate(
        key=key.key(),
        name_zh=found["zh"].text(),
        area_min_m2=areas[0],
        area_max_m2=areas[1],
        env_class=found["env_class"].one_of(ENV_CLASSES),
        estimate=found["estimate"].boolean(),
        **figures,
    )


def _segments(item: Item) -> tuple[Segment, ...]:
    """Segments in file order. A child stands where its parent stands and need not repeat it."""
    segments: dict[str, Segment] = {}
    for entry in item.items():
        segment = _segment(entry, segments)
        if segment.key in segments:
            raise entry.error(
                "duplicate segment '%(key)s', first on line %(first)s",
                key=segment.key,
                first=segments[segment.key].line,
            )
        segments[segment.key] = segment
    return tuple(segments.values())


def _segment(item: Item, earlier: dict[str, Segment]) -> Segment:
    found = item.fields(("key", "name", "sources"), _OF_A_SEGMENT)
    parent = found["parent"].key() if "parent" in found else None
    if "position" in found:
        position = found["position"].one_of([member.value for member in Position])
    elif parent is None:
        raise item.error("missing field 'position' (a segment without parent must say it)")
    else:
        position = earlier[parent].position if parent in earlier else ""
    name_zh, name_en = _names(found["name"])
    lists = {name: found[name].texts() for name in ("products", "aliases") if name in found}
    return Segment(
        key=found["key"].key(),
        name_zh=name_zh,
        name_en=name_en,
        position=position,
        parent=parent,
        gbt=found["gbt"].codes() if "gbt" in found else (),
        space=found["space"].key() if "space" in found else None,
        sources=tuple(_reference(entry) for entry in found["sources"].items()),
        reference=found["reference"].integer(0, _MOST_FIRMS) if "reference" in found else None,
        survey=_survey(found["survey"]) if "survey" in found else None,
        line=item.line,
        **lists,
    )


def _survey(item: Item) -> Survey:
    found = item.fields(("on",), ("by", "note"))
    return Survey(
        on=found["on"].day(),
        by=found["by"].text() if "by" in found else None,
        note=found["note"].text() if "note" in found else None,
    )


def _reference(item: Item) -> SourceRef:
    if not item.is_mapping():
        return SourceRef(item.key())
    pairs = list(item.pairs())
    if len(pairs) != 1:
        raise item.error("expected one reference {source: section}")
    key, section = pairs[0]
    return SourceRef(key.key(), section.text())


def _edges(item: Item) -> tuple[Edge, ...]:
    edges: dict[tuple[str, str], Edge] = {}
    for key, customers in item.pairs():
        for customer in customers.items():
            edge = _edge(key.key(), customer)
            if (edge.frm, edge.to) in edges:
                raise customer.error("'%(frm)s' supplies '%(to)s' twice", frm=edge.frm, to=edge.to)
            edges[edge.frm, edge.to] = edge
    return tuple(edges.values())


def _edge(supplier: str, item: Item) -> Edge:
    if not item.is_mapping():
        return Edge(supplier, item.key(), line=item.line)
    found = item.fields(("to", "share"))
    match = _FRACTION.match(found["share"].text())
    if match is None:
        raise found["share"].error("expected a share as a fraction in quotes, such as '3/10'")
    return Edge(supplier, found["to"].key(), Fraction(int(match[1]), int(match[2])), item.line)


def _placements(item: Item) -> tuple[Placement, ...]:
    placements: dict[tuple[str, str], Placement] = {}
    for entry in item.items():
        placement = _placement(entry)
        ends = (placement.enterprise, placement.segment)
        if ends in placements:
            raise entry.error("'%(enterprise)s' is placed on '%(segment)s' twice", enterprise=ends[0], segment=ends[1])
        placements[ends] = placement
    return tuple(placements.values())


def _placement(item: Item) -> Placement:
    found = item.fields(("enterprise", "segment"), ("section", "leader", "note", "source", "on", "confidence", "uscc"))
    texts = {name: found[name].text() for name in ("section", "note", "source", "uscc") if name in found}
    if "section" not in texts and "source" not in texts:
        raise item.error("a placement needs a 'section' of the document or a 'source' in words")
    return Placement(
        enterprise=found["enterprise"].text(),
        segment=found["segment"].key(),
        leader=found["leader"].boolean() if "leader" in found else None,
        on=found["on"].day() if "on" in found else None,
        confidence=found["confidence"].one_of(list(Confidence)) if "confidence" in found else None,
        line=item.line,
        **texts,
    )
