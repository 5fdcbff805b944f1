"""Tasks of plans: add, assign, say what came of them."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from crm.domain.access import Permission
from crm.domain.audit import action_words
from crm.domain.errors import DomainError, NotAllowed, Stale
from crm.domain.labels import N_
from crm.domain.plans import TaskState
from crm.services import chain_members, history, plans
from crm.web import kit, ledgers
from crm.web.formats import named
from crm.web.plans.blueprint import blueprint
from crm.web.plans.forms import EndForm, TaskForm

Answer = str | Response | tuple[str, int]


@blueprint.route("/chains/<key>/plan/tasks/new", methods=["GET", "POST"])
@kit.requires(Permission.CHAINS_EDIT)
def add_task(key: str) -> Answer:
    session, actor = kit.session(), kit.actor()
    view = plans.show(session, actor, key)
    if not view.may_edit:
        raise NotAllowed(N_("这条产业链由它的专班维护，您可以查看，不能修改。"))
    form, status = _offer(TaskForm(), view.facts), 200
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                made = plans.tasks.add(session, actor, key, form.to_command())
            except DomainError as error:
                session.rollback()
                view = plans.show(session, actor, key)
                kit.refuse(form, error)
            else:
                flash(_("任务已加上。"), "ok")
                return redirect(url_for("plans.show", key=key, _anchor=f"task-{made.id}"))
    elif (segment := kit.id_argument("segment")) is not None:
        form.segment_id.data = str(segment)
    return render_template("plans/task_form.html", form=form, facts=view.facts, task=None), status


@blueprint.get("/plans/tasks/<int:task_id>")
@kit.requires(Permission.CHAINS_VIEW)
def task(task_id: int) -> str:
    return _page(task_id)


@blueprint.route("/plans/tasks/<int:task_id>/edit", methods=["GET", "POST"])
@kit.requires(Permission.CHAINS_EDIT)
def edit_task(task_id: int) -> Answer:
    session, actor = kit.session(), kit.actor()
    found = plans.tasks.load(session, actor, task_id)
    chain_members.require_keeper(session, actor, found.chain_id)
    facts = plans.show(session, actor, found.chain.key).facts
    status, newer = 200, False
    if request.method == "POST":
        form, status = _offer(TaskForm(), facts, found), 422
        if form.validate():
            try:
                plans.tasks.change(session, actor, task_id, form.to_command(), ledgers.whole(form.version.data))
            except DomainError as error:
                session.rollback()
                found = plans.tasks.load(session, actor, task_id)
                kit.refuse(form, error)
                newer, form.version.data = isinstance(error, Stale), found.version
            else:
                flash(_("任务已保存。"), "ok")
                return redirect(url_for("plans.task", task_id=task_id))
    else:
        form = _offer(TaskForm(formdata=None, obj=found), facts, found)
        for name in ("owner_id", "segment_id", "park_id"):
            form[name].data = str(getattr(found, name) or "")
        form.version.data = found.version
    return render_template("plans/task_form.html", form=form, facts=facts, task=found, newer=newer), status


@blueprint.post("/plans/tasks/<int:task_id>/end")
@kit.requires(Permission.CHAINS_VIEW)
def end_task(task_id: int) -> Answer:
    """Done, dropped or open again; whoever may not is refused by the service."""
    session, actor, form = kit.session(), kit.actor(), EndForm()
    state = ledgers.member(TaskState, form.state.data or "")
    if form.validate() and state is not None:
        try:
            version = ledgers.whole(form.version.data)
            plans.tasks.end(session, actor, task_id, state, form.outcome.data or "", version)
        except NotAllowed:
            raise
        except DomainError as error:
            session.rollback()
            kit.refuse(form, error)
        else:
            flash(_("任务状态已记下。"), "ok")
            return redirect(url_for("plans.task", task_id=task_id))
    return _page(task_id, form), 422


def _offer(form: TaskForm, facts, found=None) -> TaskForm:
    """Options; whoever and whatever the task names already stays choosable."""
    session = kit.session()
    people = plans.tasks.doers(session)
    if found is not None and found.owner is not None and found.owner_id not in {key for key, _name in people}:
        people.append((found.owner.id, found.owner.name))
    segments = [(segment.id, named(segment)) for segment in facts.segments]
    return form.offer(people, segments, plans.park_choices(session))


def _page(task_id: int, refused: FlaskForm | None = None) -> str:
    session, actor = kit.session(), kit.actor()
    found = plans.tasks.load(session, actor, task_id)
    if refused is not None:
        refused.version.data = found.version
    lines, _more = history.read(session, actor, "plan_task", found)
    return render_template(
        "plans/task.html",
        task=found,
        row=plans.tasks.lit(session, [found])[0],
        ending=refused or EndForm(formdata=None, data={"version": found.version}),
        refused=refused,
        may_edit=chain_members.keeps(session, actor, found.chain_id),
        may_end=plans.tasks.may_end(session, actor, found),
        lines=lines,
        action_words=action_words,
    )
