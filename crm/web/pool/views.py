"""The public pool with its claims, transfers between sections, and answers that referrers are owed."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from crm.domain.access import Permission
from crm.domain.errors import DomainError, Invalid
from crm.domain.leads import LeadSource
from crm.services import ownership
from crm.services.leads import candidates, choices
from crm.services.ownership import PoolFilter, PoolPage, referrals, transfers
from crm.web import kit
from crm.web.pool.forms import AcceptForm, RefuseForm

blueprint = Blueprint("pool", __name__, template_folder="templates", url_prefix="/crm/pool")

Answer = Response | tuple[str, int] | str


def _tabs(active: str) -> list[tuple[str, str, bool, int | None, bool]]:
    """The pages of ownership that the person may open, with what is owed as (label, address, active, count, due)."""
    session, actor = kit.session(), kit.actor()
    owed = referrals.owed_count(session, actor)
    found: list[tuple[str, str, bool, int | None, bool]] = [
        (_("公海"), url_for("pool.index"), active == "pool", None, False),
        (_("建议入池"), url_for("pool.proposals"), active == "proposals", None, False),
        (_("引荐待反馈"), url_for("pool.referred"), active == "referred", owed, owed > 0),
    ]
    if actor.may(Permission.LEADS_TRANSFER):
        waiting = transfers.waiting_count(session, actor)
        found.append((_("移交"), url_for("pool.moves"), active == "moves", waiting, waiting > 0))
    return found


@blueprint.get("/")
@kit.requires(Permission.LEADS_CLAIM)
def index() -> str:
    return _pool_page()


def _pool_page() -> str:
    session, actor = kit.session(), kit.actor()
    chains = choices.chains(session)
    wanted = _wanted(dict(chains))
    try:
        page = ownership.pool(session, actor, wanted, cursor=request.args.get("after"))
    except Invalid as error:
        flash(kit.sentence(error), "warning")
        wanted = PoolFilter()
        page = PoolPage([], None, 0)
    kept = {name: request.args[name] for name in ("chain", "source", "q") if request.args.get(name)}
    return render_template(
        "pool/index.html",
        tabs=_tabs("pool"),
        page=page,
        wanted=wanted,
        chains=chains,
        sources=list(LeadSource),
        state=ownership.claim_state(session, actor),
        next_url=url_for("pool.index", **kept, after=page.cursor) if page.cursor else "",
        first_url=url_for("pool.index", **kept) if request.args.get("after") else "",
    )


def _wanted(chains: dict[str, str]) -> PoolFilter:
    """The filter of the address; unknown words narrow nothing."""
    source = request.args.get("source", "")
    chain = request.args.get("chain", "")
    return PoolFilter(
        chain=chain if chain in chains else "",
        source=LeadSource(source) if source in set(LeadSource) else None,
        q=request.args.get("q", "").strip()[:80],
    )


@blueprint.post("/<int:lead_id>/claim")
@kit.requires(Permission.LEADS_CLAIM)
def claim(lead_id: int) -> Answer:
    session, actor = kit.session(), kit.actor()
    try:
        lead = ownership.claim(session, actor, lead_id)
    except Invalid as error:
        session.rollback()
        flash(kit.sentence(error), "warning")
        return _pool_page(), 422
    flash(_("%(number)s 由您负责了，请排下次跟进。", number=lead.number), "ok")
    return redirect(url_for("leads.show", lead_id=lead_id, _anchor="next"))


@blueprint.get("/proposals")
@kit.requires(Permission.LEADS_CLAIM)
def proposals() -> str:
    session = kit.session()
    return render_template(
        "pool/proposals.html",
        tabs=_tabs("proposals"),
        rows=ownership.proposals(session, kit.actor()),
        rules=ownership.in_force(session),
    )


@blueprint.get("/referred")
@kit.requires(Permission.LEADS_CLAIM)
def referred() -> str:
    return render_template(
        "pool/referred.html", tabs=_tabs("referred"), owed=ownership.owed(kit.session(), kit.actor())
    )


# ── Transfers between sections ───────────────────────────────────────────────────────────────────────────────────────


@blueprint.get("/transfers")
@kit.requires(Permission.LEADS_TRANSFER)
def moves() -> str:
    return _moves_page()


def _moves_page(refused: FlaskForm | None = None, transfer_id: int | None = None) -> str:
    session, actor = kit.session(), kit.actor()
    people = {str(person.id): person.name for person in candidates(session, actor)}
    return render_template(
        "pool/transfers.html",
        tabs=_tabs("moves"),
        rows=ownership.inbox(session, actor),
        section_id=actor.section_id,
        section_names=transfers.section_names(session),
        people=people,
        refused=refused,
        refused_id=transfer_id,
    )


def _answer(transfer_id: int, form: FlaskForm, act: Callable[[], object], sentence: str) -> Answer:
    if form.validate():
        try:
            act()
        except DomainError as error:
            if not isinstance(error, Invalid):
                raise
            kit.refuse(form, error)
        else:
            flash(sentence, "ok")
            return redirect(url_for("pool.moves"))
    kit.session().rollback()
    return _moves_page(form, transfer_id), 422


@blueprint.post("/transfers/<int:transfer_id>/accept")
@kit.requires(Permission.LEADS_TRANSFER)
def accept(transfer_id: int) -> Answer:
    session, actor = kit.session(), kit.actor()
    form = AcceptForm()
    form.owner_id.choices = kit.choices([(person.id, person.name) for person in candidates(session, actor)])
    return _answer(
        transfer_id,
        form,
        lambda: ownership.accept(session, actor, transfer_id, int(form.owner_id.data)),
        _("已接收，负责人会收到通知。"),
    )


@blueprint.post("/transfers/<int:transfer_id>/refuse")
@kit.requires(Permission.LEADS_TRANSFER)
def refuse(transfer_id: int) -> Answer:
    session, actor, form = kit.session(), kit.actor(), RefuseForm()
    return _answer(
        transfer_id,
        form,
        lambda: ownership.refuse(session, actor, transfer_id, form.reason.data or ""),
        _("已答复对方：没有接收。"),
    )


@blueprint.post("/transfers/<int:transfer_id>/withdraw")
@kit.requires(Permission.LEADS_TRANSFER)
def withdraw(transfer_id: int) -> Answer:
    session, actor = kit.session(), kit.actor()
    return _answer(
        transfer_id,
        FlaskForm(),
        lambda: ownership.withdraw(session, actor, transfer_id),
        _("移交已撤回。"),
    )
