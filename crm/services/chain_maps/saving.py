"""Saving a chain map: every save is a revision with author and reason, whole or not at all (issue: stale guard, merge).

An edit is a function of the map that its author saw. If somebody saved meanwhile, the edit is done to that older state
and the two are merged; what both changed is decided by a person, who sends the same edit again with the choices.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from chains.engine import loader
from chains.engine.check import Problem, check
from chains.engine.diff import Change, diff
from chains.engine.merge import Merged, Side, merge
from chains.engine.model import Chain as Map
from chains.engine.reading import FileError
from chains.engine.refusals import EditError
from chains.engine.subjects import texts_of
from chains.engine.writing import dump
from crm.domain.access import Permission
from crm.domain.enterprises.gbt4754 import table
from crm.domain.errors import Invalid, Stale
from crm.domain.labels import N_
from crm.domain.text import clean_text, reject_unprintable
from crm.models import Chain, ChainRevision, Enterprise, Lead, Placement
from crm.services import access, audit, chain_members, matching, segment_changes
from crm.services.access import Actor
from crm.services.chain_maps import firms, reading, rows, successors, words
from crm.services.chain_maps.reading import State

REASON_LENGTH = 300
Edit = Callable[[Map], Map]

#: What the columns hold; a file could say more.
_LONGEST = {"name_zh": 80, "name_en": 120, "key": 80}
_LONGEST_SECTION, _LONGEST_SURVEYOR, _LONGEST_REGISTER = 40, 80, 180


@dataclass(frozen=True, slots=True)
class Saved:
    """What a save did: the number of the new revision, what changed in it, and what others had saved meanwhile."""

    number: int
    changes: tuple[Change, ...]
    before: Map
    after: Map
    from_others: tuple[Change, ...] = ()


class MapConflict(Stale):
    """Both sides changed the same: `conflicts` wait for a person; `number` is the revision they were seen against."""

    def __init__(self, base: Map, mine: Map, theirs: State, merged: Merged, by: str) -> None:
        super().__init__(N_("别人刚改了同一处，请选择以谁的为准。"))
        self.base, self.mine, self.theirs = base, mine, theirs.map
        self.number = theirs.number
        self.merged = merged
        self.by = by


def save(session: Session, actor: Actor, key: str, base_number: int, chain: Map, reason: str) -> Saved:
    """Save a map that was made from the state `base_number`. As `change` with an edit that answers `chain`."""
    return change(session, actor, key, base_number, lambda _base: chain, reason)


def change(
    session: Session,
    actor: Actor,
    key: str,
    base_number: int,
    edit: Edit,
    reason: str,
    *,
    heirs: Mapping[str, str] | None = None,
    entered: Mapping[str, int] | None = None,
    chosen: Mapping[str, Side] | None = None,
    seen: int | None = None,
) -> Saved:
    """Do an edit and save the outcome as the next revision; rows, audit trail and recorded statuses follow.

    `heirs` names the successor of segments that vanish (their leads, projects and so on go there); `entered` the firms
    that this edit itself put into the directory, by name, whom nobody could see before. `chosen` answers
    the conflicts of a `MapConflict`, but only while the newest revision is still `seen`. An edit that changes nothing
    saves nothing. Raises NotAllowed, NotFound, Invalid (a sentence with names), MapConflict.
    """
    access.require(actor, Permission.CHAINS_EDIT)
    chain = reading.chain_row(session, key, lock=True)
    chain_members.require_keeper(session, actor, chain.id)
    why = _reason(reason)
    now = reading.state_of(session, chain)
    if now.number == 0:
        now = _first_state(session, chain, now)
    # Who began before the first revision began with what is the first revision now.
    began = max(base_number, 1)
    base = now.map if began == now.number else reading.parsed(reading.revision(session, key, began))
    try:
        mine = edit(base)
    except EditError as error:
        raise words.refusal(error) from error
    after = mine
    if began != now.number:
        after = _merged(session, chain, base, mine, now, chosen if seen == now.number else None)
    changes = diff(now.map, after)
    if not changes:
        return Saved(now.number, (), now.map, after)
    _judge(now.map, after)
    number = _store(session, actor, now, after, why, heirs or {}, entered or {})
    return Saved(number, changes, now.map, after, diff(base, now.map) if began != now.number else ())


def restore(session: Session, actor: Actor, key: str, base_number: int, number: int, reason: str) -> Saved:
    """Bring back the map of an earlier revision, as a new revision; refused while records stand on what would go."""
    old = reading.parsed(reading.revision(session, key, number))
    saved = change(session, actor, key, base_number, lambda _base: old, reason)
    if saved.changes:
        reading.revision(session, key, saved.number).restores = number
    return saved


def export_yaml(session: Session, key: str) -> str:
    """The present map as a file of `chains/data`, in stable order."""
    return dump(reading.current(session, key).map)


def import_yaml(session: Session, key: str, text: str) -> tuple[State, Map]:
    """The present state and the map of a file for the same chain, to be compared and then saved.

    Raises Invalid with the line for a file that is none, with the sentence for one that makes no sense.
    """
    state = reading.current(session, key)
    reject_unprintable(text.removeprefix("\ufeff"), "document", multiline=True)
    try:
        found = loader.parse(text, "map.yaml")
    except FileError as error:
        said = words.mistake(error)
        raise Invalid("document", said.msgid, **said.params) from error
    if found.key != key:
        raise Invalid(
            "document", N_("这是另一条产业链的图谱（%(found)s），不是这一条（%(key)s）。"), found=found.key, key=key
        )
    found = reading.bare(found, state.map)
    _judge(state.map, found, field="document", lines=True)
    return state, found


def shipped(key: str) -> Map | None:
    """The map that the product brings for this chain, None if it brings none."""
    folder = loader.DATA / key
    return loader.load(folder) if folder.is_dir() else None


def problems(chain: Map) -> list[Problem]:
    """All that the checker finds, with the codes of the standard."""
    return check(chain, table())


# ── Within ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _reason(reason: str) -> str:
    why = clean_text(reason, REASON_LENGTH, "reason")
    if not why:
        raise Invalid("reason", N_("请写明为什么改，以后看版本记录的人会需要。"))
    return why


def _first_state(session: Session, chain: Chain, now: State) -> State:
    """Keep what was there before the first edit, so that it can be compared and brought back."""
    first = ChainRevision(chain_id=chain.id, number=1, reason=FIRST, document=dump(now.map))
    session.add(first)
    chain.revision = 1
    session.flush()
    return State(chain, now.map, 1)


FIRST = N_("编辑之前的图谱")


def _merged(session: Session, chain: Chain, base: Map, mine: Map, now: State, chosen: Mapping[str, Side] | None) -> Map:
    merged = merge(base, mine, now.map, chosen)
    if merged.undecided:
        newest = reading.newest_revision(session, chain.id)
        author = newest.author.name if newest and newest.author else ""
        raise MapConflict(base, mine, now, merged, author)
    return merged.chain


def _judge(before: Map, after: Map, *, field: str = "", lines: bool = False) -> None:
    """Raise Invalid for the first contradiction that was not there before; what merely lacks is shown, not refused."""
    known = {(each.template, each.subjects) for each in problems(before)}
    for each in sorted(problems(after), key=lambda found: found.line == 0):
        if each.is_advice or (each.template, each.subjects) in known:
            continue
        said = words.problem(each, after)
        if lines and each.line:
            raise Invalid(field, N_("第 %(line)s 行：%(said)s"), line=each.line, said=said)
        raise Invalid(field, said.msgid, **said.params)
    _fits(after, field)


def _fits(chain: Map, field: str) -> None:
    """Refuse texts that no column could hold, and characters that a file may hide in an escape."""
    for text in texts_of(chain):
        reject_unprintable(text, field, multiline=True)
    texts = [
        (value, most)
        for segment in chain.segments
        for value, most in (
            *((getattr(segment, name), most) for name, most in _LONGEST.items()),
            (segment.survey.by if segment.survey else None, _LONGEST_SURVEYOR),
        )
    ]
    texts += [(placement.section, _LONGEST_SECTION) for placement in chain.placements]
    texts += [(chain.name_en, _LONGEST["name_en"])]
    texts += [(chain.reference.source if chain.reference else None, _LONGEST_REGISTER)]
    for value, most in texts:
        if value and len(value) > most:
            raise Invalid(field, N_("「%(start)s…」太长：最多 %(most)s 个字。"), start=value[:12], most=most)


def _store(
    session: Session,
    actor: Actor,
    now: State,
    after: Map,
    why: str,
    heirs: Mapping[str, str],
    entered: Mapping[str, int],
) -> int:
    """Rows, revision, audit entry and recorded statuses of a map that was judged."""
    chain = now.row
    placed = _placed(session, actor, now, after, entered)
    written = rows.Written()
    rows.write_chain(written, chain, after)
    segments = rows.write_segments(session, written, chain, after)
    leads = _let_go(session, written, segments, after, heirs)
    rows.write_edges(session, written, segments, after)
    gone = rows.write_placements(session, written, segments, placed, is_demo=actor.is_demo)
    rows.remove(session, written, [row for row in gone if _is_of_the_living(session, row)])
    number = now.number + 1
    session.add(
        ChainRevision(
            chain_id=chain.id,
            number=number,
            author_id=actor.id,
            reason=why,
            document=dump(after),
            is_demo=actor.is_demo,
        )
    )
    chain.revision = number
    session.flush()
    audit.record(
        session,
        actor.id,
        "chain.edited",
        ("chain", chain.id),
        before={"revision": now.number},
        after={"revision": number, "reason": why, "changes": len(diff(now.map, after))},
    )
    segment_changes.record(session, why, chain.id)
    for lead in session.scalars(select(Lead).where(Lead.id.in_(leads))):
        if lead.state.is_open:
            matching.rematch(session, lead)
    return number


def _placed(session: Session, actor: Actor, now: State, after: Map, entered: Mapping[str, int]) -> list:
    """The claims with their enterprises; Invalid for a firm that the actor cannot see."""
    fresh = {name: firm for name, key in entered.items() if (firm := session.get(Enterprise, key)) is not None}
    known = fresh | firms.standing(session, now.row.id)
    placed, strangers = firms.resolve(session, after.placements, scope=access.enterprise_scope(actor), known=known)
    if strangers:
        raise Invalid(
            "enterprise",
            N_("企业名录里没有「%(name)s」，或您无权查看；请先登记这家企业，再放到环节上。"),
            name=strangers[0].enterprise,
        )
    return placed


def _let_go(session: Session, written: rows.Written, segments: dict, after: Map, heirs: Mapping[str, str]) -> list[int]:
    """Remove the rows of segments that left the map; returns the leads that were carried to successors."""
    wanted = {segment.key for segment in after.segments}
    leads: list[int] = []
    going = sorted((row for key, row in segments.items() if key not in wanted), key=lambda row: row.parent_id is None)
    for row in going:
        heir = segments.get(heirs.get(row.key, ""))
        if heir is not None and heir.key in wanted:
            leads += successors.carry(session, row, heir)
        else:
            stands = successors.standing(session, row)
            if stands.parts:
                successors.refuse([stands])
        # Its edges and placements go with it; edges between those that stay are written next.
        del segments[row.key]
        session.delete(row)
        written.removed["segment"] += 1
        session.flush()
    return leads


def _is_of_the_living(session: Session, row: Placement) -> bool:
    """Claims of an enterprise that was merged into another one are the merge's matter."""
    firm = session.get(Enterprise, row.enterprise_id)
    return firm is not None and firm.merged_into_id is None
