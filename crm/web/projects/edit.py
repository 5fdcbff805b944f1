"""Correcting facts of stages that a project has behind it: what a gate took may have been a slip of the pen."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from crm.domain.access import Permission
from crm.domain.errors import Invalid, Stale
from crm.domain.gates import Demand
from crm.domain.pipeline import Stage, Track
from crm.services import access, gates
from crm.services.gates import Move
from crm.services.gates import proposals as suggest
from crm.services.leads import choices
from crm.web import kit
from crm.web.projects import gate_form, values
from crm.web.projects.blueprint import blueprint
from crm.web.projects.gate_form import GateForm
from crm.web.stages import say

Answer = str | Response | tuple[str, int]


@blueprint.get("/<int:project_id>/facts")
@kit.requires(Permission.PROJECTS_EDIT)
def edit(project_id: int) -> Answer:
    project = access.project(kit.session(), kit.actor(), project_id, edit=True)
    land = project.track is Track.LAND
    asked, known = _asked(project)
    data = gate_form.prefilled(asked, known, land=land) | {"version": project.version}
    return _page(project, _form_class(project, asked)(formdata=None, data=data))


@blueprint.post("/<int:project_id>/facts")
@kit.requires(Permission.PROJECTS_EDIT)
def correct(project_id: int) -> Answer:
    session, actor = kit.session(), kit.actor()
    project = access.project(session, actor, project_id, edit=True)
    asked, _known = _asked(project)
    form = _form_class(project, asked)()
    if form.validate():
        shown = form.version.data or ""
        command = Move(
            to_stage=project.stage,
            facts=gate_form.pieces(form).facts,
            version=int(shown) if shown.isascii() and shown.isdigit() and len(shown) < 10 else -1,
        )
        try:
            gates.give(session, actor, project_id, command)
        except (Invalid, Stale) as error:
            kit.abandon()
            gate_form.beside(form, error)
        else:
            flash(_("已改，谁改了什么记在历史里。"), "ok")
            return redirect(url_for("projects.show", project_id=project_id, _anchor="facts"))
    project = access.project(kit.session(), kit.actor(), project_id, edit=True)
    form.version.data = str(project.version)
    return _page(project, form), 422


def _asked(project) -> tuple[Demand, dict[str, object]]:
    """Facts of the stages up to the present one, and others that are known; with their values."""
    definitions = gates.in_force(kit.session())
    known = gates.values_of(project, definitions)
    facts = []
    for stage in Stage:
        gate = definitions.gate(project.track, stage)
        passed = stage.order <= project.stage.order and not gate.may_skip
        facts += [fact for fact in (gate.demand + gate.leave).facts if passed or fact.key in known]
    return Demand(tuple(dict.fromkeys(facts))), known


def _form_class(project, asked: Demand) -> type[GateForm]:
    session = kit.session()
    lead = access.lead(session, kit.actor(), project.lead_id) if project.lead_id is not None else None
    offers = suggest.offers(session, lead, asked.facts)
    return gate_form.form_for(asked, offers, choices.segments(session), land=project.track is Track.LAND)


def _page(project, form: GateForm) -> str:
    land = project.track is Track.LAND
    return render_template(
        "projects/edit.html",
        project=project,
        form=form,
        say=say,
        unit=lambda fact: values.unit_of(fact, land=land),
        accepted_files="",
    )
