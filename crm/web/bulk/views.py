"""Changing the marked rows of a list: a small form, then all of them in one go; and taking it back."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from crm.domain.access import Permission
from crm.domain.calendar import next_working_day
from crm.domain.errors import DomainError, Invalid, Stale
from crm.domain.leads import FollowUpKind
from crm.infra.clock import today
from crm.services import bulk, leads, listing
from crm.services.bulk import Marked, Outcome, Undone
from crm.web import formats, kit
from crm.web.bulk.forms import FORMS, ActionForm

#: When people are usually called.
MORNING = time(10, 0)

blueprint = Blueprint("bulk", __name__, template_folder="templates", url_prefix="/crm/bulk")


@blueprint.get("/")
@kit.requires(Permission.LEADS_EDIT)
def index() -> str:
    return render_template("bulk/index.html", rows=bulk.mine(kit.session(), kit.actor()), days=bulk.UNDO_DAYS)


@blueprint.post("/<list_name>/<bulk_action>/form")
@kit.requires(Permission.LEADS_EDIT)
def prepare(list_name: str, bulk_action: str) -> Response | str | tuple[str, int]:
    bulk.action_of(bulk_action, list_name)
    marked = _marked()
    try:
        chosen = bulk.choose(kit.session(), kit.actor(), list_name, marked)
    except Invalid as error:
        return _back(error)
    form = _form(bulk_action, fresh=True)
    return _page(list_name, bulk_action, form, marked, chosen)


@blueprint.post("/<list_name>/<bulk_action>")
@kit.requires(Permission.LEADS_EDIT)
def carry_out(list_name: str, bulk_action: str) -> Response | str | tuple[str, int]:
    session, actor = kit.session(), kit.actor()
    bulk.action_of(bulk_action, list_name)
    marked, form = _marked(), _form(bulk_action)
    if not form.validate():
        return _page(list_name, bulk_action, form, marked, bulk.choose(session, actor, list_name, marked)), 422
    try:
        outcome = bulk.carry_out(
            session, actor, list_name, bulk_action, marked, form.params(), (form.request_id.data or "")[:40] or None
        )
    except Invalid as error:
        session.rollback()
        if not error.field:
            return _back(error)
        kit.refuse(form, error)
        return _page(list_name, bulk_action, form, marked, bulk.choose(session, actor, list_name, marked)), 422
    except Stale as error:
        session.rollback()
        return _back(error)
    flash(_said(outcome), "ok" if outcome.done else "warning")
    target = kit.safe_next(_list_url(list_name))
    if outcome.done:
        target += ("&" if "?" in target else "?") + f"changed={outcome.change.id}"
    return _onward(target)


@blueprint.post("/<int:change_id>/undo")
@kit.requires(Permission.LEADS_EDIT)
def undo(change_id: int) -> Response:
    session = kit.session()
    try:
        undone = bulk.undo(session, kit.actor(), change_id)
    except (Invalid, Stale) as error:
        return _back(error, url_for("bulk.index"))
    flash(_restored(undone), "warning" if undone.kept else "ok")
    return redirect(kit.safe_next(url_for("bulk.index")))


# ── Helpers ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _marked() -> Marked:
    """The marked rows of the posted list; what is no number marks nothing."""
    ids = (each for each in request.form.getlist("ids") if each.isdigit())
    return Marked(
        ids=tuple(number for number in map(int, ids) if number <= kit.LARGEST_ID),
        query=request.form.get("query", "")[:4000],
        everything=request.form.get("all") == "1",
    )


def _form(action: str, *, fresh: bool = False) -> ActionForm:
    form = FORMS[action](formdata=None) if fresh else FORMS[action]()
    if fresh:
        form.request_id.data = kit.new_request_id()
    if action == "assign":
        people = leads.candidates(kit.session(), kit.actor())
        form.person_id.choices = {str(person.id): person.name for person in people}
    if action == "schedule" and fresh:
        form.kind.data = FollowUpKind.CALL.value
        form.due_at.data = datetime.combine(next_working_day(today() + timedelta(days=1)), MORNING)
    return form


def _page(list_name: str, action: str, form: ActionForm, marked: Marked, chosen: bulk.Chosen) -> str:
    template = "bulk/_form.html" if kit.is_htmx() else "bulk/form.html"
    return render_template(
        template,
        list_name=list_name,
        list_label=listing.get(list_name).label,
        action=action,
        form=form,
        marked=marked,
        chosen=chosen,
        next=kit.safe_next(_list_url(list_name)),
        quick=_quick_dates(),
        names_shown=bulk.NAMES_SHOWN,
    )


def _quick_dates() -> list[tuple[str, object]]:
    days = [next_working_day(today() + timedelta(days=ahead)) for ahead in (1, 3, 7, 14)]
    return [(formats.day(day), day) for day in dict.fromkeys(days)]


def _back(error: DomainError, target: str = "") -> Response:
    """To where the person came from, with the sentence; nothing was changed."""
    kit.session().rollback()
    flash(kit.sentence(error), "warning")
    return _onward(target or kit.safe_next(url_for("bulk.index")))


def _onward(target: str) -> Response:
    """To another page; a sheet that asked by script is told where, so that the message is shown there once."""
    return Response(status=204, headers={"HX-Redirect": target}) if kit.is_htmx() else redirect(target)


def _list_url(list_name: str) -> str:
    return url_for("projects.table" if list_name == "projects" else f"{list_name}.index")


def _said(outcome: Outcome) -> str:
    parts = [gettext("已改 %(count)s 条。", count=outcome.done)]
    if outcome.already:
        parts.append(gettext("%(count)s 条本来就是这样。", count=outcome.already))
    if outcome.left_out:
        names = formats.listed(outcome.left_out[: bulk.NAMES_SHOWN])
        count = len(outcome.left_out)
        parts.append(gettext("%(count)s 条由他人负责，没有改：%(names)s。", count=count, names=names))
    return formats.sentences(parts)


def _restored(undone: Undone) -> str:
    parts = [gettext("已撤销，恢复 %(count)s 条。", count=undone.restored)]
    if undone.kept:
        names = formats.listed(gettext(name) for name in undone.kept[: bulk.NAMES_SHOWN])
        parts.append(gettext("%(count)s 条之后有人改过，保留现状：%(names)s。", count=len(undone.kept), names=names))
    return formats.sentences(parts)
