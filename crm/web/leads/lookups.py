"""Small answers while a lead is being typed: enterprises, industry codes, readings, size and tier, duplicates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import render_template, request
from flask_babel import gettext

from crm.domain.access import Permission
from crm.domain.contacts import clean_phone
from crm.domain.enterprises import gbt4754
from crm.domain.enterprises.uscc import parse_uscc
from crm.domain.errors import Invalid, NotFound
from crm.domain.text import clean_text
from crm.services import access, enterprises, leads, segments
from crm.services.access import Actor
from crm.services.enterprises import Assessment
from crm.services.leads import SimilarLead, choices
from crm.services.leads.prematch import PreMatch
from crm.services.leads.prematch import prematch as leads_prematch
from crm.services.segments import SegmentIdea
from crm.web import kit
from crm.web.leads import prefill, readings
from crm.web.leads.blueprint import blueprint
from crm.web.leads.forms import LeadForm, number_or_none, to_need

MANY = "240/minute"


def who() -> str:
    actor = kit.actor_or_none()
    return f"person-{actor.id}" if actor else "nobody"


@blueprint.get("/enterprise-options")
@kit.requires(Permission.LEADS_CREATE)
@kit.limiter.limit(MANY, key_func=who)
def enterprise_options() -> str:
    """Options of the combobox: only enterprises that the person may see, with what is known of them."""
    try:
        typed = clean_text(request.args.get("name") or request.args.get("q"), 200, "q")
        found = enterprises.search(kit.session(), kit.actor(), typed) if typed else []
    except Invalid:
        typed, found = "", []
    values = [{k: v for k, v in prefill.of_enterprise(each.enterprise).items() if _fills(k, v)} for each in found]
    # Where an enterprise is only chosen, nothing is said of making a new one.
    offer = request.args.get("only") != "known"
    return render_template(
        "leads/_enterprise_options.html", found=zip(found, values, strict=True), typed=typed, offer_new=offer
    )


def _fills(name: str, value: object) -> bool:
    return name not in ("titles", "tier_override", "tier_reason") and value not in (None, "")


@blueprint.get("/industry-options")
@kit.requires(Permission.LEADS_CREATE)
@kit.limiter.limit(MANY, key_func=who)
def industry_options() -> str:
    typed = request.args.get("gbt_code", "")[:60]
    return render_template("leads/_industry_options.html", found=gbt4754.search(typed, limit=12))


@blueprint.get("/reading")
@kit.requires(Permission.LEADS_CREATE)
@kit.limiter.limit(MANY, key_func=who)
def reading() -> str:
    """What was understood of one figure."""
    name = request.args.get("field", "")
    typed = request.args.get(name, "").strip()[:200]
    words = error = ""
    if typed and (name in LeadForm.QUANTITIES or name == "gbt_code"):
        try:
            if name == "gbt_code":
                words = industry_name(gbt4754.parse_code(typed))
            else:
                words = _understood(typed, name, request.args.get("tenure", ""))
        except Invalid as problem:
            error = kit.sentence(problem)
    return render_template("leads/_reading.html", typed=typed, words=words, error=error)


def _understood(typed: str, name: str, tenure: str) -> str:
    """The words of a figure; of a range, what saving will make of it."""
    if ends := readings.area_range(typed, name, tenure):
        low, high = (end.words.say(gettext) for end in ends)
        return gettext("保存时拆成最小 %(low)s，最大 %(high)s", low=low, high=high)
    found = readings.READERS[name](typed, name, tenure)
    return found.words.say(gettext) if found.differs else ""


@blueprint.get("/assessment")
@kit.requires(Permission.LEADS_CREATE)
@kit.limiter.limit(MANY, key_func=who)
def assessment() -> str:
    """Size and tier of what stands in the form now, with the rule that decides."""
    session = kit.session()
    form = LeadForm(formdata=request.args, meta={"csrf": False})
    form.offer(choices.segments(session), choices.platforms(session))
    form.understand()
    return render_template("leads/_assessment.html", assessed=assessment_of(session, kit.actor(), form))


@blueprint.post("/similar")
@kit.requires(Permission.LEADS_CREATE)
@kit.limiter.limit(MANY, key_func=who)
def similar() -> str:
    """Duplicates of what stands in the form; posted, so that no phone number stands in an address."""
    form = LeadForm()
    session = kit.session()
    form.offer([], [])
    return render_template("leads/_similar.html", form=form, similar=similar_of(session, kit.actor(), form))


@blueprint.post("/prematch")
@kit.requires(Permission.LEADS_CREATE)
@kit.limiter.limit(MANY, key_func=who)
def prematch() -> str:
    """What the district could offer for the need as it stands; posted, because the form holds contacts too."""
    session = kit.session()
    form = LeadForm()
    form.offer(choices.segments(session), choices.platforms(session))
    form.understand()
    return render_template("leads/_prematch.html", prematch=prematch_of(session, kit.actor(), form))


@blueprint.post("/segment-ideas")
@kit.requires(Permission.LEADS_CREATE)
@kit.limiter.limit(MANY, key_func=who)
def segment_ideas() -> str:
    """Chips of segments that the form's words and code may mean; posted, because the form holds contacts too."""
    form = LeadForm()
    form.offer([], [])
    return render_template("leads/_ideas.html", ideas=ideas_of(kit.session(), kit.actor(), form), form=form)


