"""The reserve library: one project, and promoting a lead; board and list stand beside."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from crm.domain.access import Permission
from crm.domain.pipeline import Stage
from crm.services import access, projects
from crm.web import kit, ledgers
from crm.web.projects import board, table
from crm.web.projects.blueprint import blueprint

__all__ = ["blueprint", "board", "table"]


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
        **ledgers.cards(found.lead, found, on_project=True),
    )


@blueprint.post("/promote/<int:lead_id>")
@kit.requires(Permission.PROJECTS_EDIT)
def promote(lead_id: int) -> Response:
    project = projects.promote(kit.session(), kit.actor(), lead_id)
    flash(_("已转入储备库，编号 %(number)s。", number=project.number), "ok")
    return redirect(url_for("projects.show", project_id=project.id))
