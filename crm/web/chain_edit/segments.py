"""One segment in the editor: its facts and place, and new, split, merged and removed ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from flask import redirect, request, url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from chains.engine import edit
from chains.engine.edit import Ends
from chains.engine.model import Chain, Placement, Segment
from crm.domain.access import Permission
from crm.domain.enterprises.gbt4754 import table
from crm.domain.errors import Invalid
from crm.infra.clock import today
from crm.services.chain_maps import State
from crm.web import kit
from crm.web.chain_edit import common, saving
from crm.web.chain_edit.blueprint import blueprint
from crm.web.chain_edit.forms import (
    NEW_GROUP,
    EdgeForm,
    HeirForm,
    PlacementForm,
    ReasonForm,
    SegmentForm,
    ShareForm,
    SplitForm,
    SurveyForm,
    filled,
    options,
    words_of,
)
from crm.web.chain_edit.shown import segment_name

Answer = Response | tuple[str, int]

#: Where each form of a segment's page asks why.
_REASONS = {"facts": "reason", "edge": "edge-reason", "place": "firm-reason", "survey": "survey-reason"}


@blueprint.route("/<key>/edit/new", methods=["GET", "POST"])
@kit.requires(Permission.CHAINS_EDIT)
def create(key: str) -> Answer:
    """A new segment, at the place that the address names."""
    state = common.opened(key)
    form, status = SegmentForm().offer(state.map, None), 200
    back = url_for("chain_edit.show", key=key)
    if request.method == "POST":
        status = 422
        made = _add(key, form, back) if form.validate() else saving.Attempt()
        if made.page:
            return made.page
        if made.saved:
            added = next(
                (each for each in made.saved.after.segments if each.name_zh == form.name_zh.data.strip()), None
            )
            where = url_for("chain_edit.segment", key=key, segment=added.key, _anchor="links") if added else back
            return redirect(where)
    else:
        form = SegmentForm(formdata=None).offer(state.map, None)
        asked = request.args.get("place", "")
        form.place.data = asked if asked in {str(choice[0]) for choice in form.place.iter_choices()} else "upstream"
        form.base.data, form.reason.data = state.number, _("补充环节")
        form.sources.data = [source.key for source in state.map.sources if source.date][:1]
    return common.page("new", state, status, form=form, sections=_sections(), codes=_code_names(form), segment=None)


def _add(key: str, form: SegmentForm, back: str) -> saving.Attempt:
    try:
        position, group = form.placed()
        bare = form.applied(Segment("new", "", "", position), _sections())
        # Texts are cleaned and bounded before anything is drawn.
        group_name = form.said("new_group", 80)
    except Invalid as error:
        kit.refuse(form, error)
        return saving.Attempt()

    def add(old: Chain) -> Chain:
        new = replace(bare, key=common.new_key(old, bare.name_zh, bare.name_en))
        if group == NEW_GROUP:
            made = common.group_of(old, group_name, new)
            old = edit.add_segment(old, made)
            return edit.add_segment(old, replace(new, parent=made.key, key=_apart(new.key, made.key)))
        return edit.add_segment(old, replace(new, parent=group))

    return saving.attempt(key, form, add, cancel_url=back, done=_("已添加「%(name)s」。", name=bare.name_zh))


def _apart(key: str, other: str) -> str:
    return f"{key}_1" if key == other else key


@blueprint.route("/<key>/edit/<segment>", methods=["GET", "POST"])
@kit.requires(Permission.CHAINS_EDIT)
def segment(key: str, segment: str) -> Answer:
    """Everything about one segment; the form of its facts and its place is this address's own."""
    state = common.opened(key)
    found = common.segment_of(state, segment)
    if request.method == "GET":
        return segment_page(key, segment)
    form = SegmentForm().offer(state.map, found)
    if form.validate():
        made = _change(key, form, found)
        if made.page:
            return made.page
        if made.saved:
            return redirect(url_for("chain_edit.segment", key=key, segment=segment))
    return segment_page(key, segment, form)


def _change(key: str, form: SegmentForm, found: Segment) -> saving.Attempt:
    try:
        wanted = form.applied(found, _sections())
        position, group = form.placed()
        group_name = form.said("new_group", 80)
    except Invalid as error:
        kit.refuse(form, error)
        return saving.Attempt()
    facts = {
        name: getattr(wanted, name)
        for name in ("name_zh", "name_en", "products", "gbt", "aliases", "space", "reference", "sources")
    }

    def change(old: Chain) -> Chain:
        new = edit.change_segment(old, found.key, **facts)
        if group == NEW_GROUP:
            made = common.group_of(new, group_name, replace(wanted, position=position))
            new = edit.add_segment(new, made)
            return edit.move_segment(new, found.key, position=position, parent=made.key)
        return edit.move_segment(new, found.key, position=position, parent=group)

    return saving.attempt(key, form, change, cancel_url=url_for("chain_edit.segment", key=key, segment=found.key))


