"""Whether a project may pass a gate, and what it lacks: pure, from its values and the evidence that is there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date

from crm.domain.calendar import months_later
from crm.domain.gates.model import AnyOf, Definitions, Demand, EvidenceKind, Fact
from crm.domain.marking import N_
from crm.domain.pipeline import Stage, Track
from crm.domain.sentences import Sentence

Values = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class GateCheck:
    """What a step asks for, what of it is there, and what is not."""

    to_stage: Stage
    version: int
    asked: Demand
    #: Facts that are there, with their stored values.
    have: tuple[tuple[Fact, object], ...]
    missing_facts: tuple[Fact, ...]
    have_evidence: tuple[EvidenceKind, ...]
    missing_evidence: tuple[AnyOf, ...]
    #: The chief must say yes before the project moves.
    needs_approval: bool
    #: Why the step cannot be taken yet whatever is filled in; None if nothing stands in the way.
    barred: Sentence | None = None

    @property
    def lacking(self) -> int:
        """How many facts and proofs are missing: the N of 还缺 N 项."""
        return len(self.missing_facts) + len(self.missing_evidence)

    @property
    def open_facts(self) -> tuple[Fact, ...]:
        """Facts that are worth asking: not those that are there, nor those that another one has answered."""
        known = {fact.key for fact, _value in self.have}
        answered_by = {fact.instead for fact in self.asked.facts if fact.key in known}
        return tuple(
            fact
            for fact in self.asked.facts
            if fact.key not in known and fact.key not in answered_by and fact.instead not in known
        )

    @property
    def is_open(self) -> bool:
        return self.lacking == 0 and self.barred is None


def check(
    definitions: Definitions,
    track: Track,
    from_stage: Stage | None,
    to_stage: Stage,
    values: Values,
    evidence: Collection[str],
    day: date,
) -> GateCheck:
    """Look at one step. `values` are stored values by key of the fact, `evidence` the kinds that are there.

    A stage that is not ahead is barred; `from_stage` is None for a lead that is to become a project.
    """
    gate = definitions.gate(track, to_stage)
    asked = definitions.asked(track, from_stage, to_stage)
    missing = tuple(fact for fact in asked.facts if fact.required and not answered(fact, values))
    unproven = tuple(group for group in asked.evidence if not proven(group, evidence))
    return GateCheck(
        to_stage=to_stage,
        version=definitions.version,
        asked=asked,
        have=tuple((fact, values[fact.key]) for fact in asked.facts if values.get(fact.key) is not None),
        missing_facts=missing,
        have_evidence=tuple(kind for group in asked.evidence for kind in group if kind.key in evidence),
        missing_evidence=unproven,
        needs_approval=gate.approval,
        barred=_barred(definitions, track, from_stage, to_stage, values, day),
    )


def barred(found: GateCheck, why: Sentence) -> GateCheck:
    """The same check, but nothing that is filled in opens the gate."""
    return replace(found, barred=why)


def answered(fact: Fact, values: Values) -> bool:
    """Whether the fact is known, or another that stands for it."""
    return values.get(fact.key) is not None or (fact.instead is not None and values.get(fact.instead) is not None)


def proven(group: AnyOf, evidence: Collection[str]) -> bool:
    return any(kind.key in evidence for kind in group)


def _barred(
    definitions: Definitions, track: Track, from_stage: Stage | None, to_stage: Stage, values: Values, day: date
) -> Sentence | None:
    ahead = (Stage.RESERVE,) if from_stage is None else definitions.ahead(track, from_stage)
    if to_stage not in ahead:
        return Sentence(N_("阶段要一个一个过：现在还不能进入这个阶段。"))
    after = definitions.gate(track, to_stage).after
    since = values.get(after.fact.key) if after is not None else None
    if after is None or since is None:
        return None
    first = months_later(date.fromisoformat(str(since)), after.months)
    if day >= first:
        return None
    values = {"months": after.months, "day": first.isoformat()}
    return Sentence(N_("满 %(months)s 个月才能评估，最早 %(day)s。"), values)
