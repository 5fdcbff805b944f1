"""Supply edges of a segment: added by name, weighed, removed."""

from __future__ import annotations

from flask import redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from chains.engine import links as engine_links
from chains.engine.model import Chain
from crm.domain.access import Permission
from crm.domain.errors import Invalid
from crm.domain.labels import N_
from crm.web import kit
from crm.web.chain_edit import common, saving
from crm.web.chain_edit.blueprint import blueprint
from crm.web.chain_edit.forms import EdgeForm, ShareForm, named_segments, read_share
from crm.web.chain_edit.segments import segment_page

Answer = Response | tuple[str, int]


@blueprint.post("/<key>/edit/<segment>/edges")
@kit.requires(Permission.CHAINS_EDIT)
def add_edge(key: str, segment: str) -> Answer:
    """One more supplier or customer, named as in the list."""
    state, form = common.opened(key), EdgeForm()
    common.segment_of(state, segment)
    if not form.validate():
        return segment_page(key, segment, form)
    try:
        other = _other(state.map, form)
        share = read_share(form.share.data)
    except Invalid as error:
        kit.refuse(form, error)
        return segment_page(key, segment, form)
    ends = (other, segment) if form.side.data == "suppliers" else (segment, other)
    return _done(key, segment, form, lambda old: engine_links.add_edge(old, *ends, share))


@blueprint.post("/<key>/edit/<segment>/edges/change")
@kit.requires(Permission.CHAINS_EDIT)
def change_edge(key: str, segment: str) -> Answer:
    """Another share, or (with `remove`) no edge any more."""
    state, form = common.opened(key), ShareForm()
    common.segment_of(state, segment)
    form.ends = ends = (request.form.get("frm", ""), request.form.get("to", ""))
    form.share.id = "share-" + "-".join(ends)
    names = {each.key: each.name_zh for each in state.map.segments}
    said = " → ".join(names.get(end, end) for end in ends)
    if not form.validate():
        return segment_page(key, segment, form)
    if "remove" in request.form:
        form.reason.data = form.reason.data or _("去掉供应关系 %(edge)s", edge=said)
        return _done(key, segment, form, lambda old: engine_links.remove_edge(old, *ends))
    try:
        share = read_share(form.share.data)
    except Invalid as error:
        kit.refuse(form, error)
        return segment_page(key, segment, form)
    form.reason.data = form.reason.data or _("改份额 %(edge)s", edge=said)
    return _done(key, segment, form, lambda old: engine_links.weigh_edge(old, *ends, share))


def _done(key: str, segment: str, form: EdgeForm, edit: saving.Edit) -> Answer:
    back = url_for("chain_edit.segment", key=key, segment=segment, _anchor="links")
    made = saving.attempt(key, form, edit, cancel_url=back)
    if made.page:
        return made.page
    return redirect(back) if made.saved else segment_page(key, segment, form)


def _other(chain: Chain, form: EdgeForm) -> str:
    """The key of the segment that was named; names are unique in a chain."""
    typed = (form.other.data or "").strip()
    if not typed:
        raise Invalid("other", N_("请选一个环节。"))
    names = named_segments(chain)
    if typed in names:
        return names[typed]
    near = [key for name, key in names.items() if typed in name]
    if len(near) == 1:
        return near[0]
    raise Invalid("other", N_("图谱里没有叫「%(name)s」的环节，请从列表里选。"), name=typed)
