"""The blueprint of the leads pages; its views stand in several modules by what they do."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from crm.domain.errors import NotFound
from crm.services import merging
from crm.services.merging import MergeKind
from crm.web import errors, kit

blueprint = Blueprint("leads", __name__, template_folder="templates", url_prefix="/crm/leads")


@blueprint.errorhandler(NotFound)
def moved(error: NotFound) -> Response | tuple[str, int]:
    """The address of a lead that was merged leads to the one it went into; any other is not there."""
    lead_id = (request.view_args or {}).get("lead_id")
    session = kit.session()
    session.rollback()
    winner = merging.moved_to(session, kit.actor(), MergeKind.LEAD, lead_id) if lead_id is not None else None
    kit.abandon()
    if winner is None:
        return errors.page(404, kit.sentence(error))
    if request.method in kit.SAFE_METHODS:
        return redirect(url_for(request.endpoint or "", **{**(request.view_args or {}), "lead_id": winner}))
    flash(gettext("这条线索已经并入另一条，就是这一条；请在这里再做一次。"), "warning")
    return redirect(url_for("leads.show", lead_id=winner), 303)
