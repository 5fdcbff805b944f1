"""What a lead's page says about the lead: facts that the next gate lacks, and what a referrer is owed."""

from __future__ import annotations

from dataclasses import dataclass

from crm.domain.labels import N_
from crm.domain.leads import LeadSource
from crm.models import Lead


@dataclass(frozen=True, slots=True)
class Missing:
    """A fact that the reserve gate or the matching lacks: its word, and the field of the edit form that takes it."""

    word: str
    field: str


def missing_facts(lead: Lead) -> list[Missing]:
    """Facts that the reserve gate asks for (DOMAIN §4 row 1) and that matching cannot do without."""
    enterprise = lead.enterprise
    has_area = lead.area_target is not None or lead.area_min is not None or lead.area_max is not None
    wanted = (
        (lead.state.is_screened, N_("筛查结论"), "screen"),
        (lead.segment_id is not None, N_("产业环节"), "segment_id"),
        (enterprise.tier is not None or enterprise.is_institution, N_("层级依据"), "employees"),
        (lead.tenure is not None, N_("租、购还是拿地"), "tenure"),
        (has_area, N_("面积未问"), "area_target"),
        (lead.env_class is not None, N_("环评类别未问"), "env_class"),
        (lead.investment_fen is not None, N_("总投资"), "investment"),
        (lead.needed_on is not None, N_("入驻时间"), "needed_on"),
        (lead.grade is not None, N_("类别"), "grade"),
        (lead.contact_id is not None, N_("联系人"), "contact_name"),
    )
    return [Missing(word, field) for known, word, field in wanted if not known]


def owes_feedback(lead: Lead) -> bool:
    """Whether a referrer still waits for an answer."""
    return lead.source is LeadSource.REFERRAL and bool(lead.referrer) and lead.referrer_told_at is None
