"""Comments: write one on a lead or its project, take back an own one, and whom an @ can reach."""

from __future__ import annotations

from flask import Blueprint, flash, jsonify, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import HiddenField, TextAreaField
from wtforms.validators import DataRequired

from crm.domain.access import Permission
from crm.domain.enterprises.pinyin import pinyin_keys
from crm.domain.errors import DomainError
from crm.domain.labels import label
from crm.services import access, audience, comments
from crm.services.comments import Remark
from crm.web import kit

blueprint = Blueprint("comments", __name__, template_folder="templates", url_prefix="/crm/comments")


class CommentForm(FlaskForm):
    request_id = HiddenField()
    project_id = HiddenField()
    body = TextAreaField(validators=[DataRequired()])


@blueprint.post("/leads/<int:lead_id>")
@kit.requires(Permission.COMMENTS_WRITE)
def write(lead_id: int) -> Response | tuple[str, int]:
    """A refused comment comes back on a page of its own with every word of it: the record's page stays short."""
    session, actor = kit.session(), kit.actor()
    lead = access.lead(session, actor, lead_id)
    form = CommentForm()
    project_id = form.project_id.data or ""
    on_project = int(project_id) if project_id.isascii() and project_id.isdigit() and len(project_id) < 10 else None
    remark = Remark(
        body=form.body.data or "", request_id=(form.request_id.data or "")[:38] or None, project_id=on_project
    )
    try:
        comments.write(session, actor, lead, remark)
    except DomainError as error:
        session.rollback()
        lead = access.lead(session, actor, lead_id)
        form.body.errors = [kit.sentence(error)]
        return render_template("comments/write.html", form=form, lead=lead, back=_page(lead_id, on_project)), 422
    flash(_("评论已发。"), "ok")
    return redirect(_page(lead_id, on_project))


@blueprint.post("/<int:comment_id>/remove")
@kit.requires(Permission.COMMENTS_WRITE)
def remove(comment_id: int) -> Response:
    comment = comments.remove(kit.session(), kit.actor(), comment_id)
    flash(_("评论已删去，时间线里留有记录。"), "ok")
    return redirect(_page(comment.lead_id, comment.project_id))


@blueprint.get("/leads/<int:lead_id>/people")
@kit.requires(Permission.COMMENTS_WRITE)
def people(lead_id: int) -> Response:
    """Colleagues who see this lead, and nobody else: what the @ offers."""
    session, actor = kit.session(), kit.actor()
    lead = access.lead(session, actor, lead_id)
    found = [
        {
            "name": person.name,
            "note": " · ".join(filter(None, [person.section.name if person.section else "", _(label(person.role))])),
            "keys": _keys(person.name),
        }
        for person in audience.of_lead(session, lead)
        if person.id != actor.id
    ]
    return jsonify(found)


def _keys(name: str) -> list[str]:
    """Pinyin and initials, so that a name is found without switching the keyboard."""
    keys = pinyin_keys(name)
    return [*keys.full, *keys.initials]


def _page(lead_id: int, project_id: int | None) -> str:
    if project_id is not None:
        return url_for("projects.show", project_id=project_id, show="comments", _anchor="time")
    return url_for("leads.show", lead_id=lead_id, show="comments", _anchor="time")
