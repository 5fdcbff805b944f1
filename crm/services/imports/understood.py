"""What was understood of a cell, where it says more than what was typed: 1.2 in a column of 亿元 is 1.2 亿元."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from sqlalchemy.orm import Session

from crm.domain import quantities as q
from crm.domain.importing.typist import Typist
from crm.domain.sentences import Sentence
from crm.models import ImportRow, ImportRun
from crm.services.imports.lookups import lookups

_SAY: Mapping[str, Callable[[int], Sentence]] = {
    **dict.fromkeys(("investment", "fixed_investment", "signed", "revenue", "assets"), q.say_money),
    "employees": q.say_people,
    "floor_load": q.say_load,
    "clear_height": q.say_height,
    "power": q.say_power,
    "grace_days": q.say_days,
}
_BUDGETS = {"buy": q.say_price, "land": q.say_land_price}


def understood(session: Session, run: ImportRun, rows: Sequence[ImportRow]) -> dict[int, dict[str, Sentence]]:
    """By row and field: figures, days and phones in the words of the product."""
    typist = Typist(run.kind, run.headers, run.mapping, lookups(session))
    columns = {key: int(column) for column, key in run.mapping.items()}
    found = {}
    for row in rows:
        values = typist.read(row.cells).values
        said = {}
        for key, value in values.items():
            words = _words(key, value, str(values.get("tenure", "")))
            typed = row.cells[columns[key]].strip()
            if words is not None and "".join(words.say().split()) != "".join(typed.split()):
                said[key] = words
        found[row.id] = said
    return found


def _words(key: str, value: object, tenure: str) -> Sentence | None:
    if key in _SAY:
        return _SAY[key](int(value))  # type: ignore[call-overload]
    if key.startswith("area"):
        return q.say_area(int(value), land=tenure == "land")  # type: ignore[call-overload]
    if key == "budget":
        return _BUDGETS.get(tenure, q.say_rent)(int(value))  # type: ignore[call-overload]
    if isinstance(value, date):
        return Sentence(value.isoformat())
    return Sentence(str(value)) if key in ("phone", "uscc") else None
