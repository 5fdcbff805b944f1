"""Which enterprise a map means: by credit code, else by name or alias."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from chains.engine.model import Placement as Claim
from crm.domain.enterprises.names import normalised
from crm.models import Enterprise, EnterpriseAlias, Placement, Segment


def standing(session: Session, chain_id: int) -> dict[str, Enterprise]:
    """Enterprises that stand on a chain, by the name that its map calls them."""
    query = select(Enterprise).join(Placement, Placement.enterprise_id == Enterprise.id)
    query = query.join(Segment, Segment.id == Placement.segment_id).where(Segment.chain_id == chain_id)
    return {firm.name: firm for firm in session.scalars(query.order_by(Enterprise.id.desc()))}


def resolve(
    session: Session,
    placements: Iterable[Claim],
    *,
    scope: ColumnElement[bool],
    known: Mapping[str, Enterprise],
) -> tuple[list[tuple[Claim, Enterprise]], list[Claim]]:
    """The placements with their enterprises, and those whose enterprise is not in the directory.

    `scope` limits who may be newly placed; firms that stand on the map already (`known`) are not asked for.
    """
    wanted = list(placements)
    seen = _directory(session, [each for each in wanted if each.enterprise not in known], scope)
    placed, strangers = [], []
    for placement in wanted:
        firm = known.get(placement.enterprise) or seen.get(placement.uscc or "")
        firm = firm or seen.get(normalised(placement.enterprise))
        if firm is None:
            strangers.append(placement)
        else:
            placed.append((placement, firm))
    return placed, strangers


def _directory(session: Session, placements: Collection[Claim], scope: ColumnElement[bool]) -> dict[str, Enterprise]:
    """Enterprises by credit code and by normalised name; a real name goes before an alias."""
    names = {normalised(placement.enterprise) for placement in placements}
    codes = {placement.uscc for placement in placements if placement.uscc}
    alive = (Enterprise.merged_into_id.is_(None), scope)
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
