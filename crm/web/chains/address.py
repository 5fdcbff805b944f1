"""The panorama's address: what it is narrowed to, which density, and the addresses of other choices."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app, request, url_for

from chains.engine.model import GapAction, SegmentStatus
from crm.domain.access import Permission
from crm.services.panorama import FILTERS, TIERS, Wanted
from crm.web import kit

#: Beyond so many segments cards become rows, unless the reader says otherwise.
COMPACT_OVER = 60
VIEWS = ("cards", "compact")
_ALLOWED = {
    "status": frozenset(SegmentStatus),
    "action": frozenset(GapAction),
    "tier": frozenset(TIERS),
    "aimed": {"1"},
    "room": {"none"},
    "old": {"1"},
}
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Address:
    """The filters of the address by name, and the density asked for ("" where the page decides)."""

    key: str
    chosen: dict[str, str]
    text: str
    view: str

    @property
    def wanted(self) -> Wanted:
        return Wanted(frozenset(f"{name}={value}" for name, value in self.chosen.items()), self.text)

    def other(self, **changes: str) -> str:
        """The address with other choices; "" takes one off."""
        kept = self.chosen | {"q": self.text, "view": self.view} | changes
        return url_for("chains.show", key=self.key, **{name: value for name, value in kept.items() if value})

    def toggled(self, name: str, value: str) -> str:
        """The address with a choice made, or taken off if it is made already."""
        return self.other(**{name: "" if self.chosen.get(name) == value else value})

    def density(self, segments: int) -> str:
        return self.view or ("compact" if segments > COMPACT_OVER else "cards")


def read(key: str) -> Address:
    """The request's address; nonsense narrows nothing."""
    args = request.args
    chosen = {}
    for name in FILTERS:
        value = args.get(name, "")[:_LONGEST]
        if value and value in _ALLOWED.get(name, (value,)):
            chosen[name] = value
    view = args.get("view", "")
    return Address(key, chosen, args.get("q", "").strip()[:_LONGEST], view if view in VIEWS else "")


def link(endpoint: str, permission: Permission, **values: object) -> str | None:
    """The address of another feature's page, None for who may not open it."""
    if endpoint not in current_app.view_functions or not kit.actor().may(permission):
        return None
    return url_for(endpoint, **values)
