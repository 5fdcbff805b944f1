"""Sheets of a chain that leave the screen: the panorama as a picture (SVG), and pages to print."""

from __future__ import annotations

from io import BytesIO

from flask import Response, render_template, request, send_file
from flask_babel import gettext

from crm.domain.access import Permission
from crm.infra.clock import today
from crm.services import chain_facts, chain_flow, panorama
from crm.services.chain_facts import ChainFacts
from crm.web import kit
from crm.web.chains import drawing, words
from crm.web.chains.blueprint import blueprint
from crm.web.formats import named


@blueprint.get("/<key>/sheet.svg")
@kit.requires(Permission.CHAINS_VIEW)
def svg(key: str) -> Response:
    """The panorama as one picture that needs nothing beside itself."""
    chain = chain_facts.facts(kit.session(), key)
    text = render_template("chains/sheet_svg.html", **_sheet(chain))
    return _picture(text, gettext("%(name)s-全景图谱", name=named(chain)))


@blueprint.get("/<key>/flow.svg")
@kit.requires(Permission.CHAINS_VIEW)
def flow_svg(key: str) -> Response:
    """The flow as one picture that needs nothing beside itself."""
    measure = "equal" if request.args.get("measure") == "equal" else "size"
    picture = chain_flow.chain_flow(kit.session(), key, measure)
    text = render_template(
        "chains/flow_svg.html", picture=picture, chain=picture.chain, words=words, fit=drawing.fit, day=today()
    )
    return _picture(text, gettext("%(name)s-供应流向", name=named(picture.chain)))


@blueprint.get("/<key>/print")
@kit.requires(Permission.CHAINS_VIEW)
def printed(key: str) -> str:
    """The panorama to print: A3 or A4, landscape."""
    session = kit.session()
    chain = chain_facts.facts(session, key)
    size = "a4" if request.args.get("size") == "a4" else "a3"
    chief = panorama.chief_of(session, chain.id)
    return render_template("chains/print.html", size=size, chief=chief, **_sheet(chain))


def _sheet(chain: ChainFacts) -> dict[str, object]:
    return {"chain": chain, "sheet": drawing.sheet_of(chain), "words": words, "day": today()}


def _picture(text: str, name: str) -> Response:
    """The picture as a file; with ?inline=1 as it is, for the canvas that makes a PNG of it."""
    response = send_file(
        BytesIO(text.encode()),
        mimetype="image/svg+xml",
        as_attachment=request.args.get("inline") != "1",
        download_name=f"{name}-{today():%Y%m%d}.svg",
    )
    response.headers["Cache-Control"] = "no-store"
    return response
