"""The outline: the whole map by position, each segment with what it has and what it lacks."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from flask import redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from chains.engine import edit
from chains.engine.model import Chain, Segment
from crm.domain.access import Permission
from crm.services import chain_maps
from crm.web import kit
from crm.web.chain_edit import common, saving
from crm.web.chain_edit.blueprint import blueprint
from crm.web.chain_edit.forms import ReasonForm


@dataclass(frozen=True, slots=True)
class Row:
    """One segment of the outline."""

    segment: Segment
    suppliers: int
    customers: int
    firms: int
    lacks: tuple[str, ...]
    first: bool
    last: bool


@dataclass(frozen=True, slots=True)
class Block:
    """A group with its segments, or segments without one."""

    group: Row | None
    rows: tuple[Row, ...]


@blueprint.get("/<key>/edit")
@kit.requires(Permission.CHAINS_EDIT)
def show(key: str) -> tuple[str, int]:
    return _page(key)


@blueprint.post("/<key>/edit/<segment>/step")
@kit.requires(Permission.CHAINS_EDIT)
def step(key: str, segment: str) -> Response | tuple[str, int]:
    """One place up or down among its siblings."""
    state, form = common.opened(key), ReasonForm()
    found = common.segment_of(state, segment)
    by = -1 if request.form.get("by") == "-1" else 1
    form.reason.data = form.reason.data or _("调整「%(name)s」的顺序", name=found.name_zh)
    back = url_for("chain_edit.show", key=key, _anchor=f"s-{segment}")
    if form.validate():
        made = saving.attempt(key, form, lambda old: edit.step(old, segment, by), cancel_url=back)
        if made.page:
            return made.page
        if made.saved:
            return redirect(back)
    return _page(key, refused=form)


def _page(key: str, refused: ReasonForm | None = None) -> tuple[str, int]:
    state = common.opened(key)
    columns = _columns(state.map)
    return common.page(
        "outline",
        state,
        422 if refused else 200,
        columns=columns,
        form=refused or ReasonForm(formdata=None),
        lacking=sum(bool(row.lacks) for blocks in columns.values() for block in blocks for row in block.rows),
        segments=len(state.map.leaves()) if state.map.segments else 0,
        shipped=_shipped_differs(state),
    )


def _shipped_differs(state: chain_maps.State) -> bool:
    return chain_maps.shipped(state.row.key) is not None


def _columns(chain: Chain) -> dict[str, list[Block]]:
    """Position → blocks, in the order of the map."""
    lacks: dict[str, list[str]] = {}
    for problem in chain_maps.problems(chain):
        sentence = chain_maps.problem(problem, chain).say(_)
        for key in problem.subjects[:1]:
            lacks.setdefault(key, []).append(sentence)
    suppliers, customers = Counter(edge.to for edge in chain.edges), Counter(edge.frm for edge in chain.edges)
    firms = Counter(placement.segment for placement in chain.placements)

    def row(segment: Segment, among: list[Segment]) -> Row:
        key = segment.key
        return Row(
            segment,
            suppliers[key],
            customers[key],
            firms[key],
            tuple(lacks.get(key, ())),
            among[0] is segment,
            among[-1] is segment,
        )

    columns: dict[str, list[Block]] = {}
    for position in chain_maps.POSITIONS:
        tops = [each for each in chain.segments if each.position == position and each.parent is None]
        blocks: list[Block] = []
        for top in tops:
            members = [each for each in chain.segments if each.parent == top.key]
            if members:
                blocks.append(Block(row(top, tops), tuple(row(each, members) for each in members)))
            elif blocks and blocks[-1].group is None:
                blocks[-1] = Block(None, (*blocks[-1].rows, row(top, tops)))
            else:
                blocks.append(Block(None, (row(top, tops),)))
        columns[position] = blocks
    return columns
