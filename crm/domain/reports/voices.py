"""The three voices of the weekly report, and who reads in which (DOMAIN §7)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from crm.domain.access import Role
from crm.domain.labels import N_


class Voice(StrEnum):
    """Whom the report speaks to."""

    LEADER = "leader"
    OFFICER = "officer"
    PARK = "park"

    @property
    def kind(self) -> str:
        """The outbox's word for the mail in this voice."""
        return f"weekly_{self.value}"


#: Words of the three voices; the roles that receive each, and those that may read it as their own.
VOICE_WORDS = {Voice.LEADER: N_("区领导"), Voice.OFFICER: N_("招商专员"), Voice.PARK: N_("园区管理员")}
RECEIVERS: Mapping[Voice, frozenset[Role]] = {
    Voice.LEADER: frozenset({Role.LEADER}),
    Voice.OFFICER: frozenset({Role.OFFICER, Role.CHIEF}),
    Voice.PARK: frozenset({Role.PARK_MANAGER}),
}
_OWN = {role: voice for voice, roles in RECEIVERS.items() for role in roles}


def own_voice(role: Role) -> Voice | None:
    """The voice in which a role reads the report; a chain team reads the leaders' page within what it may see."""
    return Voice.LEADER if role is Role.CHAIN_TEAM else _OWN.get(role)
