"""Which reader each figure of a lead form has, and how a stored figure is written back into its field."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from crm.domain import quantities as q
from crm.domain.errors import Invalid
from crm.domain.quantities import Reading

#: (text, field, tenure) → reading; the tenure decides the unit of areas and prices.
Reader = Callable[[str, str, str], Reading]


def _any(read: Callable[[str, str], Reading]) -> Reader:
    return lambda text, field, _tenure: read(text, field)


def area(text: str, field: str, tenure: str) -> Reading:
    """m², or 0.01 亩 for land."""
    return q.read_area(text, field, land=tenure == "land")


def area_range(text: str, field: str, tenure: str) -> tuple[Reading, Reading] | None:
    """Both ends of a range that stands in one field of the area; None for a text that is none, or another field."""
    if not text or field not in ("area_min", "area_target", "area_max"):
        return None
    return q.read_area_range(text, field, land=tenure == "land")


def budget(text: str, field: str, tenure: str) -> Reading:
    """fen/m²/month for rent (also while nothing is chosen), yuan/m² to buy, 万元/亩 for land."""
    return {"buy": q.read_price, "land": q.read_land_price}.get(tenure, q.read_rent)(text, field)


people, money, floor_load = _any(q.read_people), _any(q.read_money), _any(q.read_load)
height, power, days = _any(q.read_height), _any(q.read_power), _any(q.read_days)
READERS: dict[str, Reader] = {
    "employees": people,
    "revenue": money,
    "assets": money,
    "investment": money,
    "area_min": area,
    "area_target": area,
    "area_max": area,
    "budget": budget,
    "floor_load": floor_load,
    "clear_height": height,
    "power": power,
    "grace_days": days,
}


def write(name: str, number: int | None, tenure: str = "") -> str:
    """A stored number as the field takes it back, so that reading it again gives the same; "" for unknown."""
    if number is None:
        return ""
    if name == "floor_load":
        return f"{number} kg/㎡" if number else "0"
    value = Decimal(number)
    if name in ("revenue", "assets", "investment"):
        value = value / q.FEN_PER_WAN
    elif (
        name == "clear_height"
        or (name.startswith("area") and tenure == "land")
        or (name == "budget" and tenure not in ("buy", "land"))
    ):
        value = value / 100
    return f"{value.normalize():f}"


def same(name: str, one: str, other: str, tenure: str) -> bool:
    """Whether two texts are read as the same number."""
    reader = READERS.get(name)
    if reader is None:
        return False
    try:
        return reader(one, name, tenure).number == reader(other, name, tenure).number
    except Invalid:
        return False
