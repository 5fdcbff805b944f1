"""Pages of introductions: list, one introduction from either side, sending one, and the park's answers."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from crm.domain.access import Permission, Role
from crm.domain.errors import DomainError
from crm.domain.introductions import IntroductionState
from crm.services import access, introductions, matching, park_desk, timeline
from crm.services.inventory import read_inventory
from crm.web import kit
from crm.web.introductions.forms import AcceptForm, DeclineForm, IntroduceForm, VersionedForm, ViewingForm, WithdrawForm

blueprint = Blueprint("introductions", __name__, template_folder="templates", url_prefix="/crm/introductions")

OPEN = (IntroductionState.INTRODUCED, IntroductionState.VIEWING)
GROUPS = {
    "open": OPEN,
    "accepted": (IntroductionState.ACCEPTED,),
    "declined": (IntroductionState.DECLINED, IntroductionState.WITHDRAWN),
    "all": (),
}


@blueprint.get("/")
@kit.requires(Permission.INTRODUCTIONS_VIEW)
def index() -> str:
    group = request.args.get("state", "open")
    states = GROUPS.get(group, OPEN)
    before = request.args.get("before", type=int)
    wanted = introductions.IntroductionFilter(states=states)
    rows = introductions.listed(kit.session(), kit.actor(), wanted, limit=51, before_id=before)
    more = len(rows) > 50
    return render_template("introductions/index.html", rows=rows[:50], group=group, groups=GROUPS, more=more)


@blueprint.route("/new", methods=["GET", "POST"])
@kit.requires(Permission.INTRODUCTIONS_SEND)
def create() -> str | Response | tuple[str, int]:
    session, actor = kit.session(), kit.actor()
    lead_id = request.values.get("lead_id", 0, type=int)
    offer_id = request.values.get("offer_id", 0, type=int)
    lead = access.lead(session, actor, lead_id, edit=True)
    form = IntroduceForm()
    status = 200
    if request.method == "POST":
        if form.validate():
            try:
                sent = introductions.introduce(session, actor, form.to_command(lead_id, offer_id))
            except DomainError as error:
                kit.refuse(form, error)
            else:
                flash(_("已推介给 %(park)s，园区管理员会收到通知。", park=sent.park.name), "ok")
                return redirect(url_for("leads.show", lead_id=lead_id) + "#match")
        status = 422
    view = matching.match_parks(session, lead)
    row = next((r for r in view.rows if r.place.offer_id == offer_id), None)
    place = row.place if row else read_inventory(session).places.get(offer_id)
    page = render_template(
        "introductions/create.html", form=form, lead=lead, place=place, row=row, offer_id=offer_id, matches=view
    )
    return page, status


@blueprint.get("/<int:introduction_id>")
@kit.requires(Permission.INTRODUCTIONS_VIEW)
def show(introduction_id: int) -> str:
    return _page(introduction_id)


def _page(introduction_id: int, **forms: object) -> str:
    """One introduction, with the forms that the person may use; a refused form comes back as it was typed."""
    session, actor = kit.session(), kit.actor()
    found = access.introduction(session, actor, introduction_id)
    shown = park_desk.shown_introductions(read_inventory(session), [found])[0]
    is_park = actor.role is Role.PARK_MANAGER
    lead = found.lead
    return render_template(
        "introductions/show.html",
        item=shown,
        row=found,
        is_park=is_park,
        can_answer=actor.may(Permission.INTRODUCTIONS_ANSWER) and found.state.is_open,
        can_send=not is_park and access.may_edit_lead(actor, lead),
        events=timeline.of_introduction(session, found.id),
        accept_form=forms.get("accept") or AcceptForm(formdata=None),
        viewing_form=forms.get("viewing") or ViewingForm(formdata=None),
        decline_form=forms.get("decline") or DeclineForm(formdata=None),
        withdraw_form=forms.get("withdraw") or WithdrawForm(formdata=None),
        opened=next(iter(forms), None),
        refused=next(iter(forms.values()), None),
    )


def _answer(
    introduction_id: int, name: str, form: VersionedForm, act: Callable[[], None], said: str
) -> Response | tuple[str, int]:
    """Validate, act, and go back to the page; a refusal shows the form again with what was typed."""
    if form.validate():
        try:
            act()
        except DomainError as error:
            kit.refuse(form, error)
        else:
            flash(said, "ok")
            return redirect(kit.safe_next(url_for("introductions.show", introduction_id=introduction_id)))
    kit.abandon()
    return _page(introduction_id, **{name: form}), 422


@blueprint.post("/<int:introduction_id>/accept")
@kit.requires(Permission.INTRODUCTIONS_ANSWER)
def accept(introduction_id: int) -> Response | tuple[str, int]:
    session, actor, form = kit.session(), kit.actor(), AcceptForm()
    found = access.introduction(session, actor, introduction_id)

    def act() -> None:
        introductions.accept(session, actor, found, form.version.data, form.note.data or "")

    return _answer(introduction_id, "accept", form, act, _("已答复愿接待，专员会收到通知。"))


@blueprint.post("/<int:introduction_id>/viewing")
@kit.requires(Permission.INTRODUCTIONS_ANSWER)
def viewing(introduction_id: int) -> Response | tuple[str, int]:
    session, actor, form = kit.session(), kit.actor(), ViewingForm()
    found = access.introduction(session, actor, introduction_id)

    def act() -> None:
        introductions.arrange_viewing(session, actor, found, form.version.data, form.instant(), form.note.data or "")

    return _answer(introduction_id, "viewing", form, act, _("已约看场地，专员会收到通知。"))


@blueprint.post("/<int:introduction_id>/decline")
@kit.requires(Permission.INTRODUCTIONS_ANSWER)
def decline(introduction_id: int) -> Response | tuple[str, int]:
    session, actor, form = kit.session(), kit.actor(), DeclineForm()
    found = access.introduction(session, actor, introduction_id)

    def act() -> None:
        introductions.decline(session, actor, found, form.version.data, form.to_command())

    return _answer(introduction_id, "decline", form, act, _("已婉拒，原因已记录，专员会收到通知。"))


@blueprint.post("/<int:introduction_id>/withdraw")
@kit.requires(Permission.INTRODUCTIONS_SEND)
def withdraw(introduction_id: int) -> Response | tuple[str, int]:
    session, actor, form = kit.session(), kit.actor(), WithdrawForm()
    found = access.introduction(session, actor, introduction_id)

    def act() -> None:
        introductions.withdraw(session, actor, found, form.version.data, form.reason.data or "")

    return _answer(introduction_id, "withdraw", form, act, _("已撤回，园区会收到通知。"))


@blueprint.post("/<int:introduction_id>/release")
@kit.requires(Permission.INTRODUCTIONS_SEND)
def release(introduction_id: int) -> Response:
    session, actor = kit.session(), kit.actor()
    found = access.introduction(session, actor, introduction_id)
    introductions.release_contact(session, actor, found)
    flash(_("联系人已放行给园区，并留痕。"), "ok")
    return redirect(kit.safe_next(url_for("introductions.show", introduction_id=introduction_id)))
