"""The bell: own notices, newest first."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from crm.domain.access import Permission
from crm.domain.notices import notice_sentence
from crm.services import notices
from crm.web import kit

blueprint = Blueprint("notices", __name__, template_folder="templates", url_prefix="/crm/notices")

#: Page of each kind of record; the page checks the permission again.
PAGES = {
    "lead": ("leads.show", "lead_id"),
    "introduction": ("introductions.show", "introduction_id"),
    "project": ("projects.show", "project_id"),
    "issue": ("issues.show", "issue_id"),
    "plan_task": ("plans.task", "task_id"),
    "plan_version": ("plans.version", "version_id"),
    "chain": ("plans.survey", "chain_id"),
    "gap_target": ("gaps.target", "target_id"),
    "person": ("users.show", "person_id"),
    "transfer": ("pool.moves", "transfer"),
}


@blueprint.get("/")
@kit.requires(Permission.NOTICES_VIEW)
def index() -> str:
    rows = notices.recent(kit.session(), kit.actor())
    shown = [(row, notice_sentence(row.kind, row.params), _address(row.subject_kind, row.subject_id)) for row in rows]
    return render_template("notices/index.html", rows=shown)


def _address(kind: str | None, subject_id: int | None) -> str | None:
    if kind not in PAGES or subject_id is None:
        return None
    endpoint, argument = PAGES[kind]
    return url_for(endpoint, **{argument: subject_id})


@blueprint.post("/read")
@kit.requires(Permission.NOTICES_VIEW)
def read() -> Response:
    chosen = [one for one in request.form.getlist("notice_id", type=int) if 0 < one <= kit.LARGEST_ID]
    if "notice_id" in request.form and not chosen:
        abort(400)
    notices.mark_read(kit.session(), kit.actor(), chosen or None)
    return redirect(kit.safe_next(url_for("notices.index")))
