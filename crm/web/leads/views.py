"""Pages of leads: list, new, one lead, edit. What a button on the page does stands in `actions`."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from crm.domain.access import Permission
from crm.domain.errors import DomainError, Duplicate, Invalid, Stale
from crm.services import access, leads
from crm.services.leads import choices, lists
from crm.web import kit
from crm.web.leads import actions, filters, lookups, prefill
from crm.web.leads.blueprint import blueprint
from crm.web.leads.forms import LeadForm
from crm.web.leads.pages import due_of, quick_dates
from crm.web.leads.show import lead_page

__all__ = ["actions", "blueprint", "lookups"]


@blueprint.get("/")
@kit.requires(Permission.LEADS_VIEW)
def index() -> str:
    session, actor = kit.session(), kit.actor()
    chains = choices.chains(session)
    wanted = filters.parse(request.args, actor, chains)
    try:
        page = leads.listed(session, actor, wanted, cursor=request.args.get("after"))
    except Invalid as error:
        flash(kit.sentence(error), "warning")
        page = lists.LeadPage([], None)
    return render_template(
        "leads/index.html",
        page=page,
        wanted=wanted,
        tabs=filters.views(request.args, actor, leads.counts(session, actor)),
        chips=filters.chips(request.args, wanted),
        selects=filters.selects(request.args, wanted, actor, chains),
        next_url=filters.address(request.args, after=page.cursor) if page.cursor else "",
        first_url=filters.address(request.args) if request.args.get("after") else "",
        due_of=due_of,
    )


@blueprint.get("/new")
@kit.requires(Permission.LEADS_CREATE)
def new() -> str:
    session, actor = kit.session(), kit.actor()
    form = LeadForm(formdata=None, data=prefill.from_address(session, actor, request.args))
    form.request_id.data = kit.new_request_id()
    return _form_page(form)


@blueprint.post("/new")
@kit.requires(Permission.LEADS_CREATE)
def create() -> Response | str | tuple[str, int]:
    session, actor = kit.session(), kit.actor()
    form = _posted()
    if not form.validate():
        return _form_page(form, 422)
    try:
        lead = leads.log_lead(session, actor, form.to_command())
    except (Invalid, Duplicate) as error:
        return _refused(form, error)
    flash(gettext("已登记 %(number)s，下面是推荐的园区。", number=lead.number), "ok")
    return redirect(url_for("leads.show", lead_id=lead.id))


@blueprint.get("/<int:lead_id>")
@kit.requires(Permission.LEADS_VIEW)
def show(lead_id: int) -> str:
    return lead_page(access.lead(kit.session(), kit.actor(), lead_id))


@blueprint.get("/<int:lead_id>/edit")
@kit.requires(Permission.LEADS_EDIT)
def edit(lead_id: int) -> str:
    session, actor = kit.session(), kit.actor()
    lead = access.lead(session, actor, lead_id, edit=True)
    form = LeadForm(formdata=None, data=prefill.from_lead(lead))
    return _form_page(form, lead=lead)


@blueprint.post("/<int:lead_id>/edit")
@kit.requires(Permission.LEADS_EDIT)
def update(lead_id: int) -> Response | str | tuple[str, int]:
    session, actor = kit.session(), kit.actor()
    lead = access.lead(session, actor, lead_id, edit=True)
    form = _posted()
    if not form.validate():
        return _form_page(form, 422, lead=lead)
    try:
        leads.edit_lead(
            session,
            actor,
            lead_id,
            form.to_command(),
            prefill.version(form.version.data),
            prefill.version(form.enterprise_version.data),
        )
    except (Invalid, Duplicate) as error:
        return _refused(form, error, lead_id)
    except Stale as error:
        return _conflict(form, error, lead_id)
    flash(gettext("已保存，推荐园区已按新的需求重算。"), "ok")
    return redirect(url_for("leads.show", lead_id=lead_id))


def _posted() -> LeadForm:
    form = LeadForm()
    session = kit.session()
    return form.offer(choices.segments(session), choices.platforms(session))


def _refused(form: LeadForm, error: DomainError, lead_id: int | None = None) -> tuple[str, int]:
    """The form again, with the use case's objection; whatever it had begun is taken back."""
    kit.session().rollback()
    kit.refuse(form, error)
    lead = access.lead(kit.session(), kit.actor(), lead_id, edit=True) if lead_id is not None else None
    return _form_page(form, 409 if isinstance(error, Duplicate) else 422, lead=lead)


def _conflict(form: LeadForm, error: Stale, lead_id: int) -> tuple[str, int]:
    """Somebody was faster: what was typed stays, beside what is stored now; saving again then means it."""
    session, actor = kit.session(), kit.actor()
    session.rollback()
    kit.refuse(form, error)
    lead = access.lead(session, actor, lead_id, edit=True)
    stored = LeadForm(formdata=None, data=prefill.from_lead(lead))
    conflicts = prefill.differences(form, _offered(stored))
    form.version.data, form.enterprise_version.data = stored.version.data, stored.enterprise_version.data
    return _form_page(form, 409, lead=lead, conflicts=conflicts)


def _offered(form: LeadForm) -> LeadForm:
    session = kit.session()
    return form.offer(choices.segments(session), choices.platforms(session))


def _form_page(form: LeadForm, status: int = 200, *, lead=None, conflicts=()) -> tuple[str, int]:
    """The page of the form, for a new lead or (with `lead`) an edit."""
    session, actor = kit.session(), kit.actor()
    grouped = choices.segments(session)
    form.offer(grouped, choices.platforms(session))
    if not form.is_submitted():
        form.understand()
    page = render_template(
        "leads/form.html",
        form=form,
        lead=lead,
        conflicts=conflicts,
        similar=[] if lead else lookups.similar_of(session, actor, form),
        assessed=lookups.assessment_of(session, actor, form),
        industry=lookups.industry_name(form.gbt_code.data),
        segment_words={str(key): words for _chain, rows in grouped for key, _name, words in rows},
        quick=quick_dates(),
    )
    return page, status
