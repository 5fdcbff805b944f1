"""What local firms buy outside (链主采购清单): the list with what each adds to its segment's priority, and writing it down."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from crm.domain import quantities
from crm.domain.access import Permission
from crm.domain.audit import action_words
from crm.domain.errors import DomainError, Invalid, NotFound, Stale
from crm.domain.text import clean_text
from crm.infra.clock import today
from crm.services import access, enterprises, history, purchase_effects, purchases, segments
from crm.services.purchase_effects import Effect
from crm.services.purchases import Held, Wanted
from crm.web import kit, ledgers
from crm.web.formats import named
from crm.web.purchases import words
from crm.web.purchases.forms import EndForm, PurchaseForm

blueprint = Blueprint("purchases", __name__, template_folder="templates", url_prefix="/crm/purchases")

Answer = str | Response | tuple[str, int]
#: A product is a few words; nobody types a text here.
_LONGEST = 200


@blueprint.get("/")
@kit.requires(Permission.PURCHASES_VIEW)
def index() -> str:
    session, actor, args = kit.session(), kit.actor(), request.args
    wanted = Wanted(
        held=ledgers.member(Held, args.get("held", "")) or Held.OPEN,
        chain=args.get("chain", "")[:60],
        segment_id=kit.id_argument("segment"),
        enterprise_id=kit.id_argument("enterprise"),
        text=args.get("q", "").strip()[:_LONGEST],
    )
    return render_template(
        "purchases/index.html",
        page=purchases.listed(session, actor, wanted, kit.id_argument("before")),
        wanted=wanted,
        held=list(Held),
        figures=purchases.figures(session, actor),
        chains=purchases.chains(session, actor),
        segment=segments.row_of(session, wanted.segment_id),
        firm=_firm(wanted.enterprise_id),
        effects=purchase_effects.effects(session),
        kept={key: value for key, value in args.items() if key != "before"},
        words=words,
        **_may(),
    )


@blueprint.route("/new", methods=["GET", "POST"])
@kit.requires(Permission.PURCHASES_EDIT)
def create() -> Answer:
    session, actor = kit.session(), kit.actor()
    if request.method == "POST":
        form = _offered(PurchaseForm())
        if form.validate():
            order = form.to_command()
            before = purchase_effects.effects(session).get(order.segment_id)
            try:
                made = purchases.record(session, actor, order)
            except DomainError as error:
                session.rollback()
                kit.refuse(form, error)
            else:
                after = purchase_effects.effects(session).get(order.segment_id)
                flash(words.saved(before, after), "ok")
                return redirect(url_for("purchases.show", purchase_id=made.id))
        return _form_page(form), 422
    return _form_page(_offered(PurchaseForm(formdata=None, data=_proposed())))


@blueprint.get("/<int:purchase_id>")
@kit.requires(Permission.PURCHASES_VIEW)
def show(purchase_id: int) -> str:
    return _page(purchase_id)


@blueprint.route("/<int:purchase_id>/edit", methods=["GET", "POST"])
@kit.requires(Permission.PURCHASES_EDIT)
def edit(purchase_id: int) -> Answer:
    session, actor = kit.session(), kit.actor()
    found = purchases.load(session, actor, purchase_id)
    if found.ended_on is not None:
        return redirect(url_for("purchases.show", purchase_id=purchase_id))
    if request.method == "GET":
        return _form_page(_offered(PurchaseForm(formdata=None, data=_stored(found))), found)
    form, newer = _offered(PurchaseForm()), False
    if form.validate():
        order = form.to_command()
        before = purchase_effects.effects(session).get(order.segment_id)
        try:
            purchases.change(session, actor, purchase_id, order, ledgers.whole(form.version.data))
        except DomainError as error:
            session.rollback()
            found = purchases.load(session, actor, purchase_id)
            kit.refuse(form, error)
            newer, form.version.data = isinstance(error, Stale), found.version
        else:
            flash(words.saved(before, purchase_effects.effects(session).get(order.segment_id)), "ok")
            return redirect(url_for("purchases.show", purchase_id=purchase_id))
    return _form_page(form, found, newer=newer), 422


@blueprint.post("/<int:purchase_id>/end")
@kit.requires(Permission.PURCHASES_EDIT)
def end(purchase_id: int) -> Answer:
    session, actor = kit.session(), kit.actor()
    form = EndForm()
    purchases.load(session, actor, purchase_id)
    if form.validate():
        version = ledgers.whole(form.version.data)
        try:
            purchases.end(session, actor, purchase_id, form.reason.data or "", form.on.data, version)
        except DomainError as error:
            session.rollback()
            kit.refuse(form, error)
            form.version.data = purchases.load(session, actor, purchase_id).version
        else:
            flash(_("已结束：不再算作对这个环节的需求，记录留在历史里。"), "ok")
            return redirect(url_for("purchases.show", purchase_id=purchase_id))
    return _page(purchase_id, form), 422


@blueprint.get("/enterprise-options")
@kit.requires(Permission.PURCHASES_EDIT)
def enterprise_options() -> str:
    """Options of the combobox: enterprises that the person may see."""
    try:
        typed = clean_text(request.args.get("name"), _LONGEST, "name")
        found = enterprises.search(kit.session(), kit.actor(), typed) if typed else []
    except Invalid:
        typed, found = "", []
    return render_template("purchases/_enterprise_options.html", found=found, typed=typed)


@blueprint.get("/segment-ideas")
@kit.requires(Permission.PURCHASES_EDIT)
def segment_ideas() -> str:
    """Chips of the segments that the product's words may mean."""
    return render_template(
        "purchases/_ideas.html",
        ideas=segments.suggested(kit.session(), request.args.get("product", "")[:_LONGEST]),
        chosen=request.args.get("segment_id", ""),
    )


