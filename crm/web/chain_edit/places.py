"""Firms on a segment, and the survey of who stands there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from chains.engine import edit, links
from chains.engine.model import Confidence, Placement
from crm.domain.access import Permission
from crm.domain.errors import DomainError, Invalid
from crm.domain.labels import N_
from crm.domain.text import clean_text
from crm.infra.clock import today
from crm.services import access, enterprises
from crm.web import kit
from crm.web.chain_edit import common, saving
from crm.web.chain_edit.blueprint import blueprint
from crm.web.chain_edit.forms import PlacementForm, ReasonForm, SurveyForm
from crm.web.chain_edit.segments import segment_page

Answer = Response | tuple[str, int]


@blueprint.get("/edit/firms")
@kit.requires(Permission.CHAINS_EDIT)
def firm_options() -> str:
    """Options of the combobox: enterprises that the person may see."""
    try:
        typed = clean_text(request.args.get("name"), 80, "name")
        found = enterprises.search(kit.session(), kit.actor(), typed) if typed else []
    except Invalid:
        typed, found = "", []
    return render_template("chain_edit/_firms.html", found=found, typed=typed)


@blueprint.post("/<key>/edit/<segment>/firms")
@kit.requires(Permission.CHAINS_EDIT)
def place(key: str, segment: str) -> Answer:
    """Put a firm of the directory on the segment."""
    common.segment_of(common.opened(key), segment)
    form = PlacementForm().offer()
    if not form.validate():
        return segment_page(key, segment, form)
    try:
        firm = _firm(form)
        new = _placement(form, segment, firm)
    except DomainError as error:
        kit.refuse(form, error)
        return segment_page(key, segment, form)
    return _done(key, segment, form, lambda old: links.place(old, new), entered={firm.name: firm.id})


@blueprint.post("/<key>/edit/<segment>/firms/change")
@kit.requires(Permission.CHAINS_EDIT)
def change_place(key: str, segment: str) -> Answer:
    """Change, confirm (today) or take away what is claimed of one firm here."""
    state = common.opened(key)
    common.segment_of(state, segment)
    firm = request.form.get("firm", "")
    form = PlacementForm().offer()
    if "remove" in request.form or "confirm" in request.form:
        form = _reasoned(ReasonForm(), firm)
        if not form.validate():
            return segment_page(key, segment, form)
        if "remove" in request.form:
            return _done(key, segment, form, lambda old: links.unplace(old, firm, segment))
        day = today().isoformat()
        return _done(key, segment, form, lambda old: links.confirm(old, firm, segment, day, Confidence.VERIFIED.value))
    form.old = firm
    if not form.validate():
        return segment_page(key, segment, form)
    there = next((each for each in state.map.placements if (each.enterprise, each.segment) == (firm, segment)), None)
    try:
        facts = form.facts(there)
    except Invalid as error:
        kit.refuse(form, error)
        return segment_page(key, segment, form)
    return _done(key, segment, form, lambda old: links.change_placement(old, firm, segment, **facts))


@blueprint.post("/<key>/edit/<segment>/survey")
@kit.requires(Permission.CHAINS_EDIT)
def survey(key: str, segment: str) -> Answer:
    """Write down that somebody looked who stands here."""
    common.segment_of(common.opened(key), segment)
    form = SurveyForm()
    if not form.validate():
        return segment_page(key, segment, form)
    try:
        found = form.found()
    except Invalid as error:
        kit.refuse(form, error)
        return segment_page(key, segment, form)
    return _done(key, segment, form, lambda old: edit.survey(old, segment, found), anchor="survey")


def _placement(form: PlacementForm, segment: str, firm) -> Placement:
    """The claim as typed; Invalid without any source."""
    facts = form.facts()
    if not facts["section"] and not facts["source"]:
        raise Invalid("source", N_("请写明来源：谁说的、在哪里看到的，或文件章节。"))
    return replace(Placement(firm.name, segment, uscc=firm.uscc), **facts)


def _firm(form: PlacementForm):
    """The firm chosen from the list or, if the person says so, one entered now by its name: whoever goes and looks
    finds firms that nobody has a lead of."""
    typed = form.enterprise_id.data or ""
    if typed.isascii() and typed.isdigit():
        return access.enterprise(kit.session(), kit.actor(), min(int(typed), kit.LARGEST_ID))
    if not form.is_new.data:
        raise Invalid("name", N_("请从列表里选一家企业；名录里没有的，勾选「按这个名称登记」。"))
    return enterprises.enter(kit.session(), kit.actor(), form.name.data or "")


def _reasoned(form: ReasonForm, firm: str) -> ReasonForm:
    if not form.reason.data:
        words = _("移除「%(firm)s」") if "remove" in request.form else _("核实「%(firm)s」")
        form.reason.data = words % {"firm": firm[:120]}
    return form


def _done(
    key: str, segment: str, form, edit: saving.Edit, anchor: str = "firms", entered: Mapping[str, int] | None = None
) -> Answer:
    back = url_for("chain_edit.segment", key=key, segment=segment, _anchor=anchor)
    made = saving.attempt(key, form, edit, cancel_url=back, entered=entered)
    if made.page:
        return made.page
    return redirect(back) if made.saved else segment_page(key, segment, form)
