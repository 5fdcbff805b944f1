"""The blueprint of the leads pages; its views stand in several modules by what they do."""

from __future__ import annotations

from flask import Blueprint

from crm.services.merging import MergeKind
from crm.web import errors

blueprint = Blueprint("leads", __name__, template_folder="templates", url_prefix="/crm/leads")
errors.follow_merges(blueprint, MergeKind.LEAD, "lead_id", "leads.show")
