"""Readers of single values that all files of a district share, and the keys that are known so far."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from chains.engine.reading import Item
from crm.services.seed.records import Alias, Fact


class _Keyed(Protocol):
    @property
    def key(self) -> str: ...


K = TypeVar("K", bound=_Keyed)


@dataclass(frozen=True, slots=True)
class Known:
    """What later files may refer to. Every lookup complains at the line of the reference."""

    sections: Collection[str]
    segments: Mapping[str, Collection[str]] = field(default_factory=dict)
    regions: Collection[str] = ()
    groups: Collection[str] = ()
    platforms: Collection[str] = ()
    chains: Collection[str] = ()
    firms: Collection[str] = ()

    def section(self, item: Item) -> str:
        value = item.text()
        if value not in self.sections:
            raise item.error(f"the document has no section '{value}'")
        return value

    def fact(self, item: Item) -> Fact:
        found = item.fields(("section", "text"))
        return Fact(self.section(found["section"]), found["text"].text())

    def facts(self, item: Item) -> tuple[Fact, ...]:
        """At least one fact: a record without a source has no place here."""
        facts = tuple(self.fact(entry) for entry in item.items())
        if not facts:
            raise item.error("expected at least one fact with its section")
        return facts

    def aliases(self, item: Item | None) -> tuple[Alias, ...]:
        """A list of other names: plain, or {name: section} where the document writes it so."""
        aliases = []
        for entry in item.items() if item else ():
            if entry.is_mapping():
                aliases += [Alias(name.text(), self.section(section)) for name, section in entry.pairs()]
            else:
                aliases.append(Alias(entry.text()))
        return tuple(aliases)


def known_key(item: Item, keys: Collection[str], what: str) -> str:
    """The text of a reference; complains if nothing of that key exists."""
    value = item.text()
    if value not in keys:
        raise item.error(f"there is no {what} '{value}'")
    return value


def known_keys(item: Item | None, keys: Collection[str], what: str) -> tuple[str, ...]:
    if item is None:
        return ()
    item.texts()
    return tuple(known_key(entry, keys, what) for entry in item.items())


def optional_text(found: Mapping[str, Item], name: str) -> str | None:
    return found[name].text() if name in found else None


def optional_texts(found: Mapping[str, Item], name: str) -> tuple[str, ...]:
    return found[name].texts() if name in found else ()


def records(item: Item, read: Callable[[Item], K]) -> tuple[K, ...]:
    """The records of a list; a key that occurs twice is refused."""
    found: dict[str, K] = {}
    for entry in item.items():
        record = read(entry)
        if record.key in found:
            raise entry.error(f"duplicate key '{record.key}'")
        found[record.key] = record
    if not found:
        raise item.error("expected at least one entry")
    return tuple(found.values())
