"""Administration: rules with versions, days off, kept mails, the component gallery. No business record is shown."""

from __future__ import annotations

from dataclasses import fields

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from crm.domain import reminders
from crm.domain.access import Permission
from crm.domain.errors import DomainError
from crm.domain.matching import Criterion
from crm.domain.policies import Tier
from crm.domain.reminders import Clock, Thresholds
from crm.infra import mailbox as kept_mails
from crm.services import health, rules, settings
from crm.services.matching import WEIGHTS_KEY
from crm.web import kit
from crm.web.admin.forms import DayForm, OfficeForm, ReasonForm, WeightsForm

blueprint = Blueprint("admin", __name__, template_folder="templates", url_prefix="/crm/admin")

#: A mail may style itself; nothing else of it may run or load, and only our own page may frame it.
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)


@blueprint.get("/")
@kit.requires(Permission.SETTINGS_VIEW)
def index() -> str:
    return _index()


def _index(**forms: object) -> str:
    session = kit.session()
    return render_template(
        "admin/index.html",
        thresholds=rules.thresholds(session),
        clocks=[f.name for f in fields(Thresholds) if isinstance(getattr(Thresholds(), f.name), Clock)],
        threshold_history=settings.history(session, reminders.SETTING),
        weights=rules.weights(session),
        weight_history=settings.history(session, WEIGHTS_KEY),
        tiers=list(Tier),
        criteria=list(Criterion),
        days=rules.days(session),
        office_history=rules.office_history(session),
        office_form=forms.get("office") or OfficeForm(formdata=None, data=rules.office(session).as_values()),
        threshold_form=forms.get("thresholds") or ReasonForm(formdata=None),
        weights_form=forms.get("weights") or WeightsForm(formdata=None),
        day_form=forms.get("day") or DayForm(formdata=None),
        typed=request.form,
        demo=kit.settings().demo,
    )


@blueprint.post("/thresholds")
@kit.requires(Permission.SETTINGS_EDIT)
def thresholds() -> BaseResponse | tuple[str, int]:
    form = ReasonForm()
    if form.validate():
        try:
            rules.set_thresholds(kit.session(), kit.actor(), _threshold_values(), form.reason.data)
        except DomainError as error:
            kit.refuse(form, error)
        else:
            flash(_("新的提醒期限已生效。"), "ok")
            return redirect(url_for("admin.index"))
    kit.abandon()
    return _index(thresholds=form), 422


def _threshold_values() -> dict[str, object]:
    """What was typed, as plain values; a figure that is none is left for the rule to refuse by name."""
    values: dict[str, object] = {}
    defaults = Thresholds()
    for field in fields(Thresholds):
        if isinstance(getattr(defaults, field.name), Clock):
            values[field.name] = {
                "yellow": _whole(f"{field.name}.yellow"),
                "red": _whole(f"{field.name}.red"),
            }
        else:
            typed = request.form.get(field.name, "").strip()
            values[field.name] = _whole(field.name) if isinstance(getattr(defaults, field.name), int) else typed
    return values


def _whole(name: str) -> object:
    typed = request.form.get(name, "").strip()
    return int(typed) if typed.lstrip("-").isascii() and typed.lstrip("-").isdigit() and len(typed) < 8 else typed


@blueprint.post("/weights")
@kit.requires(Permission.SETTINGS_EDIT)
def weights() -> BaseResponse | tuple[str, int]:
    form = WeightsForm()
    if form.validate():
        table = {
            tier: {criterion: _weight(f"{tier.value}.{criterion.value}") for criterion in Criterion} for tier in Tier
        }
        try:
            rules.set_weights(kit.session(), kit.actor(), table, form.version.data, form.reason.data)
        except DomainError as error:
            kit.refuse(form, error)
        else:
            flash(_("权重 %(version)s 版已生效。", version=form.version.data), "ok")
            return redirect(url_for("admin.index"))
    kit.abandon()
    return _index(weights=form), 422


def _weight(name: str) -> int:
    value = _whole(name)
    return value if isinstance(value, int) and 0 <= value <= 100 else -1000


@blueprint.post("/office")
@kit.requires(Permission.SETTINGS_EDIT)
def office() -> BaseResponse | tuple[str, int]:
    form = OfficeForm()
    if form.validate():
        try:
            rules.set_office(kit.session(), kit.actor(), form.values(), form.reason.data)
        except DomainError as error:
            kit.refuse(form, error)
        else:
            flash(_("新的数值已生效。"), "ok")
            return redirect(url_for("admin.index"))
    kit.abandon()
    return _index(office=form), 422


@blueprint.post("/days")
@kit.requires(Permission.SETTINGS_EDIT)
def add_day() -> BaseResponse | tuple[str, int]:
    form = DayForm()
    if form.validate():
        try:
            rules.add_day(kit.session(), kit.actor(), form.day.data, form.is_working.data == "1", form.reason.data)
        except DomainError as error:
            kit.refuse(form, error)
        else:
            flash(_("日历已调整，期限按新的工作日计算。"), "ok")
            return redirect(url_for("admin.index"))
    kit.abandon()
    return _index(day=form), 422


@blueprint.post("/days/<int:day_id>/remove")
@kit.requires(Permission.SETTINGS_EDIT)
def remove_day(day_id: int) -> BaseResponse:
    rules.remove_day(kit.session(), kit.actor(), day_id)
    flash(_("已恢复为公布的日历。"), "ok")
    return redirect(url_for("admin.index"))


@blueprint.get("/mailbox")
@kit.requires(Permission.MAILBOX_VIEW)
def mailbox() -> str:
    session, words = kit.session(), request.args.get("q", "").strip().lower()
    mails = kept_mails.kept(kit.settings().mail_dir)
    if words:
        mails = [mail for mail in mails if words in f"{mail.subject} {mail.recipient}".lower()]
    return render_template(
        "admin/mailbox.html",
        mails=mails,
        words=words,
        smtp=kit.settings().smtp_host,
        counts=health.outbox_counts(session),
        stuck=health.stuck_mails(session),
    )


@blueprint.get("/mailbox/<name>")
@kit.requires(Permission.MAILBOX_VIEW)
def mail(name: str) -> str:
    found = kept_mails.opened(kit.settings().mail_dir, name)
    if found is None:
        abort(404)
    return render_template("admin/mail.html", mail=found)


@blueprint.get("/mailbox/<name>/html")
@kit.requires(Permission.MAILBOX_VIEW)
def mail_html(name: str) -> Response:
    found = kept_mails.opened(kit.settings().mail_dir, name)
    if found is None or not found.html:
        abort(404)
    return Response(found.html, mimetype="text/html", headers={"Content-Security-Policy": MAIL_POLICY})


@blueprint.get("/gallery")
@kit.requires(Permission.SETTINGS_VIEW)
def gallery() -> str:
    if not kit.settings().demo:
        abort(404)
    return render_template("gallery.html")
