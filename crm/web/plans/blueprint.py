"""The blueprint that the pages of plans and their tasks share."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("plans", __name__, template_folder="templates", url_prefix="/crm")
