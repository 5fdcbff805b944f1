"""Whatever way a project takes through its gates, it stands on facts and evidence of every gate it passed.

Random ways: forwards with and without the optional stages, with too little filled in, back, aside and again; on both
tracks. The way out is checked from the definitions alone, not from the code that moved the project.
"""

from __future__ import annotations

import random
from collections import Counter

import pytest

from crm.domain.errors import DomainError
from crm.domain.gates import answered, parse, proven, shipped
from crm.domain.pipeline import SideState, Stage, Track
from crm.domain.space import Tenure
from crm.services import gates, projects
from crm.services.gates import Move
from crm.services.leads import Needs
from crm.services.projects import Aside
from tests.factories import actor, make_segment
from tests.walking import admitted, answers, make_project, proofs

STEPS = 32
DEFINITIONS = parse(shipped(), 0)


def unsatisfied(session, project, entered: set[Stage]) -> list[str]:
    """What gates behind the project ask for and do not find."""
    values = gates.values_of(project, DEFINITIONS)
    kinds = gates.kinds_of(session, [project.id])[project.id]
    found = []
    for stage in list(Stage)[: project.stage.order + 1]:
        gate = DEFINITIONS.gate(project.track, stage)
        if gate.may_skip and stage not in entered:
            continue
        left = gate.leave if stage is not project.stage else type(gate.leave)()
        asked = gate.demand + left
        found += [fact.key for fact in asked.facts if fact.required and not answered(fact, values)]
        found += [group[0].key for group in asked.evidence if not proven(group, kinds)]
    return found


def attempt(session, chief, project, dice: random.Random) -> str:
    """One random deed; its name, or "refused" with the refusal's kind."""
    try:
        if project.side_state is not SideState.ACTIVE:
            projects.revive(session, chief, project.id, "接着谈")
            return "revived"
        if dice.random() < 0.05:
            projects.put_aside(session, chief, project.id, Aside(to=SideState.TRANSFERRED, reason="转外区"))
            return "aside"
        if dice.random() < 0.1 and project.stage is not Stage.RESERVE:
            back = dice.choice(list(Stage)[: project.stage.order])
            gates.move(session, chief, project.id, Move(to_stage=back, reason="重做"))
            return "back"
        ahead = list(Stage)[project.stage.order + 1 : project.stage.order + 4]
        if not ahead:
            return "end"
        to_stage = dice.choice(ahead)
        found = gates.check(session, chief, project, to_stage)
        facts, evidence = answers(session, project, found), proofs(found.missing_evidence)
        if dice.random() < 0.3:
            facts = {key: value for key, value in facts.items() if dice.random() < 0.7}
            evidence = [each for each in evidence if dice.random() < 0.7]
        # As a form does: each proof and the facts are kept although the step may be refused.
        gates.give(session, chief, project.id, Move(to_stage=to_stage, facts=facts, evidence=evidence))
        gates.move(session, chief, project.id, Move(to_stage=to_stage))
    except DomainError as error:
        return f"refused {type(error).__name__}"
    return "forward"


@pytest.mark.parametrize("track", list(Track))
def test_every_way_leaves_every_passed_gate_satisfied(database, cast, track):
    deeds: Counter[str] = Counter()
    reached: set[Stage] = set()
    skipped: set[Stage] = set()
    with database.writing() as session:
        chief = actor(session, cast.chief)
        segment = make_segment(session)
        needs = Needs(tenure=Tenure.LAND if track is Track.LAND else Tenure.RENT, area_target=1200)
        for seed in range(12):
            dice = random.Random(f"{track}-{seed}")
            project = admitted(session, cast.officer, segment_id=segment.id, needs=needs)
            assert project.track is track
            entered = {Stage.RESERVE}
            for _step in range(STEPS):
                before = project.stage
                deed = attempt(session, chief, project, dice)
                deeds[deed] += 1
                if deed == "forward":
                    entered.add(project.stage)
                    skipped |= set(list(Stage)[before.order + 1 : project.stage.order]) - entered
                    assert unsatisfied(session, project, entered) == [], (seed, project.stage)
                    signed = project.stage.order >= Stage.SIGNED.order
                    assert (project.signed_on is not None) is signed, "reports count by this column"
                elif deed == "back":
                    assert (project.signed_on is not None) is (project.stage.order >= Stage.SIGNED.order)
                elif deed.startswith("refused"):
                    assert project.stage is before
                reached.add(project.stage)
    # Not vacuous: all kinds of deeds happened, gates were refused and passed, optional stages entered and left out.
    assert deeds["forward"] >= 40
    assert deeds["back"] >= 5
    assert deeds["aside"] >= 2
    assert deeds["revived"] >= 2
    assert deeds["refused GateClosed"] >= 20
    assert reached >= set(Stage) - {Stage.AT_CAPACITY}
    assert Stage.FRAMEWORK in skipped
    assert (Stage.BUILDING in skipped) is (track is Track.CARRIER)


def test_the_check_of_the_property_would_notice_a_hole(database, cast):
    with database.writing() as session:
        project = make_project(session, cast.officer, segment_id=make_segment(session).id)
        project.stage = Stage.NEGOTIATING
        assert "meeting_record" in unsatisfied(session, project, {Stage.NEGOTIATING})
