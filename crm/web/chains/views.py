"""Industry chains: the list by the source's grouping, and one chain in three columns."""

from __future__ import annotations

from flask import Blueprint, render_template

from crm.domain.access import Permission
from crm.services import chains
from crm.web import kit

blueprint = Blueprint("chains", __name__, template_folder="templates", url_prefix="/crm/chains")


@blueprint.get("/")
@kit.requires(Permission.CHAINS_VIEW)
def index() -> str:
    return render_template("chains/index.html", groups=chains.listed(kit.session()))


@blueprint.get("/<key>")
@kit.requires(Permission.CHAINS_VIEW)
def show(key: str) -> str:
    session = kit.session()
    view = chains.shown(session, kit.actor(), key)
    return render_template("chains/show.html", view=view, measures=chains.tier_measures(session))
