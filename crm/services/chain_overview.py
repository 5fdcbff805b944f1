"""All chains at a glance: the district's own groups, how each stands, and what is on the way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from chains.engine.frames import Frame, load_frames
from crm.domain.access import Permission
from crm.domain.labels import N_
from crm.domain.plans import PlanState
from crm.models import Chain, PlanVersion
from crm.services import access, chain_facts
from crm.services.access import Actor
from crm.services.chain_facts import ChainFacts

OTHER = N_("其他")
OUTSIDE = N_("不在这份名单里的图谱")


@dataclass(frozen=True, slots=True)
class ChainLine:
    """One chain of the list. `facts` None: it has no map yet. Projects and leads within the reader's scope."""

    key: str
    name: str
    name_en: str | None
    section: str | None
    facts: ChainFacts | None
    chief: str | None
    projects: int
    leads: int


@dataclass(frozen=True, slots=True)
class FrameChoice:
    """A way to group the list: "" by the district's document, else a city's list of chains (`chains/frames`)."""

    key: str
    name: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Group:
    """Chains under one heading. In a frame the heading is a chain as the city calls it; `without`: it has no map."""

    name: str
    name_en: str | None
    lines: tuple[ChainLine, ...]
    without: bool = False


@dataclass(frozen=True, slots=True)
class Overview:
    """The list in the order of the document, or of the frame that was asked for."""

    groups: tuple[Group, ...]
    sees_aims: bool
    #: The frame in force, the choices, and what is known of the one in force (None: the document).
    frame: str
    frames: tuple[FrameChoice, ...]
    about: Frame | None

    @property
    def mapped(self) -> tuple[ChainFacts, ...]:
        return tuple(line.facts for group in self.groups for line in group.lines if line.facts)


def overview(session: Session, actor: Actor, frame: str = "") -> Overview:
    """Every chain, those without a map too; an unknown frame is the document's own grouping."""
    access.require(actor, Permission.CHAINS_VIEW)
    lines = _lines(session, actor)
    frames = _frames()
    chosen = next((each for each in frames if each.key == frame), None)
    choices = (FrameChoice("", N_("按文件"), ""), *(FrameChoice(f.key, f.name_zh, f.name_en) for f in frames))
    groups = _by_frame(lines, chosen) if chosen else _by_document(lines)
    sees_aims = actor.may(Permission.PROJECTS_VIEW)
    return Overview(groups, sees_aims, chosen.key if chosen else "", choices, chosen)


@lru_cache(maxsize=1)
def _frames() -> tuple[Frame, ...]:
    """They come with the product and change with it only."""
    return load_frames()


def _lines(session: Session, actor: Actor) -> list[tuple[str, ChainLine]]:
    """(group of the document, chain), in the order of pages."""
    known = {chain.key: chain for chain in chain_facts.all_facts(session)}
    aims = chain_facts.aims(session, actor, None)
    chiefs = _chiefs(session)
    lines = []
    query = select(Chain.id, Chain.key, Chain.name, Chain.name_en, Chain.group, Chain.section)
    for row in session.execute(query.order_by(Chain.sort, Chain.id)):
        facts = known.get(row.key)
        own = [aims[each.id] for each in facts.segments if each.id in aims] if facts else []
        projects, leads = sum(each.projects for each in own), sum(each.leads for each in own)
        line = ChainLine(
            row.key, row.name, row.name_en, row.section, facts, chiefs.get(row.id), projects=projects, leads=leads
        )
        lines.append((row.group or OTHER, line))
    return lines


def _by_document(lines: Iterable[tuple[str, ChainLine]]) -> tuple[Group, ...]:
    groups: dict[str, list[ChainLine]] = {}
    for group, line in lines:
        groups.setdefault(group, []).append(line)
    return tuple(Group(name, None, tuple(found)) for name, found in groups.items())


def _by_frame(lines: Iterable[tuple[str, ChainLine]], frame: Frame) -> tuple[Group, ...]:
    """The frame's chains that have a map here, in its order; then maps outside it; last its chains without a map."""
    by_key = {line.key: line for _group, line in lines if line.facts}
    groups = [
        Group(chain.name_zh, chain.name_en, tuple(by_key[key] for key in chain.maps if key in by_key))
        for chain in frame.chains
    ]
    held = {line.key for group in groups for line in group.lines}
    outside = tuple(line for key, line in by_key.items() if key not in held)
    found = [group for group in groups if group.lines]
    if outside:
        found.append(Group(OUTSIDE, None, outside))
    return (*found, *(replace(group, without=True) for group in groups if not group.lines))


def _chiefs(session: Session) -> Mapping[int, str]:
    """Chiefs (链长) by chain id, as the approved plans name them."""
    latest = select(PlanVersion.chain_id, func.max(PlanVersion.number).label("number"))
    newest = latest.where(PlanVersion.state == PlanState.APPROVED).group_by(PlanVersion.chain_id).subquery()
    query = select(PlanVersion.chain_id, PlanVersion.document).join(
        newest, (newest.c.chain_id == PlanVersion.chain_id) & (newest.c.number == PlanVersion.number)
    )
    return {chain: document["chief"] for chain, document in session.execute(query) if document.get("chief")}
