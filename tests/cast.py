"""The cast: the people that every page and use case is tested with (DESIGN §4)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from crm.domain.access import Role
from crm.domain.space import ParkKind, Region
from crm.models import Park, ParkManager, Person, Platform, Section


@dataclass(frozen=True, slots=True)
class Cast:
    """Ids of the people, their sections and parks. `stranger` is nobody: a browser that has not signed in."""

    section: int
    other_section: int
    officer: int
    colleague: int
    outsider: int
    chief: int
    other_chief: int
    manager: int
    other_manager: int
    chain_team: int
    leader: int
    admin: int
    security: int
    auditor: int
    platform: int
    park: int
    other_park: int

    def by_role(self) -> dict[Role, int]:
        """One person of each role."""
        return {
            Role.OFFICER: self.officer,
            Role.CHIEF: self.chief,
            Role.PARK_MANAGER: self.manager,
            Role.CHAIN_TEAM: self.chain_team,
            Role.LEADER: self.leader,
            Role.ADMIN: self.admin,
            Role.SECURITY: self.security,
            Role.AUDITOR: self.auditor,
        }


def make_cast(session: Session) -> Cast:
    """Add the cast to an empty database."""
    one = Section(key="one", name="招商一科")
    two = Section(key="two", name="招商二科")
    platform = Platform(
        key="hailongwei",
        name="海龙围科创区",
        region=Region.SOUTH,
        positioning="科技创新",
        section="三（二）3",
    )
    session.add_all([one, two, platform])
    session.flush()
    park = Park(key="park-one", name="甲园（示例）", pinyin="jia yuan", platform_id=platform.id, kind=ParkKind.PARK)
    other_park = Park(
        key="park-two", name="乙园（示例）", pinyin="yi yuan", platform_id=platform.id, kind=ParkKind.PARK
    )
    session.add_all([park, other_park])
    people = {
        "officer": ("陈思敏", Role.OFFICER, one),
        "colleague": ("林同事", Role.OFFICER, one),
        "outsider": ("李文博", Role.OFFICER, two),
        "chief": ("何志强", Role.CHIEF, one),
        "other_chief": ("周科长", Role.CHIEF, two),
        "manager": ("梁颖", Role.PARK_MANAGER, None),
        "other_manager": ("黄经理", Role.PARK_MANAGER, None),
        "chain_team": ("吴专班", Role.CHAIN_TEAM, None),
        "leader": ("区领导", Role.LEADER, None),
        "admin": ("系统员", Role.ADMIN, None),
        "security": ("安全员", Role.SECURITY, None),
        "auditor": ("审计员", Role.AUDITOR, None),
    }
    made = {
        login: Person(login=login, name=name, role=role, email=f"{login}@example.org", section=section)
        for login, (name, role, section) in people.items()
    }
    session.add_all(made.values())
    session.flush()
    session.add(ParkManager(park_id=park.id, person_id=made["manager"].id))
    session.add(ParkManager(park_id=other_park.id, person_id=made["other_manager"].id))
    session.flush()
    return Cast(
        section=one.id,
        other_section=two.id,
        platform=platform.id,
        park=park.id,
        other_park=other_park.id,
        **{login: person.id for login, person in made.items()},
    )
