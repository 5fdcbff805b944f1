"""Two people edited one chain map: merge what each of them changed, subject by subject and field by field.

Three states are laid side by side: what both started from, mine, and what the other has saved meanwhile. What one side
changed is taken from that side; what both changed, differently, is a conflict that a person decides. The outcome may
still be nonsense that neither side wrote (a cycle of two halves): `chains.engine.check` judges it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

from chains.engine.diff import out_of_order
from chains.engine.model import Chain, Place, Segment
from chains.engine.subjects import Entry, Flat, Subject, SubjectKind, assemble, facts_of, lay_flat

T = TypeVar("T")


class Side(StrEnum):
    MINE = "mine"
    THEIRS = "theirs"


@dataclass(frozen=True, slots=True)
class Conflict:
    """What both sides changed. `field` "" is the subject as a whole: one side removed what the other still needs,
    or both added it differently; `order` is the order of a group's segments. None is "not there"."""

    subject: Subject
    field: str
    base: object
    mine: object
    theirs: object

    @property
    def key(self) -> str:
        """One word for it, the same on each reading: what a form sends back."""
        return "/".join((self.subject.kind, *self.subject.key, self.field))


@dataclass(frozen=True, slots=True)
class Merged:
    """The merged chain (mine where nothing was chosen) and the conflicts that nobody decided yet."""

    chain: Chain
    conflicts: tuple[Conflict, ...]
    undecided: tuple[Conflict, ...]


def merge(base: Chain, mine: Chain, theirs: Chain, chosen: Mapping[str, Side] | None = None) -> Merged:
    """Merge two edits of `base`; `chosen` answers conflicts by their `key`.

    Positions and groups are taken by segment like any field. Where only one side arranged segments anew its order
    holds; what the other side added stands behind its neighbour there.
    """
    return _Merging(lay_flat(base), lay_flat(mine), lay_flat(theirs), chosen or {}).done()


