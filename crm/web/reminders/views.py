"""Asking for more time: with a reason, at most twice; the reminder stays on until its condition ends."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from crm.domain.access import Permission
from crm.domain.calendar import next_working_day
from crm.domain.errors import DomainError
from crm.domain.notices import rule_words
from crm.infra.clock import today
from crm.services import reminders
from crm.web import kit
from crm.web.reminders.forms import SnoozeForm

blueprint = Blueprint("reminders", __name__, template_folder="templates", url_prefix="/crm/reminders")


@blueprint.route("/<int:reminder_id>/snooze", methods=["GET", "POST"])
@kit.requires(Permission.REMINDERS_SNOOZE)
def snooze(reminder_id: int) -> str | Response | tuple[str, int]:
    session, actor = kit.session(), kit.actor()
    found = reminders.snoozable(session, actor, reminder_id)
    form = SnoozeForm()
    status = 200
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                reminders.snooze(session, actor, reminder_id, form.to_command())
            except DomainError as error:
                kit.refuse(form, error)
            else:
                flash(_("已顺延到 %(day)s，原因已记下。", day=f"{form.until.data:%m-%d}"), "ok")
                return redirect(kit.safe_next(url_for("desk.home")))
    words = rule_words(found.rule).say(_)
    page = render_template(
        "reminders/snooze.html", form=form, item=found, words=words, quick=_quick(found.longest_days)
    )
    return page, status


def _quick(longest: int) -> list[tuple[str, object]]:
    """Days that are often meant: the next working day, three days, a week."""
    now = today()
    days = [
        (_("下个工作日"), next_working_day(now)),
        (_("3 天后"), now + timedelta(days=3)),
        (_("一周后"), now + timedelta(days=7)),
    ]
    return [(label, day) for label, day in days if day <= now + timedelta(days=longest)]
