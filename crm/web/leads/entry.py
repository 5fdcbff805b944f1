"""The page on which a lead is written, and its fragment: drawn by the form's own views, by the paste box and by drafts."""

from __future__ import annotations

from flask import render_template, request

from crm.domain.errors import Invalid
from crm.domain.paste import Reading
from crm.services.leads import choices, drafts
from crm.services.leads.paste import read_message
from crm.web import kit
from crm.web.leads import lookups, quotes
from crm.web.leads.forms import LeadForm
from crm.web.leads.pages import quick_dates


def posted() -> LeadForm:
    """The form that was sent, with its choices."""
    return offered(LeadForm())


def offered(form: LeadForm) -> LeadForm:
    session = kit.session()
    return form.offer(choices.segments(session), choices.platforms(session))


def form_page(
    form: LeadForm, status: int = 200, *, lead=None, reading: Reading | None = None, fragment: bool = False
) -> tuple[str, int]:
    """The page of the form, for a new lead or (with `lead`) an edit; `fragment` is its changing part alone, for htmx.

    `reading` is what the message says, where it has just been read.
    """
    session, actor = kit.session(), kit.actor()
    grouped = choices.segments(session)
    form.offer(grouped, choices.platforms(session))
    if not form.errors or form.paste.errors:
        form.understand()
    page = render_template(
        "leads/_entry.html" if fragment else "leads/form.html",
        form=form,
        lead=lead,
        similar=[] if lead else lookups.similar_of(session, actor, form),
        assessed=lookups.assessment_of(session, actor, form),
        industry=lookups.industry_name(form.gbt_code.data),
        ideas=lookups.ideas_of(session, actor, form),
        segment_words={str(key): words for _chain, rows in grouped for key, _name, words in rows},
        quick=quick_dates(),
        **({} if lead else _entry(form, reading)),
        **({} if lead or fragment else {"drafts": drafts.mine(session, actor)}),
    )
    return page, status


def _entry(form: LeadForm, reading: Reading | None) -> dict[str, object]:
    """What only a new lead has: the message with its marks, the quotes of its fields, the pre-match."""
    session, actor = kit.session(), kit.actor()
    shown = quotes.shown(read_again(form) if reading is None else reading, form)
    return {
        "message": shown,
        "quotes": shown.quotes if shown else {},
        "prematch": lookups.prematch_of(session, actor, form),
        "paste_first": request.args.get("paste") == "1",
    }


def read_again(form: LeadForm) -> Reading:
    """What the kept message says: read anew whenever the page is drawn, so that quotes survive a refusal."""
    try:
        return read_message(kit.session(), kit.actor(), form.pasted.data or "")
    except Invalid as error:
        form.paste.errors = [*form.paste.errors, kit.sentence(error)]
        return Reading("")
