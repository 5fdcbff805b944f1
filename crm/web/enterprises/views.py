"""Enterprises: the list, one enterprise with what the reader may see of it, and the form of its facts."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask_babel import gettext

from crm.domain import quantities
from crm.domain.access import Permission
from crm.domain.errors import Invalid, Stale
from crm.services import access, enterprise_record
from crm.web import kit, listing
from crm.web.enterprises.forms import EnterpriseForm

blueprint = Blueprint("enterprises", __name__, template_folder="templates", url_prefix="/crm/enterprises")

SCREEN = listing.Screen(
    list="enterprises",
    index="enterprises.index",
    filters="enterprises.filters",
    record=lambda row: url_for("enterprises.show", enterprise_id=row.id),
    edit=lambda row: url_for("enterprises.edit", enterprise_id=row.id),
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
    actor = kit.actor()
    record = enterprise_record.shown(kit.session(), actor, enterprise_id)
    return render_template(
        "enterprises/show.html",
        record=record,
        firm=record.enterprise,
        say=quantities,
        may_edit=actor.may(Permission.ENTERPRISES_EDIT),
        may_log=actor.may(Permission.LEADS_CREATE),
    )


@blueprint.get("/<int:enterprise_id>/edit")
@kit.requires(Permission.ENTERPRISES_EDIT)
def edit(enterprise_id: int) -> str:
    firm = access.enterprise(kit.session(), kit.actor(), enterprise_id)
    form = EnterpriseForm.of(firm).offer(enterprise_record.segment_choices(kit.session()))
    return render_template("enterprises/edit.html", form=form, firm=firm)


@blueprint.post("/<int:enterprise_id>/edit")
@kit.requires(Permission.ENTERPRISES_EDIT)
def update(enterprise_id: int) -> Response | tuple[str, int]:
    session, actor = kit.session(), kit.actor()
    firm = access.enterprise(session, actor, enterprise_id)
    form = EnterpriseForm().offer(enterprise_record.segment_choices(session))
    if not form.validate():
        return render_template("enterprises/edit.html", form=form, firm=firm), 422
    try:
        enterprise_record.change(session, actor, enterprise_id, form.to_facts(), form.read_version())
    except (Invalid, Stale) as error:
        session.rollback()
        kit.refuse(form, error)
        firm = access.enterprise(session, actor, enterprise_id)
        newer = None
        if isinstance(error, Stale):
            # What was typed stays; what is stored now stands beside it, and saving again means it.
            newer = EnterpriseForm.of(firm).offer(enterprise_record.segment_choices(session))
            form.version.data = newer.version.data
        page = render_template("enterprises/edit.html", form=form, firm=firm, newer=newer)
        return page, 409 if isinstance(error, Stale) else 422
    flash(gettext("企业资料已保存，规模和层级已按规则重算。"), "ok")
    return redirect(url_for("enterprises.show", enterprise_id=enterprise_id))
