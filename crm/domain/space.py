"""Words of space: what can be let, bought or built on, and how it is described (DOMAIN §5)."""

from __future__ import annotations

from enum import StrEnum


class Tenure(StrEnum):
    """How the space is taken. Prices: rent in fen/m²/month, buy in yuan/m², land in 万元/亩 (MATCHING A)."""

    RENT = "rent"
    BUY = "buy"
    LAND = "land"


class Region(StrEnum):
    """The two halves of the district that the source plans apart [S 四（一）2, 四（一）3]."""

    NORTH = "north"
    SOUTH = "south"


class EnvClass(StrEnum):
    """Environmental assessment class, in rising order of impact; compare with `rank`."""

    EXEMPT = "exempt"
    REGISTRATION = "registration"
    REPORT_TABLE = "report_table"
    REPORT_BOOK = "report_book"

    @property
    def rank(self) -> int:
        return list(EnvClass).index(self)


class UnitStatus(StrEnum):
    """Whether a unit or parcel can be offered at all."""

    AVAILABLE = "available"
    HELD = "held"
    LET = "let"
    UNAVAILABLE = "unavailable"


class ParkKind(StrEnum):
    """What kind of place a park record describes; only some can hold a tenant."""

    PARK = "park"
    AREA = "area"
    BUILDING = "building"
    MALL = "mall"
    MARKET = "market"
    LAND = "land"
    LANDMARK = "landmark"
    CENTRE = "centre"
    PLANNED = "planned"
    OUTSIDE = "outside"
