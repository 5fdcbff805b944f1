"""The files of this folder as values. They come with the product: a key that nobody knows is a TypeError at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

FOLDER = Path(__file__).parent
MARK = "（示例）"
_FIRM = frozenset({"staff", "revenue", "assets", "founded", "registered", "titles"})
_NEED = frozenset({"rent", "buy", "land", "budget", "load", "height", "power", "env", "within", "grace", "at"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    login: str
    name: str
    role: str
    section: str | None = None
    #: Keys of the parks that this manager keeps.
    parks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """A unit or a parcel as space.yaml describes it; m² or 亩, metres, and days from today."""

    name: str
    total: float
    free: float
    least: float
    floor: int | None = None
    rent: float | None = None
    buy: float | None = None
    price: float | None = None
    storey: float | None = None
    clear: float | None = None
    load: int | None = None
    power: int | None = None
    lift: int | None = None
    env: str | None = None
    available: int | None = None
    end: int | None = None
    seen: int | None = None
    by: str | None = None
    use: str | None = None
    park: str | None = None
    status: str = "available"
    tiers: tuple[str, ...] = ()
    instruments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """An introduction: which offer, when, and what the park said to it. Days are working days ago."""

    offer: str
    days: int
    at: str
    message: str
    by: str | None = None
    answer: str = "introduced"
    answered: int | None = None
    answer_at: str = "10:00"
    note: str | None = None
    viewing: tuple[int, str] | None = None
    release: int | None = None
    reason: str | None = None
    requirement: str | None = None
    value: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A lead as leads.yaml tells it."""

    name: str
    received: int
    source: str
    text: str
    firm: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    need: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    people: tuple[tuple[str, bool], ...] = ()
    owner: str | None = None
    section: str | None = None
    by: str | None = None
    referrer: str = ""
    told: int | None = None
    protected: int | None = None
    seg: str | None = None
    code: str | None = None
    invest: int | None = None
    grade: str | None = None
    state: str = "new"
    screened: int | None = None
    note: str = ""
    log: tuple[tuple[int, str, str, str, str], ...] | None = None
    next: tuple[int, str, str, str] | None = None
    sent: tuple[Sent, ...] = ()

    def __post_init__(self) -> None:
        unknown = (set(self.firm) - _FIRM) | (set(self.need) - _NEED)
        if unknown:
            raise TypeError(f"{self.name}: nobody knows {sorted(map(str, unknown))}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """The way of one project through its stages."""

    lead: str
    grade: str
    steps: tuple[tuple[str, int | str], ...]
    park: str | None = None
    signed: int | None = None
    decision: str | None = None
    decide_in: int = 0
    lost: Mapping[str, Any] | None = None


@cache
def _read(name: str) -> Any:
    return yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))


def _deep(value: Any) -> Any:
    """Lists become tuples, so that what was read once cannot be changed."""
    return tuple(_deep(item) for item in value) if isinstance(value, list) else value


def sections() -> tuple[Mapping[str, str], ...]:
    return _deep(_read("people.yaml")["sections"])


def accounts() -> tuple[Account, ...]:
    return tuple(Account(**_tuples(entry)) for entry in _read("people.yaml")["people"])


def parks() -> tuple[Mapping[str, Any], ...]:
    """The parks of the demonstration's own: key, name, kind, platform, banned, tiers, focus."""
    return _deep(_read("space.yaml")["parks"])


def buildings() -> tuple[tuple[str, str, int, tuple[Space, ...]], ...]:
    """(park key, name, floors, units) of each building."""
    return tuple(
        (entry["park"], entry["name"], entry["floors"], tuple(_space(unit) for unit in entry["units"]))
        for entry in _read("space.yaml")["buildings"]
    )


def parcels() -> tuple[Space, ...]:
    return tuple(_space(entry) for entry in _read("space.yaml")["parcels"])


def stories() -> tuple[Story, ...]:
    return tuple(
        Story(**_tuples({**entry, "sent": [Sent(**_tuples(sent)) for sent in entry.get("sent", ())]}))
        for entry in _read("leads.yaml")["leads"]
    )


def journeys() -> tuple[Journey, ...]:
    return tuple(Journey(**_tuples(entry)) for entry in _read("projects.yaml")["projects"])


def library() -> Mapping[str, Any]:
    """What projects know and have proven, and the ledgers, comments, pool and views around them."""
    return _deep(_read("library.yaml"))


def texts(name: str) -> tuple[Any, ...]:
    """`done`: (kind, subject, outcome); `next`: (kind, subject)."""
    return _deep(_read("texts.yaml")[name])


def _space(entry: Mapping[str, Any]) -> Space:
    words = {"from": "available", "with": "instruments"}
    return Space(**_tuples({words.get(name, name): value for name, value in entry.items()}))


def _tuples(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _deep(value) for name, value in entry.items()}
