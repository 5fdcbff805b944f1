"""A map as a file: taken out as it is, and brought back after its differences have been looked at."""

from __future__ import annotations

from flask import Response, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from chains.engine.diff import diff
from chains.engine.writing import dump
from crm.domain.access import Permission
from crm.domain.errors import Invalid
from crm.domain.labels import N_
from crm.services import chain_maps
from crm.web import kit
from crm.web.chain_edit import common, saving, shown
from crm.web.chain_edit.blueprint import blueprint
from crm.web.chain_edit.forms import ImportForm

Answer = BaseResponse | tuple[str, int]
#: More than fifty times the largest map.
_LONGEST = 2_000_000


@blueprint.get("/<key>/map.yaml")
@kit.requires(Permission.CHAINS_VIEW)
def export(key: str) -> Response:
    """The present map in the format of the product's own files."""
    answer = Response(chain_maps.export_yaml(kit.session(), key), mimetype="application/yaml")
    answer.headers["Content-Disposition"] = f'attachment; filename="{key}.yaml"'
    return answer


@blueprint.route("/<key>/import", methods=["GET", "POST"])
@kit.requires(Permission.CHAINS_EDIT)
def bring(key: str) -> Answer:
    """Read a file, show what it would change, and save it when that was confirmed. Nothing is saved by halves."""
    state = common.opened(key)
    form = ImportForm()
    if request.method == "GET":
        form = ImportForm(formdata=None)
        if request.args.get("from") == "shipped":
            found = chain_maps.shipped(key)
            form.document.data = dump(found) if found is not None else ""
        form.base.data, form.reason.data = state.number, _("导入图谱文件")
        return common.page("import", state, form=form)
    if not form.validate():
        return common.page("import", state, 422, form=form)
    try:
        # What was uploaded is shown, so that the line of a mistake can be looked at and mended here.
        form.document.data = _text(form)
        _state, found = chain_maps.import_yaml(kit.session(), key, form.document.data)
    except Invalid as error:
        kit.refuse(form, error)
        return common.page("import", state, 422, form=form)
    if "confirm" in request.form:
        made = saving.attempt(key, form, lambda _old: found, cancel_url=url_for("chain_edit.bring", key=key))
        if made.page:
            return made.page
        if made.saved:
            return redirect(url_for("chain_edit.revisions", key=key))
        return common.page("import", common.opened(key), 422, form=form)
    changes = diff(state.map, found)
    if form.began() == 0:
        form.base.data = state.number
    return common.page(
        "confirm",
        state,
        form=form,
        groups=shown.lines(changes, state.map, found),
        count=len(changes),
        advice=[chain_maps.problem(each, found).say(_) for each in chain_maps.problems(found) if each.is_advice],
    )


def _text(form: ImportForm) -> str:
    """The uploaded file, or what was pasted. Invalid for neither, for too much and for another encoding."""
    upload = form.file.data
    if upload is not None and getattr(upload, "filename", ""):
        raw = upload.stream.read(_LONGEST + 1)
        if len(raw) > _LONGEST:
            raise Invalid("file", N_("文件太大，不像是一条产业链的图谱。"))
        try:
            return raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise Invalid("file", N_("不是 UTF-8 编码；请用记事本「另存为」，编码选 UTF-8。")) from None
    typed = (form.document.data or "").replace("\r\n", "\n")
    if not typed.strip():
        raise Invalid("document", N_("请选择一个文件，或把图谱文本粘贴进来。"))
    return typed
