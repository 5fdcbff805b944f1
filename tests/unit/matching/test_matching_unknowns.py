"""What is unknown stays so until every value of it gives one answer; and the question to ask next."""

from __future__ import annotations

from dataclasses import replace

from crm.domain.matching import Asked, Fact, Match, Need, Offer, Park, Position, Status, World, assess, assess_all, rank
from crm.domain.matching.golden import read_offer
from crm.domain.matching.questions import answered_well, settled_by
from crm.domain.matching.weights import DEFAULT
from crm.domain.matching.wording import ASKED, QUESTIONS
from crm.domain.policies import Tier
from crm.domain.space import EnvClass, Tenure
from tests.unit.matching import pencil
from tests.unit.matching.worlds import Case, holds

OFFER_VALUES = {
    "active": (0, 1),
    "tier_mask": range(1, 8),
    "free": (0, 499, 700, 1000, 1300, 1700, 6000),
    "split": (1, 600, 1100, 1301, 3001),
    "price": (0, 3600, 4500, 5000, 5002, 10**9),
    "load": (0, 499, 500, 764, 765, 3000),
    "height": (0, 399, 400, 450, 900),
    "power": (0, 199, 200, 315, 2000),
    "env_max": (0, 1, 2, 3),
    "avail": (0, 300, 345, 400, 500),
    "instr": range(8),
}
LEAD_VALUES = {"node": (0, 1, 2), "gb": (0, 1, 2), "env": (0, 1, 2, 3)}


def test_a_verdict_and_an_interval_hold_whatever_an_unknown_of_the_offer_turns_out_to_be():
    def check(case: Case) -> bool:
        spoke = False
        for raw in case.raw_offers:
            answers = pencil.verdicts(case.lead, raw, case.raw_world)
            match = case.assessed[raw["id"]].match
            for field, values in OFFER_VALUES.items():
                for value in values if raw[field] is None else ():
                    filled = {**raw, field: value}
                    later = pencil.verdicts(case.lead, filled, case.raw_world)
                    assert all(later[name] == said for name, said in answers.items() if said is not None)
                    if match and 0 not in later.values():
                        low, high = pencil.totals(case.lead, filled, case.raw_world)
                        assert match.low <= low <= high <= match.high
                        spoke = True
        return spoke

    holds(check, speaks=0.4, examples=100)


def test_a_verdict_and_an_interval_hold_whatever_an_unknown_of_the_lead_turns_out_to_be():
    def check(case: Case) -> bool:
        spoke = False
        for field, values in LEAD_VALUES.items():
            # Few generated leads lack a fact, so each fact is taken away in turn.
            before = {**case.lead, field: None}
            assessed = assess_all(case.reread(**{field: None}), case.offers, case.world)
            for raw in case.raw_offers:
                match = assessed[raw["id"]].match
                answers = pencil.verdicts(before, raw, case.raw_world)
                for value in values:
                    lead = {**before, field: value}
                    later = pencil.verdicts(lead, raw, case.raw_world)
                    assert all(later[name] == said for name, said in answers.items() if said is not None)
                    if match and 0 not in later.values():
                        low, high = pencil.totals(lead, raw, case.raw_world)
                        assert match.low <= low <= high <= match.high
                        spoke = True
        return spoke

    holds(check, speaks=0.5)


