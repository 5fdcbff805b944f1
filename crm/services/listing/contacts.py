"""The list of contacts: personal information, masked in every cell; looking at one stays a logged click on its lead.

Names are neither sorted nor searched by parts: an order or a guess would tell what the mask hides.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.orm import Session, joinedload

from crm.domain.access import Permission
from crm.domain.contacts import clean_phone, mask_email, mask_name, mask_phone
from crm.domain.errors import Invalid
from crm.domain.labels import N_
from crm.domain.policies import Tier
from crm.domain.sentences import Sentence
from crm.models import Contact, Enterprise, Lead, Section
from crm.services import access
from crm.services.access import Actor
from crm.services.contacts import UNNAMED
from crm.services.listing import options
from crm.services.listing.columns import Column, Kind, Row, reads
from crm.services.listing.filters import Ask, Choice, Filter, Option, Range, Search, any_of, within, words_of
from crm.services.listing.keyset import Sort
from crm.services.listing.spec import BuiltIn, ListSpec
from crm.services.search import matching

UNKNOWN = "unknown"


def _decides(_ask: Ask, _words: tuple[str, ...]) -> ColumnElement[bool]:
    return Contact.is_decision_maker


def _tier(ask: Ask, words: tuple[str, ...]) -> ColumnElement[bool]:
    return exists().where(Enterprise.id == Contact.enterprise_id, any_of(Enterprise.tier, UNKNOWN)(ask, words))


def _mine(ask: Ask, _words: tuple[str, ...]) -> ColumnElement[bool]:
    return exists().where(Lead.contact_id == Contact.id, Lead.owner_id == ask.actor.id, access.lead_scope(ask.actor))


def _found(ask: Ask, text: str) -> ColumnElement[bool]:
    """By the enterprise; and, for readers who may look at contacts, by the whole name or the whole number."""
    ways = [Contact.enterprise_id.in_(select(Enterprise.id).where(
        matching(ask.session, "enterprise", Enterprise.id, text)
    ))]  # fmt: skip
    if ask.actor.may(Permission.CONTACTS_REVEAL):
        ways.append(Contact.name == text)
        try:
            ways.append(Contact.phone == clean_phone(text))
        except Invalid:
            pass
    return or_(*ways)


FILTERS: tuple[Filter, ...] = (
    Choice(key="lead", label=N_("线索"), quick=True, many=False, condition=_mine,
           offered=lambda actor: actor.may(Permission.LEADS_EDIT), options=(Option("mine", N_("我的线索的联系人")),)),
    Choice(key="decides", label=N_("决策人"), quick=True, many=False, condition=_decides,
           options=(Option("yes", N_("能拍板")),)),
    Choice(key="tier", label=N_("企业层级"), quick=True, condition=_tier,
           options=(*words_of(Tier), Option(UNKNOWN, N_("未知")))),
    Choice(key="section", label=N_("科室"), stored=options.sections, offered=options.sees_all_sections,
           condition=options.by_id(Contact.section_id)),
    options.tag_filter("contact", Contact.id, access.contact_scope),
    Range(key="entered", label=N_("登记日期"), kind="day", condition=within(Contact.created_at)),
    Search(key="q", label=N_("搜索"), condition=_found),
)  # fmt: skip


def _name(row: Row) -> str:
    return row.record.name if row.record.name == UNNAMED else mask_name(row.record.name)


COLUMNS: tuple[Column, ...] = (
    Column(key="name", label=N_("联系人"), kind=Kind.NAME, value=_name, fixed=True),
    reads("title", N_("职务"), Kind.TEXT, "title"),
    reads("enterprise", N_("企业"), Kind.TEXT, "enterprise.name", sort="enterprise"),
    reads("tier", N_("层级"), Kind.TIER, "enterprise.tier"),
    Column(key="phone", label=N_("电话"), kind=Kind.TEXT, value=lambda row: mask_phone(row.record.phone or "") or None),
    Column(key="email", label=N_("邮箱"), kind=Kind.TEXT, value=lambda row: mask_email(row.record.email or "") or None,
           shown=False),
    reads("decides", N_("决策人"), Kind.FLAG, "is_decision_maker"),
    Column(key="lead", label=N_("线索"), kind=Kind.TEXT, value=lambda row: row.extra.get("lead_number"), needs="lead"),
    Column(key="section", label=N_("科室"), kind=Kind.TEXT, value=lambda row: row.extra.get("section"), needs="section",
           shown=False),
    reads("entered", N_("登记日期"), Kind.INSTANT, "created_at", sort="entered"),
    Column(key="tags", label=N_("标签"), kind=Kind.WORDS, value=lambda row: row.extra.get("tags", []), needs="tags",
           shown=False),
)  # fmt: skip


def _with_enterprise(query: Select) -> Select:
    return query.join(Enterprise, Enterprise.id == Contact.enterprise_id)


SORTS = {
    "entered": Sort(Contact.created_at, descending=True),
    "enterprise": Sort(Enterprise.pinyin, join=_with_enterprise),
}


def load(session: Session, actor: Actor, ids: Sequence[int], needs: Collection[str]) -> list[Row]:
    """The contacts of one page with the newest lead of each that the reader may see."""
    if not ids:
        return []
    query = select(Contact).where(Contact.id.in_(ids)).options(joinedload(Contact.enterprise))
    found = {contact.id: contact for contact in session.scalars(query)}
    leads = _leads(session, actor, ids) if "lead" in needs else {}
    names = dict(session.execute(select(Section.id, Section.name)).all()) if "section" in needs else {}
    tagged = options.tags_of(session, "contact", ids) if "tags" in needs else {}
    rows = []
    for key in ids:
        if key not in found:
            continue
        lead_id, number = leads.get(key, (None, None))
        extra = {"lead_id": lead_id, "lead_number": number, "tags": tagged.get(key, [])}
        rows.append(Row(key, found[key], extra | {"section": names.get(found[key].section_id)}))
    return rows


def _leads(session: Session, actor: Actor, ids: Sequence[int]) -> dict[int, tuple[int, str]]:
    query = (
        select(Lead.contact_id, Lead.id, Lead.number)
        .where(Lead.contact_id.in_(ids), access.lead_scope(actor))
        .order_by(Lead.id)
    )
    return {contact_id: (lead_id, number) for contact_id, lead_id, number in session.execute(query)}


def _views(actor: Actor) -> list[BuiltIn]:
    views = [BuiltIn("all", Sentence(N_("全部联系人")), ())]
    if actor.may(Permission.LEADS_EDIT):
        views.append(BuiltIn("mine", Sentence(N_("我的线索的联系人")), (("lead", "mine"),)))
    views.append(BuiltIn("decides", Sentence(N_("能拍板")), (("decides", "yes"),)))
    return views


CONTACTS = ListSpec(
    name="contacts",
    subject="contact",
    label=N_("联系人"),
    permission=Permission.CONTACTS_VIEW,
    key=Contact.id,
    scope=access.contact_scope,
    columns=COLUMNS,
    filters=FILTERS,
    sorts=SORTS,
    default_sort="entered",
    default_descending=True,
    load=load,
    views=_views,
)
