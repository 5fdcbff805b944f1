"""Chain maps of the demonstration: who was surveyed when, invented firms on segments, purchases and target lists.

A map is drawn from the chain's own segments with seeded dice, so a chain that is added to `chains/data` gets some life
without a line here. Everything is marked 示例 and goes with the demonstration.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from typing import Any

from chains.engine.model import Chain, Confidence, Placement, Reference, Segment, Survey

MARK = "（示例）"
#: Who looked, and which register counted: both end with the mark, by which they are found again.
SURVEYOR, REGISTER = "吴晓岚（示例）", "全市名录（示例值）"
_TIERS = ("mature", "growth", "incubation")
#: In 100 firms: tiers; in 100 segments: never surveyed, surveyed too long ago.
_MATURE, _GROWTH = 7, 42
_NEVER, _STALE = 7, 17
#: In 100 segments: those where a firm stands, in rich chains, in the others, and where plants are heavy.
_RICH, _POOR, _HEAVY = 68, 20, 6
#: From how many m² on the smallest viable plant takes a site of its own.
_WHOLE_SITE = 5_000


@dataclass(frozen=True, slots=True)
class Firm:
    """An invented firm on a segment."""

    name: str
    segment: str
    tier: str
    is_leader: bool
    seen_on: date


@dataclass(frozen=True, slots=True)
class Drawn:
    """A chain's map with its demonstration, and the firms that stand on it."""

    chain: Chain
    firms: tuple[Firm, ...]


def draw(chain: Chain, spec: Mapping[str, Any], prefixes: tuple[str, ...], seed: int, today: date) -> Drawn:
    """The chain with surveys, reference counts and firms. The same chain, seed and day give the same map."""
    dice = Random(f"{seed}/{chain.key}")
    rich = bool(spec.get("rich"))
    leaders = frozenset(spec.get("leaders", ())) or _some_leaders(chain, dice, rich)
    surveyed = {segment.key: _survey(dice, today) for segment in chain.leaves()}
    usual = _RICH if rich else _POOR
    chances = {segment.key: _HEAVY if _is_heavy(chain, segment) else usual for segment in chain.leaves()}
    firms = tuple(
        firm
        for segment in chain.leaves()
        if surveyed[segment.key] is not None
        for firm in _firms(segment, dice, prefixes, chances[segment.key], segment.key in leaders, surveyed[segment.key])
    )
    tiers = {segment.key: [firm.tier for firm in firms if firm.segment == segment.key] for segment in chain.leaves()}
    references = {key: _reference(dice, standing) for key, standing in tiers.items()}
    segments = tuple(
        segment
        if segment.key not in surveyed
        else replace(
            segment,
            survey=_claim(surveyed[segment.key]),
            reference=references[segment.key],
        )
        for segment in chain.segments
    )
    placements = (*chain.placements, *map(_placement, firms))
    total = sum(references.values())
    reference = Reference(total, REGISTER, today.replace(day=1).isoformat())
    return Drawn(replace(chain, segments=segments, placements=placements, reference=reference), firms)


def without(chain: Chain) -> Chain:
    """The map as people made it: whatever the demonstration claimed taken out again."""
    segments = tuple(
        replace(segment, survey=None, reference=None)
        if segment.survey is not None and segment.survey.by == SURVEYOR
        else replace(segment, reference=None)
        if chain.reference is not None and chain.reference.source == REGISTER
        else segment
        for segment in chain.segments
    )
    placements = tuple(each for each in chain.placements if not each.enterprise.endswith(MARK))
    is_ours = chain.reference is not None and chain.reference.source == REGISTER
    return replace(chain, segments=segments, placements=placements, reference=None if is_ours else chain.reference)


def _survey(dice: Random, today: date) -> date | None:
    throw = dice.randrange(100)
    if throw < _NEVER:
        return None
    months = dice.randint(13, 18) if throw < _NEVER + _STALE else dice.choice((0, 1, 1, 2, 2, 3, 4, 5, 6, 8))
    return today - timedelta(days=30 * months + dice.randrange(1, 28))


def _claim(day: date | None) -> Survey | None:
    return None if day is None else Survey(day.isoformat(), SURVEYOR, None)


def _some_leaders(chain: Chain, dice: Random, rich: bool) -> frozenset[str]:
    keys = [
        segment.key for segment in chain.leaves() if segment.position != "upstream" and not _is_heavy(chain, segment)
    ]
    return frozenset(dice.sample(keys, 3 if rich else 1))


def _firms(
    segment: Segment, dice: Random, prefixes: tuple[str, ...], chance: int, leads: bool, day: date
) -> Iterator[Firm]:
    present = leads or dice.randrange(100) < chance
    number = dice.choice((1, 1, 2, 2, 3)) if present else 0
    for place, prefix in enumerate(dice.sample(prefixes, number)):
        throw = dice.randrange(100)
        tier = "mature" if throw < _MATURE else "growth" if throw < _GROWTH else "incubation"
        is_leader = leads and place == 0
        name = f"{prefix}{segment.name_zh}有限公司{MARK}"
        yield Firm(name, segment.key, "mature" if is_leader else tier, is_leader, day)


def _is_heavy(chain: Chain, segment: Segment) -> bool:
    """Whether its plants ask for a full environmental report or a whole site: an old town holds hardly any of them."""
    template = chain.space_of(segment)
    return template is not None and (template.env_class == "report_book" or template.area_min_m2 >= _WHOLE_SITE)


def _reference(dice: Random, tiers: Sequence[str]) -> int:
    """Firms of the city in a segment where firms of these tiers stand here. In proportion, so that one small firm is
    no cluster: the city has many of what starts easily, and few of what nobody has."""
    if not tiers:
        return dice.choice((2, 3, 5, 8, 12))
    usual = (18, 28, 36, 48, 64) if set(tiers) != {"incubation"} else (48, 60, 72, 90)
    return len(tiers) * dice.choice(usual)


def _placement(firm: Firm) -> Placement:
    return Placement(
        enterprise=firm.name,
        segment=firm.segment,
        leader=True if firm.is_leader else None,
        source="走访（示例）",
        on=firm.seen_on.isoformat(),
        confidence=Confidence.VERIFIED.value,
    )
