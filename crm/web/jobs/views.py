"""The bar of a job: a fragment that a page asks for while somebody waits."""

from __future__ import annotations

from flask import Blueprint, render_template
from werkzeug.wrappers import Response

from crm.domain.access import Permission
from crm.services import jobs
from crm.web import kit

blueprint = Blueprint("jobs", __name__, template_folder="templates", url_prefix="/crm/jobs")


@blueprint.get("/<int:job_id>/progress")
@kit.requires(Permission.RECORDS_EXPORT)
def progress(job_id: int) -> Response | str:
    """One's own job; over: the page that waits is to be loaded anew."""
    job = jobs.of_person(kit.session(), kit.actor(), job_id)
    if job.state.is_over:
        return Response(status=204, headers={"HX-Refresh": "true"})
    return render_template("jobs/_bar.html", job=job)
