"""Editing a lead, alone or together: a late save is merged with the earlier one, and a person decides what both changed."""

from __future__ import annotations

from flask import Response, flash, redirect, url_for
from flask_babel import gettext
from werkzeug.datastructures import MultiDict
from wtforms import HiddenField

from crm.domain.access import Permission
from crm.domain.contacts import mask_email, mask_name, mask_phone
from crm.domain.merging_edits import Values
from crm.services import access, leads
from crm.web import editing, kit
from crm.web.leads import entry, prefill, readings
from crm.web.leads.blueprint import blueprint
from crm.web.leads.forms import LeadForm


class EditForm(LeadForm):
    """The form of a stored lead; `base` is what it opened with, sealed."""

    base = HiddenField()


def _form(values: MultiDict[str, str]) -> EditForm:
    return entry.offered(EditForm(formdata=values))


def _same(name: str, one: Values, other: Values) -> bool:
    """Two spellings of a figure are one value: 1,200㎡ is 1200 ㎡."""
    if one == other or not (one and other) or name not in LeadForm.QUANTITIES:
        return one == other
    return readings.same(name, one[0], other[0], "")


RULES = editing.Rules(
    kind="lead",
    make=_form,
    ignored=frozenset({"next_kind", "next_subject", "next_due", "confirm_duplicate", "duplicate_reason", "paste"}),
    bound={
        "tenure": ("area_min", "area_target", "area_max", "budget"),
        "tier_override": ("tier_reason",),
        "source": ("referrer",),
        # Another name is another person.
        "contact_name": ("contact_title", "phone", "email", "is_decision_maker"),
    },
    same=_same,
)


def _stored(lead) -> EditForm:
    return entry.offered(EditForm(formdata=None, data=prefill.from_lead(lead)))


def _behind(lead) -> dict[str, str]:
    """Contacts are not shown in the form, and an empty field keeps them: masked, what stands behind those fields."""
    contact = lead.contact
    if contact is None:
        return {}
    masked = {
        "contact_name": mask_name(contact.name),
        "phone": mask_phone(contact.phone or ""),
        "email": mask_email(contact.email or ""),
    }
    return {name: text for name, text in masked.items() if text}


@blueprint.get("/<int:lead_id>/edit")
@kit.requires(Permission.LEADS_EDIT)
def edit(lead_id: int) -> tuple[str, int]:
    lead = access.lead(kit.session(), kit.actor(), lead_id, edit=True)
    form = _stored(lead)
    editing.seal(form, RULES, lead.id, _behind(lead))
    return entry.form_page(form, lead=lead)


@blueprint.post("/<int:lead_id>/edit")
@kit.requires(Permission.LEADS_EDIT)
def update(lead_id: int) -> Response | tuple[str, int]:
    session, actor = kit.session(), kit.actor()
    lead = access.lead(session, actor, lead_id, edit=True)

    def store(form: EditForm) -> None:
        versions = prefill.version(form.version.data), prefill.version(form.enterprise_version.data)
        leads.edit_lead(session, actor, lead_id, form.to_command(), *versions)

    saving = editing.save(
        RULES,
        lead_id,
        store,
        stored=lambda: _stored(access.lead(session, actor, lead_id, edit=True)),
        kept=lambda: _behind(access.lead(session, actor, lead_id, edit=True)),
    )
    page = url_for("leads.show", lead_id=lead_id)
    if saving.status == 302:
        flash(editing.saved_words(saving, gettext("已保存，推荐园区已按新的需求重算。")), "ok")
        return redirect(page)
    lead = access.lead(session, actor, lead_id, edit=True)
    if saving.meeting is None:
        return entry.form_page(saving.form, saving.status, lead=lead)
    trail = [(gettext("线索"), url_for("leads.index")), (lead.number, page), (gettext("编辑"), "")]
    records = [("lead", lead.id), ("enterprise", lead.enterprise_id)]
    return editing.conflict_page(saving.meeting, trail=trail, cancel_url=page, records=records)
