"""Who keeps a chain's map and plan (专班): its members, or every chain team where it has none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, exists, false, or_, select
from sqlalchemy.orm import Session

from crm.domain.access import Permission, Role
from crm.domain.errors import NotAllowed
from crm.domain.labels import N_
from crm.models import Chain, ChainMember, Person
from crm.services.access import Actor


def keeper_scope(actor: Actor) -> ColumnElement[bool]:
    """Condition on `Chain`: those that the actor may edit."""
    if not actor.may(Permission.CHAINS_EDIT):
        return false()
    members = exists().where(ChainMember.chain_id == Chain.id)
    return or_(members.where(ChainMember.person_id == actor.id), ~members)


def keeps(session: Session, actor: Actor, chain_id: int) -> bool:
    """Whether the actor may edit the chain's map and plan; no statement where the role may not at all."""
    if not actor.may(Permission.CHAINS_EDIT):
        return False
    return session.scalar(select(Chain.id).where(Chain.id == chain_id, keeper_scope(actor))) is not None


def require_keeper(session: Session, actor: Actor, chain_id: int) -> None:
    """Raise NotAllowed unless the actor keeps the chain."""
    if not keeps(session, actor, chain_id):
        raise NotAllowed(N_("这条产业链由它的专班维护，您可以查看，不能修改。"))


def members(session: Session, chain_id: int) -> Sequence[Person]:
    """The people named for the chain, by name; empty where every chain team keeps it."""
    query = select(Person).join(ChainMember, ChainMember.person_id == Person.id)
    query = query.where(ChainMember.chain_id == chain_id, Person.is_active)
    return session.scalars(query.order_by(Person.name, Person.id)).all()


def keepers(session: Session) -> tuple[Mapping[int, tuple[int, ...]], tuple[int, ...]]:
    """Active members by chain, and every active chain team for chains that have none; two statements."""
    named: dict[int, list[int]] = {}
    rows = session.execute(
        select(ChainMember.chain_id, ChainMember.person_id)
        .join(Person, Person.id == ChainMember.person_id)
        .where(Person.is_active)
        .order_by(ChainMember.id)
    )
    for chain_id, person_id in rows:
        named.setdefault(chain_id, []).append(person_id)
    teams = select(Person.id).where(Person.role == Role.CHAIN_TEAM, Person.is_active).order_by(Person.id)
    return {key: tuple(ids) for key, ids in named.items()}, tuple(session.scalars(teams))
