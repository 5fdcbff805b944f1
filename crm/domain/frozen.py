"""Values that are stored as JSON and come back the same: dataclasses of figures, names, dates and sentences.

`thaw(T, freeze(x)) == x` for dataclasses made of numbers, texts, dates, instants, enumerations, `Sentence`, tuples,
mappings with whole-number or text keys, and None. A field that a later version adds needs a default to read older data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from crm.domain.sentences import Sentence

T = TypeVar("T")


def freeze(value: object) -> Any:
    """Plain JSON values. Raises TypeError for anything that would not come back."""
    if isinstance(value, Sentence):
        return {"say": value.msgid, "with": {name: _parameter(each) for name, each in value.params.items()}}
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, date):  # instants too
        return value.isoformat()
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, tuple):
        return [freeze(each) for each in value]
    if isinstance(value, Mapping):
        return {str(key): freeze(each) for key, each in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: freeze(getattr(value, field.name)) for field in fields(value)}
    raise TypeError(f"{type(value).__name__} cannot be frozen")


def _parameter(value: object) -> Any:
    """A parameter of a sentence: another sentence, a whole number, or whatever it reads as."""
    if isinstance(value, Sentence):
        return freeze(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else str(value)


def thaw(kind: type[T], value: Any) -> T:
    """The value of `kind` that `freeze` made `value` from. Raises KeyError or ValueError for other data."""
    return _thaw(kind, value)


def _thaw(kind: Any, value: Any) -> Any:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        if value is None:
            return None
        return _thaw(next(each for each in arguments if each is not NoneType), value)
    if origin is tuple:
        return tuple(_thaw(arguments[0], each) for each in value)
    if origin is not None:  # a mapping
        return {_thaw_key(arguments[0], key): _thaw(arguments[1], each) for key, each in value.items()}
    if kind is Sentence:
        return _sentence(value)
    if kind in (date, datetime):
        return kind.fromisoformat(value)
    if is_dataclass(kind):
        hints = _hints(kind)
        return kind(
            **{field.name: _thaw(hints[field.name], value[field.name]) for field in fields(kind) if field.name in value}
        )
    return kind(value)


def _thaw_key(kind: Any, key: str) -> Any:
    return kind(key)


def _sentence(value: Mapping[str, Any]) -> Sentence:
    return Sentence(
        value["say"],
        {name: _sentence(each) if isinstance(each, Mapping) else each for name, each in value["with"].items()},
    )


@lru_cache(maxsize=64)
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)
