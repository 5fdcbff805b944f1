"""Whose a lead is: hand-overs within a section, transfers between sections, the public pool (公海) and its claims."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, timedelta
from enum import StrEnum

from crm.domain.errors import Invalid
from crm.domain.marking import N_


class TransferKind(StrEnum):
    """How a lead changed hands."""

    ASSIGN = "assign"
    HAND_OVER = "hand_over"
    TRANSFER = "transfer"
    RELEASE = "release"
    CLAIM = "claim"


class TransferState(StrEnum):
    """A transfer between sections waits for the other section's answer; everything else is done at once."""

    ASKED = "asked"
    DONE = "done"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


#: Smallest and largest sensible value of each rule.
_BOUNDS = {
    "protection_days": (1, 730),
    "protection_extension_days": (1, 730),
    "claims_per_day": (1, 50),
    "reclaim_days": (0, 365),
    "pool_silent_days": (1, 730),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnershipRules:
    """The numbers of DOMAIN §4 [P] that the office may change; each is the setting `leads.<name>`."""

    #: First-contact protection, from the day the word reached us.
    protection_days: int = 90
    #: The one extension, on proof of progress.
    protection_extension_days: int = 90
    #: How many leads one person may claim from the pool in a civil day.
    claims_per_day: int = 3
    #: Who let a lead go cannot claim it back for so many days.
    reclaim_days: int = 30
    #: Unprotected and silent for so long: the pool is proposed, and a person decides.
    pool_silent_days: int = 60

    @classmethod
    def read(cls, values: Mapping[str, object]) -> OwnershipRules:
        """Rules of plain values; what is left out keeps its default. Invalid names the value that makes no sense."""
        known = {item.name for item in fields(cls)}
        if strange := sorted(set(values) - known):
            raise Invalid(strange[0], N_("没有「%(name)s」这项规则。"), name=strange[0])
        for name, value in values.items():
            least, most = _BOUNDS[name]
            if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
                raise Invalid(name, N_("应为 %(least)d 到 %(most)d 之间的整数。"), least=least, most=most)
        return cls(**values)  # type: ignore[arg-type]

    def extended(self, protected_until: date) -> date:
        """The end of a protection after its one extension."""
        return protected_until + timedelta(days=self.protection_extension_days)


def checked_credit(shares: Mapping[int, int | None], sections: tuple[int, int]) -> dict[str, int]:
    """The split of credit between the giving and the receiving section, in per cent; Invalid unless it makes 100."""
    found = {section: shares.get(section) for section in sections}
    if set(shares) - set(sections) or any(share is None for share in found.values()):
        raise Invalid("credit", N_("请写明两个科室各记百分之几。"))
    if any(not 0 <= share <= 100 for share in found.values()):  # type: ignore[operator]
        raise Invalid("credit", N_("每个科室的比例应在 0 到 100 之间。"))
    if sum(found.values()) != 100:  # type: ignore[arg-type]
        raise Invalid("credit", N_("两个科室的比例合计要是 100。"))
    return {str(section): int(share) for section, share in found.items() if share is not None}
