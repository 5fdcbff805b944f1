"""Numbers that people quote, such as XS-2026-0001: counted per year, without gaps, safe under concurrency."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from crm.domain.errors import Busy
from crm.domain.labels import N_
from crm.infra.db import gave_up_waiting
from crm.models import Counter

BUSY = N_("此刻有一张大表正在导入，还不能登记新的。请过一两分钟再提交，您填写的内容都在。")


def lock_series(session: Session, prefix: str, year: int) -> Counter:
    """The counter of a series, locked until the unit of work ends: its writers come one after the other.

    What a writer looks for after this (an earlier row of the same form, an enterprise of the same name) it therefore
    finds, even if another writer made it an instant ago. That is why a big import keeps it to its end instead of
    reserving its numbers and letting go: the firms that it is about to write could be registered a second time, and a
    rolled back one would leave a gap. Who waits for it too long (`infra.db.POSTGRES_LOCK_MS`) gets Busy.
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
    try:
        # In a savepoint, so that the form can be shown again by the same session.
        with session.begin_nested():
            return session.get(Counter, series, with_for_update=True, populate_existing=True)
    except OperationalError as error:
        if not gave_up_waiting(error):
            raise
        raise Busy(BUSY) from error
