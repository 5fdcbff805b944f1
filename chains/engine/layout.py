"""Where things are drawn: one segment between its suppliers and customers, and a whole chain on one sheet.

Pure geometry in pixels from the top left: no colour and no word. The same input always gives the same picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

#: The neighbourhood: width of the drawing and of its boxes, height of a box, room between two, room for the heads.
NET_WIDTH, NET_BOX, NET_HEIGHT, NET_GAP, NET_HEAD = 1128, 264, 52, 12, 22
#: Thinnest and thickest line of a share.
THIN, THICK = 1.5, 12.0
#: The narrow drawing of phones and drawers: boxes below one another.
STRIP_WIDTH, STRIP_BOX, STRIP_GAP, STRIP_BETWEEN = 340, 282, 8, 38


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle that stands for a segment. `side`: supplier, self or customer (a sheet: its position)."""

    key: str
    side: str
    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Curve:
    """A line between two boxes: the `d` of an SVG path, its thickness, and where its share is written."""

    supplier: str
    customer: str
    path: str
    thickness: float
    share: Fraction
    label_x: float
    label_y: float


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """The drawing of one segment's surroundings."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    curves: tuple[Curve, ...]

    def box(self, key: str, side: str) -> Box:
        """The box of a segment on a side; a segment can hardly be both supplier and customer, but may not crash."""
        return next(box for box in self.boxes if box.key == key and box.side == side)


Share = tuple[str, Fraction]


def neighbourhood(key: str, suppliers: Sequence[Share], customers: Sequence[Share]) -> Neighbourhood:
    """Suppliers on the left with their share of this segment's inputs, customers on the right with this segment's
    share of theirs. Thickest first, equal ones in the order given; lines never cross.
    """
    left, right = _by_share(suppliers), _by_share(customers)
    height = NET_HEAD + max(_column(len(left)), _column(len(right)), _column(1)) + 2
    me = Box(key, "self", (NET_WIDTH - NET_BOX) / 2, _centred(height, 1), NET_BOX, NET_HEIGHT)
    boxes = [me]
    curves = []
    for side, shares, x in (("supplier", left, 0.75), ("customer", right, NET_WIDTH - NET_BOX - 0.75)):
        top = _centred(height, len(shares))
        ports = _ports(me, shares)
        for place, (other, share) in enumerate(shares):
            box = Box(other, side, x, top + place * (NET_HEIGHT + NET_GAP), NET_BOX, NET_HEIGHT)
            boxes.append(box)
            curves.append(_curve(me, box, ports[place], share))
    return Neighbourhood(NET_WIDTH, height, tuple(boxes), tuple(curves))


def strip(key: str, suppliers: Sequence[Share], customers: Sequence[Share]) -> Neighbourhood:
    """The same for a narrow screen: suppliers above, customers below; shares stand beside the boxes, no curves."""
    y = float(NET_HEAD) if suppliers else 1.0
    boxes = []
    for other, _share in _by_share(suppliers):
        boxes.append(Box(other, "supplier", 0.75, y, STRIP_BOX, NET_HEIGHT))
        y += NET_HEIGHT + STRIP_GAP
    y += STRIP_BETWEEN - STRIP_GAP if suppliers else 0
    boxes.append(Box(key, "self", 0.75, y, STRIP_WIDTH - 1.5, NET_HEIGHT))
    y += NET_HEIGHT + (STRIP_BETWEEN if customers else 0)
    for other, _share in _by_share(customers):
        boxes.append(Box(other, "customer", 0.75, y, STRIP_BOX, NET_HEIGHT))
        y += NET_HEIGHT + STRIP_GAP
    return Neighbourhood(STRIP_WIDTH, y + 2, tuple(boxes), ())


def thickness(share: Fraction) -> float:
    """How thick a share is drawn, in pixels."""
    return round(THIN + (THICK - THIN) * float(min(share, Fraction(1))), 1)


def _by_share(shares: Sequence[Share]) -> list[Share]:
    return sorted(shares, key=lambda pair: -pair[1])


def _column(count: int) -> float:
    return count * NET_HEIGHT + max(0, count - 1) * NET_GAP


def _centred(height: float, count: int) -> float:
    return NET_HEAD + (height - 2 - NET_HEAD - _column(count)) / 2


def _ports(box: Box, shares: Sequence[Share]) -> list[float]:
    """Where lines meet the box: one below the other, centred, thick ones with more room, all on its side."""
    widths = [thickness(share) + 3 for _other, share in shares]
    room = box.height - 8
    scale = min(1.0, room / sum(widths)) if widths else 1.0
    y = box.middle - sum(widths) * scale / 2
    ports = []
    for width in widths:
        ports.append(y + width * scale / 2)
        y += width * scale
    return ports


def _curve(me: Box, other: Box, port: float, share: Fraction) -> Curve:
    supplies = other.side == "supplier"
    start = (other.right, other.middle) if supplies else (me.right, port)
    end = (me.x, port) if supplies else (other.x, other.middle)
    label_x = other.right + 10 if supplies else other.x - 10
    pair = (other.key, me.key) if supplies else (me.key, other.key)
    # The share stands on the side of the line that the line bends away from.
    away = thickness(share) / 2 + 5
    label_y = other.middle - away if other.middle <= port else other.middle + away + 9
    return Curve(*pair, bend(start, end), thickness(share), share, label_x, label_y)


def bend(start: tuple[float, float], end: tuple[float, float]) -> str:
    """An S from the right side of one box to the left side of another, as the `d` of a path."""
    reach = max(24.0, abs(end[0] - start[0]) / 2)
    points = (start[0], start[1], start[0] + reach, start[1], end[0] - reach, end[1], end[0], end[1])
    return "M{} {}C{} {} {} {} {} {}".format(*(round(number, 1) for number in points))


#: The sheet: its columns, cards in rows of two, heads.
SHEET_WIDTH, SHEET_MARGIN, SHEET_BETWEEN, SHEET_HEAD = 1600, 32, 20, 34
CARD_HEIGHT, CARD_GAP, GROUP_HEAD, GROUP_GAP = 46, 6, 22, 10

#: A position and its groups: (position, [(group, [segment, …]), …]).
Column = tuple[str, Sequence[tuple[str, Sequence[str]]]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A whole chain on one sheet: a head for each position, a line for each group, a card for each segment."""

    width: float
    height: float
    heads: tuple[Box, ...]
    groups: tuple[Box, ...]
    cards: tuple[Box, ...]


