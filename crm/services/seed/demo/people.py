"""Sections, accounts and who keeps which park. Accounts have no password: the demo buttons are their only door."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from crm.domain.access import Role
from crm.models import Park, ParkManager, Person, Section
from crm.services.access import Actor, actor_of
from crm.services.seed.demo import files
from crm.services.seed.upsert import Tally, write


@dataclass(frozen=True, slots=True)
class People:
    """The cast by login and by section key."""

    actors: Mapping[str, Actor]
    sections: Mapping[str, int]
    #: Managers by park id.
    managers: Mapping[int, tuple[Actor, ...]]

    def chief_of(self, section_id: int | None) -> Actor:
        chiefs = [actor for actor in self.actors.values() if actor.role is Role.CHIEF]
        return next((chief for chief in chiefs if chief.section_id == section_id), chiefs[0])

    def manager_of(self, park_id: int) -> Actor | None:
        return next(iter(self.managers.get(park_id, ())), None)


def store_people(session: Session, tally: Tally, parks: Mapping[str, Park]) -> People:
    sections = {
        entry["key"]: write(session, tally, Section, None, {"name": entry["name"]}, key=entry["key"], is_demo=True)
        for entry in files.sections()
    }
    session.flush()
    persons: dict[str, Person] = {}
    for account in files.accounts():
        section = sections[account.section] if account.section else None
        values = {
            "name": account.name,
            "email": f"{account.login}@example.org",
            "role": Role(account.role),
            "section": section,
        }
        persons[account.login] = write(session, tally, Person, None, values, login=account.login, is_demo=True)
    session.flush()
    keeps: dict[int, list[str]] = {}
    for account in files.accounts():
        for key in account.parks:
            if key in parks:
                ids = {"park_id": parks[key].id, "person_id": persons[account.login].id}
                write(session, tally, ParkManager, None, {}, is_demo=True, **ids)
                keeps.setdefault(parks[key].id, []).append(account.login)
    session.flush()
    actors = {login: actor_of(session, person) for login, person in persons.items()}
    managers = {park_id: tuple(actors[login] for login in logins) for park_id, logins in keeps.items()}
    return People(actors, {key: section.id for key, section in sections.items()}, managers)
