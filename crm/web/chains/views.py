"""Industry chains: the list by the source's grouping, the panorama of one, one segment, and the flow of the whole."""

from __future__ import annotations

from flask import Response, jsonify, render_template, request

from crm.domain.access import Permission
from crm.services import chain_flow, chain_overview, panorama, segment_page
from crm.web import kit
from crm.web.chains import address, drawing, words
from crm.web.chains.address import link
from crm.web.chains.blueprint import blueprint

__all__ = ["blueprint"]


@blueprint.get("/")
@kit.requires(Permission.CHAINS_VIEW)
def index() -> str:
    session, actor = kit.session(), kit.actor()
    view = chain_overview.overview(session, actor, request.args.get("frame", ""))
    return render_template("chains/index.html", view=view, words=words)


@blueprint.get("/<key>")
@kit.requires(Permission.CHAINS_VIEW)
def show(key: str) -> str:
    asked = address.read(key)
    view = panorama.panorama(kit.session(), kit.actor(), key, asked.wanted)
    return render_template(
        "chains/show.html",
        view=view,
        chain=view.chain,
        asked=asked,
        density=asked.density(len(view.chain.segments)),
        words=words,
        hints=words.hints(view),
        links=_chain_links(view),
    )


@blueprint.get("/<key>/found")
@kit.requires(Permission.CHAINS_VIEW)
def found(key: str) -> Response:
    """Keys of the segments that contain the words, for narrowing while somebody types."""
    keys = panorama.find(kit.session(), kit.actor(), key, request.args.get("q", "")[:80])
    return jsonify(keys=sorted(keys))


@blueprint.get("/<key>/segments/<segment>")
@kit.requires(Permission.CHAINS_VIEW)
def segment(key: str, segment: str) -> str:
    """One segment: a page of its own, or the body of the panorama's drawer."""
    view = segment_page.segment_page(kit.session(), kit.actor(), key, segment)
    template = "chains/_drawer.html" if kit.is_htmx() else "chains/segment.html"
    return render_template(
        template,
        view=view,
        chain=view.chain,
        segment=view.segment,
        state=view.segment.state,
        net=drawing.net(view),
        strip=drawing.narrow_net(view),
        words=words,
        links=_segment_links(view),
    )


@blueprint.get("/<key>/flow")
@kit.requires(Permission.CHAINS_VIEW)
def flow(key: str) -> str:
    measure = "equal" if request.args.get("measure") == "equal" else "size"
    picture = chain_flow.chain_flow(kit.session(), key, measure)
    return render_template("chains/flow.html", picture=picture, chain=picture.chain, words=words, fit=drawing.fit)


def _chain_links(view: panorama.Panorama) -> dict[str, str | None]:
    key = view.chain.key
    return {
        "plan": link("plans.show", Permission.CHAINS_VIEW, key=key),
        "edit": link("chain_edit.show", Permission.CHAINS_EDIT, key=key) if view.keeps else None,
        "revisions": link("chain_edit.revisions", Permission.CHAINS_VIEW, key=key),
        "projects": link("projects.index", Permission.PROJECTS_VIEW, chain=key),
        "gaps": link("gaps.index", Permission.CHAINS_VIEW, chain=key),
    }


def _segment_links(view: segment_page.SegmentPage) -> dict[str, str | None]:
    key, segment = view.chain.key, view.segment
    edit = link("chain_edit.segment", Permission.CHAINS_EDIT, key=key, segment=segment.key) if view.keeps else None
    return {
        "edit": edit,
        "survey": f"{edit}#survey" if edit else None,
        "targets": link("gaps.of_segment", Permission.TARGETS_EDIT, key=key, segment=segment.key)
        or link("gaps.of_segment", Permission.TARGETS_VIEW, key=key, segment=segment.key),
        "lead": link("leads.new", Permission.LEADS_CREATE, segment=segment.id, source="targeted"),
        "leads": link("leads.index", Permission.LEADS_VIEW, segment=segment.id),
        "projects": link("projects.index", Permission.PROJECTS_VIEW, segment=segment.id),
        "purchase": link("purchases.create", Permission.PURCHASES_EDIT, segment=segment.id),
        "purchases": link("purchases.index", Permission.PURCHASES_VIEW, segment=segment.id),
        "gaps": link("gaps.index", Permission.CHAINS_VIEW, chain=key),
    }
