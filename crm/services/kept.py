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

#: Stamps of which something is kept: the one of now, and one that a long transaction may still see.
_STAMPS = 2
_kept: OrderedDict[str, dict[str, object]] = OrderedDict()
_lock = Lock()


def kept(session: Session, what: str, read: Callable[[str | None], Read]) -> Read:
    """The answer of `read`, called once for each stamp and each `what`; it is given the stamp.

    Without a stamp (a database that nobody has migrated that far) nothing is kept, and `read` is given None.
    """
    session.flush()
    stamp = session.scalar(select(InventoryStamp.stamp))
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
