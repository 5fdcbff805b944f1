"""What the buttons of a lead's page do. A refused form comes back on the page with everything that was typed."""

from __future__ import annotations

from flask import Response, flash, redirect, url_for
from flask_babel import gettext
from flask_wtf import FlaskForm

from crm.domain.access import Permission
from crm.domain.errors import Invalid, Stale, Throttled
from crm.domain.leads import FollowUpKind, Grade, LeadState
from crm.services import access, attachments, contacts, follow_ups, leads
from crm.services.follow_ups import Done, Happened, NextStep
from crm.web import kit
from crm.web.leads.blueprint import blueprint
from crm.web.leads.page_forms import DoneForm, GradeForm, HappenedForm, PlanForm, PostponeForm, ScreenForm, ToldForm
from crm.web.leads.prefill import version
from crm.web.leads.show import assign_form, lead_page

Answer = Response | tuple[str, int]


def _back(lead_id: int, sentence: str, anchor: str = "") -> Response:
    flash(sentence, "ok")
    return redirect(url_for("leads.show", lead_id=lead_id, _anchor=anchor or None))


def _refused(lead_id: int, form: FlaskForm, error: Invalid | Stale | None = None) -> tuple[str, int]:
    """The page again with the form as it was typed; what the use case had begun is taken back."""
    session = kit.session()
    session.rollback()
    if error is not None:
        kit.refuse(form, error)
    status = 409 if isinstance(error, Stale) else 422
    return lead_page(access.lead(session, kit.actor(), lead_id), refused=form), status


def _hand_in(follow_up) -> None:
    """Keep the files that came with what was done; one that is refused takes the whole step back."""
    session, actor = kit.session(), kit.actor()
    for upload in kit.uploads():
        lead = access.lead(session, actor, follow_up.lead_id)
        attachments.add(session, actor, kit.files(), lead, upload, follow_up=follow_up)


@blueprint.post("/<int:lead_id>/follow-ups/<int:follow_up_id>/done", defaults={"only": False})
@blueprint.post("/<int:lead_id>/follow-ups/<int:follow_up_id>/done-only", defaults={"only": True})
@kit.requires(Permission.LEADS_EDIT)
def complete(lead_id: int, follow_up_id: int, only: bool) -> Answer:
    session, actor = kit.session(), kit.actor()
    follow_up = access.follow_up(session, actor, follow_up_id, edit=True)
    form = DoneForm(only=only)
    if not form.validate():
        return _refused(follow_up.lead_id, form)
    lead_id = follow_up.lead_id
    done = Done(outcome=form.outcome.data or "", next_step=form.next_step(), version=version(form.version.data))
    try:
        follow_ups.complete(session, actor, follow_up, done)
        _hand_in(follow_up)
    except (Invalid, Stale) as error:
        return _refused(lead_id, form, error)
    return _back(lead_id, gettext("已完成。") if only else gettext("已完成，下次已排好。"))


@blueprint.post("/<int:lead_id>/follow-ups/<int:follow_up_id>/postpone")
@kit.requires(Permission.LEADS_EDIT)
def postpone(lead_id: int, follow_up_id: int) -> Answer:
    session, actor = kit.session(), kit.actor()
    follow_up = access.follow_up(session, actor, follow_up_id, edit=True)
    lead_id = follow_up.lead_id
    form = PostponeForm()
    if not form.validate():
        return _refused(lead_id, form)
    try:
        follow_ups.postpone(
            session, actor, follow_up, form.new_due.instant, form.reason.data or "", version(form.version.data)
        )
    except (Invalid, Stale) as error:
        return _refused(lead_id, form, error)
    return _back(lead_id, gettext("已顺延，原因记入时间线。"))


@blueprint.post("/<int:lead_id>/follow-ups/plan")
@kit.requires(Permission.LEADS_EDIT)
def plan(lead_id: int) -> Answer:
    session, actor = kit.session(), kit.actor()
    lead = access.lead(session, actor, lead_id, edit=True)
    form = PlanForm()
    if not form.validate():
        return _refused(lead_id, form)
    try:
        follow_ups.plan(session, actor, lead, form.next_step())
    except (Invalid, Stale) as error:
        return _refused(lead_id, form, error)
    return _back(lead_id, gettext("下次跟进已排好。"))