def _may() -> dict[str, bool]:
    actor = kit.actor()
    return {
        "may_edit": actor.may(Permission.PURCHASES_EDIT),
        "may_log": actor.may(Permission.LEADS_CREATE),
        "may_target": actor.may(Permission.TARGETS_EDIT),
        "may_survey": actor.may(Permission.CHAINS_EDIT),
    }


def _firm(enterprise_id: int | None):
    """The enterprise that a list or a form is about; None where there is none that the person may see."""
    if enterprise_id is None:
        return None
    try:
        return access.enterprise(kit.session(), kit.actor(), enterprise_id)
    except NotFound:
        return None


def _offered(form: PurchaseForm) -> PurchaseForm:
    return form.offer(segments.choices(kit.session()))


def _proposed() -> dict[str, object]:
    """What a new form opens with: the firm and the segment that the address names, and today."""
    firm = _firm(kit.id_argument("enterprise"))
    at = segments.row_of(kit.session(), kit.id_argument("segment"))
    return {
        "enterprise_id": firm.id if firm else "",
        "name": firm.name if firm else "",
        "segment_id": str(at.id) if at else "",
        "recorded_on": today(),
    }


def _stored(found) -> dict[str, object]:
    return {
        "version": found.version,
        "enterprise_id": found.enterprise_id,
        "name": found.enterprise.name,
        "product": found.product,
        "segment_id": str(found.segment_id),
        "yearly": words.typed_money(found.yearly_fen),
        "bought_from": found.bought_from or "",
        "wished_km": found.wished_km if found.wished_km is not None else "",
        "source": found.source,
        "recorded_on": found.recorded_on,
    }


def _form_page(form: PurchaseForm, found=None, *, newer: bool = False) -> str:
    rows = [row for _chain, rows in segments.choices(kit.session()) for row in rows]
    return render_template(
        "purchases/form.html",
        form=form,
        found=found,
        newer=newer,
        ideas=segments.suggested(kit.session(), form.product.data or ""),
        words=words,
        segment_words={str(row.id): " ".join((row.name, *row.words)) for row in rows},
    )


def _page(purchase_id: int, refused: FlaskForm | None = None) -> str:
    """One purchase with its effect, the form that ends it, and its history."""
    session, actor = kit.session(), kit.actor()
    found = purchases.load(session, actor, purchase_id)
    effect: Effect | None = purchase_effects.effects(session).get(found.segment_id)
    lines, _more = history.read(session, actor, "purchase", found)
    return render_template(
        "purchases/show.html",
        found=found,
        effect=effect,
        beside=[row for row in purchases.of_segment(session, actor, found.segment_id) if row.id != found.id],
        ending=refused or EndForm(formdata=None, data={"version": found.version, "on": today()}),
        refused=refused,
        lines=lines,
        action_words=action_words,
        say=quantities,
        words=words,
        title=_("%(product)s · %(segment)s", product=found.product, segment=named(found.segment)),
        **_may(),
    )
