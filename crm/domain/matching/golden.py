"""Reads the compact notation of golden cases into the product's own model.

The notation numbers everything: tiers 0 mature, 1 growth, 2 incubation; tenures 0 rent, 1 buy, 2
land; environmental classes from 0; `F[park][node]` the focus of a park for a segment,
`allow[park][gb]` 0 where a park bans a trade, `plat[park]` its platform; `tier_mask` (1, 2, 4),
`instr` (1 land quota, 2 split transfer, 4 guaranteed housing or incubator) and `pref` (bit of each
preferred platform) are sums of bits. `null` is unknown; for `pref` and `grace`, which are wishes,
it is none.

The translation is exact: each node becomes a segment of a chain of its own, each trade a code of
fixed width, so the product's rules for kinship and for banned prefixes give F and allow back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, TypeVar

from crm.domain.matching.model import LIMIT, Criterion, Need, Offer, Park, Position, Segment, World
from crm.domain.matching.weights import DEFAULT, Weights
from crm.domain.policies import Instrument, Tier
from crm.domain.space import EnvClass, Region, Tenure

E = TypeVar("E", bound=StrEnum)

_TIERS = dict(zip("MGI", Tier, strict=True))
_INSTRUMENTS: tuple[frozenset[Instrument], ...] = (
    frozenset({Instrument.LAND_QUOTA}),
    frozenset({Instrument.SPLIT_TRANSFER}),
    frozenset({Instrument.GUARANTEED_HOUSING, Instrument.INCUBATOR}),
)
_REGIONS = tuple(Region)
_THREE_AND_THREE = (0, 0, 0, 1, 1, 1)

_HARDWARE = frozenset({"load", "height", "power"})
LEAD_KEYS = _HARDWARE | {"id", "tier", "node", "gb", "tenure", "a_min", "a_tgt", "a_max", "price"}
LEAD_KEYS |= {"env", "pref", "need", "grace"}
OFFER_KEYS = _HARDWARE | {"id", "park", "active", "tenure", "tier_mask", "free", "split", "price"}
OFFER_KEYS |= {"env_max", "avail", "instr"}
WORLD_KEYS = frozenset({"F", "plat", "allow"})


class MalformedError(ValueError):
    """The file, or one case, does not say what a case must say; the message is a sentence that
    names the spot."""


def mapping(raw: Any, where: str, keys: frozenset[str] | None = None) -> Mapping[str, Any]:
    """An object with exactly `keys` (if given): a misspelt key must not read as unknown."""
    if not isinstance(raw, dict):
        raise MalformedError(f"{where} is not an object")
    if keys is not None:
        for key in sorted(keys - raw.keys()):
            raise MalformedError(f"{where} lacks “{key}”")
        for key in sorted(raw.keys() - keys):
            raise MalformedError(f"{where} has the unexpected key “{key}”")
    return raw


def sequence(raw: Any, where: str) -> Sequence[Any]:
    if not isinstance(raw, list):
        raise MalformedError(f"{where} is not a list")
    return raw


def whole(raw: Any, where: str, least: int = 0, most: int = LIMIT) -> int:
    """A whole number in a range; true and 1.0 are not whole numbers."""
    if type(raw) is not int:
        raise MalformedError(f"{where} is {raw!r}, not a whole number")
    if not least <= raw <= most:
        raise MalformedError(f"{where} is {raw}, not within {least}…{most}")
    return raw


def _maybe(raw: Any, where: str, least: int = 0, most: int = LIMIT) -> int | None:
    return None if raw is None else whole(raw, where, least, most)


def _member(kind: type[E], raw: Any, where: str) -> E | None:
    members = list(kind)
    index = _maybe(raw, where, most=len(members) - 1)
    return None if index is None else members[index]


def read_tables(raw: Mapping[str, Any]) -> tuple[Weights, tuple[Region, ...]]:
    """The weights and the region of each platform that the file brings; the product's own where it
    brings none."""
    by_tier = {tier: dict(row) for tier, row in DEFAULT.by_tier.items()}
    if "weights" in raw:
        rows = mapping(raw["weights"], "weights", frozenset(_TIERS))
        by_tier = {tier: _weights(rows[letter], f"weights.{letter}") for letter, tier in _TIERS.items()}
    points = {tier: dict(row) for tier, row in DEFAULT.points.items()}
    if "instrument_points" in raw:
        rows = mapping(raw["instrument_points"], "instrument_points", frozenset(_TIERS))
        points = {tier: _points(rows[letter], f"instrument_points.{letter}") for letter, tier in _TIERS.items()}
    codes = sequence(raw.get("platform_region", list(_THREE_AND_THREE)), "platform_region")
    regions = tuple(_REGIONS[whole(code, "platform_region", most=len(_REGIONS) - 1)] for code in codes)
    try:
        return Weights("the file's", by_tier, points), regions
    except ValueError as problem:
        raise MalformedError(f"the tables of the file are not usable: {problem}") from problem


def _weights(raw: Any, where: str) -> dict[Criterion, int]:
    row = mapping(raw, where, frozenset(criterion.value for criterion in Criterion))
    return {criterion: row[criterion.value] for criterion in Criterion}


def _points(raw: Any, where: str) -> dict[Instrument, int]:
    row = sequence(raw, where)
    if len(row) != len(_INSTRUMENTS):
        raise MalformedError(f"{where} must hold {len(_INSTRUMENTS)} numbers")
    return {each: points for group, points in zip(_INSTRUMENTS, row, strict=True) for each in group}


def _segment(node: int) -> str:
    return f"node-{node}"


def _code(trade: int) -> str:
    return f"{trade:06d}"


def read_world(raw: Any, regions: Sequence[Region]) -> World:
    """Parks 0, 1, … with their positioning, bans and platforms."""
    world = mapping(raw, "world", WORLD_KEYS)
    focus, bans, platforms = (sequence(world[key], f"world.{key}") for key in ("F", "allow", "plat"))
    if not len(focus) == len(bans) == len(platforms):
        raise MalformedError("world: F, allow and plat must hold one entry for each park")
    parks = {
        index: Park(
            id=index,
            platform=_platform(platforms[index], f"world.plat[{index}]", len(regions)),
            positioning=_positioning(focus[index], f"world.F[{index}]"),
            banned=_banned(bans[index], f"world.allow[{index}]"),
        )
        for index in range(len(focus))
    }
    nodes = {position.segment for park in parks.values() for position in park.positioning or ()}
    return World(
        parks=parks,
        segments={node: Segment(node, chain=f"chain of {node}") for node in nodes},
        platforms={str(index): region for index, region in enumerate(regions)},
    )


def _platform(raw: Any, where: str, known: int) -> str | None:
    index = _maybe(raw, where, most=known - 1)
    return None if index is None else str(index)


def _positioning(raw: Any, where: str) -> tuple[Position, ...] | None:
    if raw is None:
        return None
    weights = (whole(w, f"{where}[{node}]", most=1000) for node, w in enumerate(sequence(raw, where)))
    return tuple(Position(_segment(node), weight) for node, weight in enumerate(weights))


def _banned(raw: Any, where: str) -> tuple[str, ...] | None:
    if raw is None:
        return None
    allowed = [whole(flag, f"{where}[{trade}]", most=1) for trade, flag in enumerate(sequence(raw, where))]
    return tuple(_code(trade) for trade, flag in enumerate(allowed) if not flag)


def read_need(raw: Any, world: Mapping[str, Any], regions: Sequence[Region]) -> Need:
    """The lead; `world` is the raw world, whose widths bound the numbers of segments and trades."""
    lead = mapping(raw, "lead", LEAD_KEYS)
    node = _maybe(lead["node"], "lead.node", most=_last(world["F"]))
    trade = _maybe(lead["gb"], "lead.gb", most=_last(world["allow"]))
    preferred = _maybe(lead["pref"], "lead.pref", most=2 ** len(regions) - 1) or 0
    return Need(
        id=whole(lead["id"], "lead.id"),
        tier=_member(Tier, lead["tier"], "lead.tier"),
        segment=None if node is None else _segment(node),
        code=None if trade is None else _code(trade),
        tenure=_member(Tenure, lead["tenure"], "lead.tenure"),
        area_min=_maybe(lead["a_min"], "lead.a_min"),
        area_target=_maybe(lead["a_tgt"], "lead.a_tgt", least=1),
        area_max=_maybe(lead["a_max"], "lead.a_max"),
        budget=_maybe(lead["price"], "lead.price", least=1),
        load_kg_m2=_maybe(lead["load"], "lead.load"),
        height_cm=_maybe(lead["height"], "lead.height"),
        power_kva=_maybe(lead["power"], "lead.power"),
        env=_member(EnvClass, lead["env"], "lead.env"),
        platforms=frozenset(str(bit) for bit in range(len(regions)) if preferred >> bit & 1),
        needed_by=_maybe(lead["need"], "lead.need"),
        grace_days=_maybe(lead["grace"], "lead.grace") or 0,
    )


def _last(rows: Sequence[Any]) -> int:
    """The highest number that the rows give a meaning; anything where no row says anything."""
    return max((len(row) for row in rows if row is not None), default=LIMIT) - 1


def read_offer(raw: Any, where: str, parks: int) -> Offer:
    offer = mapping(raw, where, OFFER_KEYS)
    active = _maybe(offer["active"], f"{where}.active", most=1)
    tenure = _member(Tenure, offer["tenure"], f"{where}.tenure")
    if tenure is None:
        raise MalformedError(f"{where}.tenure is null, but an offer is a unit in one tenure")
    accepted = _maybe(offer["tier_mask"], f"{where}.tier_mask", most=7)
    measures = _maybe(offer["instr"], f"{where}.instr", most=7)
    return Offer(
        id=whole(offer["id"], f"{where}.id"),
        park=whole(offer["park"], f"{where}.park", most=parks - 1),
        tenure=tenure,
        active=None if active is None else bool(active),
        tiers=None if accepted is None else frozenset(_bits(accepted, tuple(Tier))),
        env_max=_member(EnvClass, offer["env_max"], f"{where}.env_max"),
        free=_maybe(offer["free"], f"{where}.free"),
        min_lettable=_maybe(offer["split"], f"{where}.split"),
        price=_maybe(offer["price"], f"{where}.price"),
        load_kg_m2=_maybe(offer["load"], f"{where}.load"),
        height_cm=_maybe(offer["height"], f"{where}.height"),
        power_kva=_maybe(offer["power"], f"{where}.power"),
        available_from=_maybe(offer["avail"], f"{where}.avail"),
        instruments=None if measures is None else frozenset().union(*_bits(measures, _INSTRUMENTS)),
    )


def _bits(mask: int, meanings: Sequence[Any]) -> list[Any]:
    return [meaning for bit, meaning in enumerate(meanings) if mask >> bit & 1]
