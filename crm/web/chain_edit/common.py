"""What the editor's pages share: the state of the map for people who may edit it, and its words."""

from __future__ import annotations

from dataclasses import replace

from flask import render_template

from chains.engine.model import Chain, Confidence, Segment
from crm.domain.enterprises.pinyin import pinyin_keys
from crm.domain.errors import NotFound
from crm.domain.labels import N_, label
from crm.services import chain_maps, chain_members
from crm.services.chain_maps import POSITIONS, State
from crm.web import kit
from crm.web.chain_edit import shown

_GONE = N_("图谱里没有这个环节，可能刚被别人删除或合并。")


def opened(key: str) -> State:
    """The present map, for one of its keepers. NotFound, NotAllowed."""
    state = chain_maps.current(kit.session(), key)
    chain_members.require_keeper(kit.session(), kit.actor(), state.row.id)
    return state


def segment_of(state: State, key: str) -> Segment:
    """One segment of the map. NotFound."""
    try:
        return state.map.segment(key)
    except KeyError:
        raise NotFound(_GONE) from None


def page(template: str, state: State, status: int = 200, **values: object) -> tuple[str, int]:
    """A page of the editor."""
    shared = {
        "chain": state.row,
        "map": state.map,
        "number": state.number,
        "positions": POSITIONS,
        "source_title": shown.source_title,
        "segment_name": shown.segment_name,
        "labels_of": lambda value: label(Confidence(value)),
    }
    return render_template(f"chain_edit/{template}.html", **shared, **values), status


def new_key(chain: Chain, name_zh: str, name_en: str) -> str:
    """A key for a new segment, from its English name or its pinyin, that no other has."""
    text = name_en or " ".join(pinyin_keys(name_zh).full[:1])
    letters = "".join(each if each.isascii() and each.isalnum() else "_" for each in text.lower())
    base = "_".join(part for part in letters.split("_") if part)[:40].strip("_")
    if not base or not base[0].isalpha():
        base = f"s_{base}".strip("_")
    taken = {segment.key for segment in chain.segments}
    return next(key for key in (base, *(f"{base}_{number}" for number in range(2, 10_000))) if key not in taken)


def group_of(chain: Chain, name_zh: str, like: Segment) -> Segment:
    """A new group of that name, resting on the same sources as its first member."""
    return Segment(
        key=new_key(chain, name_zh, ""),
        name_zh=name_zh,
        name_en="",
        position=like.position,
        sources=replace(like).sources,
    )
