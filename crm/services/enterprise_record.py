"""Changing the facts of an enterprise, and the choices that its form offers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from crm.domain.access import Permission
from crm.domain.errors import Invalid, Stale
from crm.domain.labels import N_
from crm.models import Chain, Enterprise, Segment
from crm.services import access, audit, enterprises, segments
from crm.services.access import Actor
from crm.services.enterprises import EnterpriseFacts

_OVERTAKEN = N_("您编辑期间，别人保存了这家企业。您填的内容都还在，请对照后再保存。")


def segment_choices(session: Session) -> dict[str, dict[str, str]]:
    """Chains with their segments (id as text → name), for the form."""
    query = select(Chain.name, Segment.id, Segment.name).join(Segment.chain)
    grouped: dict[str, dict[str, str]] = defaultdict(dict)
    for chain, key, name in session.execute(query.order_by(Chain.sort, Chain.id, Segment.sort, Segment.id)):
        grouped[chain][str(key)] = name
    return dict(grouped)


def change(session: Session, actor: Actor, enterprise_id: int, facts: EnterpriseFacts, version: int) -> Enterprise:
    """Replace the facts of an enterprise by those of a form and assess it anew.

    Invalid names the field; Stale if somebody saved it since the form was opened.
    """
    access.require(actor, Permission.ENTERPRISES_EDIT)
    firm = access.enterprise(session, actor, enterprise_id)
    if firm.version != version:
        raise Stale(_OVERTAKEN)
    before = enterprises.facts_of(firm)
    changed = enterprises.replace(session, firm, enterprises.clean(replace(facts, id=firm.id)))
    try:
        session.flush()
    except StaleDataError as error:
        raise Stale(_OVERTAKEN) from error
    if changed:
        after = enterprises.facts_of(firm)
        audit.record(
            session,
            actor.id,
            "enterprise.edited",
            ("enterprise", firm.id),
            before=plain(before, changed),
            after=plain(after, changed) | {"fields": changed},
        )
    return firm


def choose_segment(session: Session, actor: Actor, enterprise_id: int, segment_id: int, version: int) -> Enterprise:
    """Take a proposed segment as the one that the enterprise mainly stands in; Stale and Invalid like `change`."""
    firm = access.enterprise(session, actor, enterprise_id)
    if segments.row_of(session, segment_id) is None:
        raise Invalid("segment_id", N_("请选一个环节。"))
    return change(session, actor, enterprise_id, replace(enterprises.facts_of(firm), segment_id=segment_id), version)


def plain(facts: EnterpriseFacts, words: Iterable[str]) -> dict[str, object]:
    """Facts as plain JSON by the words of `domain.events.FIELDS`: what the trail keeps before and after an edit."""
    columns = {"segment": "segment_id", "revenue": "revenue_fen", "assets": "assets_fen", "tier": "tier_override"}
    found: dict[str, object] = {}
    for word in words:
        value = getattr(facts, columns.get(word, word))
        if isinstance(value, frozenset):
            value = sorted(str(each) for each in value)
        found[word] = value if value is None or isinstance(value, (int, str, list)) else str(value)
    return found
