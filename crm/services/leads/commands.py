"""What people ask of leads, as values: cleaned by a form, an import or a seed, checked by the use case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from crm.domain.leads import Grade, LeadSource
from crm.domain.space import EnvClass, Tenure
from crm.services.contacts import ContactFacts
from crm.services.enterprises import EnterpriseFacts
from crm.services.follow_ups import NextStep


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What they need of space. Units as in `models.leads`: m² or 0.01 亩, kg/m², cm, kVA; None is not asked."""

    tenure: Tenure | None = None
    area_min: int | None = None
    area_target: int | None = None
    area_max: int | None = None
    budget: int | None = None
    floor_load_kg_m2: int | None = None
    clear_height_cm: int | None = None
    power_kva: int | None = None
    env_class: EnvClass | None = None
    platforms: tuple[str, ...] = ()
    needed_on: date | None = None
    grace_days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLead:
    """A new lead, or (with `edit_lead`) all values of a lead after an edit."""

    enterprise: EnterpriseFacts
    source: LeadSource
    contact: ContactFacts = field(default_factory=ContactFacts)
    needs: Needs = field(default_factory=Needs)
    referrer: str = ""
    content: str = ""
    segment_id: int | None = None
    gbt_code: str | None = None
    investment_fen: int | None = None
    grade: Grade | None = None
    #: What was typed for a figure, by field: kept so that a reading can be checked later.
    typed: Mapping[str, str] = field(default_factory=dict)
    #: The message that a new lead was read from, as pasted.
    pasted: str = ""
    #: Only for a new lead.
    next_step: NextStep | None = None
    #: Why it is logged although somebody else has it; needed when `similar` finds a duplicate.
    duplicate_reason: str = ""
    request_id: str | None = None
    #: When the word reached us; now if None.
    received_at: datetime | None = None
    is_demo: bool = False
