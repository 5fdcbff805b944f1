"""Lists of records: one declaration each, used by pages, saved views, bulk changes and exports."""

from crm.domain.errors import NotFound
from crm.domain.labels import N_
from crm.services.listing.columns import Area, Column, Kind, Row
from crm.services.listing.contacts import CONTACTS
from crm.services.listing.enterprises import ENTERPRISES
from crm.services.listing.leads import LEADS
from crm.services.listing.projects import PROJECTS
from crm.services.listing.spec import ListPage, ListSpec, Query

__all__ = ["SPECS", "Area", "Column", "Kind", "ListPage", "ListSpec", "Query", "Row", "get"]

SPECS = {spec.name: spec for spec in (LEADS, PROJECTS, ENTERPRISES, CONTACTS)}


def get(name: str) -> ListSpec:
    """The list of that name: leads, projects, enterprises, contacts. NotFound for any other word."""
    if name not in SPECS:
        raise NotFound(N_("没有这个列表。"))
    return SPECS[name]
