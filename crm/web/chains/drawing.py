"""Pictures of chains made ready for templates: boxes with the words that fit into them."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from chains.engine import layout
from chains.engine.layout import Box, Curve
from chains.engine.model import Position, SegmentStatus
from crm.services.chain_facts import ChainFacts, SegmentFacts
from crm.services.segment_page import SegmentPage
from crm.web.chains import words
from crm.web.formats import named
from crm.web.language import gettext as _

#: Room above the cards of a sheet for title and legend.
SHEET_TOP = 118


@dataclass(frozen=True, slots=True)
class ShownBox:
    """A segment's box: its name cut to fit, and the line below."""

    box: Box
    segment: SegmentFacts
    name: str
    line: str
    share: str = ""


@dataclass(frozen=True, slots=True)
class ShownCurve:
    curve: Curve
    share: str
    broken: bool


@dataclass(frozen=True, slots=True)
class Net:
    """One segment between suppliers and customers."""

    width: float
    height: float
    boxes: tuple[ShownBox, ...]
    curves: tuple[ShownCurve, ...]

    def side(self, name: str) -> list[ShownBox]:
        return [each for each in self.boxes if each.box.side == name]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A whole chain on one sheet."""

    width: float
    height: float
    heads: tuple[tuple[Box, str, int], ...]
    groups: tuple[tuple[Box, str], ...]
    cards: tuple[ShownBox, ...]


def net(page: SegmentPage) -> Net:
    """The wide picture: curves as thick as their share."""
    picture = layout.neighbourhood(page.segment.key, *_shares(page))
    return Net(picture.width, picture.height, _boxes(page, picture), _curves(page, picture))


def narrow_net(page: SegmentPage) -> Net:
    """The same for phones and drawers."""
    picture = layout.strip(page.segment.key, *_shares(page))
    return Net(picture.width, picture.height, _boxes(page, picture), ())


def _shares(page: SegmentPage) -> tuple[list[layout.Share], list[layout.Share]]:
    return (
        [(each.segment.key, each.share) for each in page.suppliers],
        [(each.segment.key, each.share) for each in page.customers],
    )


def _boxes(page: SegmentPage, picture: layout.Neighbourhood) -> tuple[ShownBox, ...]:
    sides = {"supplier": page.suppliers, "customer": page.customers, "self": ()}
    shares = {(side, each.segment.key): each.share for side, found in sides.items() for each in found}
    by_key = {each.key: each for each in page.chain.segments}
    shown = []
    for box in picture.boxes:
        segment = by_key[box.key]
        share = shares.get((box.side, box.key))
        name = fit(named(segment), box.width - 28, 13)
        shown.append(ShownBox(box, segment, name, firms_line(segment), "" if share is None else words.percent(share)))
    return tuple(shown)


def _curves(page: SegmentPage, picture: layout.Neighbourhood) -> tuple[ShownCurve, ...]:
    """A line from a segment that is missing here is drawn broken."""
    missing = {each.key for each in page.chain.segments if each.state.status is SegmentStatus.MISSING}
    return tuple(ShownCurve(each, words.percent(each.share), each.supplier in missing) for each in picture.curves)


def firms_line(segment: SegmentFacts) -> str:
    """「7 家本地企业，链主 1」"""
    state = segment.state
    if not state.count:
        return _("本地暂无")
    if state.leaders:
        return _("%(count)s 家本地企业，链主 %(leaders)s", count=state.count, leaders=state.leaders)
    return _("%(count)s 家本地企业", count=state.count)


def sheet_of(chain: ChainFacts) -> Sheet:
    """The chain's cards on one sheet, for the SVG and the printed page."""
    groups = {group.key: group for group in chain.groups}
    by_key = {each.key: each for each in chain.segments}
    columns = []
    for position in Position:
        branches: dict[str, list[str]] = {}
        for segment in chain.segments:
            if segment.position == position:
                branches.setdefault(segment.group or "", []).append(segment.key)
        columns.append((position.value, list(branches.items())))
    picture = layout.sheet(columns, top=SHEET_TOP)
    totals = {position: sum(len(keys) for _group, keys in found) for position, found in columns}
    return Sheet(
        picture.width,
        picture.height,
        tuple((box, str(words.POSITIONS[Position(box.key)]), totals[box.key]) for box in picture.heads),
        tuple((box, fit(named(groups[box.key]), box.width, 12) if box.key else "") for box in picture.groups),
        tuple(_card(by_key[box.key], box) for box in picture.cards),
    )


def _card(segment: SegmentFacts, box: Box) -> ShownBox:
    state = segment.state
    if state.count:
        line = _("熟 %(m)s 长 %(g)s 孵 %(i)s", m=state.mature, g=state.growth, i=state.incubation)
        if state.untiered:
            line += " " + _("未分 %(count)s", count=state.untiered)
    else:
        line = _("本地暂无")
    room = box.width - (34 if state.leaders else 20)
    return ShownBox(box, segment, fit(named(segment), room, 13), line)


def fit(text: str, width: float, size: float) -> str:
    """The text cut with … where it is wider than `width` px in letters of `size` px; a full-width sign is as wide
    as it is high, others take a bit more than half of it."""
    left = width
    for place, sign in enumerate(text):
        left -= size * (1.0 if unicodedata.east_asian_width(sign) in "WF" else 0.58)
        if left < 0:
            return text[: max(1, place - 1)].rstrip() + "…"
    return text
