"""Which enterprise a map means: by credit code, else by name or alias."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import Session

from chains.engine.model import Placement
from crm.domain.enterprises.names import normalised
from crm.models import Enterprise, EnterpriseAlias


def resolve(
    session: Session,
    placements: Iterable[Placement],
    *,
    scope: ColumnElement[bool] | None = None,
    known: Collection[str] = (),
) -> tuple[list[tuple[Placement, Enterprise]], list[Placement]]:
    """The placements with their enterprises, and those whose enterprise is not in the directory.

    `scope` limits who may be newly placed; firms that stand on the map already (`known`, by name) are not asked for.
    """
    wanted = list(placements)
    found = _directory(session, wanted, None)
    seen = found if scope is None else _directory(session, wanted, scope)
    placed, strangers = [], []
    for placement in wanted:
        table = found if placement.enterprise in known else seen
        firm = table.get(placement.uscc or "") or table.get(normalised(placement.enterprise))
        if firm is None:
            strangers.append(placement)
        else:
            placed.append((placement, firm))
    return placed, strangers


def _directory(
    session: Session, placements: Collection[Placement], scope: ColumnElement[bool] | None
) -> dict[str, Enterprise]:
    """Enterprises by credit code and by normalised name; a real name goes before an alias."""
    names = {normalised(placement.enterprise) for placement in placements}
    codes = {placement.uscc for placement in placements if placement.uscc}
    alive = (Enterprise.merged_into_id.is_(None), scope if scope is not None else true())
    by_alias = (
        select(EnterpriseAlias.normalised_name, Enterprise)
        .join(Enterprise, Enterprise.id == EnterpriseAlias.enterprise_id)
        .where(EnterpriseAlias.normalised_name.in_(names), *alive)
        .order_by(Enterprise.id.desc())
    )
    table = dict(session.execute(by_alias).all())
    query = select(Enterprise).where(or_(Enterprise.normalised_name.in_(names), Enterprise.uscc.in_(codes)), *alive)
    for firm in session.scalars(query.order_by(Enterprise.id.desc())):
        table[firm.normalised_name] = firm
        if firm.uscc:
            table[firm.uscc] = firm
    return table
