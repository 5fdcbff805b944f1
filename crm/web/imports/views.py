"""Importing tables: upload, say what the columns mean, correct rows in a grid, write all, take back."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from flask import Blueprint, abort, flash, redirect, render_template, request, send_file, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from crm.domain.access import Permission
from crm.domain.errors import DomainError, Invalid, Stale
from crm.domain.importing.fields import fields_of
from crm.domain.imports import ImportKind, ImportState
from crm.domain.labels import N_
from crm.infra import queue
from crm.services import imports
from crm.web import kit
from crm.web.imports import shown
from crm.web.imports.forms import UploadForm

blueprint = Blueprint("imports", __name__, template_folder="templates", url_prefix="/crm/imports")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KINDS = {
    ImportKind.LEADS: N_("线索"),
    ImportKind.PROJECTS: N_("项目"),
    ImportKind.ENTERPRISES: N_("企业"),
}


@blueprint.get("/")
@kit.requires(Permission.RECORDS_IMPORT)
def index() -> str:
    form = UploadForm(formdata=None)
    form.request_id.data = kit.new_request_id()
    form.kind.data = _kind(request.args.get("kind", "")).value
    return _index(form)


@blueprint.post("/")
@kit.requires(Permission.RECORDS_IMPORT)
def upload() -> Response | str | tuple[str, int]:
    form, session = UploadForm(), kit.session()
    if not form.validate():
        return _index(form), 422
    sent = form.file.data
    try:
        run = imports.upload(
            session,
            kit.actor(),
            kit.files(),
            imports.Upload(
                ImportKind(form.kind.data), sent.filename or "", sent.stream, (form.request_id.data or "")[:40] or None
            ),
        )
    except Invalid as error:
        session.rollback()
        kit.refuse(form, error)
        return _index(form), 422
    queue.after_commit(session, queue.JOBS_RUN)
    return redirect(url_for("imports.show", run_id=run.id))


@blueprint.get("/template/<import_kind>.xlsx")
@kit.requires(Permission.RECORDS_IMPORT)
def template(import_kind: str) -> Response:
    if import_kind not in set(ImportKind):
        abort(404)
    kind = ImportKind(import_kind)
    # The table itself is Chinese in every language: its headers are read in again.
    content = imports.template(kit.session(), kind, KINDS[kind], gettext)
    name = gettext("%(kind)s导入模板.xlsx", kind=gettext(KINDS[kind]))
    return send_file(BytesIO(content), mimetype=XLSX, as_attachment=True, download_name=name)


@blueprint.get("/<int:run_id>")
@kit.requires(Permission.RECORDS_IMPORT)
def show(run_id: int) -> str:
    session, actor = kit.session(), kit.actor()
    run = imports.load(session, actor, run_id)
    if run.state is ImportState.MAPPING or (run.state is ImportState.PREVIEW and request.args.get("step") == "mapping"):
        return _mapping(run)
    if run.state is ImportState.PREVIEW:
        return render_template("imports/preview.html", **shown.preview(session, actor, run, request.args))
    if run.state in (ImportState.COMMITTED, ImportState.UNDONE):
        return render_template("imports/report.html", **shown.report(session, run, request.args))
    return render_template("imports/wait.html", **shown.heading(run))


@blueprint.post("/<int:run_id>/mapping")
@kit.requires(Permission.RECORDS_IMPORT)
def choose(run_id: int) -> Response | str | tuple[str, int]:
    session, actor = kit.session(), kit.actor()
    run = imports.load(session, actor, run_id)
    chosen = {at: request.form.get(f"c{at}", "")[:40] for at in range(len(run.headers))}
    try:
        imports.choose(session, actor, run_id, chosen)
    except Invalid as error:
        session.rollback()
        return _mapping(imports.load(session, actor, run_id), chosen, error), 422
    except Stale as error:
        return _overtaken(run_id, error)
    queue.after_commit(session, queue.JOBS_RUN)
    return redirect(url_for("imports.show", run_id=run_id))


@blueprint.post("/<int:run_id>/rows/<int:row_id>")
@kit.requires(Permission.RECORDS_IMPORT)
def edit(run_id: int, row_id: int) -> Response | str | tuple[str, int]:
    """One cell from the grid, or all cells of a row from its own form."""
    cells = {int(name[1:]): text for name, text in request.form.items() if name[:1] == "c" and name[1:].isdigit()}
    return _changed(run_id, lambda: imports.edit_row(kit.session(), kit.actor(), run_id, row_id, cells))


@blueprint.post("/<int:run_id>/rows/<int:row_id>/skip")
@kit.requires(Permission.RECORDS_IMPORT)
def skip(run_id: int, row_id: int) -> Response | str | tuple[str, int]:
    wanted = request.form.get("skip") == "1"
    return _changed(run_id, lambda: imports.skip_row(kit.session(), kit.actor(), run_id, row_id, skip=wanted))


@blueprint.get("/<int:run_id>/rows/<int:row_id>/form")
@kit.requires(Permission.RECORDS_IMPORT)
def row(run_id: int, row_id: int) -> str:
    session, actor = kit.session(), kit.actor()
    run = imports.load(session, actor, run_id)
    return render_template("imports/row.html", **shown.one_row(session, run, row_id))


@blueprint.post("/<int:run_id>/skip-errors")
@kit.requires(Permission.RECORDS_IMPORT)
def skip_errors(run_id: int) -> Response:
    try:
        number = imports.skip_errors(kit.session(), kit.actor(), run_id)
    except Stale as error:
        return _overtaken(run_id, error)
    flash(gettext("已跳过 %(count)s 行；它们可以在报告里下载。", count=number), "ok")
    return redirect(url_for("imports.show", run_id=run_id))


@blueprint.post("/<int:run_id>/commit")
@kit.requires(Permission.RECORDS_IMPORT)
def commit(run_id: int) -> Response:
    return _start(run_id, imports.commit)


@blueprint.post("/<int:run_id>/undo")
@kit.requires(Permission.RECORDS_IMPORT)
def undo(run_id: int) -> Response:
    return _start(run_id, imports.undo)


@blueprint.get("/<int:run_id>/failed.xlsx")
@kit.requires(Permission.RECORDS_IMPORT)
def failed(run_id: int) -> Response:
    session = kit.session()
    run = imports.load(session, kit.actor(), run_id)
    content = imports.failed_file(session, run, gettext)
    name = gettext("未导入的行-%(name)s.xlsx", name=run.file_name.rpartition(".")[0])
    return send_file(BytesIO(content), mimetype=XLSX, as_attachment=True, download_name=name)


# ── Helpers ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _kind(word: str) -> ImportKind:
    return ImportKind(word) if word in set(ImportKind) else ImportKind.LEADS


def _index(form: UploadForm) -> str:
    actor = kit.actor()
    kinds = [(kind, text) for kind, text in KINDS.items() if actor.may(imports.NEEDS[kind])]
    runs = [(run, *shown.state_words(run)) for run in imports.recent(kit.session(), actor)]
    return render_template(
        "imports/index.html", form=form, kinds=kinds, runs=runs, names=KINDS, most=imports.MOST_BYTES // 2**20
    )


def _mapping(run, chosen: dict[int, str] | None = None, error: Invalid | None = None) -> str:
    session = kit.session()
    mapping = {int(at): key for at, key in run.mapping.items()} if chosen is None else chosen
    return render_template(
        "imports/mapping.html",
        **shown.heading(run),
        fields=fields_of(run.kind),
        chosen=mapping,
        samples=imports.samples(session, run),
        wrong=(error.field, kit.sentence(error)) if error else None,
        same_file=imports.earlier_of_same_file(session, run),
    )


def _changed(run_id: int, change) -> Response | str | tuple[str, int]:
    """Rows that were checked anew, for the grid; the page for a plain form."""
    session, actor = kit.session(), kit.actor()
    try:
        rows: Sequence = change()
    except Invalid as error:
        session.rollback()
        if kit.is_htmx():
            return kit.sentence(error), 422
        flash(kit.sentence(error), "warning")
        return redirect(url_for("imports.show", run_id=run_id))
    except Stale as error:
        return _overtaken(run_id, error)
    if kit.is_htmx():
        run = imports.load(session, actor, run_id)
        tabs = shown.filters(run, request.form.get("show", ""))
        return render_template("imports/_changed.html", **shown.some_rows(session, run, rows[: shown.PAGE]), tabs=tabs)
    return redirect(kit.safe_next(url_for("imports.show", run_id=run_id)))


def _start(run_id: int, begin) -> Response:
    session = kit.session()
    try:
        begin(session, kit.actor(), run_id)
    except Invalid as error:
        session.rollback()
        flash(kit.sentence(error), "warning")
        return redirect(url_for("imports.show", run_id=run_id))
    except Stale as error:
        return _overtaken(run_id, error)
    queue.after_commit(session, queue.JOBS_RUN)
    return redirect(url_for("imports.show", run_id=run_id))


def _overtaken(run_id: int, error: DomainError) -> Response:
    kit.session().rollback()
    flash(kit.sentence(error), "warning")
    target = url_for("imports.show", run_id=run_id)
    return Response(status=204, headers={"HX-Redirect": target}) if kit.is_htmx() else redirect(target)