# ── Shared with the page of the form ─────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Meant:
    """Whom a form means, as far as it can be read."""

    name: str
    uscc: str | None
    phone: str


def meant(form: LeadForm) -> Meant:
    """Name, code and phone of a form, clean; a value that cannot be read is left out."""
    typed = form.uscc.data or ""
    return Meant(
        name=_read(lambda: clean_text(form.name.data or "", 200, "name")),
        uscc=_read(lambda: parse_uscc(typed) if typed.strip() else "") or None,
        phone=_read(lambda: clean_phone(form.phone.data or "")),
    )


def _read(reader: Callable[[], str]) -> str:
    try:
        return reader()
    except Invalid:
        return ""


def similar_of(session, actor: Actor, form: LeadForm) -> list[SimilarLead]:
    """Leads like the one in the form; a value that cannot be read is not compared."""
    whom = meant(form)
    if not (whom.name or whom.uscc or whom.phone):
        return []
    return leads.similar(session, actor, name=whom.name, uscc=whom.uscc, phone=whom.phone)


def assessment_of(session, actor: Actor, form: LeadForm) -> Assessment | None:
    """Size and tier of the form's figures; None while they cannot be read."""
    enterprise = None
    chosen = number_or_none(form.enterprise_id.data)
    if chosen is not None:
        try:
            enterprise = access.enterprise(session, actor, chosen)
        except NotFound:
            enterprise = None
    try:
        return enterprises.assess(form.to_facts(), enterprise)
    except (Invalid, ValueError):
        return None


def prematch_of(session, actor: Actor, form: LeadForm) -> PreMatch | None:
    """The pre-match of the form's need; None while it is not said how the space is taken."""
    assessed = assessment_of(session, actor, form)
    try:
        command = to_need(form)
    except (Invalid, ValueError):
        return None
    return leads_prematch(session, actor, command, assessed.tier.tier if assessed else None)


def ideas_of(session, actor: Actor, form: LeadForm) -> list[SegmentIdea]:
    """Segments that the form may mean: what the lead asks for, the message it was read from, the firm's name and code."""
    return segments.for_lead(
        session,
        actor,
        name=form.name.data or "",
        content=form.content.data or "",
        pasted=form.pasted.data or "",
        code=_read(lambda: gbt4754.parse_code(form.gbt_code.data) if (form.gbt_code.data or "").strip() else ""),
    )


def industry_name(code: str | None) -> str:
    """The name of a code for showing beside it; "" for nonsense."""
    text = (code or "").strip()
    try:
        return gbt4754.name_of(gbt4754.parse_code(text)) if text else ""
    except Invalid:
        return ""
