"""The way into a stage: one page that shows what is there and asks for exactly what is missing; requests for it."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from crm.domain.access import Permission
from crm.domain.errors import Invalid, NotAllowed, Stale
from crm.domain.files import accepted
from crm.domain.gates import FactKind, GateCheck
from crm.domain.labels import label
from crm.domain.leads import LeadState
from crm.domain.pipeline import SideState, Stage, Track
from crm.services import access, attachments, gates, projects
from crm.services.gates import GateClosed, Move, MustAnswer
from crm.services.gates import proposals as suggest
from crm.services.leads import choices
from crm.web import kit
from crm.web.projects import gate_form, values
from crm.web.projects.blueprint import blueprint
from crm.web.projects.forms import BackForm
from crm.web.projects.gate_form import GateForm
from crm.web.stages import say

Answer = str | Response | tuple[str, int]


@blueprint.get("/<int:project_id>/gate/<stage>")
@kit.requires(Permission.PROJECTS_EDIT)
def gate(project_id: int, stage: str) -> Answer:
    project, to_stage = _asked(project_id, stage)
    if to_stage is project.stage:
        return redirect(url_for("projects.show", project_id=project.id))
    if to_stage.order < project.stage.order:
        return _back_page(project, to_stage, BackForm(formdata=None, data={"version": project.version}))
    return _page(project, to_stage, _opened(project, to_stage))


@blueprint.post("/<int:project_id>/gate/<stage>")
@kit.requires(Permission.PROJECTS_EDIT)
def pass_gate(project_id: int, stage: str) -> Answer:
    project, to_stage = _asked(project_id, stage)
    if to_stage.order <= project.stage.order:
        return _go_back(project, to_stage)
    form = _posted(project, to_stage)
    is_valid = form.validate()
    try:
        _version(project, form)
        count = _keep(project, to_stage, form)
    except Stale as error:
        kit.session().rollback()
        kit.refuse(form, error)
        project = access.project(kit.session(), kit.actor(), project_id, edit=True)
        return _page(project, to_stage, form), 409
    if not is_valid or form.errors or form.form_errors:
        return _half_kept(project, to_stage, form, count)
    if request.form.get("action") == "save":
        flash(_("已保存，项目还在%(stage)s。", stage=_(label(project.stage))), "ok")
        return redirect(url_for("projects.show", project_id=project.id))
    return _take_step(project, to_stage, form)


def _take_step(project, to_stage: Stage, form: GateForm) -> Answer:
    """Everything that was typed is kept by now; what the step still lacks is said on the page of the gate."""
    session, actor = kit.session(), kit.actor()
    command = Move(to_stage=to_stage, reason=form.reason.data or "", resigning=form.answer())
    try:
        done = gates.move(session, actor, project.id, command)
    except GateClosed as closed:
        flash(_("填的都已保存。"), "ok")
        flash(kit.sentence(closed), "warning")
        return redirect(url_for("projects.gate", project_id=project.id, stage=to_stage.value))
    except MustAnswer as error:
        gate_form.offer_resigning(form)
        form.resigning.errors = [*form.resigning.errors, kit.sentence(error)]
        return _half_kept(project, to_stage, form, 0)
    except Invalid as error:
        gate_form.beside(form, error)
        return _half_kept(project, to_stage, form, 0)
    stage = _(label(to_stage))
    if done is project:
        flash(_("已进入%(stage)s。", stage=stage), "ok")
    else:
        flash(_("已报科长审批，同意后进入%(stage)s。", stage=stage), "ok")
    return redirect(url_for("projects.show", project_id=project.id))


# ── A lead on its way into the reserve ───────────────────────────────────────────────────────────────────────────────


@blueprint.get("/promote/<int:lead_id>")
@kit.requires(Permission.PROJECTS_EDIT)
def admission(lead_id: int) -> Answer:
    lead = access.lead(kit.session(), kit.actor(), lead_id, edit=True)
    existing = projects.of_lead(kit.session(), lead.id)
    if existing is not None:
        return redirect(url_for("projects.show", project_id=existing.id))
    return _admission_page(lead, _admission_form(lead, posted=False))


@blueprint.post("/promote/<int:lead_id>")
@kit.requires(Permission.PROJECTS_EDIT)
def promote(lead_id: int) -> Answer:
    session, actor = kit.session(), kit.actor()
    lead = access.lead(session, actor, lead_id, edit=True)
    form = _admission_form(lead, posted=True)
    if form.validate():
        version = form.version.data or ""
        command = Move(
            to_stage=Stage.RESERVE,
            facts=gate_form.pieces(form).facts,
            version=int(version) if version.isdigit() else None,
        )
        try:
            project = gates.admit(session, actor, lead.id, command)
        except GateClosed as closed:
            kit.abandon()
            _mark(form, closed)
        except (Invalid, Stale) as error:
            kit.abandon()
            gate_form.beside(form, error)
        else:
            flash(_("已转入储备库，编号 %(number)s。", number=project.number), "ok")
            return redirect(url_for("projects.show", project_id=project.id))
    lead = access.lead(kit.session(), kit.actor(), lead_id, edit=True)
    form.version.data = str(lead.version)
    return _admission_page(lead, form), 422


def _admission_form(lead, *, posted: bool) -> GateForm:
    session = kit.session()
    found = gates.check_lead(session, lead)
    land = _is_land(lead)
    offers = suggest.offers(session, lead, found.asked.facts)
    made = gate_form.form_for(found.asked, offers, choices.segments(session), land=land)
    if posted:
        return made()
    return made(
        formdata=None,
        data=gate_form.prefilled(found.asked, gates.known_of(lead), land=land) | {"version": lead.version},
    )


def _admission_page(lead, form: GateForm) -> str:
    session = kit.session()
    typed = gate_form.pieces(form).facts if form.is_submitted() else {}
    return render_template(
        "projects/admission.html",
        lead=lead,
        form=form,
        check=gates.check_lead(session, lead, typed),
        screened=lead.state is LeadState.VALID,
        **_drawing(_is_land(lead)),
    )


def _is_land(lead) -> bool:
    return lead.tenure is not None and lead.tenure.value == "land"


# ── Pieces of the gate page ──────────────────────────────────────────────────────────────────────────────────────────


def _asked(project_id: int, stage: str):
    """The project, changeable by the actor, and the stage of the address."""
    if stage not in {each.value for each in Stage}:
        abort(404)
    project = access.project(kit.session(), kit.actor(), project_id)
    if not access.may_edit_project(kit.actor(), project):
        raise NotAllowed(_("这个项目由他人负责，您可以查看，不能修改。"))
    return project, Stage(stage)


def _lead_of(project):
    session, actor = kit.session(), kit.actor()
    return access.lead(session, actor, project.lead_id) if project.lead_id is not None else None


def _made(project, to_stage: Stage) -> tuple[type[GateForm], GateCheck]:
    session, land = kit.session(), project.track is Track.LAND
    found = gates.check(session, kit.actor(), project, to_stage)
    offers = suggest.offers(session, _lead_of(project), found.asked.facts)
    grouped = choices.segments(session) if any(fact.kind is FactKind.SEGMENT for fact in found.asked.facts) else []
    return gate_form.form_for(found.asked, offers, grouped, land=land), found


def _opened(project, to_stage: Stage) -> GateForm:
    """The form with what is known, and with proposals where nothing is."""
    session, land = kit.session(), project.track is Track.LAND
    made, found = _made(project, to_stage)
    known = gates.values_of(project, gates.in_force(session))
    proposed = suggest.proposed(session, project, _lead_of(project), to_stage)
    form = made(
        formdata=None,
        data=gate_form.prefilled(found.asked, proposed | known, land=land) | {"version": project.version},
    )
    form.proposed = {key for key in proposed if key not in known}
    return form


def _posted(project, to_stage: Stage) -> GateForm:
    made, _found = _made(project, to_stage)
    form = made()
    gate_form.offer_resigning(form)
    return form


def _version(project, form: GateForm) -> None:
    if (form.version.data or "") != str(project.version):
        raise Stale(_("这个项目刚被别人改过。您填的都在，请对照「已有」再提交一次。"))


def _keep(project, to_stage: Stage, form: GateForm) -> int:
    """Write down every valid piece by itself; objections stand beside their fields. How many pieces were kept."""
    session, actor = kit.session(), kit.actor()
    found = gate_form.pieces(form)
    facts, kept = dict(found.facts), 0
    while facts:
        try:
            gates.give(session, actor, project.id, Move(to_stage=to_stage, facts=facts))
            kept += len(facts)
            break
        except Invalid as error:
            gate_form.beside(form, error)
            if facts.pop(error.field, None) is None:
                break
    for proof in found.proofs:
        try:
            gates.give(session, actor, project.id, Move(to_stage=to_stage, evidence=[proof]), kit.files())
            kept += 1
        except Invalid as error:
            gate_form.beside(form, error, proof.kind)
    return kept


def _half_kept(project, to_stage: Stage, form: GateForm, kept: int) -> tuple[str, int]:
    """The page again with its objections; what was right is kept, so files need not be chosen again."""
    kit.keep()
    if kept:
        flash(_("其余 %(count)s 项已保存。", count=kept), "ok")
    return _page(project, to_stage, form), 422


def _mark(form: GateForm, closed: GateClosed) -> None:
    """Say beside each missing fact that it is missing."""
    if closed.check.barred is not None or not closed.check.missing_facts:
        form.form_errors.append(kit.sentence(closed))
    for fact in closed.check.missing_facts:
        form.fact(fact).errors = [*form.fact(fact).errors, _("请填写。")]


def _page(project, to_stage: Stage, form: GateForm) -> str:
    """The page of a step forwards."""
    session, actor = kit.session(), kit.actor()
    found = gates.check(session, actor, project, to_stage)
    if not form.is_submitted():
        gate_form.offer_resigning(form)
    form.version.data = str(project.version)
    earlier = gates.question(session, actor, project, to_stage)
    return render_template(
        "projects/gate.html",
        project=project,
        to_stage=to_stage,
        form=form,
        check=found,
        evidence=[each for each in gates.of_project(session, project.id) if each.withdrawn_at is None],
        kinds=gate_form.kinds_of(found.asked),
        proposed=getattr(form, "proposed", set()),
        earlier=earlier,
        waiting=gates.request_of(session, project.id),
        decides=actor.may(Permission.PROJECTS_APPROVE),
        walks=project.side_state is SideState.ACTIVE,
        **_drawing(project.track is Track.LAND),
    )


def _drawing(land: bool) -> dict[str, object]:
    """What both gate pages need to draw fields."""
    return {
        "say": say,
        "unit": lambda fact: values.unit_of(fact, land=land),
        "accepted_files": accepted(),
        "most_mb": attachments.most_mb(kit.session()),
    }


# ── Backwards ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _go_back(project, to_stage: Stage) -> Answer:
    form, project_id = BackForm(), project.id
    if form.validate():
        version = form.version.data or ""
        command = Move(
            to_stage=to_stage, reason=form.reason.data or "", version=int(version) if version.isdigit() else -1
        )
        try:
            gates.move(kit.session(), kit.actor(), project_id, command)
        except (Invalid, Stale) as error:
            kit.abandon()
            kit.refuse(form, error)
        else:
            flash(_("已退回%(stage)s，原因记在时间线。", stage=_(label(to_stage))), "ok")
            return redirect(url_for("projects.show", project_id=project_id))
    project = access.project(kit.session(), kit.actor(), project_id)
    form.version.data = str(project.version)
    return _back_page(project, to_stage, form), 422


def _back_page(project, to_stage: Stage, form: BackForm) -> str:
    return render_template("projects/back.html", project=project, to_stage=to_stage, form=form)
