"""Files of leads: hand in, open, take off. A file is only ever an attachment, in a sandbox, under our media type."""

from __future__ import annotations

from urllib.parse import quote

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from crm.domain.access import Permission
from crm.domain.errors import Invalid
from crm.domain.labels import N_
from crm.services import access, attachments
from crm.web import kit

blueprint = Blueprint("files", __name__, url_prefix="/crm/files")

#: Whatever a browser makes of the content, it may do nothing: no script, no form, no origin.
SANDBOX = "sandbox; default-src 'none'"


@blueprint.post("/leads/<int:lead_id>")
@kit.requires(Permission.LEADS_EDIT)
def add(lead_id: int) -> Response | str | tuple[str, int]:
    """Hand files in. `upload.js` sends them one by one and puts the answer in the card; a plain form gets the page."""
    session, actor = kit.session(), kit.actor()
    lead = access.lead(session, actor, lead_id, edit=True)
    sent = kit.uploads()
    try:
        if not sent:
            raise Invalid("files", N_("没有选文件。"))
        for upload in sent:
            attachments.add(session, actor, kit.files(), lead, upload)
    except Invalid as error:
        if kit.is_htmx():
            return kit.sentence(error), 422
        session.rollback()
        flash(kit.sentence(error), "warning")
        return redirect(_card(lead_id))
    if kit.is_htmx():
        files = attachments.of_lead(session, lead.id)
        return render_template("records/_file_rows.html", files=files, can_edit=True)
    flash(_("已上传 %(count)s 个文件。", count=len(sent)), "ok")
    return redirect(_card(lead_id))


@blueprint.get("/<int:attachment_id>")
@kit.requires(Permission.LEADS_VIEW)
def show(attachment_id: int) -> Response:
    found = attachments.load(kit.session(), kit.actor(), attachment_id)
    answer = Response(kit.files().read(found.stored_name), content_type=found.media_type)
    answer.content_length = found.size
    answer.headers["Content-Disposition"] = _disposition(found.file_name)
    answer.headers["Content-Security-Policy"] = SANDBOX
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@blueprint.post("/<int:attachment_id>/remove")
@kit.requires(Permission.LEADS_EDIT)
def remove(attachment_id: int) -> Response:
    session = kit.session()
    try:
        lead_id = attachments.remove(session, kit.actor(), attachment_id).lead_id
    except Invalid as error:
        session.rollback()
        lead_id = attachments.load(session, kit.actor(), attachment_id).lead_id
        flash(kit.sentence(error), "warning")
    else:
        flash(_("文件已移除，时间线里留有记录。"), "ok")
    return redirect(kit.safe_next(_card(lead_id)))


def _disposition(name: str) -> str:
    """Always an attachment; the name in full for browsers, and in ASCII for whatever knows no better (RFC 6266)."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "._- ") else "_" for c in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _card(lead_id: int) -> str:
    return url_for("leads.show", lead_id=lead_id, _anchor="files")
