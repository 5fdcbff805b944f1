"""Reading YAML files strictly, so that every complaint names the file and the line.

The files that describe chains and districts are edited by people. A typo must never pass silently: unknown
fields, duplicate keys, anchors and values of the wrong kind are refused with a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG = "tag:yaml.org,2002:"
_KEY = re.compile(r"[a-z][a-z0-9_]{0,63}\Z")
_CODE = re.compile(r"([A-T]|[0-9]{2,4})\Z")
_SIZE_LIMIT = 2_000_000  # bytes; the largest real map has a fiftieth of this


class FileError(Exception):
    """A file cannot be accepted. `str()` is `path:line: sentence`; `line` from 1, 0 = the whole file.

    `template` and `params` are the sentence before it was filled in, for whoever says it in another language.
    """

    def __init__(self, path: Path, line: int, sentence: str, **params: object) -> None:
        self.path = path
        self.line = line
        self.sentence = sentence % params if params else sentence
        self.template = sentence
        self.params = params
        super().__init__(f"{path}:{line}: {self.sentence}")


@dataclass(frozen=True, slots=True)
class Item:
    """One value of a YAML file and where it stands. The readers raise `FileError` for a wrong kind."""

    path: Path
    node: yaml.Node

    @property
    def line(self) -> int:
        return self.node.start_mark.line + 1

    def error(self, sentence: str, **params: object) -> FileError:
        return FileError(self.path, self.line, sentence, **params)

    def pairs(self) -> Iterator[tuple[Item, Item]]:
        """Key and value of every entry of a mapping, in file order."""
        if not isinstance(self.node, yaml.MappingNode):
            raise self.error("expected a mapping (key: value)")
        for key, value in self.node.value:
            yield Item(self.path, key), Item(self.path, value)

    def fields(self, required: Collection[str], optional: Collection[str] = ()) -> dict[str, Item]:
        """The entries of a mapping with a fixed set of names; a missing or an unknown name is refused."""
        found = {}
        for key, value in self.pairs():
            name = key.node.value  # as written: a field may be called "on", which YAML takes for true
            if name not in required and name not in optional:
                allowed = ", ".join(sorted({*required, *optional}))
                raise key.error("unknown field '%(name)s'; allowed: %(allowed)s", name=name, allowed=allowed)
            found[name] = value
        missing = [name for name in required if name not in found]
        if missing:
            raise self.error("missing field '%(name)s'", name=missing[0])
        return found

    def items(self) -> list[Item]:
        if not isinstance(self.node, yaml.SequenceNode):
            raise self.error("expected a list")
        return [Item(self.path, node) for node in self.node.value]

    def is_mapping(self) -> bool:
        return isinstance(self.node, yaml.MappingNode)

    def is_list(self) -> bool:
        return isinstance(self.node, yaml.SequenceNode)

    def _scalar(self, kinds: Collection[str], expected: str) -> str:
        if not isinstance(self.node, yaml.ScalarNode):
            raise self.error("expected %(expected)s, found a list or a mapping", expected=expected)
        if self.node.tag.removeprefix(_TAG) not in kinds:
            raise self.error(
                "expected %(expected)s, found '%(found)s' (quote it if it is text)",
                expected=expected,
                found=self.node.value,
            )
        return self.node.value

    def text(self) -> str:
        """Non-empty text without surrounding blanks. Numbers and yes/no must be quoted to be text."""
        value = self._scalar(("str",), "text").strip()
        if not value:
            raise self.error("expected text, found nothing")
        return value

    def texts(self) -> tuple[str, ...]:
        """A list of texts without repetitions."""
        values: list[str] = []
        for item in self.items():
            value = item.text()
            if value in values:
                raise item.error("'%(value)s' is listed twice", value=value)
            values.append(value)
        return tuple(values)

    def key(self) -> str:
        """A record's key: lower-case letters, digits and underscores, beginning with a letter."""
        value = self.text()
        if not _KEY.match(value):
            raise self.error("'%(value)s' is not a key (a-z, 0-9 and _, beginning with a letter)", value=value)
        return value

    def keys(self) -> tuple[str, ...]:
        self.texts()
        return tuple(item.key() for item in self.items())

    def codes(self) -> tuple[str, ...]:
        """GB/T 4754 codes: a letter or 2–4 digits, quoted because YAML reads a bare 0171 as a number."""
        for item in self.items():
            if not _CODE.match(item.text()):
                raise item.error(
                    "'%(value)s' is not a GB/T 4754 code (a letter A-T or 2 to 4 digits)", value=item.text()
                )
        return self.texts()

    def one_of(self, allowed: Collection[str]) -> str:
        value = self.text()
        if value not in allowed:
            raise self.error("'%(value)s' is not one of: %(allowed)s", value=value, allowed=", ".join(sorted(allowed)))
        return value

    def number(self) -> Decimal:
        try:
            return Decimal(self._scalar(("int", "float"), "a number"))
        except InvalidOperation:
            raise self.error("'%(value)s' is not a decimal number", value=self.node.value) from None

    def integer(self, low: int, high: int) -> int:
        value = self.number()
        if value != value.to_integral_value() or not low <= value <= high:
            raise self.error(
                "expected a whole number from %(low)s to %(high)s, found %(value)s", low=low, high=high, value=value
            )
        return int(value)

    def day(self) -> str:
        """A civil date as ISO text, written 2026-11-24 with or without quotes."""
        value = self._scalar(("str", "timestamp"), "a day such as 2026-11-24")
        try:
            return date.fromisoformat(value.strip()).isoformat()
        except ValueError:
            raise self.error("'%(value)s' is not a day such as 2026-11-24", value=value) from None

    def boolean(self) -> bool:
        return self._scalar(("bool",), "true or false").lower() in ("true", "yes", "on")


