"""The reserve library: one project; board, list, gates and what the page's buttons do stand beside."""

from __future__ import annotations

from crm.domain.access import Permission
from crm.services import access
from crm.web import kit
from crm.web.projects import actions, board, edit, gate, table
from crm.web.projects.blueprint import blueprint
from crm.web.projects.show import project_page

__all__ = ["actions", "blueprint", "board", "edit", "gate", "table"]


@blueprint.get("/<int:project_id>")
@kit.requires(Permission.PROJECTS_VIEW)
def show(project_id: int) -> str:
    return project_page(access.project(kit.session(), kit.actor(), project_id))
