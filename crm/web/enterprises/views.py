"""Enterprises: the list, one enterprise with what the reader may see of it, and the form of its facts."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from crm.domain import quantities
from crm.domain.access import Permission
from crm.domain.errors import Invalid, Stale
from crm.services import access, enterprise_page, enterprise_record
from crm.services.merging import MergeKind
from crm.web import editing, errors, kit, ledgers, listing
from crm.web.enterprises.forms import EnterpriseForm, SegmentForm

blueprint = Blueprint("enterprises", __name__, template_folder="templates", url_prefix="/crm/enterprises")
errors.follow_merges(blueprint, MergeKind.ENTERPRISE, "enterprise_id", "enterprises.show")

SCREEN = listing.Screen(
    list="enterprises",
    index="enterprises.index",
    filters="enterprises.filters",
    record=listing.addresses("enterprises.show", "enterprise_id"),
    edit=listing.addresses("enterprises.edit", "enterprise_id"),
    bulk=("tag", "untag"),
)


@blueprint.get("/")
@kit.requires(Permission.ENTERPRISES_VIEW)
def index() -> str | Response:
    siblings = listing.siblings("leads", "enterprises", "contacts")
    return listing.render("enterprises/index.html", SCREEN, siblings=siblings)


@blueprint.get("/filters")
@kit.requires(Permission.ENTERPRISES_VIEW)
def filters() -> str | Response | tuple[str, int]:
    return listing.sheet(SCREEN)


@blueprint.get("/<int:enterprise_id>")
@kit.requires(Permission.ENTERPRISES_VIEW)
def show(enterprise_id: int) -> str:
    return _page(enterprise_id)


def _page(enterprise_id: int, form: SegmentForm | None = None) -> str:
    actor = kit.actor()
    record = enterprise_page.shown(kit.session(), actor, enterprise_id)
    return render_template(
        "enterprises/show.html",
        record=record,
        firm=record.enterprise,
        form=form or SegmentForm(formdata=None, data={"version": record.enterprise.version}),
        say=quantities,
        may_place=actor.may(Permission.CHAINS_EDIT),
        may_buy=actor.may(Permission.PURCHASES_EDIT),
        may_edit=actor.may(Permission.ENTERPRISES_EDIT),
        may_log=actor.may(Permission.LEADS_CREATE),
    )


@blueprint.post("/<int:enterprise_id>/segment")
@kit.requires(Permission.ENTERPRISES_EDIT)
def choose_segment(enterprise_id: int) -> Response | tuple[str, int]:
    """Take a proposed segment as the one that the enterprise mainly stands in."""
    session, form = kit.session(), SegmentForm()
    try:
        enterprise_record.choose_segment(
            session, kit.actor(), enterprise_id, ledgers.whole(form.segment_id.data), ledgers.whole(form.version.data)
        )
    except (Invalid, Stale) as error:
        session.rollback()
        kit.refuse(form, error)
        form.version.data = access.enterprise(session, kit.actor(), enterprise_id).version
        return _page(enterprise_id, form), 422
    flash(gettext("已定为主要环节。"), "ok")
    return redirect(url_for("enterprises.show", enterprise_id=enterprise_id, _anchor="chains"))


def _form(values: MultiDict[str, str]) -> EnterpriseForm:
    return EnterpriseForm(formdata=values).offer(enterprise_record.segment_choices(kit.session()))


#: The reason belongs to the tier that it explains.
EDITING = editing.Rules(kind="enterprise", make=_form, bound={"tier_override": ("tier_reason",)})


def _stored(enterprise_id: int) -> EnterpriseForm:
    firm = access.enterprise(kit.session(), kit.actor(), enterprise_id)
    return EnterpriseForm.of(firm).offer(enterprise_record.segment_choices(kit.session()))


@blueprint.get("/<int:enterprise_id>/edit")
@kit.requires(Permission.ENTERPRISES_EDIT)
def edit(enterprise_id: int) -> str:
    firm = access.enterprise(kit.session(), kit.actor(), enterprise_id)
    form = _stored(enterprise_id)
    editing.seal(form, EDITING, enterprise_id)
    return render_template("enterprises/edit.html", form=form, firm=firm)


@blueprint.post("/<int:enterprise_id>/edit")
@kit.requires(Permission.ENTERPRISES_EDIT)
def update(enterprise_id: int) -> Response | tuple[str, int]:
    session, actor = kit.session(), kit.actor()
    access.enterprise(session, actor, enterprise_id)

    def store(form: EnterpriseForm) -> None:
        enterprise_record.change(session, actor, enterprise_id, form.to_facts(), form.read_version())

    saving = editing.save(EDITING, enterprise_id, store, stored=lambda: _stored(enterprise_id))
    page = url_for("enterprises.show", enterprise_id=enterprise_id)
    if saving.status == 302:
        flash(editing.saved_words(saving, gettext("企业资料已保存，规模和层级已按规则重算。")), "ok")
        return redirect(page)
    firm = access.enterprise(session, actor, enterprise_id)
    if saving.meeting is None:
        return render_template("enterprises/edit.html", form=saving.form, firm=firm), saving.status
    trail = [(gettext("企业"), url_for("enterprises.index")), (firm.name, page), (gettext("修改"), "")]
    return editing.conflict_page(saving.meeting, trail=trail, cancel_url=page, records=[("enterprise", enterprise_id)])
