"""What gates are made of: facts, kinds of evidence, and one gate a stage and track (DOMAIN §4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from crm.domain.pipeline import Stage, Track


class FactKind(StrEnum):
    """How a fact is asked and kept: money and rent in fen, areas in m² or 0.01 亩, dates as ISO text, links as ids."""

    TEXT = "text"
    MONEY = "money"
    RENT = "rent"
    AREA = "area"
    INT = "int"
    PERCENT = "percent"
    DATE = "date"
    CHOICE = "choice"
    SEGMENT = "segment"
    PARK = "park"
    CONTACT = "contact"
    USCC = "uscc"


#: Columns of a project that a fact may be bound to.
COLUMNS: Mapping[str, FactKind] = {
    "segment_id": FactKind.SEGMENT,
    "park_id": FactKind.PARK,
    "grade": FactKind.CHOICE,
    "investment_fen": FactKind.MONEY,
    "fixed_investment_fen": FactKind.MONEY,
    "signed_fen": FactKind.MONEY,
    "signed_on": FactKind.DATE,
    "agreed_register_on": FactKind.DATE,
    "agreed_start_on": FactKind.DATE,
    "agreed_operating_on": FactKind.DATE,
    "started_on": FactKind.DATE,
    "operating_on": FactKind.DATE,
}
#: Columns that say a stage was reached, with that stage. Reports read them, so they are filled when the gate is passed
#: and emptied when the project goes back before it; what was typed for a gate not yet passed waits in the facts.
SEALED: Mapping[str, Stage] = {
    "signed_fen": Stage.SIGNED,
    "signed_on": Stage.SIGNED,
    "started_on": Stage.STARTED,
    "operating_on": Stage.OPERATING,
}


@dataclass(frozen=True, slots=True)
class Words:
    """A word of the definitions in both languages: it is data, so the catalogue does not know it."""

    zh: str
    en: str

    def say(self, locale: str) -> str:
        return self.en if locale.startswith("en") else self.zh


@dataclass(frozen=True, slots=True)
class Fact:
    """One question of a gate."""

    key: str
    words: Words
    kind: FactKind
    #: Column of the project that holds it; None: in the project's facts under `key`.
    column: str | None = None
    #: Key and word of each answer, for a choice.
    choices: tuple[tuple[str, Words], ...] = ()
    unit: Words | None = None
    required: bool = True
    #: Key of a fact that answers the same question.
    instead: str | None = None

    @property
    def is_sealed(self) -> bool:
        return self.column in SEALED


@dataclass(frozen=True, slots=True)
class EvidenceKind:
    """One kind of proof."""

    key: str
    words: Words


#: Any one of these proofs is enough.
AnyOf = tuple[EvidenceKind, ...]


@dataclass(frozen=True, slots=True)
class After:
    """A gate that opens only some months after the day of a fact."""

    fact: Fact
    months: int


@dataclass(frozen=True, slots=True)
class Demand:
    """Facts and evidence that are asked for together."""

    facts: tuple[Fact, ...] = ()
    evidence: tuple[AnyOf, ...] = ()

    def __add__(self, other: Demand) -> Demand:
        facts = self.facts + tuple(fact for fact in other.facts if fact not in self.facts)
        return Demand(facts, self.evidence + tuple(each for each in other.evidence if each not in self.evidence))


@dataclass(frozen=True, slots=True)
class Gate:
    """The way into one stage on one track."""

    stage: Stage
    demand: Demand
    #: Asked when the stage is left forwards.
    leave: Demand = Demand()
    #: The chief decides.
    approval: bool = False
    #: The stage can be left out.
    may_skip: bool = False
    after: After | None = None


@dataclass(frozen=True, slots=True)
class Definitions:
    """All gates of one version."""

    version: int
    facts: Mapping[str, Fact]
    evidence: Mapping[str, EvidenceKind]
    gates: Mapping[tuple[Track, Stage], Gate]

    def gate(self, track: Track, stage: Stage) -> Gate:
        return self.gates[track, stage]

    def ahead(self, track: Track, stage: Stage) -> tuple[Stage, ...]:
        """Stages that can be entered from here: the next one, and those behind stages that may be left out."""
        found: list[Stage] = []
        for each in list(Stage)[stage.order + 1 :]:
            found.append(each)
            if not self.gate(track, each).may_skip:
                break
        return tuple(found)

    def following(self, track: Track, stage: Stage) -> Stage | None:
        """The next stage that everybody must pass: what "进入 X 还缺" speaks of. None at the end."""
        ahead = self.ahead(track, stage)
        return ahead[-1] if ahead else None

    def asked(self, track: Track, from_stage: Stage | None, to_stage: Stage) -> Demand:
        """What the step asks for: what leaving asks, then what entering asks."""
        leave = self.gate(track, from_stage).leave if from_stage is not None else Demand()
        return leave + self.gate(track, to_stage).demand
