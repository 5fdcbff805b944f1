"""Parks: the list, one park with its facts and space, and a unit's facts kept by its manager."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from crm.domain.access import Permission
from crm.domain.errors import DomainError
from crm.domain.space import ParkKind
from crm.services import parks, public
from crm.web import kit
from crm.web.parks.forms import UnitForm

blueprint = Blueprint("parks", __name__, template_folder="templates", url_prefix="/crm/parks")


@blueprint.get("/")
@kit.requires(Permission.PARKS_VIEW)
def index() -> str:
    chosen = {
        "platform": request.args.get("platform", ""),
        "kind": request.args.get("kind", ""),
        "words": request.args.get("q", ""),
        "with_space": request.args.get("space") == "1",
    }
    session = kit.session()
    rows = parks.listed(session, kit.actor(), **chosen)
    platforms = public.platforms(session)
    return render_template("parks/index.html", rows=rows, chosen=chosen, platforms=platforms, kinds=list(ParkKind))


@blueprint.get("/<int:park_id>")
@kit.requires(Permission.PARKS_VIEW)
def show(park_id: int) -> str:
    return render_template("parks/show.html", view=parks.shown(kit.session(), kit.actor(), park_id))


@blueprint.route("/<int:park_id>/units/<int:unit_id>", methods=["GET", "POST"])
@kit.requires(Permission.PARKS_EDIT)
def unit(park_id: int, unit_id: int) -> str | Response | tuple[str, int]:
    session, actor = kit.session(), kit.actor()
    found = parks.unit(session, actor, park_id, unit_id, edit=True)
    if request.method == "GET":
        return render_template("parks/unit.html", unit=found, park_id=park_id, form=UnitForm.of(found))
    form = UnitForm()
    if form.validate():
        try:
            parks.state_facts(session, actor, found, form.version.data, form.to_facts())
        except DomainError as error:
            kit.refuse(form, error)
        else:
            flash(_("已保存并记为今天核实。"), "ok")
            return redirect(url_for("parks.show", park_id=park_id))
    return render_template("parks/unit.html", unit=found, park_id=park_id, form=form), 422


@blueprint.post("/<int:park_id>/units/<int:unit_id>/confirm")
@kit.requires(Permission.PARKS_EDIT)
def confirm(park_id: int, unit_id: int) -> Response:
    session, actor = kit.session(), kit.actor()
    found = parks.unit(session, actor, park_id, unit_id, edit=True)
    parks.confirm(session, actor, found, request.form.get("version", 0, type=int))
    flash(_("%(unit)s 已记为今天核实。", unit=f"{found.building.name} {found.name}"), "ok")
    return redirect(kit.safe_next(url_for("parks.show", park_id=park_id)))
