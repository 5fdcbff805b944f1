"""The list of enterprises: those named by the source, and those behind records that the reader may see."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Text, and_, cast, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload

from crm.domain.access import Permission
from crm.domain.enterprises.words import Size, Title
from crm.domain.labels import N_
from crm.domain.policies import Tier
from crm.domain.sentences import Sentence
from crm.models import Chain, Enterprise, Lead, Placement, Project, Segment
from crm.services import access
from crm.services.access import Actor
from crm.services.listing import options
from crm.services.listing.columns import Column, Kind, Row, reads
from crm.services.listing.filters import Ask, Choice, Filter, Option, Range, Search, any_of, within, words_of
from crm.services.listing.keyset import Sort, ranked
from crm.services.listing.spec import BuiltIn, ListSpec
from crm.services.search import matching

UNKNOWN = "unknown"


def _stands_on(segments) -> ColumnElement[bool]:
    """Its own main segment, or a placement on a chain."""
    placed = exists().where(Placement.enterprise_id == Enterprise.id, Placement.segment_id.in_(segments))
    return or_(Enterprise.segment_id.in_(segments), placed)


def _chain(_ask: Ask, keys: tuple[str, ...]) -> ColumnElement[bool]:
    return _stands_on(select(Segment.id).join(Segment.chain).where(Chain.key.in_(keys)))


def _segment(_ask: Ask, words: tuple[str, ...]) -> ColumnElement[bool]:
    return _stands_on([int(word) for word in words])


def _title(_ask: Ask, words: tuple[str, ...]) -> ColumnElement[bool]:
    return or_(*(cast(Enterprise.titles, Text).contains(f'"{word}"', autoescape=True) for word in words))


def _leader(_ask: Ask, _words: tuple[str, ...]) -> ColumnElement[bool]:
    return Enterprise.is_chain_leader


def _origin(_ask: Ask, words: tuple[str, ...]) -> ColumnElement[bool]:
    return Enterprise.key.is_not(None) if words[0] == "source" else Enterprise.key.is_(None)


def _records(ask: Ask, words: tuple[str, ...]) -> ColumnElement[bool]:
    leads = exists().where(Lead.enterprise_id == Enterprise.id, access.lead_scope(ask.actor))
    mine = and_(leads.where(Lead.owner_id == ask.actor.id))
    projects = exists().where(Project.enterprise_id == Enterprise.id, access.project_scope(ask.actor))
    return or_(*({"lead": leads, "mine": mine, "project": projects}[word] for word in words))


def _found(ask: Ask, text: str) -> ColumnElement[bool]:
    return matching(ask.session, "enterprise", Enterprise.id, text)


FILTERS: tuple[Filter, ...] = (
    Choice(key="records", label=N_("记录"), quick=True, condition=_records,
           options=(Option("mine", N_("有我的线索")), Option("lead", N_("有线索")), Option("project", N_("有项目")))),
    Choice(key="tier", label=N_("层级"), quick=True, condition=any_of(Enterprise.tier, UNKNOWN),
           options=(*words_of(Tier), Option(UNKNOWN, N_("未知")))),
    Choice(key="size", label=N_("统计规模"), quick=True, condition=any_of(Enterprise.size), options=words_of(Size)),
    Choice(key="chain", label=N_("产业链"), quick=True, stored=options.chains, condition=_chain),
    Choice(key="segment", label=N_("环节"), stored=options.segments, condition=_segment),
    Choice(key="title", label=N_("称号"), condition=_title, options=words_of(Title)),
    Choice(key="leader", label=N_("链主"), many=False, condition=_leader, options=(Option("yes", N_("链主企业")),)),
    Choice(key="origin", label=N_("来历"), many=False, condition=_origin,
           options=(Option("source", N_("文件点名")), Option("entered", N_("登记录入")))),
    options.tag_filter("enterprise", Enterprise.id, access.enterprise_scope),
    Range(key="revenue", label=N_("营业收入"), kind="money", condition=within(Enterprise.revenue_fen)),
    Range(key="founded", label=N_("成立日期"), kind="day", condition=within(Enterprise.founded_on)),
    Search(key="q", label=N_("搜索"), condition=_found),
)  # fmt: skip


def _size(row: Row) -> Size:
    return Size(row.record.size)


def _titles(row: Row) -> list[Title]:
    known = set(Title)
    return [Title(word) for word in row.record.titles or () if word in known]


COLUMNS: tuple[Column, ...] = (
    reads("name", N_("企业"), Kind.NAME, "name", fixed=True, sort="name"),
    reads("tier", N_("层级"), Kind.TIER, "tier", sort="tier"),
    Column(key="size", label=N_("统计规模"), kind=Kind.WORD, value=_size),
    reads("segment", N_("环节"), Kind.TEXT, "segment.name"),
    reads("employees", N_("从业人员"), Kind.NUMBER, "employees", sort="employees"),
    reads("revenue", N_("营业收入"), Kind.MONEY, "revenue_fen", sort="revenue"),
    Column(key="titles", label=N_("称号"), kind=Kind.WORDS, value=_titles),
    Column(key="leads", label=N_("线索"), kind=Kind.NUMBER, value=lambda row: row.extra.get("leads"), needs="leads",
           exported=False),
    Column(key="projects", label=N_("项目"), kind=Kind.NUMBER, value=lambda row: row.extra.get("projects"),
           needs="leads", exported=False),
    reads("uscc", N_("统一社会信用代码"), Kind.TEXT, "uscc", shown=False),
    reads("gbt_code", N_("行业代码"), Kind.TEXT, "gbt_code", shown=False),
    reads("founded", N_("成立日期"), Kind.DAY, "founded_on", shown=False, sort="founded"),
    reads("above_scale", N_("规上入统"), Kind.FLAG, "above_scale_registered", shown=False),
    reads("leader", N_("链主"), Kind.FLAG, "is_chain_leader", shown=False),
    reads("listed", N_("上市"), Kind.FLAG, "is_listed", shown=False),
    Column(key="tags", label=N_("标签"), kind=Kind.WORDS, value=lambda row: row.extra.get("tags", []), needs="tags",
           shown=False),
    # What only a file carries.
    reads("assets", N_("资产总额"), Kind.MONEY, "assets_fen", on_page=False),
)  # fmt: skip

SORTS = {
    "name": Sort(Enterprise.pinyin),
    "tier": Sort(ranked(Enterprise.tier, Tier)),
    "employees": Sort(Enterprise.employees, descending=True),
    "revenue": Sort(Enterprise.revenue_fen, descending=True),
    "founded": Sort(Enterprise.founded_on, descending=True),
}


def load(session: Session, actor: Actor, ids: Sequence[int], needs: Collection[str]) -> list[Row]:
    """The enterprises of one page; the numbers beside them count only what the reader may see."""
    if not ids:
        return []
    query = select(Enterprise).where(Enterprise.id.in_(ids)).options(joinedload(Enterprise.segment))
    found = {enterprise.id: enterprise for enterprise in session.scalars(query)}
    leads, projects = _numbers(session, actor, ids) if "leads" in needs else ({}, {})
    tagged = options.tags_of(session, "enterprise", ids) if "tags" in needs else {}
    return [
        Row(
            key, found[key], {"leads": leads.get(key, 0), "projects": projects.get(key, 0), "tags": tagged.get(key, [])}
        )
        for key in ids
        if key in found
    ]


def _numbers(session: Session, actor: Actor, ids: Sequence[int]) -> tuple[dict[int, int], dict[int, int]]:
    def counted(table: type[Lead] | type[Project], scope: ColumnElement[bool]) -> dict[int, int]:
        query = (
            select(table.enterprise_id, func.count())
            .where(table.enterprise_id.in_(ids), scope)
            .group_by(table.enterprise_id)
        )
        return dict(session.execute(query).all())

    return counted(Lead, access.lead_scope(actor)), counted(Project, access.project_scope(actor))


def _views(actor: Actor) -> list[BuiltIn]:
    views = [BuiltIn("all", Sentence(N_("全部企业")), ())]
    if actor.may(Permission.LEADS_EDIT):
        views.append(BuiltIn("mine", Sentence(N_("有我的线索")), (("records", "mine"),)))
    views.append(BuiltIn("leaders", Sentence(N_("链主企业")), (("leader", "yes"),)))
    views.append(BuiltIn("unknown", Sentence(N_("层级未知")), (("tier", UNKNOWN),)))
    return views


ENTERPRISES = ListSpec(
    name="enterprises",
    subject="enterprise",
    label=N_("企业"),
    permission=Permission.ENTERPRISES_VIEW,
    key=Enterprise.id,
    scope=access.enterprise_scope,
    columns=COLUMNS,
    filters=FILTERS,
    sorts=SORTS,
    default_sort="name",
    load=load,
    views=_views,
)
