"""Policies of the source document, by category and tier."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from crm.domain.access import Permission
from crm.domain.policies import Tier
from crm.services import chains
from crm.web import kit

blueprint = Blueprint("policies", __name__, template_folder="templates", url_prefix="/crm/policies")


@blueprint.get("/")
@kit.requires(Permission.POLICIES_VIEW)
def index() -> str:
    session = kit.session()
    category, tier = request.args.get("category", ""), request.args.get("tier", "")
    rows, categories = chains.policies(session, category=category, tier=tier)
    return render_template(
        "policies/index.html",
        rows=rows,
        categories=categories,
        category=category,
        tier=tier,
        tiers=list(Tier),
        measures=chains.tier_measures(session),
    )
