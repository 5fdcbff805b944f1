"""The issue ledger (问题台账): list, one issue with its steps, supervision and history; and decisions of leaders."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from crm.domain.access import Permission, Role
from crm.domain.audit import action_words
from crm.domain.errors import DomainError, Stale
from crm.domain.issues import IssueState, is_reopening, next_states
from crm.services import access, decisions, history, issue_ledger, people
from crm.services.issue_ledger import Wanted
from crm.web import kit, ledgers
from crm.web.issues.forms import AnswerForm, IssueForm, MoveForm, QuestionForm, SuperviseForm

blueprint = Blueprint("issues", __name__, template_folder="templates", url_prefix="/crm/issues")

Answer = str | Response | tuple[str, int]


@blueprint.get("/")
@kit.requires(Permission.ISSUES_VIEW)
def index() -> str:
    session, actor = kit.session(), kit.actor()
    args = request.args
    state = args.get("state", "")
    only = args.get("only", "")
    wanted = Wanted(
        state="all" if state == "all" else ledgers.member(IssueState, state),
        only=only,
        section_id=kit.id_argument("section"),
        department=args.get("department", ""),
    )
    return render_template(
        "issues/index.html",
        page=issue_ledger.listed(session, actor, wanted, args.get("after", "")),
        wanted=wanted,
        state=state,
        figures=issue_ledger.figures(session, actor),
        departments=issue_ledger.departments(session, actor),
        sections=people.section_names(session) if actor.role is Role.LEADER else [],
        states=list(IssueState),
        tabs=ledgers.tabs(actor, "issues"),
        due_light=ledgers.due_light,
        kept={key: value for key, value in args.items() if key != "after"},
    )


@blueprint.route("/new", methods=["GET", "POST"])
@kit.requires(Permission.ISSUES_EDIT)
def create() -> Answer:
    session, actor = kit.session(), kit.actor()
    lead = access.lead(session, actor, kit.id_argument("lead_id") or 0, edit=True)
    watchers = issue_ledger.watchers(session, lead.section_id, actor)
    form = IssueForm().offer(watchers)
    status = 200
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                made = issue_ledger.raise_issue(session, actor, lead.id, form.to_command())
            except DomainError as error:
                kit.refuse(form, error)
            else:
                flash(_("问题已列入台账，编号 %(number)s。", number=made.number), "ok")
                return redirect(kit.safe_next(url_for("leads.show", lead_id=lead.id, _anchor="issues")))
    else:
        form = IssueForm(formdata=None, data={"request_id": kit.new_request_id()}).offer(watchers)
    departments = issue_ledger.departments(session, actor)
    return render_template("issues/form.html", form=form, lead=lead, issue=None, departments=departments), status


@blueprint.get("/<int:issue_id>")
@kit.requires(Permission.ISSUES_VIEW)
def show(issue_id: int) -> str:
    return _page(issue_id)


@blueprint.route("/<int:issue_id>/edit", methods=["GET", "POST"])
@kit.requires(Permission.ISSUES_EDIT)
def edit(issue_id: int) -> Answer:
    session, actor = kit.session(), kit.actor()
    found = issue_ledger.load(session, actor, issue_id, edit=True)
    watchers = issue_ledger.watchers(session, found.section_id, actor)
    if found.owner is not None and found.owner_id not in {key for key, _name in watchers}:
        watchers.append((found.owner.id, found.owner.name))
    form, status, newer = IssueForm().offer(watchers), 200, False
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                issue_ledger.change(session, actor, issue_id, form.to_command(), ledgers.whole(form.version.data))
            except DomainError as error:
                session.rollback()
                found = issue_ledger.load(session, actor, issue_id)
                kit.refuse(form, error)
                newer, form.version.data = isinstance(error, Stale), found.version
            else:
                flash(_("问题已保存。"), "ok")
                return redirect(url_for("issues.show", issue_id=issue_id))
    else:
        form = IssueForm(formdata=None, obj=found).offer(watchers)
        form.owner_id.data, form.version.data = str(found.owner_id or ""), found.version
    departments = issue_ledger.departments(session, actor)
    page = render_template(
        "issues/form.html", form=form, lead=found.lead, issue=found, departments=departments, newer=newer
    )
    return page, status


@blueprint.post("/<int:issue_id>/move")
@kit.requires(Permission.ISSUES_EDIT)
def move(issue_id: int) -> Answer:
    session, actor = kit.session(), kit.actor()
    form = MoveForm()
    to = ledgers.member(IssueState, form.state.data or "")
    if form.validate() and to is not None:
        try:
            issue_ledger.move(session, actor, issue_id, to, form.note.data or "", ledgers.whole(form.version.data))
        except DomainError as error:
            return _refused(issue_id, form, error)
        flash(_("问题状态已记下。"), "ok")
        return redirect(url_for("issues.show", issue_id=issue_id))
    return _page(issue_id, form), 422


@blueprint.post("/<int:issue_id>/supervise")
@kit.requires(Permission.ISSUES_SUPERVISE)
def supervise(issue_id: int) -> Answer:
    session, actor = kit.session(), kit.actor()
    form = SuperviseForm()
    on = request.form.get("end") != "1"
    if form.validate():
        try:
            version = ledgers.whole(form.version.data)
            issue_ledger.supervise(session, actor, issue_id, form.supervision_note.data or "", version, on=on)
        except DomainError as error:
            return _refused(issue_id, form, error)
        flash(_("已列入督办，责任人和科长会收到通知。") if on else _("督办已解除。"), "ok")
        return redirect(url_for("issues.show", issue_id=issue_id))
    return _page(issue_id, form), 422


def _page(issue_id: int, refused: FlaskForm | None = None) -> str:
    """One issue with the forms that the person may use; a refused one comes back as it was typed."""
    session, actor = kit.session(), kit.actor()
    found = issue_ledger.load(session, actor, issue_id)
    moving = MoveForm(formdata=None, data={"version": found.version})
    supervising = SuperviseForm(formdata=None, data={"version": found.version})
    lines, _more = history.read(session, actor, "issue", found)
    return render_template(
        "issues/show.html",
        issue=found,
        may_edit=issue_ledger.may_edit(actor, found),
        may_supervise=issue_ledger.may_supervise(actor, found),
        steps=[(state, is_reopening(found.state, state)) for state in next_states(found.state)],
        moving=refused if isinstance(refused, MoveForm) else moving,
        supervising=refused if isinstance(refused, SuperviseForm) else supervising,
        refused=refused,
        lines=lines,
        action_words=action_words,
        due_light=ledgers.due_light,
    )


def _refused(issue_id: int, form: FlaskForm, error: DomainError) -> tuple[str, int]:
    """The page as it is now, with what was typed: sent again, it is judged against what the person has just seen."""
    kit.session().rollback()
    kit.refuse(form, error)
    form.version.data = issue_ledger.load(kit.session(), kit.actor(), issue_id).version
    return _page(issue_id, form), 422


# ── Decisions asked of leaders ───────────────────────────────────────────────────────────────────────────────────────


@blueprint.get("/decisions")
@kit.requires(Permission.ISSUES_VIEW)
def decisions_index() -> str:
    session, actor = kit.session(), kit.actor()
    return render_template(
        "issues/decisions.html",
        waiting=decisions.waiting(session, actor),
        may_decide=actor.may(Permission.DECISIONS_GIVE),
        tabs=ledgers.tabs(actor, "decisions"),
    )


@blueprint.route("/decisions/<int:project_id>", methods=["GET", "POST"])
@kit.requires(Permission.PROJECTS_VIEW)
def decision(project_id: int) -> Answer:
    """One page for both sides: who may edit the project asks, a leader answers."""
    session, actor = kit.session(), kit.actor()
    found = access.project(session, actor, project_id)
    may_decide, may_ask = actor.may(Permission.DECISIONS_GIVE), access.may_edit_project(actor, found)
    form = AnswerForm() if may_decide else QuestionForm()
    if request.method == "POST":
        if form.validate():
            version = ledgers.whole(form.version.data)
            try:
                if isinstance(form, AnswerForm):
                    decisions.give(session, actor, project_id, form.answer.data or "", version)
                else:
                    decisions.ask(session, actor, project_id, form.question.data or "", version)
            except DomainError as error:
                session.rollback()
                found = access.project(session, actor, project_id)
                kit.refuse(form, error)
                form.version.data = found.version
            else:
                flash(_("已答复，负责人和科长会收到通知。") if may_decide else _("已记下。"), "ok")
                return redirect(url_for("projects.show", project_id=project_id))
    elif not may_decide:
        form = QuestionForm(formdata=None, data={"question": found.decision_asked or "", "version": found.version})
    else:
        form = AnswerForm(formdata=None, data={"version": found.version})
    page = render_template("issues/decision.html", project=found, form=form, may_decide=may_decide, may_ask=may_ask)
    return page, 422 if request.method == "POST" else 200
