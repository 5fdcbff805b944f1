"""The one blueprint of the feature; its views lie in several files."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("chain_edit", __name__, template_folder="templates", url_prefix="/crm/chains")
