"""Pages of leads: new and one lead; the list stands in `lists`, the edit in `edit`. What a button on the page does stands in `actions`."""

from __future__ import annotations

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext

from crm.domain.access import Permission
from crm.domain.errors import DomainError, Duplicate, Invalid
from crm.services import access, leads
from crm.services.leads import drafts as saved
from crm.web import kit
from crm.web.leads import actions, drafts, edit, entry, hands, lists, lookups, passing, paste, prefill
from crm.web.leads.blueprint import blueprint
from crm.web.leads.forms import LeadForm
from crm.web.leads.show import lead_page

__all__ = ["actions", "blueprint", "edit", "hands", "lists", "lookups", "passing", "paste"]


@blueprint.get("/new")
@kit.requires(Permission.LEADS_CREATE)
def new() -> str:
    session, actor = kit.session(), kit.actor()
    draft_id = kit.id_argument("draft")
    if draft_id is not None:
        return entry.form_page(drafts.resumed(saved.load(session, actor, draft_id)))
    form = LeadForm(formdata=None, data=prefill.from_address(session, actor, request.args))
    form.request_id.data = kit.new_request_id()
    return entry.form_page(form)


@blueprint.post("/new")
@kit.requires(Permission.LEADS_CREATE)
def create() -> Response | str | tuple[str, int]:
    session, actor = kit.session(), kit.actor()
    form = entry.posted()
    if not form.validate():
        return entry.form_page(form, 422)
    try:
        lead = leads.log_lead(session, actor, form.to_command())
        saved.settled(session, actor, lead.request_id)
    except (Invalid, Duplicate) as error:
        return _refused(form, error)
    flash(gettext("已登记 %(number)s，下面是推荐的园区。", number=lead.number), "ok")
    return redirect(url_for("leads.show", lead_id=lead.id))


@blueprint.get("/<int:lead_id>")
@kit.requires(Permission.LEADS_VIEW)
def show(lead_id: int) -> str:
    return lead_page(access.lead(kit.session(), kit.actor(), lead_id))


def _refused(form: LeadForm, error: DomainError) -> tuple[str, int]:
    """The form again, with the use case's objection; whatever it had begun is taken back."""
    kit.session().rollback()
    kit.refuse(form, error)
    return entry.form_page(form, 409 if isinstance(error, Duplicate) else 422)