def read_yaml(path: Path) -> Item:
    """The document of a UTF-8 file. Raises `FileError`; refuses duplicate keys and anchors anywhere in it."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise FileError(path, 0, "cannot be read: %(why)s", why=error.strerror) from None
    return parse_yaml(raw, path)


def parse_yaml(raw: bytes, path: Path) -> Item:
    """The same of a document that is no file (yet); `path` is what errors call it."""
    if len(raw) > _SIZE_LIMIT:
        raise FileError(path, 0, "is larger than %(limit)s bytes", limit=_SIZE_LIMIT)
    try:
        node = yaml.compose(raw.decode("utf-8-sig"), Loader=_LOADER)
    except UnicodeDecodeError as error:
        raise FileError(path, raw[: error.start].count(b"\n") + 1, "is not UTF-8") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise FileError(
            path, mark.line + 1 if mark else 0, "is not YAML: %(why)s", why=error.problem or "no reason given"
        ) from None
    except yaml.YAMLError as error:
        raise FileError(path, 0, "is not YAML: %(why)s", why=str(error)) from None
    except RecursionError:
        raise FileError(path, 0, "is nested too deeply") from None
    if node is None:
        raise FileError(path, 1, "is empty")
    _refuse_repeats(path, node)
    return Item(path, node)


def _refuse_repeats(path: Path, root: yaml.Node) -> None:
    """Duplicate keys are a lost edit; an alias makes one edit change two places."""
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            raise Item(path, node).error("anchors and aliases are not allowed: write the value out")
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            waiting.extend(node.value)
        elif isinstance(node, yaml.MappingNode):
            keys: set[str] = set()
            for key, value in node.value:
                if not isinstance(key, yaml.ScalarNode):
                    raise Item(path, key).error("a key must be plain text")
                if key.value in keys:
                    raise Item(path, key).error("duplicate key '%(key)s'", key=key.value)
                keys.add(key.value)
                waiting.extend((key, value))
