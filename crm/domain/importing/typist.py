"""One row of a table as values, or as sentences beside its cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from crm.domain.errors import Invalid
from crm.domain.importing import cells
from crm.domain.importing.fields import Field, by_key
from crm.domain.importing.headers import unit_of
from crm.domain.imports import ImportKind

#: The row of a template that shows how to fill it in.
EXAMPLE_MARK = "【示例】"
_DEPENDS_ON_TENURE = frozenset(["area_min", "area_target", "area_max", "budget"])
_FIGURES = _DEPENDS_ON_TENURE | {"investment", "floor_load", "clear_height", "power", "employees", "revenue", "assets"}


@dataclass(slots=True)
class Typed:
    """Values by field; a field that is not there was left empty and says nothing. `errors`: field → (msgid, params)."""

    values: dict[str, object] = field(default_factory=dict)
    errors: dict[str, tuple[str, dict[str, object]]] = field(default_factory=dict)
    #: What was written for a figure, where it is more than digits: kept so that a reading can be checked later.
    words: dict[str, str] = field(default_factory=dict)

    def object_to(self, error: Invalid, default: str = "name") -> None:
        """Put an objection beside its field."""
        self.errors.setdefault(error.field or default, (error.sentence, dict(error.params)))


class Typist:
    """Reads the rows of one file: the columns' fields and units are settled once."""

    def __init__(
        self, kind: ImportKind, headers: Sequence[str], mapping: Mapping[str, str], lookups: cells.Lookups
    ) -> None:
        known = by_key(kind)
        columns = [(int(column), known[key]) for column, key in mapping.items() if key in known]
        # The tenure decides the units of others, so it is read first.
        columns.sort(key=lambda pair: (pair[1].key in _DEPENDS_ON_TENURE, pair[0]))
        self._columns: list[tuple[int, Field, str]] = [
            (column, each, unit_of(headers[column]) if column < len(headers) else "") for column, each in columns
        ]
        self._lookups = lookups

    def read(self, row: Sequence[str]) -> Typed:
        """Every cell that says something."""
        typed = Typed()
        around = cells.Around(self._lookups)
        for column, each, unit in self._columns:
            text = row[column] if column < len(row) else ""
            if not text or text.isspace():
                continue
            around.unit = unit
            around.tenure = str(typed.values.get("tenure", ""))
            try:
                if text[0] == "#":
                    cells.refuse_formula_error(text, each.key)
                value = each.read(text, each.key, around)
            except cells.Masked:
                continue
            except Invalid as error:
                typed.errors[each.key] = (error.sentence, dict(error.params))
                continue
            if value != "":
                typed.values[each.key] = value
                if each.key in _FIGURES and not text.isdigit():
                    typed.words[each.key] = text.strip()[:100]
        return typed
