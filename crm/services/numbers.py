"""Numbers that people quote, such as XS-2026-0001: counted per year, without gaps, safe under concurrency."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crm.models import Counter


def lock_series(session: Session, prefix: str, year: int) -> Counter:
    """The counter of a series, locked until the unit of work ends: its writers come one after the other.

    What a writer looks for after this (an earlier row of the same form, an enterprise of the same name) it therefore
    finds, even if another writer made it an instant ago.
    """
    series = f"{prefix}-{year}"
    counter = _locked(session, series)
    if counter is None:
        try:
            with session.begin_nested():
                session.add(Counter(series=series, value=0))
        except IntegrityError:
            # Another first writer was faster; its row is there now.
            session.expire_all()
        counter = _locked(session, series)
    if counter is None:
        raise RuntimeError(f"the counter {series} cannot be read")
    return counter


def take_number(counter: Counter) -> str:
    """The next number of a locked series."""
    counter.value += 1
    return f"{counter.series}-{counter.value:04d}"


def _locked(session: Session, series: str) -> Counter | None:
    return session.get(Counter, series, with_for_update=True, populate_existing=True)
