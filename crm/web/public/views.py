"""The public site (专题网站): home, space, chains, policies, and the switch of language. Everybody may read it."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from crm.domain.errors import Invalid
from crm.domain.policies import Tier
from crm.services import enquiries, public, public_space
from crm.web import kit
from crm.web.context import LANGUAGE_COOKIE, LOCALES
from crm.web.context import language as reader_language
from crm.web.public.forms import EnquiryForm, SpaceForm

blueprint = Blueprint("public", __name__, template_folder="templates")
_YEAR = 365 * 24 * 3600
#: Longest name of a place that is taken over into the words of an enquiry.
_ABOUT = 120


@blueprint.get("/")
@kit.public
def home() -> str:
    """The landing page."""
    about = request.args.get("about", "")[:_ABOUT]
    words = gettext("想看：%(about)s", about=about) if about else ""
    return _home(EnquiryForm(formdata=None, data={"request_id": kit.new_request_id(), "words": words}))


def _home(form: EnquiryForm) -> str:
    category = request.args.get("category") or None
    found = public.home(kit.session(), category)
    return render_template(
        "public/home.html",
        home=found,
        category=category,
        search=_search_form(),
        form=form,
        policies_shown=public.POLICIES_SHOWN,
    )


def _search_form() -> SpaceForm:
    form = SpaceForm(request.args)
    form.offer(public.choices(kit.session()), reader_language() == "en")
    return form


@blueprint.get("/space")
@kit.public
def space() -> str:
    """Offers compared with the visitor's conditions, near misses, and carriers that may be asked about."""
    form = _search_form()
    if not request.args.get("tenure"):
        form.tenure.data = form.tenure.default
    form.validate()
    query = form.to_query()
    answer = public_space.search_space(kit.session(), query)
    return render_template("public/space.html", form=form, query=query, answer=answer)


@blueprint.get("/chains")
@kit.public
def chains() -> str:
    """The chains by group, with their segments and parks."""
    return render_template("public/chains.html", groups=public.chain_groups(kit.session()))


@blueprint.get("/policies")
@kit.public
def policies() -> str:
    """Policies by category and tier; each has an anchor of its own."""
    category = request.args.get("category") or None
    wanted = request.args.get("tier") or None
    tier = Tier(wanted) if wanted in set(Tier) else None
    found = public.policies(kit.session(), category=category, tier=tier)
    measures = public.tier_cards(kit.session())
    return render_template("public/policies.html", found=found, category=category, tier=tier, measures=measures)


@blueprint.post("/enquiry")
@kit.public
@kit.limiter.limit("20 per hour")
def enquire() -> str | Response | tuple[str, int]:
    """An enquiry becomes a lead with source 专题网站; a refused one comes back with everything that was typed."""
    form = EnquiryForm()
    if form.validate_on_submit():
        try:
            number = enquiries.submit(kit.session(), form.to_command())
        except Invalid as error:
            form.refuse(error, kit.sentence(error))
        else:
            flash(gettext("已收到，编号 %(number)s。1 个工作日内由招商专员联系您。", number=number), "ok")
            return redirect(url_for("public.home"))
    return _home(form), 422


@blueprint.get("/lang/<code>")
@kit.public
def language(code: str) -> Response:
    """Remember the language in this browser and go back to the page."""
    if code not in LOCALES:
        abort(404)
    response = redirect(kit.safe_next(url_for("public.home")))
    secure = kit.settings().secure_cookies
    response.set_cookie(LANGUAGE_COOKIE, code, max_age=_YEAR, secure=secure, httponly=True, samesite="Lax")
    return response
