"""The list of reserve projects, beside the board: every stage in one table, the next promise first."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from crm.domain.access import Permission, Role
from crm.domain.labels import N_
from crm.domain.leads import Grade
from crm.domain.pipeline import Batch, Light, SideState, Stage, Track
from crm.domain.policies import Tier
from crm.domain.sentences import Sentence
from crm.infra.clock import now
from crm.models import Enterprise, FollowUp, Lead, Park, Project
from crm.services import access, gates, lights
from crm.services.access import Actor
from crm.services.listing import options
from crm.services.listing.columns import Column, Kind, Row, reads
from crm.services.listing.filters import Ask, Choice, Filter, Option, Range, Search, any_of, within, words_of
from crm.services.listing.keyset import Sort, ranked
from crm.services.listing.leads import SILENT_WARN, UNKNOWN
from crm.services.listing.spec import BuiltIn, ListSpec
from crm.services.search import matching

#: Days in one stage from which the list speaks up.
LONG_IN_STAGE = 60


def _default_owner(actor: Actor) -> str:
    return options.SECTION if actor.role in (Role.OFFICER, Role.CHIEF) else ""


def _batch(_ask: Ask, words: tuple[str, ...]) -> ColumnElement[bool]:
    return Project.stage.in_([stage for stage in Stage if stage.batch.value in words])


def _tier(ask: Ask, words: tuple[str, ...]) -> ColumnElement[bool]:
    return exists().where(Enterprise.id == Project.enterprise_id, any_of(Enterprise.tier, UNKNOWN)(ask, words))


def _light(_ask: Ask, words: tuple[str, ...]) -> ColumnElement[bool]:
    return or_(*(lights.project_condition(Light(word)) for word in words))


def _lacking(ask: Ask, words: tuple[str, ...]) -> ColumnElement[bool]:
    lacks = gates.lacking_condition(ask.session)
    return lacks if words[0] == "yes" else ~lacks


def _parks(ask: Ask) -> list[Option]:
    used = select(Project.park_id).where(access.project_scope(ask.actor))
    rows = ask.session.execute(select(Park.id, Park.name).where(Park.id.in_(used)).order_by(Park.pinyin, Park.id))
    return [Option(str(key), name, is_name=True) for key, name in rows]


def _asked(_ask: Ask, _words: tuple[str, ...]) -> ColumnElement[bool]:
    return Project.decision_asked.is_not(None) & (Project.decision_asked != "")


def _found(ask: Ask, text: str) -> ColumnElement[bool]:
    return matching(ask.session, "project", Project.id, text)


FILTERS: tuple[Filter, ...] = (
    Choice(key="owner", label=N_("负责人"), quick=True, default=_default_owner, options=options.OWNERS,
           stored=options.people, condition=options.by_owner(Project.owner_id, Project.section_id)),
    Choice(key="section", label=N_("科室"), stored=options.sections, offered=options.sees_all_sections,
           condition=options.by_id(Project.section_id)),
    Choice(key="side", label=N_("推进状态"), quick=True, default=lambda _actor: SideState.ACTIVE.value,
           condition=any_of(Project.side_state), options=words_of(SideState)),
    Choice(key="batch", label=N_("批次"), quick=True, condition=_batch, options=words_of(Batch)),
    Choice(key="stage", label=N_("阶段"), quick=True, condition=any_of(Project.stage), options=words_of(Stage)),
    Choice(key="grade", label=N_("类别"), condition=any_of(Project.grade, UNKNOWN),
           options=(*words_of(Grade), Option(UNKNOWN, N_("未定")))),
    Choice(key="lacks", label=N_("下一阶段"), quick=True, many=False, condition=_lacking,
           options=(Option("yes", N_("还缺材料")), Option("no", N_("已齐")))),
    Choice(key="light", label=N_("红绿灯"), quick=True, condition=_light, options=words_of(Light)),
    Choice(key="track", label=N_("方式"), condition=any_of(Project.track), options=words_of(Track)),
    Choice(key="chain", label=N_("产业链"), quick=True, stored=options.chains,
           condition=options.by_chain(Project.segment_id)),
    Choice(key="segment", label=N_("环节"), stored=options.segments, condition=options.by_id(Project.segment_id)),
    Choice(key="tier", label=N_("层级"), condition=_tier, options=(*words_of(Tier), Option(UNKNOWN, N_("未知")))),
    Choice(key="park", label=N_("拟落户"), stored=_parks, condition=options.by_id(Project.park_id)),
    Choice(key="decision", label=N_("请领导决定"), many=False, condition=_asked, options=(Option("asked", N_("待决定")),)),
    options.tag_filter("project", Project.id, access.project_scope),
    Range(key="amount", label=N_("总投资"), kind="money", condition=within(Project.investment_fen)),
    Range(key="signed", label=N_("签约日期"), kind="day", condition=within(Project.signed_on)),
    Range(key="since", label=N_("进入本阶段"), kind="day", condition=within(Project.stage_since)),
    Search(key="q", label=N_("搜索"), condition=_found),
)  # fmt: skip


def _in_stage(row: Row) -> int:
    return max(0, (now() - row.record.stage_since).days)


def _silent(row: Row) -> int:
    return max(0, (now() - row.record.last_activity_at).days)


COLUMNS: tuple[Column, ...] = (
    reads("number", N_("编号"), Kind.TEXT, "number", sort="number", shown=False),
    reads("name", N_("项目"), Kind.NAME, "name", fixed=True, sort="name"),
    reads("enterprise", N_("企业"), Kind.TEXT, "enterprise.name", shown=False),
    reads("stage", N_("阶段"), Kind.STAGE, "stage", sort="stage"),
    reads("batch", N_("批次"), Kind.WORD, "stage.batch", shown=False),
    reads("side", N_("推进状态"), Kind.WORD, "side_state", told_by=("side", SideState.ACTIVE.value)),
    Column(key="light", label=N_("红绿灯"), kind=Kind.LIGHT, value=lambda row: row.extra.get("light"), needs="light"),
    Column(key="lacking", label=N_("下一阶段缺"), kind=Kind.NUMBER, value=lambda row: row.extra.get("lacking"),
           needs="lacking", unit=N_("项"), shown=False),
    reads("grade", N_("类别"), Kind.WORD, "grade"),
    reads("segment", N_("环节"), Kind.TEXT, "segment.name"),
    reads("tier", N_("层级"), Kind.TIER, "enterprise.tier", shown=False),
    reads("track", N_("方式"), Kind.WORD, "track", shown=False),
    reads("investment", N_("总投资"), Kind.MONEY, "investment_fen", sort="amount"),
    reads("fixed", N_("固定资产投资"), Kind.MONEY, "fixed_investment_fen", shown=False),
    reads("signed_fen", N_("签约金额"), Kind.MONEY, "signed_fen", shown=False),
    reads("signed", N_("签约日期"), Kind.DAY, "signed_on", shown=False, sort="signed"),
    reads("park", N_("拟落户"), Kind.TEXT, "park.name"),
    Column(key="next", label=N_("下次跟进"), kind=Kind.STEP, value=lambda row: row.extra.get("step"), needs="step",
           sort="due"),
    Column(key="in_stage", label=N_("本阶段"), kind=Kind.DAYS, value=_in_stage, unit=N_("天"), sort="since",
           warn=LONG_IN_STAGE),
    Column(key="silent", label=N_("静默"), kind=Kind.DAYS, value=_silent, unit=N_("天"), sort="active",
           warn=SILENT_WARN),
    reads("owner", N_("负责人"), Kind.TEXT, "owner.name", told_by=("owner", options.MINE)),
    reads("section", N_("科室"), Kind.TEXT, "section.name", shown=False),
    Column(key="tags", label=N_("标签"), kind=Kind.WORDS, value=lambda row: row.extra.get("tags", []), needs="tags",
           shown=False),
    # What only a file carries.
    reads("uscc", N_("统一社会信用代码"), Kind.TEXT, "enterprise.uscc", on_page=False),
    reads("started", N_("开工日期"), Kind.DAY, "started_on", on_page=False),
    reads("operating", N_("投产日期"), Kind.DAY, "operating_on", on_page=False),
    reads("stage_since", N_("进入本阶段"), Kind.INSTANT, "stage_since", on_page=False),
    reads("decision", N_("请领导决定"), Kind.TEXT, "decision_asked", on_page=False),
)  # fmt: skip


def _with_lead(query: Select) -> Select:
    return query.outerjoin(Lead, Lead.id == Project.lead_id)


def _with_enterprise(query: Select) -> Select:
    return query.join(Enterprise, Enterprise.id == Project.enterprise_id)


SORTS = {
    "due": Sort(Lead.next_due_at, join=_with_lead),
    "number": Sort(Project.number, descending=True),
    "name": Sort(Enterprise.pinyin, join=_with_enterprise),
    "stage": Sort(ranked(Project.stage, Stage)),
    "since": Sort(Project.stage_since),
    "active": Sort(Project.last_activity_at),
    "amount": Sort(Project.investment_fen, descending=True),
    "signed": Sort(Project.signed_on, descending=True),
}


def load(session: Session, actor: Actor, ids: Sequence[int], needs: Collection[str]) -> list[Row]:
    """The projects of one page: one statement, one more for promises, one for tags."""
    if not ids:
        return []
    query = (
        select(Project)
        .join(Project.enterprise)
        .where(Project.id.in_(ids))
        .options(
            contains_eager(Project.enterprise),
            joinedload(Project.owner),
            joinedload(Project.section),
            joinedload(Project.segment),
            joinedload(Project.park),
        )
    )
    found = {project.id: project for project in session.scalars(query)}
    steps = _next_steps(session, [each.lead_id for each in found.values() if each.lead_id]) if "step" in needs else {}
    lacking = gates.lacking(session, found.values()) if "lacking" in needs else {}
    tagged = options.tags_of(session, "project", ids) if "tags" in needs else {}
    shining = lights.of_projects(session, ids) if "light" in needs else {}
    return [
        Row(
            key,
            found[key],
            {
                "step": steps.get(found[key].lead_id),
                "tags": tagged.get(key, []),
                "light": shining.get(key),
                "lacking": lacking.get(key),
            },
        )
        for key in ids
        if key in found
    ]


def _next_steps(session: Session, lead_ids: Sequence[int]) -> dict[int, FollowUp]:
    query = (
        select(FollowUp)
        .where(FollowUp.lead_id.in_(lead_ids), FollowUp.done_at.is_(None), FollowUp.due_at.is_not(None))
        .order_by(FollowUp.due_at.desc(), FollowUp.id.desc())
    )
    return {step.lead_id: step for step in session.scalars(query)}


def _views(actor: Actor) -> list[BuiltIn]:
    active = ("side", SideState.ACTIVE.value)
    views = []
    owned: tuple[tuple[str, str], ...] = ()
    if actor.role in (Role.OFFICER, Role.CHIEF):
        views.append(BuiltIn("mine", Sentence(N_("我的项目")), (("owner", options.MINE), active)))
        owned = (("owner", options.SECTION),)
        name = actor.section_name or Sentence(N_("本科室"))
        views.append(BuiltIn("section", Sentence(N_("%(section)s全部"), {"section": name}), (*owned, active)))
    else:
        views.append(BuiltIn("active", Sentence(N_("全部推进中")), (active,)))
    signed = (("batch", Batch.SIGNED.value), ("batch", Batch.STARTED.value))
    views.append(BuiltIn("signed", Sentence(N_("已签约在建")), (*owned, active, *signed)))
    views.append(BuiltIn("on_hold", Sentence(N_("暂缓")), (*owned, ("side", SideState.ON_HOLD.value))))
    views.append(BuiltIn("lost", Sentence(N_("流失")), (*owned, ("side", SideState.LOST.value))))
    return views


PROJECTS = ListSpec(
    name="projects",
    subject="project",
    label=N_("项目"),
    permission=Permission.PROJECTS_VIEW,
    key=Project.id,
    scope=access.project_scope,
    columns=COLUMNS,
    filters=FILTERS,
    sorts=SORTS,
    default_sort="due",
    load=load,
    views=_views,
)
