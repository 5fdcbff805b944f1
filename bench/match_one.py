"""One lead against the demonstration inventory, and against a made one of 500 parks: engine time only."""

from __future__ import annotations

import random
import time

from bench.common import emit, median, quick
from crm.domain import matching
from crm.domain.policies import Instrument, Tier
from crm.domain.space import EnvClass, Region, Tenure


def made_world(offers: int, parks: int, seed: int = 7) -> tuple[list[matching.Offer], matching.World]:
    """A seeded inventory, with one value in ten unknown."""
    chance = random.Random(seed)

    def maybe(value: int) -> int | None:
        return None if chance.random() < 0.1 else value

    segments = {f"c{n // 40}/s{n}": matching.Segment(f"c{n // 40}/s{n}", f"c{n // 40}") for n in range(160)}
    keys = list(segments)
    world = matching.World(
        parks={
            n: matching.Park(
                n,
                platform=f"p{n % 3}",
                positioning=tuple(
                    matching.Position(key, chance.randrange(300, 1001)) for key in chance.sample(keys, 3)
                ),
                banned=(),
            )
            for n in range(parks)
        },
        segments=segments,
        platforms={"p0": Region.NORTH, "p1": Region.SOUTH, "p2": Region.SOUTH},
    )
    made = []
    for n in range(offers):
        free = chance.randrange(200, 5000)
        made.append(
            matching.Offer(
                id=n,
                park=n % parks,
                tenure=chance.choice([Tenure.RENT, Tenure.RENT, Tenure.BUY]),
                tiers=frozenset(Tier),
                env_max=chance.choice([None, *EnvClass]),
                free=maybe(free),
                min_lettable=maybe(chance.randrange(100, free + 1)),
                price=maybe(chance.randrange(2500, 9000)),
                load_kg_m2=maybe(chance.randrange(300, 1500)),
                height_cm=maybe(chance.randrange(300, 650)),
                power_kva=maybe(chance.randrange(50, 800)),
                available_from=maybe(739_900 + chance.randrange(0, 400)),
                instruments=frozenset(chance.sample(list(Instrument), chance.randrange(0, 3))),
            )
        )
    return made, world


def main() -> None:
    rounds = 3 if quick() else 15
    need = matching.Need(
        id=1,
        tier=Tier.GROWTH,
        segment="c0/s5",
        code="2770",
        tenure=Tenure.RENT,
        area_min=800,
        area_target=1000,
        area_max=1300,
        budget=5500,
        load_kg_m2=500,
        height_cm=400,
        power_kva=100,
        env=EnvClass.REGISTRATION,
        platforms=frozenset({"p1"}),
        needed_by=740_100,
        grace_days=60,
    )
    for offers, parks in ((300, 30), (10_000, 500)):
        made, world = made_world(offers, parks)
        times = []
        for _ in range(rounds):
            start = time.perf_counter()
            matching.rank(need, made, world)
            times.append((time.perf_counter() - start) * 1000)
        emit(f"match_one_reference_{offers}_offers_ms", median(times), "ms", rounds)


if __name__ == "__main__":
    main()
