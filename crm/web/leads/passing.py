"""转给对方，不另登记: the button beside a duplicate on the form of a lead."""

from __future__ import annotations

from flask import Response, flash, redirect, url_for
from flask_babel import gettext

from crm.domain.access import Permission
from crm.domain.errors import Invalid
from crm.services.contacts import ContactFacts
from crm.services.leads import choices
from crm.services.leads.passing import PassOn, pass_on
from crm.web import kit
from crm.web.leads import entry, lookups
from crm.web.leads.blueprint import blueprint
from crm.web.leads.forms import LeadForm


@blueprint.post("/pass-on")
@kit.requires(Permission.LEADS_CREATE)
@kit.limiter.limit("30/hour", key_func=lookups.who)
def pass_on_lead() -> Response | tuple[str, int]:
    """Only what tells the firm and the person is read; the rest of the form need not be complete."""
    session, form = kit.session(), LeadForm()
    form.offer(choices.segments(session), choices.platforms(session))
    meant = lookups.meant(form)
    contact = ContactFacts(
        name=form.contact_name.data or "",
        title=form.contact_title.data or "",
        phone=meant.phone,
        email=form.email.data or "",
        is_decision_maker=bool(form.is_decision_maker.data),
    )
    command = PassOn(
        name=meant.name, uscc=meant.uscc, phone=meant.phone, contact=contact, words=form.content.data or ""
    )
    try:
        passed = pass_on(session, kit.actor(), command)
    except Invalid as error:
        session.rollback()
        kit.refuse(form, error)
        return entry.form_page(form, 422)
    who = passed.owner or gettext("该科室科长")
    flash(
        gettext("已转给%(section)s%(who)s，没有另外登记；对方会收到通知。", section=passed.section or "", who=who), "ok"
    )
    return redirect(url_for("leads.index"))
