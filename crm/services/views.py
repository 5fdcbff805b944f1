"""Saved views: a list's question under a name, mine alone or shared with my section.

A view holds words, not results: opened by somebody else, "mine" is theirs and the scope is theirs.
"""

from __future__ import annotations

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload

from crm.domain.errors import Invalid, NotFound, Stale
from crm.domain.labels import N_
from crm.domain.text import clean_text
from crm.models import SavedView
from crm.services import access, listing
from crm.services.access import Actor

NAME_LENGTH = 40
#: More tabs than that are no help to anybody.
MOST_VIEWS = 20


def of_list(session: Session, actor: Actor, name: str) -> list[SavedView]:
    """Views of one list: the own ones in their order, then those shared with the own section."""
    seen = [SavedView.person_id == actor.id]
    if actor.section_id is not None:
        seen.append(SavedView.section_id == actor.section_id)
    query = (
        select(SavedView)
        .where(SavedView.list == name, or_(*seen))
        .options(joinedload(SavedView.person))
        .order_by(SavedView.person_id != actor.id, SavedView.sort, SavedView.id)
    )
    return list(session.scalars(query))


def save(session: Session, actor: Actor, name: str, title: str, query: str, *, shared: bool) -> SavedView:
    """Keep a question under a title; the same title again replaces what it meant. Invalid("name")."""
    spec = listing.get(name)
    access.require(actor, spec.permission)
    text = spec.text_of(spec.read_text(session, actor, query))
    title = _title(title)
    mine = [view for view in of_list(session, actor, name) if view.person_id == actor.id]
    known = next((view for view in mine if view.name == title), None)
    if known is not None:
        known.query, known.section_id = text, _section(actor, shared)
        return known
    if len(mine) >= MOST_VIEWS:
        raise Invalid("name", N_("已有 %(count)d 个视图，请先删去不用的。"), count=MOST_VIEWS)
    last = session.scalar(
        select(func.max(SavedView.sort)).where(SavedView.list == name, SavedView.person_id == actor.id)
    )
    view = SavedView(
        list=name, name=title, query=text, person_id=actor.id, section_id=_section(actor, shared), sort=(last or 0) + 1
    )
    session.add(view)
    session.flush()
    return view


def mine(session: Session, actor: Actor, view_id: int) -> SavedView:
    """One of the own views; somebody else's, shared or not, is NotFound: only its owner changes it."""
    found = session.scalar(select(SavedView).where(SavedView.id == view_id, SavedView.person_id == actor.id))
    if found is None:
        raise NotFound(N_("没有这个视图。"))
    return found


def change(session: Session, actor: Actor, view_id: int, title: str, *, shared: bool, version: int) -> SavedView:
    """Rename a view, share it or take it back. Invalid("name"); Stale if it was changed in another window."""
    view = mine(session, actor, view_id)
    if view.version != version:
        raise Stale(N_("这个视图在另一个窗口改过了，请看过再改。"))
    title = _title(title)
    taken = select(SavedView.id).where(
        SavedView.list == view.list,
        SavedView.person_id == actor.id,
        SavedView.name == title,
        SavedView.id != view.id,
    )
    if session.scalar(taken) is not None:
        raise Invalid("name", N_("已经有一个视图叫这个名字。"))
    view.name, view.section_id = title, _section(actor, shared)
    session.flush()
    return view


def move(session: Session, actor: Actor, view_id: int, step: int) -> SavedView:
    """Move a view one place to the left (-1) or right (1) among the own ones."""
    view = mine(session, actor, view_id)
    row = [each for each in of_list(session, actor, view.list) if each.person_id == actor.id]
    place = row.index(view)
    target = min(max(place + (1 if step > 0 else -1), 0), len(row) - 1)
    row.insert(target, row.pop(place))
    for sort, each in enumerate(row):
        each.sort = sort
    return view


def remove(session: Session, actor: Actor, view_id: int) -> SavedView:
    """Forget a view; nothing that it showed is touched."""
    view = mine(session, actor, view_id)
    session.delete(view)
    return view


def _title(text: str) -> str:
    title = clean_text(text, NAME_LENGTH, "name")
    if not title:
        raise Invalid("name", N_("请给视图起个名字。"))
    return title


def _section(actor: Actor, shared: bool) -> int | None:
    if shared and actor.section_id is None:
        raise Invalid("shared", N_("您不在科室里，视图只能自己用。"))
    return actor.section_id if shared else None