def segment_page(key: str, segment: str, refused: FlaskForm | None = None) -> tuple[str, int]:
    """The page of one segment as it is now, with the refused form as it was typed."""
    state = common.opened(key)
    found = common.segment_of(state, segment)
    forms = _forms(state, found)
    for name, form in forms.items():
        if type(form) is type(refused):
            forms[name] = refused
        # Three forms ask why: the list of what is wrong leads to the one that was refused.
        forms[name].reason.id = _REASONS[name]
    changed = refused if isinstance(refused, PlacementForm) and refused.old else None
    if changed is not None:
        forms["place"] = _forms(state, found)["place"]
    chain = state.map
    names = {each.key: segment_name(each) for each in chain.segments}
    return common.page(
        "segment",
        state,
        422 if refused is not None else 200,
        segment=found,
        is_group=segment in chain.group_keys(),
        members=[each for each in chain.segments if each.parent == segment],
        suppliers=[edge for edge in chain.edges if edge.to == segment],
        customers=[edge for edge in chain.edges if edge.frm == segment],
        placements=[
            (each, changed if changed is not None and changed.old == each.enterprise else _claim_form(state, each))
            for each in chain.placements
            if each.segment == segment
        ],
        changed=changed,
        weighed=refused if isinstance(refused, ShareForm) else None,
        names=names,
        others=[each.name_zh for each in chain.leaves() if each.key != segment],
        refused=refused,
        sections=_sections() if isinstance(refused, SegmentForm) else {r.key: r.section or "" for r in found.sources},
        codes=_code_names(forms["facts"]),
        **{f"{name}_form": form for name, form in forms.items()},
    )


def _forms(state: State, found: Segment) -> dict[str, FlaskForm]:
    """The forms of a segment's page, as they open."""
    base = state.number
    facts = SegmentForm(formdata=None).offer(state.map, found)
    filled(facts, found)
    edge, place, survey = EdgeForm(formdata=None), PlacementForm(formdata=None).offer(), SurveyForm(formdata=None)
    for form, reason in (
        (facts, _("修改「%(name)s」的资料", name=found.name_zh)),
        (edge, _("补充「%(name)s」的供应关系", name=found.name_zh)),
        (place, _("「%(name)s」企业落位", name=found.name_zh)),
        (survey, _("「%(name)s」调研", name=found.name_zh)),
    ):
        form.base.data, form.reason.data = base, reason
    place.on.data = survey.on.data = today()
    survey.by.data = kit.actor().name
    return {"facts": facts, "edge": edge, "place": place, "survey": survey}


def _claim_form(state: State, claim: Placement) -> PlacementForm:
    """The form that changes what is claimed of a firm."""
    form = PlacementForm(formdata=None).offer()
    form.old, form.base.data = claim.enterprise, state.number
    form.leader.data, form.section.data = bool(claim.leader), claim.section
    form.source.data, form.confidence.data = claim.source, claim.confidence or ""
    form.on.data = date.fromisoformat(claim.on) if claim.on else None
    form.reason.data = _("修改「%(firm)s」的落位", firm=claim.enterprise)
    return form


@blueprint.route("/<key>/edit/<segment>/remove", methods=["GET", "POST"])
@kit.requires(Permission.CHAINS_EDIT)
def remove(key: str, segment: str) -> Answer:
    """Ask, then remove; a group is dissolved and its segments stay."""
    state = common.opened(key)
    found = common.segment_of(state, segment)
    form, status = ReasonForm(), 200
    back = url_for("chain_edit.segment", key=key, segment=segment)
    if request.method == "POST":
        status = 422
        if form.validate():
            done = _("已删除「%(name)s」。", name=found.name_zh)
            made = saving.attempt(key, form, lambda old: edit.remove_segment(old, segment), cancel_url=back, done=done)
            if made.page:
                return made.page
            if made.saved:
                return redirect(url_for("chain_edit.show", key=key))
    else:
        form = ReasonForm(formdata=None)
        form.base.data, form.reason.data = state.number, _("删除「%(name)s」", name=found.name_zh)
    return _small_page("remove", state, found, form, status)


