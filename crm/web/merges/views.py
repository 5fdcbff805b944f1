"""Pages of merges: choose the other record, hold both side by side, merge, look at a merge and take it back."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from crm.domain.access import Permission
from crm.domain.contacts import mask_name
from crm.domain.duplicates import Side
from crm.domain.errors import Duplicate, Invalid, Stale
from crm.services import merging
from crm.services.merging import MergeKind
from crm.web import kit
from crm.web.merges.forms import AskForm, MergeForm
from crm.web.merges.values import shown

blueprint = Blueprint("merges", __name__, template_folder="templates", url_prefix="/crm/merges")

Answer = Response | tuple[str, int] | str
_KIND = "any(enterprise,lead,contact)"


@blueprint.get(f"/<{_KIND}:kind>/<int:record_id>")
@kit.requires(Permission.RECORDS_MERGE)
def pick(kind: str, record_id: int) -> Answer:
    session, actor, what = kit.session(), kit.actor(), MergeKind(kind)
    if (winner := merging.moved_to(session, actor, what, record_id)) is not None:
        return redirect(url_for("merges.pick", kind=kind, record_id=winner))
    record, others = merging.offered(session, actor, what, record_id)
    return render_template(
        "merges/pick.html",
        kind=kind,
        record=record,
        others=others,
        merges=merging.into(session, what, record.id),
        mask_name=mask_name,
    )


@blueprint.get(f"/<{_KIND}:kind>/<int:winner_id>/<int:loser_id>")
@kit.requires(Permission.RECORDS_MERGE)
def compare(kind: str, winner_id: int, loser_id: int) -> Answer:
    return _page(kind, winner_id, loser_id)


def _page(
    kind: str,
    winner_id: int,
    loser_id: int,
    *,
    refused: MergeForm | None = None,
    asking: AskForm | None = None,
) -> str:
    """Both records side by side; a refused form keeps its choices, on the versions as they are now."""
    session, actor = kit.session(), kit.actor()
    found = merging.compare(session, actor, MergeKind(kind), winner_id, loser_id)
    chosen: dict[str, Side] = refused.choices(found.rows) if refused is not None else {}
    fresh = {
        "request_id": kit.new_request_id(),
        "winner_version": found.winner.version,
        "loser_version": found.loser.version,
    }
    form = MergeForm(formdata=None, data=fresh)
    if refused is not None:
        form.form_errors = refused.form_errors
    return render_template(
        "merges/compare.html",
        kind=kind,
        found=found,
        rows=shown(found.rows, merging.names(session, found.rows), actor, chosen),
        form=form,
        asking=asking or AskForm(formdata=None),
        mask_name=mask_name,
    )


@blueprint.post(f"/<{_KIND}:kind>/<int:winner_id>/<int:loser_id>")
@kit.requires(Permission.RECORDS_MERGE)
def merge(kind: str, winner_id: int, loser_id: int) -> Answer:
    session, actor, what = kit.session(), kit.actor(), MergeKind(kind)
    form = MergeForm()
    if not form.validate():
        return _page(kind, winner_id, loser_id, refused=form), 422
    try:
        # A second click comes when the loser is gone already.
        rows = (
            ()
            if merging.winner_of(session, what, loser_id)
            else merging.compare(session, actor, what, winner_id, loser_id).rows
        )
        made = merging.merge(session, actor, form.to_command(what, winner_id, loser_id, rows))
    except (Invalid, Stale, Duplicate) as error:
        session.rollback()
        kit.refuse(form, error)
        return _page(kind, winner_id, loser_id, refused=form), 422 if isinstance(error, Invalid) else 409
    flash(_("已合并。两边的内容都留着快照，可以撤销。"), "ok")
    return redirect(url_for("merges.show", merge_id=made.id))


@blueprint.post("/enterprise/<int:winner_id>/<int:loser_id>/ask")
@kit.requires(Permission.RECORDS_MERGE)
def ask(winner_id: int, loser_id: int) -> Answer:
    session, actor, form = kit.session(), kit.actor(), AskForm()
    if form.validate():
        try:
            merging.ask(session, actor, winner_id, loser_id, form.note.data or "")
        except Invalid as error:
            kit.refuse(form, error)
        else:
            flash(_("已请对方科长一起看；对方会收到通知。"), "ok")
            return redirect(url_for("merges.compare", kind="enterprise", winner_id=winner_id, loser_id=loser_id))
    session.rollback()
    return _page("enterprise", winner_id, loser_id, asking=form), 422


@blueprint.get("/<int:merge_id>")
@kit.requires(Permission.RECORDS_MERGE)
def show(merge_id: int) -> str:
    return _merge_page(merge_id)


def _merge_page(merge_id: int, *, done: merging.Undone | None = None, refused: FlaskForm | None = None) -> str:
    session, actor = kit.session(), kit.actor()
    row = merging.find(session, actor, merge_id)
    fields = merging.rows_of(row)
    rows = shown(fields, merging.names(session, fields), actor, {})
    return render_template(
        "merges/show.html",
        merge=row,
        rows=rows,
        labels={each.word: each.label for each in rows},
        moved=merging.moved_of(row),
        later=merging.later(session, row),
        done=done,
        problems=refused.form_errors if refused is not None else (),
    )


@blueprint.post("/<int:merge_id>/undo")
@kit.requires(Permission.RECORDS_MERGE)
def undo(merge_id: int) -> Answer:
    session, actor = kit.session(), kit.actor()
    try:
        done = merging.undo(session, actor, merge_id)
    except (Invalid, Stale) as error:
        session.rollback()
        form = FlaskForm(formdata=None)
        kit.refuse(form, error)
        return _merge_page(merge_id, refused=form), 422 if isinstance(error, Invalid) else 409
    return _merge_page(merge_id, done=done)
