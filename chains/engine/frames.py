"""Reading `chains/frames/*.yaml`: the lists of chains by which a city orders its industry, and which maps belong to them.

A city changes its list every few years, and what is known of one is what somebody printed: a frame is therefore a dated
version with a status, a source and a note that says what is certain. Which map belongs to which chain of a frame is a
judgement of ours; a chain of a frame without a map has none here, which says nothing about the city.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from chains.engine.loader import DATA
from chains.engine.reading import FileError, Item, read_yaml

FRAMES = Path(__file__).resolve().parent.parent / "frames"


@dataclass(frozen=True, slots=True)
class FrameGroup:
    """A heading under which a frame lists some of its chains."""

    key: str
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class FrameChain:
    """One chain as the city calls it; `maps` are keys of the maps that belong to it, empty when none does."""

    name_zh: str
    name_en: str
    maps: tuple[str, ...]
    group: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """One dated version of a city's list, its chains in the order of the source.

    `date` is an ISO date; `note` says of what it is the date, and what else is certain or not.
    """

    key: str
    name_zh: str
    name_en: str
    date: str
    status: str
    source: str
    note: str
    chains: tuple[FrameChain, ...]
    groups: tuple[FrameGroup, ...] = ()

    def chain_of(self, key: str) -> FrameChain | None:
        """The chain of this frame that the map `key` belongs to; None when it belongs to none."""
        return next((chain for chain in self.chains if key in chain.maps), None)


def load_frames(root: Path = FRAMES, known: Collection[str] | None = None) -> tuple[Frame, ...]:
    """Every frame in `root`, the oldest first.

    `known` are the keys of the maps that a frame may name, by default the folders of `chains/data`.
    Raises `FileError`: for a mistake of form, an unknown map, a map under two chains of one frame, and when `root`
    holds no frame.
    """
    if known is None:
        known = frozenset(folder.name for folder in DATA.iterdir() if folder.is_dir())
    frames = [_frame(path, known) for path in sorted(root.glob("*.yaml"))]
    if not frames:
        raise FileError(root, 0, "holds no frame")
    return tuple(sorted(frames, key=lambda frame: (frame.date, frame.key)))


def _frame(path: Path, known: Collection[str]) -> Frame:
    found = read_yaml(path).fields(("key", "name", "date", "status", "source", "note", "chains"), ("groups",))
    key = found["key"].key()
    if key != path.stem:
        raise found["key"].error("key '%(key)s' differs from the file's name '%(name)s'", key=key, name=path.stem)
    groups = _groups(found["groups"]) if "groups" in found else ()
    name_zh, name_en = _names(found["name"])
    return Frame(
        key=key,
        name_zh=name_zh,
        name_en=name_en,
        date=found["date"].day(),
        chains=_chains(found["chains"], frozenset(group.key for group in groups), known),
        groups=groups,
        **{name: found[name].text() for name in ("status", "source", "note")},
    )


def _groups(item: Item) -> tuple[FrameGroup, ...]:
    groups: dict[str, FrameGroup] = {}
    for entry in item.items():
        found = entry.fields(("key", "name"))
        key = found["key"].key()
        if key in groups:
            raise entry.error("duplicate key '%(key)s'", key=key)
        groups[key] = FrameGroup(key, *_names(found["name"]))
    return tuple(groups.values())


def _chains(item: Item, groups: Collection[str], known: Collection[str]) -> tuple[FrameChain, ...]:
    """In file order; each name once, each map under one chain at most."""
    chains: dict[str, FrameChain] = {}
    owners: dict[str, str] = {}
    for entry in item.items():
        chain = _chain(entry, groups, known, owners)
        if chain.name_zh in chains:
            raise entry.error("'%(name)s' is listed twice", name=chain.name_zh)
        chains[chain.name_zh] = chain
    if not chains:
        raise item.error("lists no chain")
    return tuple(chains.values())


def _chain(item: Item, groups: Collection[str], known: Collection[str], owners: dict[str, str]) -> FrameChain:
    """One entry; `owners` gathers which map belongs to which chain of the frame so far."""
    found = item.fields(("name", "maps"), ("group", "note"))
    name_zh, name_en = _names(found["name"])
    maps = found["maps"].keys()
    for entry, key in zip(found["maps"].items(), maps, strict=True):
        if key not in known:
            raise entry.error("no chain map '%(key)s'", key=key)
        if key in owners:
            raise entry.error("'%(key)s' belongs to '%(owner)s' already", key=key, owner=owners[key])
        owners[key] = name_zh
    group = found["group"].key() if "group" in found else None
    if group is not None and group not in groups:
        raise found["group"].error("no group '%(key)s'", key=group)
    if group is None and groups:
        raise item.error("missing field 'group' (the frame has groups)")
    return FrameChain(
        name_zh=name_zh,
        name_en=name_en,
        maps=maps,
        group=group,
        note=found["note"].text() if "note" in found else None,
    )


def _names(item: Item) -> tuple[str, str]:
    """Chinese and English; frames are files of ours and say both."""
    found = item.fields(("zh", "en"))
    return found["zh"].text(), found["en"].text()
