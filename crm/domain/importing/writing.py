"""The other direction: a stored value as a cell that reads back to the same value (export → import is the identity)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from crm.domain.labels import label
from crm.domain.quantities import FEN_PER_WAN

Writer = Callable[[object, str], str]


def text(value: object, _tenure: str = "") -> str:
    return "" if value is None else str(value)


def truth(value: object, _tenure: str = "") -> str:
    return "" if value is None else "是" if value else "否"


def word(value: object, _tenure: str = "") -> str:
    """A member, or several, in Chinese."""
    if isinstance(value, StrEnum):
        return label(value)
    return "、".join(label(each) for each in value) if isinstance(value, (list, tuple)) else ""


def names(value: object, _tenure: str = "") -> str:
    return "、".join(value) if isinstance(value, (list, tuple)) else ""


def day(value: object, _tenure: str = "") -> str:
    return value.isoformat() if isinstance(value, date) and not isinstance(value, datetime) else ""


def wan(value: object, _tenure: str = "") -> str:
    """Fen as 万元 to the last fen."""
    return _hundredth(value, FEN_PER_WAN)


def area(value: object, tenure: str) -> str:
    """m² bare, land as 20.5亩: the header says ㎡."""
    if tenure == "land" and value is not None:
        return _hundredth(value, 100) + "亩"
    return text(value)


def budget(value: object, tenure: str) -> str:
    """In the unit that the tenure has: 元/㎡/月, 元/㎡ or 万元/亩."""
    return text(value) if tenure in ("buy", "land") else _hundredth(value, 100)


def load(value: object, _tenure: str = "") -> str:
    if value is None:
        return ""
    return f"{value}kg/㎡" if value else "0"


def metres(value: object, _tenure: str = "") -> str:
    return _hundredth(value, 100)


def _hundredth(value: object, parts: int) -> str:
    if value is None:
        return ""
    return f"{(Decimal(int(value)) / parts).normalize():f}"  # type: ignore[call-overload]
