"""Reading platforms.yaml, parks.yaml and enterprises.yaml of a district."""

from __future__ import annotations

from pathlib import Path

from chains.engine.reading import Item, read_yaml
from crm.domain.space import ParkKind, Region
from crm.services.seed.reading import Known, known_key, known_keys, optional_text, optional_texts, records
from crm.services.seed.records import EnterpriseRecord, Focus, ParkRecord, PlatformRecord


def read_platforms(path: Path, known: Known) -> tuple[PlatformRecord, ...]:
    top = read_yaml(path).fields(("platforms",))
    return records(top["platforms"], lambda item: _platform(item, known))


def _platform(item: Item, known: Known) -> PlatformRecord:
    found = item.fields(
        ("key", "name", "name_en", "positioning", "industries", "region", "region_basis", "section"),
        ("region_note",),
    )
    return PlatformRecord(
        key=found["key"].key(),
        name=found["name"].text(),
        name_en=found["name_en"].text(),
        positioning=found["positioning"].text(),
        industries=found["industries"].texts(),
        region=Region(known_key(found["region"], known.regions, "region")),
        region_basis=found["region_basis"].one_of(("source", "inference")),
        region_note=optional_text(found, "region_note"),
        section=known.section(found["section"]),
    )


def read_parks(path: Path, known: Known) -> tuple[ParkRecord, ...]:
    """Parks in file order. Raises `FileError`, also when two share a name or a parent does not exist."""
    items = read_yaml(path).fields(("parks",))["parks"]
    parks = records(items, lambda item: _park(item, known))
    keys = {park.key for park in parks}
    owners: dict[str, str] = {}
    for item, park in zip(items.items(), parks, strict=True):
        if park.parent is not None and (park.parent not in keys or park.parent == park.key):
            raise item.error(f"'{park.key}': there is no other park '{park.parent}' to be its parent")
        for name in (park.name, *(alias.name for alias in (*park.aliases, *park.titles))):
            if name in owners:
                raise item.error(f"the name '{name}' belongs to '{owners[name]}' already")
            owners[name] = park.key
    return parks


def _park(item: Item, known: Known) -> ParkRecord:
    found = item.fields(
        ("key", "name", "kind", "facts"),
        (
            "platform",
            "parent",
            "groups",
            "aliases",
            "titles",
            "anchors",
            "words",
            "focus",
            "land_area_mu",
            "note",
        ),
    )
    return ParkRecord(
        key=found["key"].key(),
        name=found["name"].text(),
        kind=ParkKind(found["kind"].one_of([kind.value for kind in ParkKind])),
        facts=known.facts(found["facts"]),
        platform=known_key(found["platform"], known.platforms, "platform") if "platform" in found else None,
        parent=optional_text(found, "parent"),
        groups=known_keys(found.get("groups"), known.groups, "group"),
        aliases=known.aliases(found.get("aliases")),
        titles=known.aliases(found.get("titles")),
        anchors=known_keys(found.get("anchors"), known.firms, "enterprise"),
        words=optional_texts(found, "words"),
        focus=_focus(found.get("focus"), known),
        land_area_mu=found["land_area_mu"].integer(1, 100_000) if "land_area_mu" in found else None,
        note=optional_text(found, "note"),
    )


def _focus(item: Item | None, known: Known) -> tuple[Focus, ...]:
    """A park's one to four weights, each for another segment or chain."""
    focuses: dict[tuple[str, str | None], Focus] = {}
    for entry in item.items() if item else ():
        found = entry.fields(("chain", "weight"), ("segment",))
        chain = known_key(found["chain"], known.chains, "chain")
        segment = None
        if "segment" in found:
            segment = known_key(found["segment"], known.segments.get(chain, ()), f"segment of chain '{chain}'")
        if (chain, segment) in focuses:
            raise entry.error(f"'{segment or chain}' is weighted twice")
        focuses[chain, segment] = Focus(chain, found["weight"].integer(1, 1000), segment)
    if len(focuses) > 4 and item is not None:
        raise item.error("a park is positioned for at most four chains or segments (DOMAIN §5)")
    return tuple(focuses.values())


def read_enterprises(path: Path, known: Known) -> tuple[EnterpriseRecord, ...]:
    top = read_yaml(path).fields(("enterprises",))
    return records(top["enterprises"], lambda item: _enterprise(item, known))


def _enterprise(item: Item, known: Known) -> EnterpriseRecord:
    found = item.fields(("key", "name", "kind", "role", "leader", "facts"), ("aliases", "field", "carriers"))
    return EnterpriseRecord(
        key=found["key"].key(),
        name=found["name"].text(),
        is_institution=found["kind"].one_of(("enterprise", "institution")) == "institution",
        role=found["role"].text(),
        leader=found["leader"].boolean(),
        facts=known.facts(found["facts"]),
        aliases=known.aliases(found.get("aliases")),
        field=optional_text(found, "field"),
        carriers=optional_texts(found, "carriers"),
    )
