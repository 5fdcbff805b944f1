"""Saved views: keep the present question of a list under a name; rename, share, order and delete one's own."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from crm.domain.access import Permission
from crm.domain.errors import Invalid, Stale
from crm.services import access, listing, views
from crm.web import kit

blueprint = Blueprint("views", __name__, template_folder="templates", url_prefix="/crm/views")


@blueprint.get("/<list_name>")
@kit.requires(Permission.ENTERPRISES_VIEW)
def index(list_name: str) -> str:
    return _page(list_name)


@blueprint.post("/<list_name>")
@kit.requires(Permission.ENTERPRISES_VIEW)
def save(list_name: str) -> Response | tuple[str, int]:
    session, actor = kit.session(), kit.actor()
    title, query = request.form.get("title", ""), request.form.get("query", "")
    try:
        view = views.save(session, actor, list_name, title, query, shared=request.form.get("shared") == "1")
    except Invalid as error:
        session.rollback()
        return _page(list_name, error=kit.sentence(error), title=title, query=query), 422
    flash(gettext("已存为视图「%(name)s」。", name=view.name), "ok")
    return redirect(_list_url(list_name, view.query))


@blueprint.post("/<list_name>/<int:view_id>")
@kit.requires(Permission.ENTERPRISES_VIEW)
def change(list_name: str, view_id: int) -> Response | tuple[str, int]:
    session, actor = kit.session(), kit.actor()
    title = request.form.get("title", "")
    try:
        views.change(
            session,
            actor,
            view_id,
            title,
            shared=request.form.get("shared") == "1",
            version=request.form.get("version", 0, type=int),
        )
    except (Invalid, Stale) as error:
        session.rollback()
        status = 409 if isinstance(error, Stale) else 422
        return _page(list_name, error=kit.sentence(error), title=title, view_id=view_id), status
    flash(gettext("视图已改。"), "ok")
    return redirect(url_for("views.index", list_name=list_name))


@blueprint.post("/<list_name>/<int:view_id>/move")
@kit.requires(Permission.ENTERPRISES_VIEW)
def move(list_name: str, view_id: int) -> Response:
    step = -1 if request.form.get("step") == "-1" else 1
    views.move(kit.session(), kit.actor(), view_id, step)
    return redirect(url_for("views.index", list_name=list_name))


@blueprint.post("/<list_name>/<int:view_id>/remove")
@kit.requires(Permission.ENTERPRISES_VIEW)
def remove(list_name: str, view_id: int) -> Response:
    gone = views.remove(kit.session(), kit.actor(), view_id)
    flash(gettext("视图「%(name)s」已删除，记录都在。", name=gone.name), "ok")
    return redirect(url_for("views.index", list_name=list_name))


def _list_url(name: str, query: str) -> str:
    endpoint = "projects.table" if name == "projects" else f"{name}.index"
    return url_for(endpoint) + ("?" + query if query else "")


def _page(name: str, *, error: str = "", title: str = "", query: str = "", view_id: int | None = None) -> str:
    """The own views of a list with their forms; a refused one keeps what was typed."""
    session, actor = kit.session(), kit.actor()
    spec = listing.get(name)
    access.require(actor, spec.permission)
    rows = views.of_list(session, actor, name)
    return render_template(
        "views/index.html",
        spec=spec,
        mine=[view for view in rows if view.person_id == actor.id],
        others=[view for view in rows if view.person_id != actor.id],
        list_url=lambda text="": _list_url(name, text),
        has_section=actor.section_id is not None,
        section_name=actor.section_name,
        error=error,
        title=title,
        query=query,
        view_id=view_id,
    )