def _good_answers(fact: Fact, match: Match, case: Case) -> list[tuple[Need, Offer, World]]:
    """Answers to a question that suit the offer, enumerated without asking the code under test."""
    need, offer, world = case.need, match.offer, case.world
    park = world.parks[offer.park]
    if fact.owner == "offer" and fact.field in ("load_kg_m2", "height_cm", "power_kva"):
        needed = getattr(need, fact.field)
        return [(need, replace(offer, **{fact.field: needed + more}), world) for more in (0, 1, 40, 5000)]
    if fact is Fact.OFFER_PRICE:
        budget = need.budget
        return [(need, replace(offer, price=p), world) for p in (0, budget // 2, budget - 1, budget)]
    if fact is Fact.OFFER_AVAILABLE:
        last = need.needed_by + need.grace_days
        return [(need, replace(offer, available_from=d), world) for d in (0, need.needed_by, last)]
    if fact is Fact.OFFER_ACTIVE:
        return [(need, replace(offer, active=True), world)]
    if fact is Fact.OFFER_TIERS:
        return [(need, replace(offer, tiers=frozenset(Tier)), world)]
    if fact is Fact.OFFER_ENV:
        return [(need, replace(offer, env_max=EnvClass.REPORT_BOOK), world)]
    if fact is Fact.NEED_ENV:
        return [(replace(need, env=EnvClass.EXEMPT), offer, world)]
    if fact is Fact.NEED_BUDGET:
        prices = (offer.price, offer.price * 2, 10**9)
        return [(replace(need, budget=max(1, p)), offer, world) for p in prices]
    if fact is Fact.NEED_TIER:
        accepted = offer.tiers if offer.tiers is not None else frozenset(Tier)
        return [(replace(need, tier=tier), offer, world) for tier in accepted]
    if fact is Fact.NEED_TENURE:
        return [(replace(need, tenure=offer.tenure), offer, world)]
    if fact is Fact.NEED_SEGMENT:
        return [(replace(need, segment=f"node-{n}"), offer, world) for n in range(3)]
    if fact is Fact.PARK_BANNED:
        return [(need, offer, _with_park(world, replace(park, banned=())))]
    if fact is Fact.PARK_PLATFORM:
        return [(need, offer, _with_park(world, replace(park, platform=str(n)))) for n in range(6)]
    if fact is Fact.OFFER_FREE:
        return [(need, replace(offer, free=f), world) for f in (1000, 1200, 1499, 3000, 9000)]
    return []


def _with_park(world: World, park: Park) -> World:
    return replace(world, parks={**world.parks, park.id: park})


def test_a_good_answer_lands_in_the_promised_interval_and_status():
    asked: set[Fact] = set()

    def check(case: Case) -> bool:
        spoke = False
        for match in (a.match for a in case.assessed.values() if a.match):
            park = case.world.park_of(match.offer)
            for fact in settled_by(match, case.need, park):
                promised = answered_well(fact, match, case.need, park, case.world, DEFAULT)
                after = [assess(need, offer, world) for need, offer, world in _good_answers(fact, match, case)]
                after = [each for each in after if each.match]
                for each in after:
                    assert promised.low <= each.match.low <= each.match.high <= promised.high
                    assert promised.best >= each.match.low
                if after:
                    assert promised.status in {each.status for each in after}
                    asked.add(fact)
                    spoke = True
        return spoke

    holds(check, speaks=0.5, examples=150)
    assert len(asked) >= 12, asked


def test_the_next_question_is_there_exactly_when_one_answer_settles_something():
    def check(case: Case) -> bool:
        settling = [
            fact
            for a in case.assessed.values()
            if a.match
            for fact in settled_by(a.match, case.need, case.world.park_of(a.offer))
        ]
        question = case.ranking.question
        assert (question is None) == (not settling)
        if question is None:
            return False
        assert question.fact in settling
        assert 1 <= question.settles <= len(case.offers)
        assert question.place is None or 1 <= question.place <= len(case.ranking.rows)
        assert (question.asked is Asked.INVESTOR) == question.fact.value.startswith("need.")
        return True

    holds(check, speaks=0.4)


def test_every_question_has_words():
    assert set(QUESTIONS) == set(Fact)
    assert set(ASKED) == set(Asked)


def _floor(offer_id: int, park: int, **facts) -> Offer:
    return Offer(
        **{
            "id": offer_id,
            "park": park,
            "tenure": Tenure.RENT,
            "tiers": frozenset(Tier),
            "env_max": EnvClass.REPORT_BOOK,
            "free": 1400,
            "min_lettable": 500,
            "price": 4200,
            "load_kg_m2": 815,
            "height_cm": 480,
            "power_kva": 315,
            "available_from": 100,
            "instruments": frozenset(),
            **facts,
        }
    )


NEED = Need(
    id=1,
    tier=Tier.GROWTH,
    segment="ivd",
    code="2761",
    tenure=Tenure.RENT,
    area_min=1200,
    area_target=1400,
    area_max=1600,
    budget=4500,
    load_kg_m2=765,
    env=EnvClass.REGISTRATION,
)
HALLS = World({n: Park(n, positioning=(Position("ivd", 1000),), banned=()) for n in range(1, 5)})


def test_a_load_that_may_lift_an_offer_to_the_top_names_the_park_manager_and_the_interval():
    unknown, rival = _floor(1, 1, load_kg_m2=None, price=3600), _floor(2, 2)
    ranking = rank(NEED, [unknown, rival], HALLS)
    (first, second), question = ranking.rows, ranking.question
    assert (first.offer.id, second.offer.id) == (2, 1)
    assert question.fact is Fact.OFFER_LOAD
    assert question.asked is Asked.PARK_MANAGER
    assert question.offer is unknown
    assert (question.now, question.status) == (Status.TO_VERIFY, Status.FIT)
    assert (question.low, question.high) == (second.low + 10 * 500, second.high)
    assert question.place == 1
    assert question.may_block
    assert question.settles == 1


def test_one_answer_of_the_investor_that_settles_every_offer_comes_before_a_smaller_one():
    need = replace(NEED, segment=None)
    ranking = rank(need, [_floor(1, 1), _floor(2, 2), _floor(3, 3, instruments=None)], HALLS)
    question = ranking.question
    assert question.fact is Fact.NEED_SEGMENT
    assert question.asked is Asked.INVESTOR
    assert question.settles == 3


def test_a_fact_of_a_park_is_asked_once_for_all_its_offers():
    world = World({**HALLS.parks, 1: Park(1, positioning=(Position("ivd", 1000),), banned=None)})
    ranking = rank(NEED, [_floor(1, 1), _floor(2, 1), _floor(3, 1)], world)
    assert ranking.question.fact is Fact.PARK_BANNED
    assert ranking.question.settles == 3
    assert ranking.question.may_block


def test_two_missing_facts_behind_one_verdict_are_not_settled_by_one_answer():
    offer = _floor(1, 1, free=None, min_lettable=None)
    ranking = rank(NEED, [offer], HALLS)
    assert ranking.to_verify == 1
    assert ranking.question is None


def test_nothing_unknown_leaves_nothing_to_ask():
    assert rank(NEED, [_floor(1, 1), _floor(2, 2)], HALLS).question is None


def test_an_offer_read_from_the_notation_is_what_it_says():
    raw = {"id": 1, "park": 0, "active": 1, "tenure": 2, "tier_mask": 5, "free": 1, "split": 2, "price": 3}
    raw |= {"load": 4, "height": 5, "power": 6, "env_max": 3, "avail": 7, "instr": 1}
    offer = read_offer(raw, "offer", 1)
    assert offer.tenure is Tenure.LAND
    assert offer.tiers == {Tier.MATURE, Tier.INCUBATION}
    assert offer.env_max is EnvClass.REPORT_BOOK
