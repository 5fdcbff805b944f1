"""The blueprint that the pages of gaps and targets share."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("gaps", __name__, template_folder="templates", url_prefix="/crm/gaps")
