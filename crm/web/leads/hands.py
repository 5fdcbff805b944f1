"""The page on which a lead changes hands: hand over, transfer, pool, protection, referrer; and how it did so before."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, flash, redirect, render_template, url_for
from flask_babel import gettext
from flask_wtf import FlaskForm

from crm.domain.access import Permission
from crm.domain.errors import Invalid, Stale
from crm.services import access, leads, ownership, projects
from crm.services.leads.owners import candidates
from crm.services.ownership import AskTransfer, referrals, transfers
from crm.web import kit
from crm.web.leads import pages
from crm.web.leads.blueprint import blueprint
from crm.web.leads.hands_forms import (
    ExtendForm,
    HandOverForm,
    ReferrerForm,
    RefuseForm,
    ReleaseForm,
    TellForm,
    TransferForm,
)
from crm.web.leads.prefill import version

Answer = Response | tuple[str, int]


@blueprint.get("/<int:lead_id>/hands")
@kit.requires(Permission.LEADS_EDIT)
def hands(lead_id: int) -> str:
    return _page(lead_id)


def _page(lead_id: int, refused: FlaskForm | None = None) -> str:
    """The page; a refused form stands in its place with what was typed."""
    session, actor = kit.session(), kit.actor()
    lead = access.lead(session, actor, lead_id)
    allowed = pages.may(actor, lead)
    fresh = _forms(lead, allowed)
    for name, form in fresh.items():
        if refused is not None and type(form) is type(refused):
            fresh[name] = refused
    return render_template(
        "leads/hands.html",
        lead=lead,
        may=allowed,
        project=projects.of_lead(session, lead.id),
        protection=pages.protection(lead),
        rules=ownership.in_force(session),
        pending=ownership.pending_of(session, lead.id),
        records=ownership.records(session, lead.id),
        section_names=transfers.section_names(session),
        owed=referrals.owed_of(session, lead),
        told=ownership.told(session, lead.id) if lead.referrer else [],
        forms=fresh,
        refused=refused,
        # What a button without a form was refused for.
        problems=refused.form_errors if refused is not None and refused not in fresh.values() else (),
    )


def _forms(lead, allowed: pages.May) -> dict[str, FlaskForm]:
    seen = {"version": lead.version}
    firm = lead.referrer_enterprise
    named = {
        "referrer": lead.referrer,
        "enterprise_id": firm.id if firm else "",
        "name": firm.name if firm else "",
    }
    fresh: dict[str, FlaskForm] = {
        "release": ReleaseForm(formdata=None, data=seen),
        "extend": ExtendForm(formdata=None, data=seen),
        "refuse": RefuseForm(formdata=None),
        "referrer": ReferrerForm(formdata=None, data=named),
        "tell": TellForm(formdata=None),
        "hand_over": _hand_over_form(lead),
    }
    if allowed.transfer:
        fresh["transfer"] = _transfer_form(lead)
    return fresh


def _hand_over_form(lead, *, posted: bool = False) -> HandOverForm:
    form = HandOverForm() if posted else HandOverForm(formdata=None, data={"version": lead.version})
    people = candidates(kit.session(), kit.actor())
    form.person_id.choices = {
        "": gettext("请选"),
        **{str(each.id): each.name for each in people if each.id != lead.owner_id},
    }
    return form


def _transfer_form(lead, *, posted: bool = False) -> TransferForm:
    form = (
        TransferForm()
        if posted
        else TransferForm(formdata=None, data={"version": lead.version, "ours": 50, "theirs": 50})
    )
    sections = transfers.sections(kit.session(), kit.actor())
    form.section_id.choices = {"": gettext("请选"), **{str(each.id): each.name for each in sections}}
    return form


def _done(lead_id: int, sentence: str) -> Response:
    flash(sentence, "ok")
    return redirect(url_for("leads.show", lead_id=lead_id))


def _try(lead_id: int, form: FlaskForm, act: Callable[[], object], sentence: str) -> Answer:
    """Do it if the form is good; refused, the page comes back with everything typed."""
    error: Invalid | Stale | None = None
    if form.validate():
        try:
            act()
        except (Invalid, Stale) as problem:
            error = problem
            kit.refuse(form, problem)
        else:
            return _done(lead_id, sentence)
    kit.session().rollback()
    return _page(lead_id, form), 409 if isinstance(error, Stale) else 422


@blueprint.post("/<int:lead_id>/hand-over")
@kit.requires(Permission.LEADS_EDIT)
def hand_over(lead_id: int) -> Answer:
    session, actor = kit.session(), kit.actor()
    lead = access.lead(session, actor, lead_id, edit=True)
    form = _hand_over_form(lead, posted=True)
    return _try(
        lead_id,
        form,
        lambda: leads.hand_over(
            session, actor, lead, int(form.person_id.data), form.note.data or "", version(form.version.data)
        ),
        gettext("已转交，未完成的跟进一并过去；对方会收到通知。"),
    )


@blueprint.post("/<int:lead_id>/release")
@kit.requires(Permission.LEADS_EDIT)
def release(lead_id: int) -> Answer:
    session, actor, form = kit.session(), kit.actor(), ReleaseForm()
    access.lead(session, actor, lead_id)
    return _try(
        lead_id,
        form,
        lambda: ownership.release(session, actor, lead_id, form.reason.data or "", version(form.version.data)),
        gettext("已放入公海，各科室都能领取。"),
    )


@blueprint.post("/<int:lead_id>/transfer")
@kit.requires(Permission.LEADS_TRANSFER)
def transfer(lead_id: int) -> Answer:
    session, actor = kit.session(), kit.actor()
    lead = access.lead(session, actor, lead_id, edit=True)
    form = _transfer_form(lead, posted=True)

    def act() -> None:
        target = int(form.section_id.data)
        ownership.ask(
            session,
            actor,
            AskTransfer(
                lead_id=lead_id,
                section_id=target,
                note=form.note.data or "",
                credit={lead.section_id or 0: form.ours.data, target: form.theirs.data},
                version=version(form.version.data),
            ),
        )

    return _try(lead_id, form, act, gettext("已发给对方科长，等对方答复。"))


@blueprint.post("/<int:lead_id>/protection")
@kit.requires(Permission.LEADS_EDIT)
def ask_extension(lead_id: int) -> Answer:
    session, actor, form = kit.session(), kit.actor(), ExtendForm()
    access.lead(session, actor, lead_id, edit=True)
    granted = actor.may(Permission.LEADS_ASSIGN)
    return _try(
        lead_id,
        form,
        lambda: ownership.ask_extension(session, actor, lead_id, form.proof.data or "", version(form.version.data)),
        gettext("首谈保护已延长。") if granted else gettext("已报科长审批。"),
    )


@blueprint.post("/<int:lead_id>/protection/extend")
@kit.requires(Permission.LEADS_ASSIGN)
def extend(lead_id: int) -> Answer:
    session, actor = kit.session(), kit.actor()
    return _try(
        lead_id,
        FlaskForm(),
        lambda: ownership.extend(session, actor, lead_id),
        gettext("已同意，首谈保护已延长。"),
    )


@blueprint.post("/<int:lead_id>/protection/refuse")
@kit.requires(Permission.LEADS_ASSIGN)
def refuse_extension(lead_id: int) -> Answer:
    session, actor, form = kit.session(), kit.actor(), RefuseForm()
    access.lead(session, actor, lead_id, edit=True)
    return _try(
        lead_id,
        form,
        lambda: ownership.refuse_extension(session, actor, lead_id, form.reason.data or ""),
        gettext("已答复：没有同意延长。"),
    )


@blueprint.post("/<int:lead_id>/referred-by")
@kit.requires(Permission.LEADS_EDIT)
def name_referrer(lead_id: int) -> Answer:
    session, actor, form = kit.session(), kit.actor(), ReferrerForm()
    lead = access.lead(session, actor, lead_id, edit=True)
    typed = (form.enterprise_id.data or "").strip()
    # The name was emptied: no enterprise is meant any more.
    firm = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 and form.name.data else None
    return _try(
        lead_id,
        form,
        lambda: ownership.name_referrer(session, actor, lead, firm, form.referrer.data or ""),
        gettext("引荐人已记下。"),
    )


@blueprint.post("/<int:lead_id>/told")
@kit.requires(Permission.LEADS_EDIT)
def tell_again(lead_id: int) -> Answer:
    session, actor, form = kit.session(), kit.actor(), TellForm()
    lead = access.lead(session, actor, lead_id, edit=True)
    return _try(
        lead_id,
        form,
        lambda: leads.tell_referrer(session, actor, lead, form.note.data or ""),
        gettext("已记下：引荐人得到了反馈。"),
    )
