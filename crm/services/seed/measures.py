"""Reading targets.yaml, policies.yaml and tiers.yaml of a district."""

from __future__ import annotations

from pathlib import Path

from chains.engine.reading import Item, read_yaml
from crm.domain.policies import Instrument, Tier
from crm.services.seed.reading import Known, optional_text, records
from crm.services.seed.records import PolicyRecord, TargetRecord, TierRecord

_TIERS = [tier.value for tier in Tier]
_INSTRUMENTS = [instrument.value for instrument in Instrument]


def read_targets(path: Path, known: Known) -> tuple[TargetRecord, ...]:
    top = read_yaml(path).fields(("targets",))
    return records(top["targets"], lambda item: _target(item, known))


def _target(item: Item, known: Known) -> TargetRecord:
    found = item.fields(
        ("key", "year", "indicator", "pillar", "section"),
        ("operator", "value", "unit", "qualitative", "note"),
    )
    figures = [name for name in ("operator", "value", "unit") if name in found]
    qualitative = "qualitative" in found and found["qualitative"].boolean()
    if len(figures) != (0 if qualitative else 3):
        raise item.error("a target has operator, value and unit, or is qualitative and has none of them")
    return TargetRecord(
        key=found["key"].key(),
        year=found["year"].integer(2000, 2100),
        indicator=found["indicator"].text(),
        pillar=found["pillar"].text(),
        section=known.section(found["section"]),
        operator=optional_text(found, "operator"),
        value=None if qualitative else found["value"].number(),
        unit=optional_text(found, "unit"),
        note=optional_text(found, "note"),
    )


def read_policies(path: Path, known: Known) -> tuple[PolicyRecord, ...]:
    top = read_yaml(path).fields(("policies",))
    return records(top["policies"], lambda item: _policy(item, known))


def _policy(item: Item, known: Known) -> PolicyRecord:
    found = item.fields(
        ("key", "title", "category", "section", "tiers", "summary"), ("instrument", "condition", "tier_note")
    )
    return PolicyRecord(
        key=found["key"].key(),
        title=found["title"].text(),
        category=found["category"].text(),
        section=known.section(found["section"]),
        summary=found["summary"].text(),
        tiers=_tiers(found["tiers"]),
        instrument=_instrument(found.get("instrument")),
        condition=optional_text(found, "condition"),
        tier_note=optional_text(found, "tier_note"),
    )


def _tiers(item: Item) -> tuple[Tier, ...]:
    """`all`, which becomes empty, or a list of tiers."""
    if item.is_list():
        item.texts()
        return tuple(Tier(entry.one_of(_TIERS)) for entry in item.items())
    item.one_of(("all",))
    return ()


def _instrument(item: Item | None) -> Instrument | None:
    return None if item is None else Instrument(item.one_of(_INSTRUMENTS))


def read_tiers(path: Path, known: Known) -> tuple[TierRecord, ...]:
    """The three tiers, each once."""
    items = read_yaml(path).fields(("tiers",))["tiers"]
    tiers = tuple(_tier(item, known) for item in items.items())
    if sorted(tier.tier for tier in tiers) != sorted(Tier):
        raise items.error(f"expected each of these tiers once: {', '.join(_TIERS)}")
    return tiers


def _tier(item: Item, known: Known) -> TierRecord:
    found = item.fields(("tier", "applies_to", "section", "measures"), ("condition",))
    measures = []
    for entry in found["measures"].items():
        measure = entry.fields(("text",), ("instrument",))
        measures.append((measure["text"].text(), _instrument(measure.get("instrument"))))
    return TierRecord(
        tier=Tier(found["tier"].one_of(_TIERS)),
        applies_to=found["applies_to"].texts(),
        measures=tuple(measures),
        section=known.section(found["section"]),
        condition=optional_text(found, "condition"),
    )
