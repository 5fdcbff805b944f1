"""Two people edited one record: merge what each of them changed, field by field (RELIABILITY §2).

Three states are laid side by side: what both started from, what I want, what the other has saved meanwhile. A field
that one side changed is taken from that side; a field that both changed, differently, is a conflict for a person.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

#: The values of one field as a form sends them: several for check boxes, none for an empty one.
Values = tuple[str, ...]
State = Mapping[str, Values]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Fields that stand or fall together, changed by both. `base` is None where what we started from is not known."""

    fields: tuple[str, ...]
    base: State | None
    mine: State
    theirs: State

    @property
    def key(self) -> str:
        """The first field names the conflict."""
        return self.fields[0]


@dataclass(frozen=True, slots=True)
class Merged:
    """The outcome: values by field (mine where there is a conflict), and which fields came from whom."""

    values: State
    conflicts: tuple[Conflict, ...]
    #: Fields that only the other changed.
    theirs: tuple[str, ...]
    #: Fields that only I changed.
    mine: tuple[str, ...]


def merge(
    base: State | None,
    mine: State,
    theirs: State,
    *,
    bound: Mapping[str, tuple[str, ...]] | None = None,
    same: Callable[[str, Values, Values], bool] = lambda _field, one, other: one == other,
) -> Merged:
    """Merge two edits of `base`; without it every difference is a conflict.

    `bound` ties fields to a leading one that gives them their meaning (the tenure decides the unit of an area): if
    either side changed the leading field, they are merged as one. `same` says when two spellings are one value.
    """
    values: dict[str, Values] = {}
    conflicts: list[Conflict] = []
    from_them: list[str] = []
    from_me: list[str] = []
    for fields in _units(base, mine, theirs, bound or {}, same):
        unlike = [field for field in fields if not same(field, mine[field], theirs[field])]
        i_changed = base is None or any(not same(field, base[field], mine[field]) for field in fields)
        they_changed = base is None or any(not same(field, base[field], theirs[field]) for field in fields)
        if unlike and i_changed and they_changed:
            conflicts.append(
                Conflict(fields, _part(base, fields) if base else None, _part(mine, fields), _part(theirs, fields))
            )
            values |= _part(mine, fields)
        elif unlike and they_changed:
            from_them += unlike
            values |= _part(theirs, fields)
        else:
            from_me += unlike
            values |= _part(mine, fields)
    ordered = {field: values[field] for field in mine}
    return Merged(ordered, tuple(conflicts), tuple(from_them), tuple(from_me))


def _units(
    base: State | None,
    mine: State,
    theirs: State,
    bound: Mapping[str, tuple[str, ...]],
    same: Callable[[str, Values, Values], bool],
) -> list[tuple[str, ...]]:
    """The fields in their order, each alone or, where its leader was changed, together with it."""
    taken: set[str] = set()
    units = []
    for field in mine:
        if field in taken:
            continue
        start = base if base is not None else theirs
        moved = not (same(field, start[field], mine[field]) and same(field, start[field], theirs[field]))
        together = (field, *(each for each in bound.get(field, ()) if each in mine and each not in taken))
        units.append(together if moved else (field,))
        taken.update(units[-1])
    return units


def _part(state: State, fields: tuple[str, ...]) -> dict[str, Values]:
    return {field: state[field] for field in fields}
