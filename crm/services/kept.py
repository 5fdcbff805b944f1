"""What a process has read of the inventory's tables and keeps until they change (`models.inventory`).

The stamp is asked first. Whoever changes one of those tables meanwhile gives it another one, so what is kept may be
newer than its stamp, never older. What is kept is shared by all requests of the process: nobody changes it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import TypeVar, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.models import InventoryStamp

Read = TypeVar("Read")

#: Stamps of which something is kept: of inventory and maps the one of now, and one that a long transaction may see.
_STAMPS = 4
_kept: OrderedDict[str, dict[str, object]] = OrderedDict()
_lock = Lock()


def kept(session: Session, what: str, read: Callable[[str | None], Read]) -> Read:
    """The answer of `read`, called once for each stamp and each `what`; it is given the stamp.

    Without a stamp (a database that nobody has migrated that far) nothing is kept, and `read` is given None.
    """
    session.flush()
    stamp = session.scalar(select(InventoryStamp.stamp).where(InventoryStamp.id == 1))
    return _kept_under(stamp, what, read)


def kept_maps(session: Session, what: str, read: Callable[[str | None], Read]) -> Read:
    """The same for what is read of the chain maps and the inventory together: either's change lets go of it."""
    session.flush()
    stamps = session.scalars(select(InventoryStamp.stamp).order_by(InventoryStamp.id)).all()
    return _kept_under("/".join(stamps) if len(stamps) == 2 else None, what, read)


def _kept_under(stamp: str | None, what: str, read: Callable[[str | None], Read]) -> Read:
    if stamp is None:
        return read(None)
    with _lock:
        if what in _kept.get(stamp, {}):
            return cast(Read, _kept[stamp][what])
    found = read(stamp)
    with _lock:
        _kept.setdefault(stamp, {})[what] = found
        while len(_kept) > _STAMPS:
            _kept.popitem(last=False)
    return found
