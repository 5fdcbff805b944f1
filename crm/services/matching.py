"""Matching a lead with the district's space: the ten best parks with reasons, near misses and the next question.

`match_parks` answers a question and writes nothing; `rematch` also keeps the ten rows, so that desks and mails can
say what is new. Both give what one page shows, worded by the engine.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from crm.domain import matching
from crm.domain.matching.explain import Row, explain
from crm.domain.matching.questions import NextQuestion
from crm.domain.matching.sides import explain_failure
from crm.domain.matching.summary import summary
from crm.domain.matching.wording import ASKED, CONSTRAINTS, CRITERIA, QUESTIONS, Text, miss_text, percent
from crm.infra.clock import now
from crm.models import Lead, Match
from crm.services import settings
from crm.services.inventory import Inventory, Place, read_inventory

WEIGHTS_KEY = "matching.weights"


@dataclass(frozen=True, slots=True)
class MatchedPark:
    """One row of the list: a park by its best offer."""

    rank: int
    place: Place
    match: matching.Match
    remarks: tuple[Text, ...]
    rows: tuple[Row, ...]
    enterprise_points: tuple[int, int]
    district_points: tuple[int, int]


@dataclass(frozen=True, slots=True)
class ShownMiss:
    """An offer that fails one requirement only, and what would have to change."""

    place: Place
    gap: str
    change: Text
    need: Text
    offer: Text


@dataclass(frozen=True, slots=True)
class ShownQuestion:
    """What to ask next, whom, and what the answer may do."""

    question: NextQuestion
    place: Place
    asked: Text
    sentence: Text


@dataclass(frozen=True, slots=True)
class MatchView:
    """Everything that the lead page shows of its matches."""

    ranking: matching.Ranking
    rows: tuple[MatchedPark, ...]
    misses: tuple[ShownMiss, ...]
    question: ShownQuestion | None
    #: Why the others do not fit: (constraint in words, number of offers), most frequent first.
    reasons: tuple[tuple[Text, int], ...]
    weights: Mapping[matching.Criterion, int]
    has_demo: bool
    #: Names of the platforms that the lead prefers.
    platforms: tuple[str, ...]

    @property
    def criteria(self) -> dict[str, Text]:
        """The criteria in words, by their value."""
        return {criterion.value: Text(word) for criterion, word in CRITERIA.items()}


def weights_in_force(session: Session) -> matching.Weights:
    """The newest weight version, or the defaults that come with the product."""
    stored = settings.get(session, WEIGHTS_KEY, None)
    return matching.Weights.from_json(stored) if stored is not None else matching.DEFAULT


def need_of(lead: Lead, inventory: Inventory) -> matching.Need:
    """The lead in the engine's words. Segment and code fall back to what is known of the enterprise."""
    enterprise = lead.enterprise
    segment_id = lead.segment_id or enterprise.segment_id
    return matching.Need(
        id=lead.id,
        tier=enterprise.tier,
        segment=inventory.segment_keys.get(segment_id) if segment_id else None,
        code=lead.gbt_code or enterprise.gbt_code,
        tenure=lead.tenure,
        area_min=lead.area_min,
        area_target=lead.area_target or None,
        area_max=lead.area_max,
        budget=lead.budget or None,
        load_kg_m2=lead.floor_load_kg_m2,
        height_cm=lead.clear_height_cm,
        power_kva=lead.power_kva,
        env=lead.env_class,
        platforms=frozenset(lead.platforms),
        needed_by=lead.needed_on.toordinal() if lead.needed_on else None,
        grace_days=lead.grace_days,
    )


def match_parks(session: Session, lead: Lead) -> MatchView:
    """Rank the whole inventory for one lead. The caller has loaded the lead with permission."""
    inventory = read_inventory(session)
    weights = weights_in_force(session)
    return ranked(need_of(lead, inventory), inventory, weights)


#: Views of this process by everything that they depend on; an hour's work of an office.
_KEPT = 256
_kept: OrderedDict[object, MatchView] = OrderedDict()
_lock = Lock()


