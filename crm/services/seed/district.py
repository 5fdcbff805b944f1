"""Reading a district's folder into one `District`; every complaint names the file and the line.

Nothing here touches a database. References between the files (sections, platforms, groups, chains, segments,
firms, carriers) are checked, so that what `load` stores is whole.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from chains.engine.model import Chain
from chains.engine.reading import FileError, Item, read_yaml
from crm.services.seed.measures import read_policies, read_targets, read_tiers
from crm.services.seed.places import read_enterprises, read_parks, read_platforms
from crm.services.seed.reading import Known, known_key, optional_text, optional_texts, records
from crm.services.seed.records import (
    ChainGroupRecord,
    ChainRecord,
    District,
    Document,
    EnterpriseRecord,
    Named,
    ParkRecord,
    Passage,
    Statement,
)

DISTRICTS = Path(__file__).with_name("districts")
_FRAME_KINDS = ("pillars", "systems", "organisation", "regional_frame")


def read_district(folder: Path, chain_maps: Iterable[Chain]) -> District:
    """The district that `folder` describes, checked against the chains' maps. Raises `FileError`."""
    maps = {chain.key: {segment.key for segment in chain.segments} for chain in chain_maps}
    path = folder / "district.yaml"
    top = read_yaml(path).fields(("key", "name", "city", "province", "document", "regions", "sections", "groups"))
    passages = _passages(top["sections"])
    known = Known(sections={passage.id for passage in passages}, segments=maps)
    regions = records(top["regions"], lambda item: _named(item, known))
    groups = records(top["groups"], lambda item: _named(item, known))
    known = replace(known, regions=_keys(regions), groups=_keys(groups))
    platforms = read_platforms(folder / "platforms.yaml", known)
    enterprises = read_enterprises(folder / "enterprises.yaml", known)
    firms = {firm.name for firm in enterprises}
    chain_frame, chain_groups, chains = _read_chains(folder / "chains.yaml", replace(known, firms=firms), maps)
    known = replace(known, platforms=_keys(platforms), firms=firms, chains=_keys(chains))
    parks = read_parks(folder / "parks.yaml", known)
    _check_carriers(folder, parks, enterprises, chain_groups, chains)
    return District(
        key=top["key"].key(),
        name=top["name"].text(),
        city=top["city"].text(),
        province=top["province"].text(),
        document=_document(top["document"]),
        passages=passages,
        regions=regions,
        groups=groups,
        platforms=platforms,
        parks=parks,
        enterprises=enterprises,
        targets=read_targets(folder / "targets.yaml", known),
        policies=read_policies(folder / "policies.yaml", known),
        tiers=read_tiers(folder / "tiers.yaml", known),
        chain_frame=chain_frame,
        chain_groups=chain_groups,
        chains=chains,
        frame=_read_frame(folder / "frame.yaml", known),
    )


def _keys(things: Iterable[Named | ParkRecord | ChainRecord]) -> frozenset[str]:
    return frozenset(thing.key for thing in things)


def _document(item: Item) -> Document:
    found = item.fields(("title", "status"), ("note",))
    return Document(found["title"].text(), found["status"].text(), optional_text(found, "note"))


def _passages(item: Item) -> tuple[Passage, ...]:
    passages: dict[str, Passage] = {}
    for entry in item.items():
        found = entry.fields(("id", "title"))
        passage = Passage(found["id"].text(), found["title"].text())
        if passage.id in passages:
            raise entry.error(f"section '{passage.id}' is listed twice")
        passages[passage.id] = passage
    return tuple(passages.values())


def _named(item: Item, known: Known) -> Named:
    found = item.fields(("key", "name", "section"), ("text",))
    return Named(
        key=found["key"].key(),
        name=found["name"].text(),
        section=known.section(found["section"]),
        text=optional_text(found, "text"),
    )


def _read_chains(
    path: Path, known: Known, maps: Mapping[str, Collection[str]]
) -> tuple[tuple[str, int, str], tuple[ChainGroupRecord, ...], tuple[ChainRecord, ...]]:
    top = read_yaml(path).fields(("frame", "groups", "chains"))
    found = top["frame"].fields(("name", "count", "section"))
    frame = (found["name"].text(), found["count"].integer(1, 1000), known.section(found["section"]))
    groups = records(top["groups"], lambda item: _chain_group(item, known))
    keys = {group.key for group in groups}
    return frame, groups, records(top["chains"], lambda item: _chain(item, known, keys, maps))


def _chain_group(item: Item, known: Known) -> ChainGroupRecord:
    found = item.fields(("key", "name", "section"), ("aliases", "firms", "institutions", "carriers", "note"))
    for name in ("firms", "institutions"):
        for entry in found[name].items() if name in found else ():
            known_key(entry, known.firms, "enterprise")
    return ChainGroupRecord(
        key=found["key"].key(),
        name=found["name"].text(),
        section=known.section(found["section"]),
        aliases=optional_texts(found, "aliases"),
        firms=optional_texts(found, "firms"),
        institutions=optional_texts(found, "institutions"),
        carriers=optional_texts(found, "carriers"),
        note=optional_text(found, "note"),
    )


def _chain(item: Item, known: Known, groups: Collection[str], maps: Mapping[str, Collection[str]]) -> ChainRecord:
    found = item.fields(("key", "name", "group", "section"), ("aliases", "city_chain", "stages", "carriers"))
    key = found["key"].key()
    return ChainRecord(
        key=key,
        name=found["name"].text(),
        group=known_key(found["group"], groups, "group of chains"),
        section=known.section(found["section"]),
        has_map=key in maps,
        aliases=optional_texts(found, "aliases"),
        city_chain=optional_text(found, "city_chain"),
        stages=optional_texts(found, "stages"),
        carriers=optional_texts(found, "carriers"),
    )


def _check_carriers(
    folder: Path,
    parks: tuple[ParkRecord, ...],
    enterprises: tuple[EnterpriseRecord, ...],
    chain_groups: tuple[ChainGroupRecord, ...],
    chains: tuple[ChainRecord, ...],
) -> None:
    """Carriers are named before parks.yaml is read, because parks themselves refer to firms and chains."""
    keys = _keys(parks)
    for name, named in (("enterprises", enterprises), ("chains", (*chain_groups, *chains))):
        for record in named:
            for carrier in record.carriers:
                if carrier not in keys:
                    path = folder / f"{name}.yaml"
                    raise FileError(path, _line_of(path, record.key), f"'{record.key}': there is no park '{carrier}'")


def _line_of(path: Path, key: str) -> int:
    """The line of the record with that key, found again for a complaint."""
    waiting = [read_yaml(path)]
    while waiting:
        item = waiting.pop()
        if item.is_mapping():
            for name, value in item.pairs():
                if name.text() == "key" and value.text() == key:
                    return item.line
                waiting.append(value)
        elif item.is_list():
            waiting.extend(item.items())
    return 0


def _read_frame(path: Path, known: Known) -> tuple[Statement, ...]:
    top = read_yaml(path).fields(_FRAME_KINDS)
    statements = []
    for kind in _FRAME_KINDS:
        for entry in top[kind].items():
            found = entry.fields(("name", "section", "text"), ("focus", "aliases"))
            statements.append(
                Statement(
                    kind=kind,
                    name=found["name"].text(),
                    section=known.section(found["section"]),
                    text=found["text"].text(),
                    focus=optional_texts(found, "focus"),
                    aliases=optional_texts(found, "aliases"),
                )
            )
    return tuple(statements)
