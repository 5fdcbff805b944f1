"""A stamp that changes with every change of the space inventory, so that a process may keep what it has read.

Ranking one lead reads every offer, park and segment: more than half of the time that logging a lead takes. The rows
change rarely. Whoever writes one of them through a session, as an object or by a statement, gives the stamp a new
random value in the same transaction; a process that still holds the inventory of the present stamp need not read it again.
"""

from __future__ import annotations

import secrets

from sqlalchemy import String, event, insert, update
from sqlalchemy.orm import Mapped, ORMExecuteState, Session, mapped_column

from crm.models.base import Base
from crm.models.chains import Chain, Segment
from crm.models.parks import Building, LandParcel, Offer, Park, ParkPositioning, Platform, Unit

#: Tables that the matching engine's inventory is read from.
INVENTORY = (Building, Chain, LandParcel, Offer, Park, ParkPositioning, Platform, Segment, Unit)
_TABLES = frozenset(model.__table__ for model in INVENTORY)


class InventoryStamp(Base):
    """One row. Random, not counted: a number given twice after a rollback would vouch for what was never saved."""

    __tablename__ = "inventory_stamp"

    #: Always 1.
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    #: Changes with every change of the inventory.
    stamp: Mapped[str] = mapped_column(String(32))


def _renew(session: Session) -> None:
    table, stamp = InventoryStamp.__table__, secrets.token_hex(16)
    connection = session.connection()
    if not connection.execute(update(table).where(table.c.id == 1).values(stamp=stamp)).rowcount:
        connection.execute(insert(table).values(id=1, stamp=stamp))


@event.listens_for(Session, "before_flush")
def _written(session: Session, _context: object, _instances: object) -> None:
    changed = (*session.new, *session.deleted, *(row for row in session.dirty if session.is_modified(row)))
    if any(isinstance(row, INVENTORY) for row in changed):
        _renew(session)


@event.listens_for(Session, "do_orm_execute")
def _changed_in_bulk(state: ORMExecuteState) -> None:
    """A statement that writes names a mapped class or, where rows go in bulk, the table itself."""
    if state.statement.is_dml and state.statement.table in _TABLES:  # type: ignore[attr-defined]
        _renew(state.session)
