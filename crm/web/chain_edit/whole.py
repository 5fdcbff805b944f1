"""What is said of a chain as a whole: summary, reference area, sources and space templates."""

from __future__ import annotations

from dataclasses import replace

from flask import redirect, request, url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from chains.engine import links
from chains.engine.model import Chain, Reference, Source, SpaceTemplate
from crm.domain.access import Permission
from crm.domain.errors import Invalid
from crm.web import kit
from crm.web.chain_edit import common, saving
from crm.web.chain_edit.blueprint import blueprint
from crm.web.chain_edit.forms import SourceForm, SpaceForm, WholeForm

Answer = Response | tuple[str, int]


@blueprint.route("/<key>/edit/whole", methods=["GET", "POST"])
@kit.requires(Permission.CHAINS_EDIT)
def whole(key: str) -> Answer:
    if request.method == "GET":
        return _page(key)
    common.opened(key)
    form = WholeForm()
    if not form.validate():
        return _page(key, form)
    try:
        name_en, summary = form.said("name_en", 120), form.said("summary", 1000)
        reference = _reference(form)
    except Invalid as error:
        kit.refuse(form, error)
        return _page(key, form)
    return _done(key, form, lambda old: links.change_chain(old, name_en=name_en, summary=summary, reference=reference))


@blueprint.post("/<key>/edit/sources")
@kit.requires(Permission.CHAINS_EDIT)
def add_source(key: str) -> Answer:
    """A source that segments can cite from now on."""
    common.opened(key)
    form = SourceForm()
    if not form.validate():
        return _page(key, form)
    try:
        title, status = form.said("title", 200), form.said("status", 40) or None
    except Invalid as error:
        kit.refuse(form, error)
        return _page(key, form)
    day = form.date.data.isoformat() if form.date.data else None

    def add(old: Chain) -> Chain:
        taken = {each.key for each in old.sources}
        number = next(each for each in range(1, 10_000) if f"source_{each}" not in taken)
        return links.put_source(old, Source(f"source_{number}", title, day, status))

    return _done(key, form, add, "sources")


@blueprint.post("/<key>/edit/spaces")
@kit.requires(Permission.CHAINS_EDIT)
def put_space(key: str) -> Answer:
    """A space template: a new one, or (with `space_key`) other figures; with `remove` none any more."""
    common.opened(key)
    form = SpaceForm().offer()
    chosen = form.space_key.data or ""
    if "remove" in request.form:
        form.reason.data = form.reason.data or _("删除空间模板")
        return _done(key, form, lambda old: links.remove_space(old, chosen), "spaces")
    if not form.validate():
        return _page(key, form)
    try:
        name = form.said("name", 80)
    except Invalid as error:
        kit.refuse(form, error)
        return _page(key, form)
    figures = SpaceTemplate(
        key=chosen,
        name_zh=name,
        area_min_m2=form.area_min.data,
        area_max_m2=form.area_max.data,
        env_class=form.env_class.data,
        load_kg_m2=form.load.data,
        clear_height_cm=form.height.data,
        power_kva=form.power.data,
        estimate=form.estimate.data,
    )

    def put(old: Chain) -> Chain:
        taken = {each.key for each in old.spaces}
        if chosen in taken:
            return links.put_space(old, figures)
        number = next(each for each in range(1, 10_000) if f"space_{each}" not in taken)
        return links.put_space(old, replace(figures, key=f"space_{number}"))

    return _done(key, form, put, "spaces")


def _done(key: str, form: FlaskForm, edit: saving.Edit, anchor: str = "") -> Answer:
    back = url_for("chain_edit.whole", key=key, _anchor=anchor or None)
    made = saving.attempt(key, form, edit, cancel_url=back)
    if made.page:
        return made.page
    return redirect(back) if made.saved else _page(key, form)


def _page(key: str, refused: FlaskForm | None = None) -> tuple[str, int]:
    state = common.opened(key)
    chain, reference = state.map, state.map.reference
    about = WholeForm(formdata=None, data={"name_en": chain.name_en, "summary": chain.summary})
    if reference is not None:
        about.total.data, about.register.data = reference.total, reference.source
    about.reason.data = _("修改整条链的资料")
    source, space = SourceForm(formdata=None), SpaceForm(formdata=None).offer()
    source.reason.data, space.reason.data = _("补充来源"), _("补充空间模板")
    edited = next((each for each in chain.spaces if each.key == request.args.get("space")), None)
    if edited is not None:
        _show_space(space, edited)
    forms = {"about": about, "source": source, "space": space}
    for name, form in forms.items():
        form.base.data = state.number
        if type(form) is type(refused):
            forms[name] = refused
    used = {each.space for each in chain.segments}
    return common.page(
        "whole",
        state,
        422 if refused is not None else 200,
        refused=refused,
        used=used,
        edited=edited,
        counted_on=reference.date if reference else None,
        **{f"{name}_form": form for name, form in forms.items()},
    )


def _show_space(form: SpaceForm, space: SpaceTemplate) -> None:
    form.space_key.data, form.name.data = space.key, space.name_zh
    form.area_min.data, form.area_max.data = space.area_min_m2, space.area_max_m2
    form.env_class.data, form.load.data = space.env_class, space.load_kg_m2
    form.height.data, form.power.data, form.estimate.data = space.clear_height_cm, space.power_kva, space.estimate
    form.reason.data = _("修改空间模板「%(name)s」", name=space.name_zh)


def _reference(form: WholeForm) -> Reference | None:
    if form.total.data is None:
        return None
    day = form.counted_on.data
    return Reference(form.total.data, form.said("register", 160), day.isoformat() if day else None)
