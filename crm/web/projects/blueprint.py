"""The blueprint of the projects pages; its views stand in several modules by what they do."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("projects", __name__, template_folder="templates", url_prefix="/crm/projects")
