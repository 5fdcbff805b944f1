"""Target lists: one of each gap, all of them in the order of their days, and the page of one target."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_wtf import FlaskForm

from crm.domain.access import Permission
from crm.domain.audit import action_words
from crm.domain.errors import DomainError, Duplicate
from crm.domain.targets import TargetState
from crm.services import gaps, history, targets
from crm.services.targets import Wanted
from crm.web import kit, ledgers
from crm.web.formats import named
from crm.web.gaps import words
from crm.web.gaps.blueprint import blueprint
from crm.web.gaps.forms import ChangeForm, DropForm, ListForm, PromoteForm

Answer = Response | str | tuple[str, int]


@blueprint.get("/targets/")
@kit.requires(Permission.TARGETS_VIEW)
def listed() -> str:
    """Everybody who is wanted, the next due first."""
    session, actor, args = kit.session(), kit.actor(), request.args
    state, only = args.get("state", ""), args.get("only", "")
    wanted = Wanted(
        chain=args.get("chain", "")[:60],
        state="all" if state == "all" else ledgers.member(TargetState, state),
        only=only if only in ("mine", "overdue") else "",
    )
    return render_template(
        "gaps/listed.html",
        page=targets.listed(session, actor, wanted, args.get("after", "")),
        chains=gaps.chains(session),
        wanted=wanted,
        state=state,
        states=list(TargetState),
        due_light=ledgers.due_light,
        kept={key: value for key, value in args.items() if key != "after"},
    )


@blueprint.get("/<key>/<segment>")
@kit.requires(Permission.TARGETS_VIEW)
def of_segment(key: str, segment: str) -> str:
    """The target list of one gap, and who else could be on it."""
    return _list_page(key, segment)


@blueprint.post("/<key>/<segment>")
@kit.requires(Permission.TARGETS_EDIT)
def add(key: str, segment: str) -> Answer:
    session, actor = kit.session(), kit.actor()
    form = _list_form()
    if form.validate():
        try:
            made = targets.add(session, actor, key, segment, form.to_command(request.form.getlist("firm")))
        except DomainError as error:
            session.rollback()
            kit.refuse(form, error)
            return _list_page(key, segment, form), 409 if isinstance(error, Duplicate) else 422
        flash(gettext("已列入 %(count)d 家目标企业。", count=len(made)), "ok")
        return redirect(url_for("gaps.of_segment", key=key, segment=segment))
    return _list_page(key, segment, form), 422


@blueprint.get("/targets/<int:target_id>")
@kit.requires(Permission.TARGETS_VIEW)
def target(target_id: int) -> str:
    return _target_page(target_id)


@blueprint.post("/targets/<int:target_id>")
@kit.requires(Permission.TARGETS_EDIT)
def change(target_id: int) -> Answer:
    session, actor = kit.session(), kit.actor()
    form = ChangeForm().offer(targets.owners(session, actor))
    if form.validate():
        try:
            targets.change(session, actor, target_id, ledgers.whole(form.version.data), form.to_command())
        except DomainError as error:
            return _refused(target_id, form, error)
        flash(gettext("目标已更新。"), "ok")
        return redirect(url_for("gaps.target", target_id=target_id))
    return _target_page(target_id, form), 422


@blueprint.post("/targets/<int:target_id>/drop")
@kit.requires(Permission.TARGETS_EDIT)
def drop(target_id: int) -> Answer:
    form = DropForm()
    if form.validate():
        try:
            version = ledgers.whole(form.version.data)
            targets.drop(kit.session(), kit.actor(), target_id, version, form.reason.data or "")
        except DomainError as error:
            return _refused(target_id, form, error)
        flash(gettext("已放弃这个目标，原因记在清单里。"), "ok")
        return redirect(url_for("gaps.target", target_id=target_id))
    return _target_page(target_id, form), 422


@blueprint.post("/targets/<int:target_id>/reopen")
@kit.requires(Permission.TARGETS_EDIT)
def reopen(target_id: int) -> Answer:
    targets.reopen(kit.session(), kit.actor(), target_id, ledgers.whole(request.form.get("version")))
    flash(gettext("已重新列入。"), "ok")
    return redirect(url_for("gaps.target", target_id=target_id))


@blueprint.post("/targets/<int:target_id>/promote")
@kit.requires(Permission.LEADS_CREATE)
def promote(target_id: int) -> Answer:
    session, actor = kit.session(), kit.actor()
    form = PromoteForm().offer()
    if form.validate():
        try:
            lead = targets.promote(session, actor, target_id, ledgers.whole(form.version.data), form.to_command())
        except DomainError as error:
            return _refused(target_id, form, error)
        flash(gettext("已转为线索 %(number)s，下面是推荐的园区。", number=lead.number), "ok")
        return redirect(url_for("leads.show", lead_id=lead.id))
    return _target_page(target_id, form), 422


@blueprint.post("/targets/<int:target_id>/link")
@kit.requires(Permission.TARGETS_EDIT)
def link(target_id: int) -> Answer:
    """The firm has a lead already: this one is what the target became."""
    version, lead_id = ledgers.whole(request.form.get("version")), ledgers.whole(request.form.get("lead_id"))
    lead = targets.link(kit.session(), kit.actor(), target_id, version, lead_id)
    flash(gettext("已和线索 %(number)s 关联。", number=lead.number), "ok")
    return redirect(url_for("gaps.target", target_id=target_id))


def _list_form() -> ListForm:
    session, actor = kit.session(), kit.actor()
    people = targets.owners(session, actor)
    own = actor.id if actor.id in {key for key, _name in people} else None
    return ListForm().offer(people, own if request.method == "GET" else None)


def _list_page(key: str, segment: str, form: ListForm | None = None) -> str:
    session, actor = kit.session(), kit.actor()
    found = targets.candidates(session, actor, key, segment)
    return render_template(
        "gaps/segment.html",
        found=found,
        row=gaps.row_of(session, actor, key, segment),
        rows=targets.of_segment(session, actor, key, segment),
        funnel=targets.funnel(session, actor, found.segment.id),
        closure=targets.closure(session, found.chain.id),
        form=form or _list_form(),
        marked=set(request.form.getlist("firm")),
        may_list=actor.may(Permission.TARGETS_EDIT),
        may_log=actor.may(Permission.LEADS_CREATE),
        words=words,
        due_light=ledgers.due_light,
    )


def _target_page(target_id: int, refused: FlaskForm | None = None) -> str:
    """One target with the forms that the person may use; a refused one comes back as it was typed."""
    session, actor = kit.session(), kit.actor()
    found = targets.load(session, actor, target_id)
    shown = targets.of_segment(session, actor, found.segment.chain.key, found.segment.key)
    judged = next(each.judged for each in shown if each.target.id == found.id)
    people = targets.owners(session, actor)
    if found.owner is not None and found.owner_id not in {key for key, _name in people}:
        people = [*people, (found.owner.id, found.owner.name)]
    changing = ChangeForm(formdata=None, obj=found).offer(people)
    changing.owner_id.data = str(found.owner_id or "")
    changing.contacted.data = found.state is TargetState.CONTACTED
    content = gettext(
        "靶向招商：请%(firm)s来补%(chain)s的「%(segment)s」",
        firm=found.enterprise.name,
        chain=named(found.segment.chain),
        segment=named(found.segment),
    )
    promoting = PromoteForm(formdata=None, data={"content": content, "request_id": kit.new_request_id()}).offer()
    dropping = DropForm(formdata=None)
    for form in (changing, promoting, dropping):
        form.version.data = found.version
    lines, _more = history.read(session, actor, "gap_target", found)
    return render_template(
        "gaps/target.html",
        target=found,
        judged=judged,
        words=words,
        changing=refused if isinstance(refused, ChangeForm) else changing,
        promoting=refused if isinstance(refused, PromoteForm) else promoting,
        dropping=refused if isinstance(refused, DropForm) else dropping,
        refused=refused,
        leads=targets.open_leads(session, actor, found),
        may_change=targets.may_change(actor, found),
        may_log=actor.may(Permission.LEADS_CREATE),
        due_light=ledgers.due_light,
        lines=lines,
        action_words=action_words,
    )


def _refused(target_id: int, form: FlaskForm, error: DomainError) -> tuple[str, int]:
    """The page as it is now, with what was typed: sent again, it is judged against what the person has just seen."""
    kit.session().rollback()
    kit.refuse(form, error)
    form.version.data = targets.load(kit.session(), kit.actor(), target_id).version
    return _target_page(target_id, form), 409 if isinstance(error, Duplicate) else 422
