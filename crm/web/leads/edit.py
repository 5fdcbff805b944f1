"""Editing a lead, alone or together: a late save is merged with the earlier one, and a person decides what both changed."""

from __future__ import annotations

from flask import Response, flash, redirect, url_for
from flask_babel import gettext
from werkzeug.datastructures import MultiDict
from wtforms import HiddenField

from crm.domain.access import Permission
from crm.domain.contacts import mask_email, mask_name, mask_phone
from crm.domain.errors import DomainError, Duplicate, Invalid, Stale
from crm.domain.labels import N_
from crm.domain.merging_edits import Values
from crm.services import access, history, leads
from crm.web import editing, formats, kit
from crm.web.leads import entry, prefill, readings
from crm.web.leads.blueprint import blueprint
from crm.web.leads.forms import LeadForm

#: Third and fourth editors are merged too; beyond this somebody should talk to somebody.
TRIES = 5


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
    if editing.undecided():
        return _choose(lead, editing.asked_again(RULES))
    form, from_them = _form(editing.posted()), ()
    for _try in range(TRIES):
        if not form.validate():
            return entry.form_page(form, 422, lead=lead)
        try:
            _save(lead_id, form)
        except (Invalid, Duplicate) as error:
            return _refused(form, error, lead_id)
        except Stale:
            session.rollback()
            lead = access.lead(session, actor, lead_id, edit=True)
            meeting = editing.meet(form, _stored(lead), RULES, lead_id, _behind(lead))
            if meeting.conflicts:
                return _choose(lead, meeting)
            form, from_them = _form(meeting.formdata), meeting.from_them
            continue
        return _saved(lead_id, [label for label, _value in from_them])
    return _refused(form, Invalid("", N_("这条线索正被多人同时修改，还没有保存；请稍等再按保存。")), lead_id)


def _save(lead_id: int, form: EditForm) -> None:
    versions = prefill.version(form.version.data), prefill.version(form.enterprise_version.data)
    leads.edit_lead(kit.session(), kit.actor(), lead_id, form.to_command(), *versions)


def _saved(lead_id: int, merged: list[str]) -> Response:
    if merged:
        flash(gettext("已保存，并保留了别人刚改的：%(fields)s。", fields=formats.listed(merged)), "ok")
    else:
        flash(gettext("已保存，推荐园区已按新的需求重算。"), "ok")
    return redirect(url_for("leads.show", lead_id=lead_id))


def _refused(form: EditForm, error: DomainError, lead_id: int) -> tuple[str, int]:
    """The form again, with the use case's objection; whatever it had begun is taken back."""
    kit.session().rollback()
    kit.refuse(form, error)
    lead = access.lead(kit.session(), kit.actor(), lead_id, edit=True)
    return entry.form_page(form, 409 if isinstance(error, Duplicate) else 422, lead=lead)


def _choose(lead, meeting: editing.Meeting) -> tuple[str, int]:
    """The page on which two edits meet; who saved before is read from the trail of the lead and of its enterprise."""
    session = kit.session()
    found = (
        history.last_saved(session, "lead", lead.id),
        history.last_saved(session, "enterprise", lead.enterprise_id),
    )
    saves = sorted((each for each in found if each is not None), key=lambda each: each[1])
    saved = gettext("%(name)s于 %(when)s 保存", name=saves[-1][0], when=formats.moment(saves[-1][1])) if saves else ""
    page = url_for("leads.show", lead_id=lead.id)
    trail = [(gettext("线索"), url_for("leads.index")), (lead.number, page), (gettext("编辑"), "")]
    return editing.conflict_page(meeting, trail=trail, saved=saved, cancel_url=page)
