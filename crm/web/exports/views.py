"""Files of lists: choose the format, get a short list at once, wait for a long one; one's own only, for a week."""

from __future__ import annotations

import tempfile
from io import BytesIO
from pathlib import Path
from urllib.parse import urlencode

from flask import Blueprint, abort, flash, redirect, render_template, request, send_file, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from crm.domain.access import Permission
from crm.domain.errors import Invalid
from crm.domain.jobs import JobKind
from crm.domain.sentences import Sentence
from crm.infra import queue
from crm.services import exports, jobs, listing
from crm.services.exports import Asked
from crm.web import kit

blueprint = Blueprint("exports", __name__, template_folder="templates", url_prefix="/crm/exports")
TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
MOST_MARKED = 10_000
_OWN_WORDS = frozenset(["list", "format", "after", "before", "csrf_token", "changed"])


@blueprint.get("/")
@kit.requires(Permission.RECORDS_EXPORT)
def index() -> str:
    session, actor = kit.session(), kit.actor()
    return render_template(
        "exports/index.html", jobs=jobs.recent(session, actor, JobKind.EXPORT), labels=_labels(), days=jobs.KEPT.days
    )


@blueprint.route("/new", methods=["GET", "POST"])
@kit.requires(Permission.RECORDS_EXPORT)
def create() -> Response | str | tuple[str, int]:
    """`?list=leads&…` the list's own filters, or the marked rows of a list (`ids`, `all`, `query`) as it posts them.

    Without a format the page asks for one; only the answer to that makes a file.
    """
    session, actor = kit.session(), kit.actor()
    asked = _asked()
    if not asked.list:
        return redirect(url_for("exports.index"))
    try:
        count = exports.count(session, actor, asked)
    except Invalid as error:
        flash(kit.sentence(error), "warning")
        return redirect(url_for("exports.index"))
    if request.method == "GET" or not request.form.get("format"):
        spec = listing.get(asked.list)
        return render_template(
            "exports/new.html", asked=asked, count=count, label=spec.label, chips=_chips(asked), back=_back(asked)
        )
    if count.number == 0:
        flash(gettext("没有可导出的记录。"), "warning")
        return redirect(_back(asked))
    if count.is_more or count.number > exports.AT_ONCE:
        job = exports.make_later(session, actor, asked)
        queue.after_commit(session, queue.JOBS_RUN)
        return redirect(url_for("exports.show", job_id=job.id))
    with tempfile.TemporaryDirectory(prefix="liantu-export-") as folder:
        path = Path(folder) / f"list.{asked.format}"
        exports.make_now(session, actor, asked, path)
        content = BytesIO(path.read_bytes())
    return _send(content, exports.file_name(asked), asked.format)


@blueprint.get("/<int:job_id>")
@kit.requires(Permission.RECORDS_EXPORT)
def show(job_id: int) -> str:
    job = jobs.of_person(kit.session(), kit.actor(), job_id)
    if job.kind is not JobKind.EXPORT:
        abort(404)
    error = Sentence.load(job.error).say(gettext) if job.error else ""
    return render_template("exports/show.html", job=job, error=error, labels=_labels(), days=jobs.KEPT.days)


@blueprint.get("/<int:job_id>/file")
@kit.requires(Permission.RECORDS_EXPORT)
def download(job_id: int) -> Response:
    job = exports.finished(kit.session(), kit.actor(), job_id)
    path = kit.files().path(str(job.result["stored_name"]))
    if not path.is_file():
        abort(404)
    return _send(path, str(job.result["file_name"]), str(job.params["format"]))


def _asked() -> Asked:
    name = request.values.get("list", "")
    ids = [int(each) for each in request.form.getlist("ids") if each.isascii() and each.isdigit() and len(each) < 10]
    everything = request.form.get("all") == "1"
    if request.method == "POST":
        query = request.form.get("query", "")[:4000]
    else:
        query = urlencode([(key, word) for key, word in request.args.items(multi=True) if key not in _OWN_WORDS])[:4000]
    return Asked(
        list=name,
        query=query,
        format=request.form.get("format", "xlsx"),
        ids=() if everything else tuple(ids[:MOST_MARKED]),
    )


def _chips(asked: Asked) -> list[str]:
    """What narrows the file, as words; marked rows instead of filters."""
    if asked.ids:
        return [gettext("选中的 %(count)s 条", count=len(asked.ids))]
    spec = listing.get(asked.list)
    query = spec.read_text(kit.session(), kit.actor(), asked.query)
    by_key = {each.key: each for each in spec.filters}
    return [gettext(by_key[key].label) for key in query.values if key in by_key]


def _back(asked: Asked) -> str:
    page = url_for("projects.table" if asked.list == "projects" else f"{asked.list}.index")
    return f"{page}?{asked.query}" if asked.query else page


def _labels() -> dict[str, str]:
    return {name: gettext(spec.label) for name, spec in listing.SPECS.items()}


def _send(content: BytesIO | Path, name: str, kind: str) -> Response:
    answer = send_file(content, mimetype=TYPES[kind], as_attachment=True, download_name=name)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
