"""The commitment ledger both ways: list, one commitment with its review, end and history, and writing it down."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from crm.domain.access import Permission, Role
from crm.domain.audit import action_words
from crm.domain.commitments import CommitmentSide, CommitmentState, FairCompetition
from crm.domain.errors import DomainError, Stale
from crm.services import access, commitments, history, people
from crm.services.commitments import Due, Wanted
from crm.web import kit, ledgers
from crm.web.commitments.forms import PromiseForm, ReviewForm, SettleForm

blueprint = Blueprint("commitments", __name__, template_folder="templates", url_prefix="/crm/commitments")

Answer = str | Response | tuple[str, int]


@blueprint.get("/")
@kit.requires(Permission.PROJECTS_VIEW)
def index() -> str:
    session, actor = kit.session(), kit.actor()
    args = request.args
    asked_state = args.get("state", CommitmentState.OPEN.value)
    wanted = Wanted(
        side=ledgers.member(CommitmentSide, args.get("side", "")),
        state=ledgers.member(CommitmentState, asked_state),
        due=ledgers.member(Due, args.get("due", "")),
        review=ledgers.member(FairCompetition, args.get("review", "")),
        section_id=kit.id_argument("section"),
        barred=args.get("barred") == "1",
    )
    page = commitments.listed(session, actor, wanted, args.get("after", ""))
    return render_template(
        "commitments/index.html",
        page=page,
        wanted=wanted,
        state=asked_state,
        figures=commitments.figures(session, actor),
        sections=people.section_names(session) if actor.role in (Role.LEADER, Role.CHAIN_TEAM) else [],
        sides=list(CommitmentSide),
        states=list(CommitmentState),
        reviews=list(FairCompetition),
        dues=list(Due),
        tabs=ledgers.tabs(actor, "commitments"),
        due_light=ledgers.due_light,
        kept={key: value for key, value in args.items() if key != "after"},
        **ledgers.barred(),
    )


@blueprint.route("/new", methods=["GET", "POST"])
@kit.requires(Permission.PROJECTS_EDIT)
def create() -> Answer:
    session, actor = kit.session(), kit.actor()
    project = access.project(session, actor, kit.id_argument("project_id") or 0)
    form = PromiseForm()
    if request.method == "POST":
        if form.validate():
            try:
                made = commitments.add(session, actor, project.id, form.to_command())
            except DomainError as error:
                kit.refuse(form, error)
            else:
                _say_if_barred(made)
                return redirect(url_for("projects.show", project_id=project.id, _anchor="commitments"))
        return render_template("commitments/form.html", form=form, project=project, commitment=None), 422
    form = PromiseForm(formdata=None, data={"side": "ours", "request_id": kit.new_request_id()})
    return render_template("commitments/form.html", form=form, project=project, commitment=None)


@blueprint.get("/<int:commitment_id>")
@kit.requires(Permission.PROJECTS_VIEW)
def show(commitment_id: int) -> str:
    return _page(commitment_id)


@blueprint.route("/<int:commitment_id>/edit", methods=["GET", "POST"])
@kit.requires(Permission.PROJECTS_EDIT)
def edit(commitment_id: int) -> Answer:
    session, actor = kit.session(), kit.actor()
    found = commitments.load(session, actor, commitment_id, edit=True)
    form, newer = PromiseForm(), False
    if request.method == "POST":
        if form.validate():
            try:
                version = ledgers.whole(form.version.data)
                commitments.change(session, actor, commitment_id, form.to_command(), version)
            except DomainError as error:
                session.rollback()
                found = commitments.load(session, actor, commitment_id)
                kit.refuse(form, error)
                newer, form.version.data = isinstance(error, Stale), found.version
            else:
                _say_if_barred(found)
                return redirect(url_for("commitments.show", commitment_id=commitment_id))
        page = render_template("commitments/form.html", form=form, project=found.project, commitment=found, newer=newer)
        return page, 422
    form = PromiseForm(formdata=None, obj=found, data={"side": found.side.value, "version": found.version})
    form.side.data = found.side.value
    return render_template("commitments/form.html", form=form, project=found.project, commitment=found)


@blueprint.post("/<int:commitment_id>/review")
@kit.requires(Permission.PROJECTS_EDIT)
def review(commitment_id: int) -> Answer:
    session, actor = kit.session(), kit.actor()
    form = ReviewForm().offer(_verdicts())
    if form.validate():
        verdict, version = FairCompetition(form.verdict.data), ledgers.whole(form.version.data)
        try:
            commitments.review(session, actor, commitment_id, verdict, form.note.data or "", version)
        except DomainError as error:
            return _refused(commitment_id, form, error)
        flash(_("审查结论已记下。"), "ok")
        return redirect(url_for("commitments.show", commitment_id=commitment_id))
    return _page(commitment_id, form), 422


@blueprint.post("/<int:commitment_id>/settle")
@kit.requires(Permission.PROJECTS_EDIT)
def settle(commitment_id: int) -> Answer:
    session, actor = kit.session(), kit.actor()
    found = commitments.load(session, actor, commitment_id, edit=True)
    form = SettleForm().offer(found.state)
    if form.validate():
        try:
            version = ledgers.whole(form.version.data)
            commitments.settle(session, actor, commitment_id, form.to_command(), version)
        except DomainError as error:
            return _refused(commitment_id, form, error)
        flash(_("履行情况已记下。"), "ok")
        return redirect(url_for("commitments.show", commitment_id=commitment_id))
    return _page(commitment_id, form), 422


def _verdicts() -> list[FairCompetition]:
    """Passing and rejecting is the chief's word."""
    if kit.actor().may(Permission.PROJECTS_APPROVE):
        return list(FairCompetition)
    return [FairCompetition.NOT_NEEDED, FairCompetition.TO_REVIEW]


def _page(commitment_id: int, refused: FlaskForm | None = None) -> str:
    """One commitment with the forms that the person may use; a refused one comes back as it was typed."""
    session, actor = kit.session(), kit.actor()
    found = commitments.load(session, actor, commitment_id)
    reviewing = ReviewForm(formdata=None, data={"version": found.version, "verdict": found.fair_competition.value})
    settling = SettleForm(formdata=None, data={"version": found.version})
    lines, _more = history.read(session, actor, "commitment", found)
    return render_template(
        "commitments/show.html",
        commitment=found,
        may_edit=access.may_edit_project(actor, found.project),
        reviewing=refused if isinstance(refused, ReviewForm) else reviewing.offer(_verdicts()),
        settling=refused if isinstance(refused, SettleForm) else settling.offer(found.state),
        refused=refused,
        lines=lines,
        action_words=action_words,
        due_light=ledgers.due_light,
        **ledgers.barred(),
    )


def _refused(commitment_id: int, form: FlaskForm, error: DomainError) -> tuple[str, int]:
    """The page as it is now, with what was typed: sent again, it is judged against what the person has just seen."""
    kit.session().rollback()
    kit.refuse(form, error)
    form.version.data = commitments.load(kit.session(), kit.actor(), commitment_id).version
    return _page(commitment_id, form), 422


def _say_if_barred(commitment) -> None:
    if commitment.is_tied_to_tax:
        law = ledgers.barred()["regulation"]
        words = _("已保存，但这条把好处同纳税挂钩，%(law)s 不允许，不能通过审查：请改写。", law=law)
        flash(words, "accent")
    else:
        flash(_("承诺已保存。"), "ok")
