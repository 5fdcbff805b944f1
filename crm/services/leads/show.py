"""What a lead's page says about the lead: facts that the next gate lacks, and who can see what."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.access import Role
from crm.domain.labels import N_
from crm.domain.leads import LeadSource
from crm.domain.sentences import Sentence
from crm.models import Introduction, Lead, Person
from crm.services.access import Actor


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


@dataclass(frozen=True, slots=True)
class Seen:
    """Who, and what they can see, both as sentences."""

    who: Sentence
    what: Sentence


def who_sees(session: Session, actor: Actor, lead: Lead, introductions: list[Introduction]) -> list[Seen]:
    """Everybody who can see the lead, nearest first; `introductions` are those of the lead, with their parks."""
    rows: list[Seen] = []
    people = _section_people(session, lead)
    if lead.owner is not None:
        rows.append(Seen(_name(lead.owner.name), Sentence(N_("全部，可改"))))
    for person in people:
        if person.role is Role.CHIEF and person.id != lead.owner_id:
            who = Sentence(N_("%(name)s（科长）"), {"name": person.name})
            rows.append(Seen(who, Sentence(N_("全部，可改、可分派"))))
    rest = sum(1 for person in people if person.role is Role.OFFICER and person.id != lead.owner_id)
    if lead.section is not None and rest:
        who = Sentence(N_("%(section)s其余 %(count)s 人"), {"section": lead.section.name, "count": rest})
        rows.append(Seen(who, Sentence(N_("全部，只读") if lead.owner_id else N_("全部，可领取"))))
    if lead.section is None:
        rows.append(Seen(Sentence(N_("全部招商专员和科长")), Sentence(N_("全部，可领取"))))
    for each in introductions:
        open_contact = each.contact_released_at is not None
        what = N_("推介内容；联系人已放开") if open_contact else N_("推介内容；联系人遮盖")
        rows.append(Seen(Sentence(N_("%(park)s管理员"), {"park": each.park.name}), Sentence(what)))
    rows.append(Seen(Sentence(N_("区领导")), Sentence(N_("全部，只读；联系人遮盖"))))
    if lead.section is not None:
        what = Sentence(N_("仅知「已由%(section)s登记」"), {"section": lead.section.name})
        rows.append(Seen(Sentence(N_("其他科室")), what))
    return rows


def _section_people(session: Session, lead: Lead) -> list[Person]:
    if lead.section_id is None:
        return []
    query = select(Person).where(
        Person.section_id == lead.section_id, Person.is_active, Person.role.in_((Role.OFFICER, Role.CHIEF))
    )
    return list(session.scalars(query.order_by(Person.id)))


def _name(name: str) -> Sentence:
    return Sentence("%(name)s", {"name": name})
