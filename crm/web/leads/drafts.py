"""Drafts (存草稿): keep a form that is not finished, go on with it, throw it away."""

from __future__ import annotations

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from crm.domain.access import Permission
from crm.domain.errors import Invalid
from crm.services.leads import drafts
from crm.web import kit
from crm.web.leads import entry
from crm.web.leads.blueprint import blueprint
from crm.web.leads.forms import LeadForm

#: Fields of the form that are no content.
_NOT_KEPT = frozenset(["csrf_token", "pasted", "paste", "version", "enterprise_version"])


@blueprint.post("/drafts")
@kit.requires(Permission.LEADS_CREATE)
def save_draft() -> Response | tuple[str, int]:
    """Keep the form as it stands; a page that is left sends it here too, by itself (js/draft.js)."""
    form = LeadForm()
    values = {
        name: values if name in ("platforms", "titles") else values[-1]
        for name, values in request.form.lists()
        if name in form and name not in _NOT_KEPT
    }
    try:
        pasted = request.form.get("pasted") or request.form.get("paste") or ""
        draft = drafts.save(kit.session(), kit.actor(), values, pasted)
    except Invalid as error:
        kit.session().rollback()
        kit.refuse(form, error)
        return entry.form_page(entry.offered(form), 422)
    if request.form.get("quietly"):
        return Response(status=204)
    flash(gettext("草稿已存，只有您看得到，30 天内可以接着填。"), "ok")
    return redirect(url_for("leads.new", draft=draft.id))


@blueprint.post("/drafts/<int:draft_id>/delete")
@kit.requires(Permission.LEADS_CREATE)
def delete_draft(draft_id: int) -> Response:
    drafts.remove(kit.session(), kit.actor(), draft_id)
    flash(gettext("草稿已删除。"), "ok")
    return redirect(url_for("leads.new"))


def resumed(draft) -> LeadForm:
    """The form as it was left."""
    values: MultiDict = MultiDict()
    for name, value in draft.form.items():
        values.setlist(name, value if isinstance(value, list) else [value])
    values["pasted"] = draft.pasted or ""
    return LeadForm(formdata=values)
