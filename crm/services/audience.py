"""Who can see a lead: everybody by name, computed from the rule that guards the record itself (`access.sees_lead`)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from crm.domain.access import Permission, Role, allowed
from crm.domain.labels import N_, label
from crm.domain.sentences import Sentence
from crm.models import Introduction, Lead, ParkManager, Person
from crm.services import access

_SEEING_ROLES = [role for role in Role if allowed(role, Permission.LEADS_VIEW)]


@dataclass(frozen=True, slots=True)
class Seen:
    """Who, and what they can see, both as sentences."""

    who: Sentence
    what: Sentence


def of_lead(session: Session, lead: Lead) -> list[Person]:
    """Active people who see the lead, its owner first, then its section, then the others."""
    return _seeing(everybody(session), lead)


def everybody(session: Session, park_ids: Collection[int] = ()) -> list[tuple[Person, int | None]]:
    """Everybody whose role may see leads at all, and the managers of the given parks with the park they keep."""
    query = (
        select(Person, ParkManager.park_id)
        .outerjoin(ParkManager, (ParkManager.person_id == Person.id) & ParkManager.park_id.in_(park_ids))
        .where(Person.is_active, or_(Person.role.in_(_SEEING_ROLES), ParkManager.park_id.is_not(None)))
        .options(joinedload(Person.section))
        .order_by(Person.id)
    )
    return [(person, park_id) for person, park_id in session.execute(query)]


def _seeing(people: Iterable[tuple[Person, int | None]], lead: Lead) -> list[Person]:
    found = [person for person, _park_id in people if access.sees_lead(person, lead)]
    return sorted(found, key=lambda person: (person.id != lead.owner_id, person.section_id != lead.section_id))


def who_sees(
    lead: Lead,
    introductions: Collection[Introduction],
    people: Sequence[tuple[Person, int | None]],
    *,
    is_project: bool = False,
) -> list[Seen]:
    """The card 「谁能看到」, nearest first.

    `introductions` are those of the lead, with their parks; `people` is `everybody` with the managers of those parks.
    """
    seeing = _seeing(people, lead)
    rows = [
        Seen(_named(person, lead), Sentence(_what(person, lead))) for person in seeing if not _is_many(person, lead)
    ]
    rows += _rest(seeing, lead)
    rows += _managers([(park_id, person.name) for person, park_id in people if park_id is not None], introductions)
    if is_project:
        rows.append(Seen(Sentence(label(Role.CHAIN_TEAM)), Sentence(N_("项目概况，只读；不见线索和联系人"))))
    if lead.section is not None:
        what = Sentence(N_("仅知「已由%(section)s登记」"), {"section": lead.section.name})
        rows.append(Seen(Sentence(N_("其他科室")), what))
    return rows


def _is_many(person: Person, lead: Lead) -> bool:
    """Colleagues who only read stand as a number; whoever can act, and anybody from outside the section, by name."""
    involved = person.id in (lead.owner_id, lead.registered_by_id)
    return person.role is Role.OFFICER and not involved and person.section_id is not None


def _named(person: Person, lead: Lead) -> Sentence:
    if person.role is Role.OFFICER and person.section_id == lead.section_id:
        return Sentence("%(name)s", {"name": person.name})
    words = {"name": person.name, "role": Sentence(label(person.role))}
    if person.section is not None and person.section_id != lead.section_id:
        return Sentence(N_("%(name)s（%(section)s · %(role)s）"), words | {"section": person.section.name})
    return Sentence(N_("%(name)s（%(role)s）"), words)


def _what(person: Person, lead: Lead) -> str:
    own = lead.section_id in (None, person.section_id)
    if person.role is Role.LEADER:
        return N_("全部，只读；联系人遮盖")
    if person.role is Role.CHIEF and own:
        return N_("全部，可改、可分派")
    if person.id == lead.owner_id:
        return N_("全部，可改")
    if lead.owner_id is None and own:
        return N_("全部，可领取")
    return N_("全部，只读（登记人）") if person.id == lead.registered_by_id else N_("全部，只读")


def _rest(people: Iterable[Person], lead: Lead) -> list[Seen]:
    """Officers who are neither owner nor registrar: of the section by their number, of all sections for an enquiry."""
    count = sum(1 for person in people if _is_many(person, lead))
    if not count:
        return []
    what = Sentence(N_("全部，只读") if lead.owner_id else N_("全部，可领取"))
    if lead.section is None:
        return [Seen(Sentence(N_("各科室专员 %(count)s 人"), {"count": count}), what)]
    return [Seen(Sentence(N_("%(section)s其余 %(count)s 人"), {"section": lead.section.name, "count": count}), what)]


def _managers(managers: Sequence[tuple[int, str]], introductions: Iterable[Introduction]) -> list[Seen]:
    """The managers of parks that the lead was introduced to: they see the introduction, not the lead."""
    rows = []
    for park_id, each in {each.park_id: each for each in introductions}.items():
        what = N_("推介内容；联系人已放开") if each.contact_released_at is not None else N_("推介内容；联系人遮盖")
        names = [name for keeps, name in managers if keeps == park_id]
        words = {"name": "、".join(names), "park": each.park.name}
        who = Sentence(N_("%(name)s（%(park)s）"), words) if names else Sentence(N_("%(park)s管理员"), words)
        rows.append(Seen(who, Sentence(what)))
    return rows
