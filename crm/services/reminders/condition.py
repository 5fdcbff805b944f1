"""One rule on one record whose condition holds: what the readers of conditions give and the planner works on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from crm.domain.leads import Grade
from crm.domain.reminders import Rule

Key = tuple[str, str, int, date]


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One rule on one record whose condition holds; `started_on` is where its clock starts."""

    rule: Rule
    subject_kind: str
    subject_id: int
    started_on: date
    #: Who must act; None while nobody is in charge.
    person_id: int | None
    section_id: int | None
    lead_id: int | None
    enterprise: str
    park_id: int | None = None
    grade: Grade | None = None
    #: Points behind plan, where the rule counts them instead of days.
    points: int | None = None
    is_demo: bool = False
    #: The chain behind it, where it is a matter of chains: then people of its section alone hear of it, if it has one.
    chain_id: int | None = None
    #: Who keeps the chain: they act while nobody in particular is in charge.
    keepers: tuple[int, ...] = ()

    @property
    def key(self) -> Key:
        return (self.rule.value, self.subject_kind, self.subject_id, self.started_on)