def sheet(columns: Sequence[Column], top: float = 0) -> Sheet:
    """Columns side by side, each as wide as its share of the cards asks; cards in as many rows of equal cards.

    A position with more segments gets more cards beside one another (two to four), so that columns end at about the
    same height. `top` is kept free for the title.
    """
    counts = [sum(len(segments) for _group, segments in groups) for _position, groups in columns]
    beside = _cards_beside(counts)
    inner = SHEET_WIDTH - 2 * SHEET_MARGIN - SHEET_BETWEEN * (len(columns) - 1)
    card = inner / sum(beside) if columns else 0
    heads, titles, cards = [], [], []
    x, lowest = float(SHEET_MARGIN), top + SHEET_HEAD
    for (position, groups), many in zip(columns, beside, strict=True):
        width = card * many
        heads.append(Box(position, position, x, top, width, SHEET_HEAD))
        y = top + SHEET_HEAD + GROUP_GAP
        for group, segments in groups:
            titles.append(Box(group, position, x, y, width, GROUP_HEAD))
            y += GROUP_HEAD
            cards += _cards(segments, position, (x, y), (card, many))
            y += -(-len(segments) // many) * (CARD_HEIGHT + CARD_GAP) + GROUP_GAP
        lowest = max(lowest, y)
        x += width + SHEET_BETWEEN
    return Sheet(SHEET_WIDTH, lowest + SHEET_MARGIN / 2, tuple(heads), tuple(titles), tuple(cards))


def _cards_beside(counts: Sequence[int]) -> list[int]:
    """How many cards stand beside one another in each column: six in all as a rule, at least one."""
    beside = [1] * len(counts)
    for _ in range(max(0, 2 * len(counts) - len(counts))):
        tallest = max(range(len(counts)), key=lambda place: (counts[place] / beside[place], -place))
        beside[tallest] += 1
    return beside


def _cards(segments: Sequence[str], position: str, corner: tuple[float, float], size: tuple[float, int]) -> list[Box]:
    width, many = size
    return [
        Box(
            key,
            position,
            corner[0] + place % many * width,
            corner[1] + place // many * (CARD_HEIGHT + CARD_GAP),
            width - CARD_GAP,
            CARD_HEIGHT,
        )
        for place, key in enumerate(segments)
    ]
