"""The audit trail for the auditor: search, read, verify."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, render_template, request

from crm.domain.access import Permission
from crm.domain.audit import action_words, reason_words, subject_words
from crm.services import audit, audit_log
from crm.web import kit
from crm.web.fields import FIRST_YEAR, LAST_YEAR

blueprint = Blueprint("audit", __name__, template_folder="templates", url_prefix="/crm/audit")


@blueprint.route("/", methods=["GET", "POST"])
@kit.requires(Permission.AUDIT_VIEW)
def index() -> str:
    session = kit.session()
    wanted = audit_log.Wanted(
        action=request.args.get("action", ""),
        person_id=kit.id_argument("person"),
        subject_kind=request.args.get("kind", ""),
        subject_id=kit.id_argument("subject"),
        before=kit.id_argument("before"),
        since=_day("since"),
        until=_day("until"),
    )
    rows, more = audit_log.listed(session, kit.actor(), wanted)
    verdict = audit.verify(session) if request.method == "POST" else None
    return render_template(
        "audit/index.html",
        rows=rows,
        more=more,
        wanted=wanted,
        verdict=verdict,
        action_words=action_words,
        subject_words=subject_words,
        reason_words=reason_words,
        actions=audit_log.actions(session),
        people=audit_log.people(session),
    )


def _day(name: str) -> date | None:
    """A civil date of the address; None for none and for nonsense."""
    try:
        day = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else None
