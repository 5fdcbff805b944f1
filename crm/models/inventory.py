"""Stamps that change with every change of the space inventory and of the chain maps, so that a process may keep what
it has read.

Ranking one lead reads every offer, park and segment: more than half of the time that logging a lead takes. The rows
change rarely. Whoever writes one of them through a session, as an object or by a statement, gives the stamp a new
random value in the same transaction; a process that still holds the inventory of the present stamp need not read it again.

What the chains' analysis rests on has a stamp of its own, because every project that moves changes it.
"""

from __future__ import annotations

import secrets

from sqlalchemy import String, event, insert, inspect, update
from sqlalchemy.orm import Mapped, ORMExecuteState, Session, mapped_column

from crm.models.base import Base
from crm.models.chains import Chain, Segment, SegmentEdge
from crm.models.enterprises import Enterprise
from crm.models.gap_targets import Purchase
from crm.models.parks import Building, LandParcel, Offer, Park, ParkPositioning, Platform, Unit
from crm.models.placements import Placement
from crm.models.projects import Project

#: Tables that the matching engine's inventory is read from.
INVENTORY = (Building, Chain, LandParcel, Offer, Park, ParkPositioning, Platform, Segment, Unit)
#: Tables that the analysis of the chains is read from, beside enterprises.
MAPS = (Chain, Placement, Project, Purchase, Segment, SegmentEdge)
_INVENTORY_ROW, _MAPS_ROW = 1, 2
_ROWS_OF = {
    **{model.__table__: {_INVENTORY_ROW} for model in INVENTORY if model not in MAPS},
    **{model.__table__: {_MAPS_ROW} for model in MAPS if model not in INVENTORY},
    **{model.__table__: {_INVENTORY_ROW, _MAPS_ROW} for model in INVENTORY if model in MAPS},
}
#: What the analysis asks of an enterprise. A new one stands nowhere yet, so logging a lead changes no map.
_OF_ENTERPRISES = ("tier", "name", "merged_into_id")


class InventoryStamp(Base):
    """Two rows. Random, not counted: a number given twice after a rollback would vouch for what was never saved."""

    __tablename__ = "inventory_stamp"

    #: 1 for the space inventory, 2 for the chain maps.
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    #: Changes with every change of the inventory.
    stamp: Mapped[str] = mapped_column(String(32))


def _renew(session: Session, rows: set[int]) -> None:
    table, connection = InventoryStamp.__table__, session.connection()
    for row in sorted(rows):
        stamp = secrets.token_hex(16)
        if not connection.execute(update(table).where(table.c.id == row).values(stamp=stamp)).rowcount:
            connection.execute(insert(table).values(id=row, stamp=stamp))


@event.listens_for(Session, "before_flush")
def _written(session: Session, _context: object, _instances: object) -> None:
    changed = (*session.new, *session.deleted, *(row for row in session.dirty if session.is_modified(row)))
    rows: set[int] = set()
    for record in changed:
        rows |= _ROWS_OF.get(getattr(record, "__table__", None), set())
        if isinstance(record, Enterprise) and record not in session.new and _matters(record):
            rows.add(_MAPS_ROW)
    if rows:
        _renew(session, rows)


def _matters(enterprise: Enterprise) -> bool:
    attributes = inspect(enterprise).attrs
    return any(attributes[name].history.has_changes() for name in _OF_ENTERPRISES)


@event.listens_for(Session, "do_orm_execute")
def _changed_in_bulk(state: ORMExecuteState) -> None:
    """A statement that writes names a mapped class or, where rows go in bulk, the table itself."""
    if state.statement.is_dml:
        rows = _ROWS_OF.get(state.statement.table, set())  # type: ignore[attr-defined]
        if rows:
            _renew(state.session, rows)
