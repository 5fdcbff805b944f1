"""The reserve library: projects by batch, one project, and promoting a lead."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from crm.domain.access import Permission
from crm.domain.pipeline import SideState, Stage
from crm.services import access, projects
from crm.web import kit
from crm.web.projects import table
from crm.web.projects.blueprint import blueprint

__all__ = ["blueprint", "table"]


@blueprint.get("/")
@kit.requires(Permission.PROJECTS_VIEW)
def index() -> str:
    asked = request.args.get("side", "")
    side = SideState(asked) if asked in {each.value for each in SideState} else SideState.ACTIVE
    lanes = projects.lanes(kit.session(), kit.actor(), side_state=side)
    return render_template(
        "projects/index.html", lanes=lanes, side=side, sides=list(SideState), amount_of=projects.amount_of
    )


@blueprint.get("/<int:project_id>")
@kit.requires(Permission.PROJECTS_VIEW)
def show(project_id: int) -> str:
    session, actor = kit.session(), kit.actor()
    found = access.project(session, actor, project_id)
    return render_template(
        "projects/show.html",
        project=found,
        stages=list(Stage),
        changes=projects.stage_changes(session, found.id),
        may_open_lead=actor.may(Permission.LEADS_VIEW),
    )


@blueprint.post("/promote/<int:lead_id>")
@kit.requires(Permission.PROJECTS_EDIT)
def promote(lead_id: int) -> Response:
    project = projects.promote(kit.session(), kit.actor(), lead_id)
    flash(_("已转入储备库，编号 %(number)s。", number=project.number), "ok")
    return redirect(url_for("projects.show", project_id=project.id))
