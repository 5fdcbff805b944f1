"""The list of leads: next follow-up first, the best park beside each."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import Session, contains_eager, defer, joinedload, load_only

from crm.domain.access import Permission, Role
from crm.domain.contacts import mask_name, mask_numbers, mask_phone
from crm.domain.labels import N_
from crm.domain.leads import Grade, LeadSource, LeadState
from crm.domain.pipeline import Batch, Light, Stage
from crm.domain.policies import Tier
from crm.domain.sentences import Sentence
from crm.domain.space import EnvClass, Tenure
from crm.infra.clock import instant_at, now, today
from crm.models import Contact, Enterprise, FollowUp, Lead, Match, Park, Person, Project, Section, Segment
from crm.services import access, lights
from crm.services.access import Actor
from crm.services.listing import options
from crm.services.listing.columns import FACTS, Area, Column, Kind, Row, reads
from crm.services.listing.filters import Ask, Choice, Filter, Option, Range, Search, any_of, within, words_of
from crm.services.listing.keyset import Sort, ranked
from crm.services.listing.spec import BuiltIn, ListSpec
from crm.services.search import matching

OPEN = tuple(state for state in LeadState if state.is_open)
PROTECTION_NOTICE_DAYS = 14
#: Days of silence from which the list speaks up.
SILENT_WARN = 14
UNKNOWN = "unknown"
NO_PROJECT = "none"


# ── Filters ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _default_owner(actor: Actor) -> str:
    """What the list opens with: an officer's own, a chief's section, everything for leaders."""
    return {Role.OFFICER: options.MINE, Role.CHIEF: options.SECTION}.get(actor.role, "")


def _state(_ask: Ask, words: tuple[str, ...]) -> ColumnElement[bool]:
    states = {LeadState(word) for word in words if word != "open"} | (set(OPEN) if "open" in words else set())
    return Lead.state.in_(sorted(states))


def _stage(_ask: Ask, words: tuple[str, ...]) -> ColumnElement[bool]:
    has = exists().where(Project.lead_id == Lead.id)
    there = has.where(Project.stage.in_([word for word in words if word != NO_PROJECT]))
    return there | ~has if NO_PROJECT in words else there


def _batch(_ask: Ask, words: tuple[str, ...]) -> ColumnElement[bool]:
    stages = [stage for stage in Stage if stage.batch.value in words]
    return exists().where(Project.lead_id == Lead.id, Project.stage.in_(stages))


def _tier(ask: Ask, words: tuple[str, ...]) -> ColumnElement[bool]:
    return exists().where(Enterprise.id == Lead.enterprise_id, any_of(Enterprise.tier, UNKNOWN)(ask, words))


def _due(_ask: Ask, words: tuple[str, ...]) -> ColumnElement[bool]:
    tomorrow = instant_at(today() + timedelta(days=1))
    ways = {
        "overdue": Lead.next_due_at < tomorrow,
        "coming": and_(Lead.next_due_at >= tomorrow, Lead.next_due_at < instant_at(today() + timedelta(days=8))),
        "unplanned": Lead.next_due_at.is_(None),
    }
    return ways[words[0]]


def _light(_ask: Ask, words: tuple[str, ...]) -> ColumnElement[bool]:
    return or_(*(lights.lead_condition(Light(word)) for word in words))


def _protection(_ask: Ask, words: tuple[str, ...]) -> ColumnElement[bool]:
    soon = Lead.protected_until.between(today(), today() + timedelta(days=PROTECTION_NOTICE_DAYS))
    return {"soon": soon, "over": Lead.protected_until < today()}[words[0]]


def _verdict(_ask: Ask, words: tuple[str, ...]) -> ColumnElement[bool]:
    best = exists().where(Match.lead_id == Lead.id, Match.rank == 1)
    there = best.where(Match.status.in_([word for word in words if word != NO_PROJECT]))
    return there | ~best if NO_PROJECT in words else there


def _pool(_ask: Ask, words: tuple[str, ...]) -> ColumnElement[bool]:
    return Lead.pooled_at.is_not(None) if words[0] == "in" else Lead.pooled_at.is_(None)


def _feedback(_ask: Ask, _words: tuple[str, ...]) -> ColumnElement[bool]:
    named = Lead.referrer_enterprise_id.is_not(None) | (Lead.referrer.is_not(None) & (Lead.referrer != ""))
    return and_(Lead.source == LeadSource.REFERRAL, named, Lead.referrer_told_at.is_(None))


def _found(ask: Ask, text: str) -> ColumnElement[bool]:
    return matching(ask.session, "lead", Lead.id, text, people=ask.actor.may(Permission.CONTACTS_REVEAL))


FILTERS: tuple[Filter, ...] = (
    Choice(key="owner", label=N_("负责人"), quick=True, default=_default_owner, options=options.OWNERS,
           stored=options.people, condition=options.by_owner(Lead.owner_id, Lead.section_id)),
    Choice(key="section", label=N_("科室"), stored=options.sections, offered=options.sees_all_sections,
           condition=options.by_id(Lead.section_id)),
    Choice(key="state", label=N_("状态"), quick=True, default=lambda _actor: "open", condition=_state,
           options=(Option("open", N_("在跟")), *words_of(LeadState))),
    Choice(key="due", label=N_("跟进"), many=False, condition=_due,
           options=(Option("overdue", N_("逾期和今天到期")), Option("coming", N_("7 天内到期")),
                    Option("unplanned", N_("未排下次")))),
    Choice(key="light", label=N_("红绿灯"), condition=_light, options=words_of(Light)),
    Choice(key="chain", label=N_("产业链"), quick=True, stored=options.chains,
           condition=options.by_chain(Lead.segment_id)),
    Choice(key="segment", label=N_("环节"), stored=options.segments, condition=options.by_id(Lead.segment_id)),
    Choice(key="tier", label=N_("层级"), quick=True, condition=_tier,
           options=(*words_of(Tier), Option(UNKNOWN, N_("未知")))),
    Choice(key="tenure", label=N_("方式"), quick=True, condition=any_of(Lead.tenure, UNKNOWN),
           options=(*words_of(Tenure), Option(UNKNOWN, N_("未问")))),
    Choice(key="verdict", label=N_("结论"), quick=True, condition=_verdict,
           options=(Option("fit", N_("匹配")), Option("to_verify", N_("待核实")), Option(NO_PROJECT, N_("暂无合适房源")))),
    Choice(key="stage", label=N_("阶段"), condition=_stage,
           options=(Option(NO_PROJECT, N_("线索")), *words_of(Stage))),
    Choice(key="batch", label=N_("批次"), condition=_batch, options=words_of(Batch)),
    Choice(key="grade", label=N_("类别"), condition=any_of(Lead.grade, UNKNOWN),
           options=(*words_of(Grade), Option(UNKNOWN, N_("未定")))),
    Choice(key="source", label=N_("来源"), condition=any_of(Lead.source), options=words_of(LeadSource)),
    Choice(key="env", label=N_("环评类别"), condition=any_of(Lead.env_class, UNKNOWN),
           options=(*words_of(EnvClass), Option(UNKNOWN, N_("未问")))),
    Choice(key="platform", label=N_("意向片区"), stored=options.platforms, condition=options.has_key(Lead.platforms)),
    Choice(key="protection", label=N_("保护"), many=False, condition=_protection,
           options=(Option("soon", N_("14 天内到期")), Option("over", N_("已到期")))),
    Choice(key="pool", label=N_("公海"), many=False, condition=_pool,
           options=(Option("in", N_("在公海")), Option("out", N_("不在公海")))),
    Choice(key="feedback", label=N_("引荐人"), many=False, condition=_feedback,
           options=(Option("owed", N_("待反馈")),)),
    options.tag_filter("lead", Lead.id, access.lead_scope),
    Range(key="amount", label=N_("总投资"), kind="money", condition=within(Lead.investment_fen)),
    Range(key="received", label=N_("登记日期"), kind="day", condition=within(Lead.received_at)),
    Range(key="needed", label=N_("最晚入驻"), kind="day", condition=within(Lead.needed_on)),
    Range(key="next", label=N_("下次跟进日期"), kind="day", condition=within(Lead.next_due_at)),
    Search(key="q", label=N_("搜索"), condition=_found),
)  # fmt: skip


# ── Columns ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _area(row: Row) -> Area | None:
    lead = row.record
    known = [size for size in (lead.area_min, lead.area_target, lead.area_max) if size is not None]
    if not known:
        return None
    low = lead.area_min if lead.area_min is not None else known[0]
    return Area(low, lead.area_max if lead.area_max is not None else known[-1], lead.tenure is Tenure.LAND)


def _silent(row: Row) -> int:
    return max(0, (now() - row.record.last_activity_at).days)


def _protected(row: Row) -> int | None:
    until = row.record.protected_until
    left = (until - today()).days if until else None
    return left if left is not None and left >= 0 else None


COLUMNS: tuple[Column, ...] = (
    reads("number", N_("编号"), Kind.TEXT, "number", shown=False, sort="number"),
    Column(key="next", label=N_("下次跟进"), kind=Kind.STEP, value=lambda row: row.extra.get("step"), needs="step",
           sort="due"),
    reads("name", N_("企业"), Kind.NAME, "enterprise.name", sort="name", fixed=True),
    reads("segment", N_("环节"), Kind.TEXT, "segment.name"),
    reads("tier", N_("层级"), Kind.TIER, "enterprise.tier", sort="tier"),
    reads("tenure", N_("方式"), Kind.WORD, "tenure"),
    Column(key="area", label=N_("面积"), kind=Kind.AREA, value=_area, unit=N_("㎡"), sort="area", exported=False),
    reads("state", N_("状态"), Kind.WORD, "state", shown=False, sort="state"),
    Column(key="stage", label=N_("阶段"), kind=Kind.STAGE, value=lambda row: row.extra.get("stage"), needs="project",
           sort="stage"),
    Column(key="best", label=N_("最佳匹配"), kind=Kind.MATCH, value=lambda row: row.extra.get("match"), needs="match",
           sort="score"),
    reads("owner", N_("负责人"), Kind.TEXT, "owner.name", told_by=("owner", options.MINE)),
    reads("section", N_("科室"), Kind.TEXT, "section.name", shown=False),
    Column(key="silent", label=N_("静默"), kind=Kind.DAYS, value=_silent, unit=N_("天"), sort="active",
           warn=SILENT_WARN),
    Column(key="protected", label=N_("保护"), kind=Kind.DAYS, value=_protected, unit=N_("天"), sort="protected",
           warn=-PROTECTION_NOTICE_DAYS),
    reads("investment", N_("总投资"), Kind.MONEY, "investment_fen", shown=False, sort="amount"),
    reads("needed", N_("最晚入驻"), Kind.DAY, "needed_on", shown=False, sort="needed"),
    Column(key="light", label=N_("红绿灯"), kind=Kind.LIGHT, value=lambda row: row.extra.get("light"), needs="light",
           shown=False),
    reads("grade", N_("类别"), Kind.WORD, "grade", shown=False),
    reads("source", N_("来源"), Kind.WORD, "source", shown=False),
    reads("received", N_("登记日期"), Kind.INSTANT, "received_at", shown=False, sort="received"),
    Column(key="tags", label=N_("标签"), kind=Kind.WORDS, value=lambda row: row.extra.get("tags", []), needs="tags",
           shown=False),
    # What only a file carries.
    reads("uscc", N_("统一社会信用代码"), Kind.TEXT, "enterprise.uscc", on_page=False),
    reads("gbt_code", N_("行业代码"), Kind.TEXT, "gbt_code", on_page=False),
    reads("employees", N_("从业人员"), Kind.NUMBER, "enterprise.employees", on_page=False),
    reads("revenue", N_("营业收入"), Kind.MONEY, "enterprise.revenue_fen", on_page=False),
    Column(key="contact", label=N_("联系人"), kind=Kind.TEXT, on_page=False, permission=Permission.CONTACTS_VIEW,
           needs=FACTS, value=lambda row: mask_name(row.record.contact.name) if row.record.contact else None),
    Column(key="phone", label=N_("电话"), kind=Kind.TEXT, on_page=False, permission=Permission.CONTACTS_VIEW,
           needs=FACTS, value=lambda row: mask_phone(row.record.contact.phone or "") if row.record.contact else None),
    reads("referrer", N_("引荐人"), Kind.TEXT, "referrer", on_page=False),
    Column(key="content", label=N_("诉求"), kind=Kind.TEXT, on_page=False, needs=FACTS,
           value=lambda row: mask_numbers(row.record.content)),
    Column(key="area_min", label=N_("最小面积"), kind=Kind.AREA, on_page=False, needs=FACTS, value=lambda row: _size(row, "area_min")),
    Column(key="area_target", label=N_("目标面积"), kind=Kind.AREA, on_page=False, needs=FACTS,
           value=lambda row: _size(row, "area_target")),
    Column(key="area_max", label=N_("最大面积"), kind=Kind.AREA, on_page=False, needs=FACTS, value=lambda row: _size(row, "area_max")),
    reads("budget", N_("价格上限"), Kind.NUMBER, "budget", on_page=False),
    reads("floor_load", N_("楼面荷载"), Kind.NUMBER, "floor_load_kg_m2", on_page=False),
    reads("clear_height", N_("净高"), Kind.NUMBER, "clear_height_cm", on_page=False),
    reads("power", N_("用电容量"), Kind.NUMBER, "power_kva", on_page=False),
    reads("env_class", N_("环评类别"), Kind.WORD, "env_class", on_page=False),
    reads("platforms", N_("意向片区"), Kind.WORDS, "platforms", on_page=False),
    reads("protected_until", N_("保护到期"), Kind.DAY, "protected_until", on_page=False),
    reads("last_activity", N_("最近实质活动"), Kind.INSTANT, "last_activity_at", on_page=False),
)  # fmt: skip


def _size(row: Row, name: str) -> Area | None:
    size = getattr(row.record, name)
    return Area(size, size, row.record.tenure is Tenure.LAND) if size is not None else None


def _with_enterprise(query: Select) -> Select:
    return query.join(Enterprise, Enterprise.id == Lead.enterprise_id)


def _with_project(query: Select) -> Select:
    return query.outerjoin(Project, Project.lead_id == Lead.id)


def _with_best(query: Select) -> Select:
    return query.outerjoin(Match, and_(Match.lead_id == Lead.id, Match.rank == 1))


SORTS = {
    "due": Sort(Lead.next_due_at),
    "number": Sort(Lead.number, descending=True),
    "name": Sort(Enterprise.pinyin, join=_with_enterprise),
    "area": Sort(Lead.area_target, descending=True),
    "state": Sort(ranked(Lead.state, LeadState)),
    "tier": Sort(ranked(Enterprise.tier, Tier), join=_with_enterprise),
    "stage": Sort(ranked(Project.stage, Stage), join=_with_project, descending=True),
    "score": Sort(Match.low, join=_with_best, descending=True),
    "active": Sort(Lead.last_activity_at),
    "protected": Sort(Lead.protected_until),
    "amount": Sort(Lead.investment_fen, descending=True),
    "needed": Sort(Lead.needed_on),
    "received": Sort(Lead.received_at, descending=True),
}


#: What a row of the page shows of each; a file asks for all facts.
_SHOWN = (
    Lead.number, Lead.enterprise_id, Lead.owner_id, Lead.section_id, Lead.segment_id, Lead.contact_id, Lead.state,
    Lead.source, Lead.grade, Lead.tenure, Lead.area_min, Lead.area_target, Lead.area_max, Lead.investment_fen,
    Lead.needed_on, Lead.received_at, Lead.last_activity_at, Lead.protected_until, Lead.next_due_at, Lead.is_demo,
)  # fmt: skip
#: What is worked out from an enterprise's facts stands in no file, and takes its time when a hundred thousand are read.
_WORKED_OUT = (
    Enterprise.normalised_name, Enterprise.core_name, Enterprise.pinyin, Enterprise.initials, Enterprise.size,
    Enterprise.size_rule, Enterprise.tier_rule, Enterprise.sections, Enterprise.above_scale_computed,
)  # fmt: skip
_TOLD_OF_CONTACT = (Contact.name, Contact.title, Contact.phone, Contact.email, Contact.is_decision_maker)


def _options(needs: Collection[str]) -> list[Any]:
    """How a lead and what it points to are read: with all facts for a file, else the shown columns and nothing more."""
    whose = [
        joinedload(Lead.owner).load_only(Person.name, raiseload=True),
        joinedload(Lead.section).load_only(Section.name, raiseload=True),
        joinedload(Lead.segment).load_only(Segment.name, raiseload=True),
    ]
    if FACTS in needs:
        return [
            defer(Lead.typed),
            contains_eager(Lead.enterprise).options(*(defer(column) for column in _WORKED_OUT)),
            joinedload(Lead.contact).load_only(*_TOLD_OF_CONTACT),
            *whose,
        ]
    return [
        load_only(*_SHOWN, raiseload=True),
        contains_eager(Lead.enterprise).load_only(Enterprise.name, Enterprise.tier, raiseload=True),
        *whose,
    ]


def load(session: Session, actor: Actor, ids: Sequence[int], needs: Collection[str]) -> list[Row]:
    """The leads of one page with what their columns need: one statement, one more for promises, one for tags."""
    if not ids:
        return []
    query = select(Lead).join(Lead.enterprise).where(Lead.id.in_(ids)).options(*_options(needs))
    if "match" in needs:
        best = load_only(Match.status, Match.low, Match.high, raiseload=True)
        park = joinedload(Match.park).load_only(Park.name, raiseload=True)
        query = _with_best(query).add_columns(Match).options(best, park)
    if "project" in needs:
        query = _with_project(query).add_columns(Project.id.label("project_id"), Project.stage)
    steps = _next_steps(session, ids) if "step" in needs else {}
    tagged = options.tags_of(session, "lead", ids) if "tags" in needs else {}
    shining = lights.of_leads(session, ids) if "light" in needs else {}
    rows = {}
    for found in session.execute(query):
        lead, known = found[0], found._mapping
        rows[lead.id] = Row(lead.id, lead, {
            "match": known.get(Match) if "match" in needs else None,
            "stage": known.get("stage"),
            "project_id": known.get("project_id"),
            "step": steps.get(lead.id),
            "tags": tagged.get(lead.id, []),
            "light": shining.get(lead.id),
        })  # fmt: skip
    return [rows[key] for key in ids if key in rows]


def _next_steps(session: Session, lead_ids: Sequence[int]) -> dict[int, FollowUp]:
    query = (
        select(FollowUp)
        .where(FollowUp.lead_id.in_(lead_ids), FollowUp.done_at.is_(None), FollowUp.due_at.is_not(None))
        .options(load_only(FollowUp.lead_id, FollowUp.subject, FollowUp.due_at, raiseload=True))
        .order_by(FollowUp.due_at.desc(), FollowUp.id.desc())
    )
    return {step.lead_id: step for step in session.scalars(query)}


def _views(actor: Actor) -> list[BuiltIn]:
    """The ready-made views of a role."""
    if actor.role not in (Role.OFFICER, Role.CHIEF):
        return [
            _view("open", N_("全部在跟"), ()),
            _view("unowned", N_("待领取"), (("owner", options.UNOWNED),)),
            _view("fresh", N_("本周新增"), (("received_from", "monday"),), state="all"),
        ]
    mine = ("owner", options.MINE)
    views = [
        _view("mine", N_("我的在跟"), (mine,)),
        _view("overdue", N_("逾期和今天"), (mine, ("due", "overdue")), due=True),
        _view("unplanned", N_("未排下次"), (mine, ("due", "unplanned"))),
        _view("protection", N_("保护将到期"), (mine, ("protection", "soon"))),
        _view("fresh", N_("本周新增"), (mine, ("received_from", "monday")), state="all"),
        _view("unowned", N_("待领取"), (("owner", options.UNOWNED),)),
    ]
    name = actor.section_name or Sentence(N_("本科室"))
    section = _view("section", N_("%(section)s全部"), (("owner", options.SECTION),), section=name)
    return [section, *views] if actor.role is Role.CHIEF else [*views, section]


def _view(key: str, label: str, pairs: tuple, *, state: str = "open", due: bool = False, **values) -> BuiltIn:
    return BuiltIn(key, Sentence(label, values), (*pairs, ("state", state)), due=due)


LEADS = ListSpec(
    name="leads",
    subject="lead",
    label=N_("线索"),
    permission=Permission.LEADS_VIEW,
    key=Lead.id,
    scope=access.lead_scope,
    columns=COLUMNS,
    filters=FILTERS,
    sorts=SORTS,
    default_sort="due",
    load=load,
    views=_views,
)
