"""The list of contacts: masked; looking at one is done, and written down, on the page of its lead."""

from __future__ import annotations

from flask import Blueprint, Response, url_for

from crm.domain.access import Permission
from crm.services.listing import Row
from crm.web import kit, listing

blueprint = Blueprint("contacts", __name__, template_folder="templates", url_prefix="/crm/contacts")


def _record(row: Row) -> str:
    """The newest lead that the reader may see, else the enterprise."""
    if row.extra.get("lead_id"):
        return url_for("leads.show", lead_id=row.extra["lead_id"])
    return url_for("enterprises.show", enterprise_id=row.record.enterprise_id)


SCREEN = listing.Screen(
    list="contacts",
    index="contacts.index",
    filters="contacts.filters",
    record=_record,
    bulk=("tag", "untag"),
)


@blueprint.get("/")
@kit.requires(Permission.CONTACTS_VIEW)
def index() -> str | Response:
    return listing.render("contacts/index.html", SCREEN, siblings=listing.siblings("leads", "enterprises", "contacts"))


@blueprint.get("/filters")
@kit.requires(Permission.CONTACTS_VIEW)
def filters() -> str | Response | tuple[str, int]:
    return listing.sheet(SCREEN)
