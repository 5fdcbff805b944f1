"""One way for every form of the editor to save: done, refused beside the field, or the merge page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import flash, render_template, request
from flask_babel import gettext

from chains.engine.merge import Side
from crm.domain.errors import Duplicate, Invalid
from crm.services import chain_maps
from crm.services.chain_maps import MapConflict, Saved
from crm.services.chain_maps.saving import Edit
from crm.web import formats, kit
from crm.web.chain_edit import shown
from crm.web.chain_edit.forms import EditForm

__all__ = ["Attempt", "Edit", "attempt", "tell"]

_CHOICE, _SEEN = "choose.", "seen"
Answer = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Attempt:
    """What became of it: `saved`, or a `page` to answer with, or neither (the form has its errors)."""

    saved: Saved | None = None
    page: Answer | None = None


def attempt(
    key: str,
    form: EditForm,
    edit: Edit,
    *,
    cancel_url: str,
    heirs: Mapping[str, str] | None = None,
    entered: Mapping[str, int] | None = None,
    done: str = "",
) -> Attempt:
    """Save an edit that a valid form asks for. `done` is said after it; how many changes there were is said anyway."""
    session = kit.session()
    try:
        saved = chain_maps.change(
            session,
            kit.actor(),
            key,
            form.began(),
            edit,
            form.reason.data or "",
            heirs=heirs,
            entered=entered,
            chosen=_chosen(),
            seen=_whole(request.form.get(_SEEN)),
        )
    except MapConflict as conflict:
        session.rollback()
        return Attempt(page=_page(key, conflict, cancel_url))
    except (Invalid, Duplicate) as error:
        session.rollback()
        kit.refuse(form, error)
        return Attempt()
    tell(saved, done)
    return Attempt(saved)


def tell(saved: Saved, done: str = "") -> None:
    """Say after a save what it changed, and that changes of others were kept."""
    if not saved.changes:
        flash(gettext("没有改动，图谱还是第 %(number)s 版。", number=saved.number), "info")
        return
    parts = [done] if done else []
    what = shown.counted(saved.changes)
    parts.append(gettext("已保存为第 %(number)s 版：%(what)s。", number=saved.number, what=what))
    if saved.from_others:
        others = shown.counted(saved.from_others)
        parts.append(gettext("别人刚改的也保留了：%(what)s。", what=others))
    flash(formats.sentences(parts), "ok")


def _chosen() -> dict[str, Side]:
    sides = {side.value: side for side in Side}
    return {
        name.removeprefix(_CHOICE): sides[value]
        for name, value in request.form.items()
        if name.startswith(_CHOICE) and value in sides
    }


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else None


def _page(key: str, conflict: MapConflict, cancel_url: str) -> Answer:
    """原来 / 我的 / 对方, one choice a conflict; the form is posted again to where it was going."""
    chain = chain_maps.chain_row(kit.session(), key)
    asked = {each.key for each in conflict.merged.conflicts}
    ours = (*(name for name in request.form if name.startswith(_CHOICE)), _SEEN, "csrf_token")
    hidden = [(name, value) for name, value in request.form.items(multi=True) if name not in ours]
    page = render_template(
        "chain_edit/conflict.html",
        chain=chain,
        conflict=conflict,
        rows=[shown.conflict(each, conflict) for each in conflict.merged.conflicts],
        chosen={name: side.value for name, side in _chosen().items() if name in asked},
        missing=_SEEN in request.form,
        hidden=hidden,
        cancel_url=cancel_url,
    )
    return page, 409
