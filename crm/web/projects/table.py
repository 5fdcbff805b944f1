"""The list of projects, beside the board."""

from __future__ import annotations

from flask import Response

from crm.domain.access import Permission
from crm.web import kit, listing
from crm.web.projects.blueprint import blueprint

SCREEN = listing.Screen(
    list="projects",
    index="projects.table",
    filters="projects.filters",
    record=listing.addresses("projects.show", "project_id"),
    bulk=("schedule", "tag", "untag", "note"),
)


@blueprint.get("/list")
@kit.requires(Permission.PROJECTS_VIEW)
def table() -> str | Response:
    return listing.render("projects/table.html", SCREEN)


@blueprint.get("/list/filters")
@kit.requires(Permission.PROJECTS_VIEW)
def filters() -> str | Response | tuple[str, int]:
    return listing.sheet(SCREEN)