@blueprint.post("/<int:lead_id>/follow-ups")
@kit.requires(Permission.LEADS_EDIT)
def log_follow_up(lead_id: int) -> Answer:
    session, actor = kit.session(), kit.actor()
    lead = access.lead(session, actor, lead_id, edit=True)
    form = HappenedForm()
    if not form.validate():
        return _refused(lead_id, form)
    request_id = (form.request_id.data or "")[:38] or None
    step = form.next_step()
    if step is not None and request_id:
        step = NextStep(kind=step.kind, subject=step.subject, due_at=step.due_at, request_id=request_id + "-n")
    happened = Happened(
        kind=FollowUpKind(form.kind.data),
        subject=form.subject.data or "",
        outcome=form.outcome.data or "",
        at=form.happened_at.instant,
        next_step=step,
        request_id=request_id,
    )
    try:
        _hand_in(follow_ups.log_done(session, actor, lead, happened))
    except (Invalid, Stale) as error:
        return _refused(lead_id, form, error)
    return _back(lead_id, gettext("已记入时间线。"))


@blueprint.post("/<int:lead_id>/screen")
@kit.requires(Permission.LEADS_SCREEN)
def screen(lead_id: int) -> Answer:
    session, actor = kit.session(), kit.actor()
    lead = access.lead(session, actor, lead_id, edit=True)
    form = ScreenForm()
    if not form.validate():
        return _refused(lead_id, form)
    try:
        leads.screen(
            session, actor, lead, LeadState(form.verdict.data), form.note.data or "", version(form.version.data)
        )
    except (Invalid, Stale) as error:
        return _refused(lead_id, form, error)
    return _back(lead_id, gettext("筛查结论已记下。"))


@blueprint.post("/<int:lead_id>/take")
@kit.requires(Permission.LEADS_EDIT)
def take(lead_id: int) -> Answer:
    session, actor = kit.session(), kit.actor()
    try:
        leads.take(session, actor, access.lead(session, actor, lead_id))
    except Invalid as error:
        # Somebody was faster, or the day's claims are used up: the page says which.
        session.rollback()
        flash(kit.sentence(error), "warning")
        return lead_page(access.lead(session, actor, lead_id)), 422
    return _back(lead_id, gettext("线索由您负责了，请排下次跟进。"), "next")


@blueprint.post("/<int:lead_id>/assign")
@kit.requires(Permission.LEADS_ASSIGN)
def assign(lead_id: int) -> Answer:
    session, actor = kit.session(), kit.actor()
    lead = access.lead(session, actor, lead_id, edit=True)
    form = assign_form(lead, leads.candidates(session, actor), posted=True)
    if not form.validate():
        return _refused(lead_id, form)
    try:
        leads.assign(session, actor, lead, int(form.person_id.data))
    except (Invalid, Stale) as error:
        return _refused(lead_id, form, error)
    return _back(lead_id, gettext("已分派，对方会收到通知。"))


@blueprint.post("/<int:lead_id>/referrer")
@kit.requires(Permission.LEADS_EDIT)
def tell_referrer(lead_id: int) -> Answer:
    session, actor = kit.session(), kit.actor()
    lead = access.lead(session, actor, lead_id, edit=True)
    form = ToldForm()
    if not form.validate():
        return _refused(lead_id, form)
    try:
        leads.tell_referrer(session, actor, lead, form.note.data or "")
    except (Invalid, Stale) as error:
        return _refused(lead_id, form, error)
    return _back(lead_id, gettext("已记下：引荐人得到了反馈。"))


@blueprint.post("/<int:lead_id>/grade")
@kit.requires(Permission.LEADS_EDIT)
def grade(lead_id: int) -> Answer:
    session, actor = kit.session(), kit.actor()
    lead = access.lead(session, actor, lead_id, edit=True)
    form = GradeForm()
    if not form.validate():
        return _refused(lead_id, form)
    leads.grade(session, actor, lead, Grade(form.grade.data) if form.grade.data else None)
    return _back(lead_id, gettext("类别已改。"))


@blueprint.post("/<int:lead_id>/contacts/<int:contact_id>/reveal")
@kit.requires(Permission.CONTACTS_REVEAL)
def reveal(lead_id: int, contact_id: int) -> Answer:
    """The contact stands in this one answer only; the next load of the page masks it again."""
    session, actor = kit.session(), kit.actor()
    lead = access.lead(session, actor, lead_id)
    try:
        shown = contacts.reveal(session, actor, lead, contact_id)
    except Throttled as error:
        session.rollback()
        flash(kit.sentence(error), "warning")
        return lead_page(access.lead(session, actor, lead_id)), 429
    session.flush()
    return lead_page(lead, revealed=shown), 200
