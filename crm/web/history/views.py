"""History of a record: who changed what, when, from what to what; and who looked at the contacts of a lead."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for

from crm.domain.access import Permission
from crm.domain.audit import action_words
from crm.services import history
from crm.web import kit

blueprint = Blueprint("history", __name__, template_folder="templates", url_prefix="/crm/history")

#: Page of each kind of record, as far as it has one.
PAGES = {"lead": ("leads.show", "lead_id"), "project": ("projects.show", "project_id")}


# The permission that everybody has who may see any of the three; the loader asks the one of the record itself.
@blueprint.get("/<kind>/<int:subject_id>")
@kit.requires(Permission.ENTERPRISES_VIEW)
def show(kind: str, subject_id: int) -> str:
    session, actor = kit.session(), kit.actor()
    record = history.subject(session, actor, kind, subject_id)
    looks = kind == "lead" and request.args.get("show") == "reveals"
    lines, more = ([], None) if looks else history.read(session, actor, kind, record, before=kit.id_argument("before"))
    return render_template(
        "history/show.html",
        kind=kind,
        record=record,
        lines=lines,
        more=more,
        looks=looks,
        reveals=history.reveals(session, record) if looks else [],
        title=record.name if kind == "enterprise" else record.enterprise.name,
        number="" if kind == "enterprise" else record.number,
        back=url_for(PAGES[kind][0], **{PAGES[kind][1]: subject_id}) if kind in PAGES else "",
        action_words=action_words,
    )