def ranked(need: matching.Need, inventory: Inventory, weights: matching.Weights) -> MatchView:
    """Rank one need and word the result. The same need, inventory and weights are not ranked twice."""
    key = (inventory.stamp, need, json.dumps(weights.as_json(), sort_keys=True))
    with _lock:
        if inventory.stamp is not None and key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    view = _view(matching.rank(need, inventory.offers, inventory.world, weights), need, inventory, weights)
    with _lock:
        _kept[key] = view
        while len(_kept) > _KEPT:
            _kept.popitem(last=False)
    return view


def rematch(session: Session, lead: Lead) -> MatchView:
    """Rank and keep the result: called whenever a lead is logged or its need changes."""
    view = match_parks(session, lead)
    _store(session, lead, view)
    return view


def _view(ranking: matching.Ranking, need: matching.Need, inventory: Inventory, weights: matching.Weights) -> MatchView:
    rows = tuple(
        MatchedPark(
            rank=number,
            place=inventory.places[match.offer.id],
            match=match,
            remarks=summary(match, need, inventory.world, name=inventory.name),
            rows=explain(match, need, inventory.world, weights, name=inventory.name),
            enterprise_points=match.subtotal(matching.Side.ENTERPRISE),
            district_points=match.subtotal(matching.Side.DISTRICT),
        )
        for number, match in enumerate(ranking.rows, start=1)
    )
    misses = tuple(_miss(miss, need, inventory) for miss in ranking.misses)
    reasons = sorted(ranking.reasons.items(), key=lambda item: -item[1])
    shown = [row.place for row in rows] + [miss.place for miss in misses]
    return MatchView(
        ranking=ranking,
        rows=rows,
        misses=misses,
        question=_question(ranking.question, inventory) if ranking.question else None,
        reasons=tuple((Text(CONSTRAINTS[constraint]), count) for constraint, count in reasons if count),
        weights=weights.of(need.tier),
        has_demo=any(place.is_demo for place in shown),
        platforms=tuple(sorted(inventory.name(key) for key in need.platforms)),
    )


def _miss(miss: matching.NearMiss, need: matching.Need, inventory: Inventory) -> ShownMiss:
    wanted, offered = explain_failure(miss.constraint, need, miss.offer, inventory.world, name=inventory.name)
    return ShownMiss(inventory.places[miss.offer.id], percent(miss.gap), miss_text(miss), wanted, offered)


def _question(question: NextQuestion, inventory: Inventory) -> ShownQuestion:
    return ShownQuestion(
        question=question,
        place=inventory.places[question.offer.id],
        asked=Text(ASKED[question.asked]),
        sentence=Text(QUESTIONS[question.fact]),
    )


def _store(session: Session, lead: Lead, view: MatchView) -> None:
    """Replace the lead's kept rows; a park that was there before keeps the time it was first seen."""
    moment = now()
    known = {row.park_id: row for row in session.scalars(select(Match).where(Match.lead_id == lead.id))}
    kept = {row.place.park_id for row in view.rows}
    gone = [park_id for park_id in known if park_id not in kept]
    if gone:
        session.execute(delete(Match).where(Match.lead_id == lead.id, Match.park_id.in_(gone)))
    fresh = []
    for row in view.rows:
        values = _kept_values(row, view.ranking.version, moment)
        stored = known.get(row.place.park_id)
        if stored is None:
            fresh.append({"lead_id": lead.id, "park_id": row.place.park_id, "first_seen_at": moment, **values})
            continue
        for name, value in values.items():
            setattr(stored, name, value)
        stored.is_demo = lead.is_demo
    session.flush()
    if fresh:
        # One statement for all: objects of their own would cost one each.
        session.execute(insert(Match), [row | {"is_demo": lead.is_demo} for row in fresh])


def _kept_values(row: MatchedPark, version: str, moment: datetime) -> dict[str, object]:
    return {
        "offer_id": row.place.offer_id,
        "status": row.match.status.value,
        "rank": row.rank,
        "low": row.match.low,
        "high": row.match.high,
        "coverage": row.match.coverage,
        "parts": {part.criterion.value: [part.points_low, part.points_high] for part in row.match.parts},
        "unknown": [constraint.value for constraint in row.match.unknown],
        "weights_version": version,
        "computed_at": moment,
    }