class _Merging:
    def __init__(self, base: Flat, mine: Flat, theirs: Flat, chosen: Mapping[str, Side]) -> None:
        self.base, self.mine, self.theirs = base, mine, theirs
        self.chosen = chosen
        self.entries: dict[Subject, Entry] = {}
        self.conflicts: list[Conflict] = []

    def done(self) -> Merged:
        for subject in dict.fromkeys((*self.theirs.entries, *self.mine.entries)):
            self._subject(subject)
        self._lost_ends()
        self._restore()
        self._follow_groups()
        chain = assemble(self.entries, self._order())
        undecided = tuple(each for each in self.conflicts if each.key not in self.chosen)
        return Merged(chain, tuple(self.conflicts), undecided)

    def _decide(self, subject: Subject, field: str, base: T, mine: T, theirs: T) -> T:
        """The value of one of the two sides, and a conflict where both changed it."""
        if mine in (theirs, base):
            return theirs
        if theirs == base:
            return mine
        conflict = Conflict(subject, field, base, mine, theirs)
        self.conflicts.append(conflict)
        return theirs if self.chosen.get(conflict.key) is Side.THEIRS else mine

    def _subject(self, subject: Subject) -> None:
        base, mine, theirs = (side.entries.get(subject) for side in (self.base, self.mine, self.theirs))
        if base is None or mine is None or theirs is None:
            entry = self._decide(subject, "", base, mine, theirs)
            if entry is not None:
                self.entries[subject] = entry
            return
        facts: dict[str, object] = {}
        match base, mine, theirs:
            case Segment(), Segment(), Segment():
                # A position without its group would be nonsense: the place is one thing.
                place = self._decide(subject, "place", base.place, mine.place, theirs.place)
                facts["position"], facts["parent"] = place
        ours, others = facts_of(mine), facts_of(theirs)
        for name, was in facts_of(base).items():
            if name not in facts:
                facts[name] = self._decide(subject, name, was, ours[name], others[name])
        self.entries[subject] = replace(mine, **facts)

    def _lost_ends(self) -> None:
        """One side removed a segment that the other has drawn an edge to, placed a firm on or put a segment into."""
        for key in dict.fromkeys((*self.mine.order, *self.theirs.order)):
            subject = Subject(SubjectKind.SEGMENT, (key,))
            if subject in self.entries:
                continue
            needed = [each for each, entry in self.entries.items() if _needs(each, entry, key)]
            if not needed:
                continue
            side = self.theirs if subject in self.theirs.entries else self.mine
            base, mine, theirs = (flat.entries.get(subject) for flat in (self.base, self.mine, self.theirs))
            conflict = Conflict(subject, "", base, mine, theirs)
            if conflict not in self.conflicts:
                self.conflicts.append(conflict)
            keeps = (self.chosen.get(conflict.key, Side.MINE) is Side.THEIRS) == (side is self.theirs)
            if keeps:
                self.entries[subject] = side.entries[subject]
                continue
            for each in needed:
                entry = self.entries.pop(each)
                if isinstance(entry, Segment):
                    self.entries[each] = replace(entry, parent=None)

    def _restore(self) -> None:
        """A segment that stays although one side removed it keeps the edges and firms that went with it."""
        for conflict in self.conflicts:
            if conflict.field or conflict.subject not in self.entries or conflict.base is None:
                continue
            side = self.mine if conflict.mine is not None else self.theirs
            for subject, entry in side.entries.items():
                ends = [Subject(SubjectKind.SEGMENT, (key,)) for key in subject.segments]
                if conflict.subject in ends and all(end in self.entries for end in ends):
                    self.entries.setdefault(subject, entry)

    def _follow_groups(self) -> None:
        """Who was put into a group stands where the group was moved to."""
        for subject, entry in self.entries.items():
            if isinstance(entry, Segment) and entry.parent is not None:
                group = self.entries.get(Subject(SubjectKind.SEGMENT, (entry.parent,)))
                if isinstance(group, Segment):
                    self.entries[subject] = replace(entry, position=group.position)

    def _order(self) -> list[str]:
        """Siblings in order, place by place; how places stand to each other is the order of the screen."""
        places: dict[Place, list[str]] = {}
        for entry in self.entries.values():
            if isinstance(entry, Segment):
                places.setdefault(entry.place, []).append(entry.key)
        sides = [side.siblings() for side in (self.base, self.mine, self.theirs)]
        order: list[str] = []
        for place, keys in places.items():
            order += self._siblings(place, keys, *(side.get(place, ()) for side in sides))
        return order

    def _siblings(
        self,
        place: Place,
        keys: Sequence[str],
        base: Sequence[str],
        mine: Sequence[str],
        theirs: Sequence[str],
    ) -> list[str]:
        """The order of one group: of the side that arranged it anew, with what the other put there behind its
        neighbour. Who arranged nothing follows the other."""
        rank = {key: index for index, key in enumerate(base)}
        lead, follow = theirs, mine
        if out_of_order([key for key in mine if key in rank], rank):
            lead, follow = mine, theirs
            if out_of_order([key for key in theirs if key in rank], rank):
                old = {key for key in base if key in mine and key in theirs}
                subject = Subject(SubjectKind.SEGMENT, tuple(each for each in place if each))
                states = [tuple(key for key in side if key in old) for side in (base, mine, theirs)]
                if self._decide(subject, "order", *states) == states[2]:
                    lead, follow = theirs, mine
        found = [key for key in lead if key in keys]
        for side in (follow, keys):
            for index, key in enumerate(side):
                if key in found or key not in keys:
                    continue
                before = next((each for each in reversed(side[:index]) if each in found), None)
                found.insert(found.index(before) + 1 if before is not None else 0, key)
        return found


def _needs(subject: Subject, entry: Entry, key: str) -> bool:
    if isinstance(entry, Segment):
        return entry.parent == key
    return key in subject.segments
