"""The list of leads and its sheet of filters."""

from __future__ import annotations

from flask import Response

from crm.domain.access import Permission
from crm.web import kit, listing
from crm.web.leads.blueprint import blueprint

SCREEN = listing.Screen(
    list="leads",
    index="leads.index",
    filters="leads.filters",
    record=listing.addresses("leads.show", "lead_id"),
    edit=listing.addresses("leads.edit", "lead_id"),
    bulk=("schedule", "assign", "tag", "untag", "note"),
)


@blueprint.get("/")
@kit.requires(Permission.LEADS_VIEW)
def index() -> str | Response:
    return listing.render("leads/index.html", SCREEN, siblings=listing.siblings("leads", "enterprises", "contacts"))


@blueprint.get("/filters")
@kit.requires(Permission.LEADS_VIEW)
def filters() -> str | Response | tuple[str, int]:
    return listing.sheet(SCREEN)
