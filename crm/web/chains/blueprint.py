"""The blueprint that the pages of chains share."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("chains", __name__, template_folder="templates", url_prefix="/crm/chains")