@blueprint.route("/<key>/edit/<segment>/merge", methods=["GET", "POST"])
@kit.requires(Permission.CHAINS_EDIT)
def merge(key: str, segment: str) -> Answer:
    """Unite with another segment; whatever stands on this one goes there."""
    state = common.opened(key)
    found = common.segment_of(state, segment)
    form, status = HeirForm(), 200
    others = [each for each in state.map.leaves() if each.key != segment]
    others.sort(key=lambda each: (each.position != found.position, each.parent != found.parent))
    choices = kit.choices([("", _("请选择")), *((each.key, segment_name(each)) for each in others)])
    form.into.choices = choices
    back = url_for("chain_edit.segment", key=key, segment=segment)
    if request.method == "POST":
        status = 422
        heir = form.into.data or ""
        if form.validate():
            made = saving.attempt(
                key,
                form,
                lambda old: edit.merge_segments(old, segment, heir),
                cancel_url=back,
                heirs={segment: heir},
                done=_("「%(name)s」已经并入。", name=found.name_zh),
            )
            if made.page:
                return made.page
            if made.saved:
                return redirect(url_for("chain_edit.segment", key=key, segment=heir))
    else:
        form = HeirForm(formdata=None)
        form.into.choices = choices
        form.base.data, form.reason.data = state.number, _("「%(name)s」与相近环节合并", name=found.name_zh)
    return _small_page("merge", state, found, form, status)


@blueprint.route("/<key>/edit/<segment>/split", methods=["GET", "POST"])
@kit.requires(Permission.CHAINS_EDIT)
def split(key: str, segment: str) -> Answer:
    """Make two of one: which edges, firms and products go to the new one."""
    state = common.opened(key)
    found = common.segment_of(state, segment)
    form, status = _split_form(state, found), 200
    back = url_for("chain_edit.segment", key=key, segment=segment)
    if request.method == "POST":
        status = 422
        if form.validate():
            made = _split(key, form, found, back)
            if made.page:
                return made.page
            if made.saved:
                return redirect(back)
    else:
        form = _split_form(state, found, opening=True)
        form.base.data, form.reason.data = state.number, _("拆分「%(name)s」", name=found.name_zh)
    return _small_page("split", state, found, form, status)


def _split_form(state: State, found: Segment, *, opening: bool = False) -> SplitForm:
    form = SplitForm(formdata=None) if opening else SplitForm()
    names = {each.key: segment_name(each) for each in state.map.segments}
    edges = state.map.edges
    options(((each, each) for each in found.products), form.products)
    options(((each.frm, names[each.frm]) for each in edges if each.to == found.key), form.suppliers)
    options(((each.to, names[each.to]) for each in edges if each.frm == found.key), form.customers)
    firms = [each.enterprise for each in state.map.placements if each.segment == found.key]
    options(((each, each) for each in firms), form.firms)
    return form


def _split(key: str, form: SplitForm, found: Segment, back: str) -> saving.Attempt:
    ends = Ends(
        frozenset(form.suppliers.data or ()),
        frozenset(form.customers.data or ()),
        frozenset(form.firms.data or ()),
        form.both.data,
    )
    going = tuple(form.products.data or ())
    try:
        name_zh, name_en = form.said("name_zh", 80), form.said("name_en", 120)
    except Invalid as error:
        kit.refuse(form, error)
        return saving.Attempt()

    def cut(old: Chain) -> Chain:
        kept = old.segment(found.key) if any(each.key == found.key for each in old.segments) else found
        new = replace(
            kept,
            key=common.new_key(old, name_zh, name_en),
            name_zh=name_zh,
            name_en=name_en,
            products=going,
            aliases=(),
            reference=None,
            survey=None,
        )
        made = edit.split_segment(old, found.key, new, ends)
        left = tuple(each for each in kept.products if each not in going)
        # How many firms of the wider area stand on either half is not known any more.
        return edit.change_segment(made, found.key, products=left, reference=None)

    return saving.attempt(key, form, cut, cancel_url=back, done=_("已拆出「%(name)s」。", name=name_zh))


def _small_page(template: str, state: State, found: Segment, form: FlaskForm, status: int) -> tuple[str, int]:
    key = found.key
    return common.page(
        template,
        state,
        status,
        segment=found,
        form=form,
        is_group=key in state.map.group_keys(),
        edges=sum(key in (edge.frm, edge.to) for edge in state.map.edges),
        firms=sum(each.segment == key for each in state.map.placements),
    )


def _sections() -> dict[str, str]:
    """The sections typed beside the sources."""
    return {name.removeprefix("section-"): value for name, value in request.form.items() if name.startswith("section-")}


def _code_names(form: FlaskForm) -> list[tuple[str, str]]:
    """The codes that stand in the form, with their names in the standard."""
    known = table()
    try:
        return [(code, known[code].name) for code in words_of(form["gbt"].data, "gbt") if code in known]
    except Invalid:
        return []
