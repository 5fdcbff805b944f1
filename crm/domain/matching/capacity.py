"""Space that several leads want (A.4): recommending, reserving and letting are three different
states.

`expose` limits what is recommended, `reserve` shares out what is held. Both are greedy in a stated
order, which is what makes them explainable: nobody is passed over by a lead that stands behind him.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

KAPPA = 3
LIVE_PER_LEAD = 3


@dataclass(frozen=True, slots=True)
class Request:
    """A lead that wants `area` of an offer, with the `low` of their match.

    `space`: the unit whose area is used up; a floor for rent and for sale is two offers of one space.
    `approved_class`: 0 first; `submitted`: any rising number, e.g. a day.
    """

    lead: int
    offer: int
    space: int
    area: int
    low: int
    approved_class: int = 0
    submitted: int = 0


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request that did not fit: the space is full with leads scoring ≥ `full_from`.

    `full_from` None: nobody holds any of it, it is simply too small.
    """

    request: Request
    full_from: int | None


@dataclass(frozen=True, slots=True)
class Plan:
    """Who holds what: lead → offer, the leads left without, the area left of each space, and every
    refusal."""

    assigned: Mapping[int, int]
    unassigned: tuple[int, ...]
    left: Mapping[int, int]
    refusals: tuple[Refusal, ...]


def reserve(requests: Iterable[Request], free: Mapping[int, int]) -> Plan:
    """One offer a lead, greedy by (approved class, low descending, submitted, lead id, offer id).

    `free`: area by space. Raises ValueError for a request of a space that is not in `free`.
    """
    queue = sorted(requests, key=lambda r: (r.approved_class, -r.low, r.submitted, r.lead, r.offer))
    left = dict(free)
    assigned: dict[int, int] = {}
    holders: dict[int, list[int]] = defaultdict(list)
    refusals = []
    for request in queue:
        _known(request, free)
        if request.lead in assigned:
            continue
        if request.area <= left[request.space]:
            left[request.space] -= request.area
            assigned[request.lead] = request.offer
            holders[request.space].append(request.low)
        else:
            refusals.append(Refusal(request, min(holders[request.space], default=None)))
    without = sorted({request.lead for request in queue} - assigned.keys())
    return Plan(assigned, tuple(without), left, tuple(refusals))


def expose(
    requests: Iterable[Request],
    free: Mapping[int, int],
    *,
    kappa: int = KAPPA,
    per_lead: int = LIVE_PER_LEAD,
) -> tuple[Request, ...]:
    """The recommendations to keep live, greedy by (low descending, lead id, offer id).

    No space is recommended for more than kappa times its free area, no lead gets more than `per_lead`.
    Raises ValueError for a request of a space that is not in `free`.
    """
    shown: list[Request] = []
    used: Counter[int] = Counter()
    live: Counter[int] = Counter()
    for request in sorted(requests, key=lambda r: (-r.low, r.lead, r.offer)):
        _known(request, free)
        fits = used[request.space] + request.area <= kappa * free[request.space]
        if fits and live[request.lead] < per_lead:
            used[request.space] += request.area
            live[request.lead] += 1
            shown.append(request)
    return tuple(shown)


def _known(request: Request, free: Mapping[int, int]) -> None:
    if request.space not in free:
        raise ValueError(f"lead {request.lead} wants space {request.space}, whose free area is not given")
