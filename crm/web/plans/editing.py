"""Writing a plan and passing it on: edit, hand in, take back, approve or send back."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from chains.engine.model import GapAction, SegmentStatus
from crm.domain.access import Permission
from crm.domain.errors import DomainError, NotAllowed, Stale
from crm.domain.labels import N_, label
from crm.domain.plans import PlanDocument
from crm.services import plans
from crm.services.plans import PlanView
from crm.web import kit
from crm.web.formats import named
from crm.web.plans import views
from crm.web.plans.blueprint import blueprint
from crm.web.plans.forms import DecideForm, PlanForm, SubmitForm, plan_data

Answer = str | Response | tuple[str, int]
#: Actions in the order in which gaps are offered.
_ACTIONS = (
    GapAction.FILL,
    GapAction.EXTEND,
    GapAction.STRENGTHEN,
    GapAction.SURVEY,
    GapAction.WATCH,
    GapAction.CONSOLIDATE,
)


@blueprint.route("/chains/<key>/plan/edit", methods=["GET", "POST"])
@kit.requires(Permission.CHAINS_EDIT)
def edit(key: str) -> Answer:
    session, actor = kit.session(), kit.actor()
    view = plans.show(session, actor, key)
    if not view.may_edit:
        raise NotAllowed(N_("这条产业链由它的专班维护，您可以查看，不能修改。"))
    if request.method == "GET":
        form = PlanForm(formdata=None, data=plan_data(view.document)).add_rows()
        _set_base(form, view)
        return _form(view, form), 200
    form = _offered(PlanForm().add_rows(), view)
    if request.form.get("more"):
        return _form(view, form), 200
    newer = False
    if form.validate():
        try:
            saved = plans.save(session, actor, key, form.to_document(view.document), form.reason.data, form.base())
        except DomainError as error:
            session.rollback()
            view = plans.show(session, actor, key)
            form.refuse(error)
            newer = isinstance(error, Stale)
            if newer:
                _set_base(form, view)
        else:
            flash(_("第 %(number)s 版已存为草稿。", number=saved.number), "ok")
            return redirect(url_for("plans.show", key=key))
    return _form(view, form, newer=newer), 422


def _set_base(form: PlanForm | SubmitForm, view: PlanView) -> None:
    newest = view.versions[0] if view.versions else None
    form.number.data, form.version.data = (newest.number, newest.version) if newest else (0, 0)


def _offered(form: PlanForm, view: PlanView) -> PlanForm:
    gaps = [(segment.key, named(segment)) for segment in view.facts.segments]
    gone = [(gap, gap) for gap in view.document.gaps if view.facts.segment(gap) is None]
    return form.offer([*gaps, *gone], list(plans.park_names(kit.session()).items()))


def _form(view: PlanView, form: PlanForm, *, newer: bool = False) -> str:
    chosen = set(form.gaps.data or ())
    groups = []
    for action in _ACTIONS:
        rows = [each for each in view.facts.segments if each.state.action is action]
        rows.sort(key=lambda each: (-each.state.priority, each.key))
        if rows:
            picked = sum(each.key in chosen for each in rows)
            groups.append((action, label(action), rows, picked))
    return render_template(
        "plans/edit.html",
        view=view,
        form=_offered(form, view),
        groups=groups,
        gone=[gap for gap in chosen if view.facts.segment(gap) is None],
        chosen=chosen,
        newer=newer,
        missing=view.facts.statuses[SegmentStatus.MISSING],
        is_shipped=view.version is not None and view.version.author_id is None,
        document=PlanDocument.from_json(view.version.document) if view.version else PlanDocument(),
    )


@blueprint.post("/chains/<key>/plan/submit")
@kit.requires(Permission.CHAINS_EDIT)
def submit(key: str) -> Answer:
    """Hand in, or (with `back`) take back."""
    session, actor, form = kit.session(), kit.actor(), SubmitForm()
    back = request.form.get("back") == "1"
    if form.validate():
        try:
            (plans.withdraw if back else plans.submit)(session, actor, key, form.base())
        except DomainError as error:
            session.rollback()
            kit.refuse(form, error)
        else:
            flash(_("已撤回，可以继续修改。") if back else _("已送区领导审定，他们会收到通知。"), "ok")
            return redirect(url_for("plans.show", key=key))
    return views.page(key, refused=form), 422


@blueprint.post("/chains/<key>/plan/decide")
@kit.requires(Permission.PLANS_APPROVE)
def decide(key: str) -> Answer:
    session, actor, form = kit.session(), kit.actor(), DecideForm()
    approve = request.form.get("approve") == "1"
    if form.validate():
        try:
            plans.decide(session, actor, key, form.base(), approve=approve, word=form.word.data or "")
        except DomainError as error:
            session.rollback()
            kit.refuse(form, error)
        else:
            flash(_("已审定，专班会收到通知。") if approve else _("已退回，专班会看到您的意见。"), "ok")
            return redirect(url_for("plans.show", key=key))
    return views.page(key, refused=form), 422
