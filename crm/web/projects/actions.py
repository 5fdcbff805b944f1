"""What the buttons of a project's page do: decide a request, put aside and revive, money added, months, evidence."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from crm.domain.access import Permission
from crm.domain.errors import Invalid, Stale
from crm.domain.labels import label
from crm.services import access, gates, projects
from crm.web import kit
from crm.web.projects.blueprint import blueprint
from crm.web.projects.forms import AsideForm, CapitalForm, DecisionForm, MonthForm, ReviveForm
from crm.web.projects.show import project_page

Answer = Response | tuple[str, int]


def _act(project_id: int, form: FlaskForm, deed: Callable[[], str], anchor: str = "") -> Answer:
    """Do what a small form asks, or show the page again with the form open and what was typed in it."""
    if form.validate():
        try:
            words = deed()
        except (Invalid, Stale) as error:
            kit.session().rollback()
            kit.refuse(form, error)
            if isinstance(error, Stale):
                # What the form was about may be gone from the page by now, so it is said above it as well.
                flash(kit.sentence(error), "warning")
        else:
            flash(words, "ok")
            return redirect(url_for("projects.show", project_id=project_id, _anchor=anchor or None))
    kit.abandon()
    return project_page(access.project(kit.session(), kit.actor(), project_id), refused=form), 422


@blueprint.post("/<int:project_id>/requests/<int:request_id>")
@kit.requires(Permission.PROJECTS_APPROVE)
def decide(project_id: int, request_id: int) -> Answer:
    access.project(kit.session(), kit.actor(), project_id)
    form = DecisionForm()

    def deed() -> str:
        session, actor = kit.session(), kit.actor()
        words = (form.decision.data or "", form.shown_version)
        if form.verdict.data == "approve":
            project = gates.approve(session, actor, request_id, *words)
            return _("已同意，项目进入%(stage)s。", stage=_(label(project.stage)))
        gates.refuse(session, actor, request_id, *words)
        return _("没有同意，理由已告知对方。")

    return _act(project_id, form, deed)


@blueprint.post("/<int:project_id>/requests/<int:request_id>/withdraw")
@kit.requires(Permission.PROJECTS_EDIT)
def withdraw_request(project_id: int, request_id: int) -> Response:
    gates.withdraw_request(kit.session(), kit.actor(), request_id)
    flash(_("申请已撤回。"), "ok")
    return redirect(url_for("projects.show", project_id=project_id))


@blueprint.post("/<int:project_id>/aside")
@kit.requires(Permission.PROJECTS_EDIT)
def put_aside(project_id: int) -> Answer:
    project = access.project(kit.session(), kit.actor(), project_id, edit=True)
    form = AsideForm().offer(project.stage)

    def deed() -> str:
        done = projects.put_aside(kit.session(), kit.actor(), project_id, form.to_command())
        return _("项目已改为「%(state)s」。", state=_(label(done.side_state)))

    return _act(project_id, form, deed)


@blueprint.post("/<int:project_id>/revive")
@kit.requires(Permission.PROJECTS_EDIT)
def revive(project_id: int) -> Answer:
    access.project(kit.session(), kit.actor(), project_id, edit=True)
    form = ReviveForm()

    def deed() -> str:
        projects.revive(kit.session(), kit.actor(), project_id, form.reason.data or "", form.shown_version)
        return _("项目已恢复推进。")

    return _act(project_id, form, deed)


@blueprint.post("/<int:project_id>/capital")
@kit.requires(Permission.PROJECTS_EDIT)
def add_capital(project_id: int) -> Answer:
    access.project(kit.session(), kit.actor(), project_id, edit=True)
    form = CapitalForm()

    def deed() -> str:
        projects.add_capital(kit.session(), kit.actor(), project_id, form.to_command())
        return _("增资已记下；项目数不变。")

    return _act(project_id, form, deed, "capital")


@blueprint.post("/<int:project_id>/months")
@kit.requires(Permission.PROJECTS_EDIT)
def record_month(project_id: int) -> Answer:
    access.project(kit.session(), kit.actor(), project_id, edit=True)
    form = MonthForm()

    def deed() -> str:
        projects.record_month(kit.session(), kit.actor(), project_id, form.to_command())
        return _("月度进度已记下。")

    return _act(project_id, form, deed, "months")


@blueprint.post("/<int:project_id>/evidence/<int:evidence_id>/withdraw")
@kit.requires(Permission.PROJECTS_EDIT)
def withdraw_evidence(project_id: int, evidence_id: int) -> Response:
    session, actor = kit.session(), kit.actor()
    try:
        gates.withdraw(session, actor, evidence_id, gates.in_force(session))
    except Invalid as error:
        flash(kit.sentence(error), "warning")
        return redirect(url_for("projects.show", project_id=project_id, _anchor="evidence"))
    flash(_("证据已撤下，历史里还在。"), "ok")
    return redirect(url_for("projects.show", project_id=project_id, _anchor="evidence"))
