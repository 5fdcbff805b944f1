"""What the pages of commitments, issues and decisions share, and the cards that leads and projects show of them.

Use: `**ledgers.cards(...)` in the view of a record, `{% include "records/_issues.html" %}` and (on a project)
`{% include "records/_commitments.html" %}` in its page.
"""

from __future__ import annotations

from datetime import date, timedelta

from flask import url_for
from flask_babel import gettext

from crm.domain.access import Permission
from crm.domain.commitments import REGULATION, tied_to_tax
from crm.domain.pipeline import Light
from crm.infra.clock import today
from crm.services import access, commitments, issue_ledger
from crm.services.access import Actor
from crm.web import kit


def cards(lead, project=None, *, on_project: bool = False) -> dict[str, object]:
    """Variables of the cards: two statements on a project, one on a lead. The caller has loaded both in scope."""
    session, actor = kit.session(), kit.actor()
    found: dict[str, object] = {
        "issues": issue_ledger.of_lead(session, actor, lead.id) if lead is not None else [],
        "may_raise": lead is not None and actor.may(Permission.ISSUES_EDIT) and access.may_edit_lead(actor, lead),
        "sees_issues": actor.may(Permission.ISSUES_VIEW),
        "issue_lead_id": lead.id if lead is not None else None,
        "due_light": due_light,
        "back_to": url_for("projects.show", project_id=project.id) if on_project else None,
    }
    if on_project:
        found |= {
            "commitments": commitments.of_project(session, project.id),
            "may_promise": access.may_edit_project(actor, project),
            "may_decide": actor.may(Permission.DECISIONS_GIVE),
            **barred(),
        }
    return found


def barred() -> dict[str, object]:
    """For showing which words tie a benefit to taxes, and which regulation bars them."""
    return {"tied_words": tied_to_tax, "regulation": gettext(REGULATION)}


def tabs(actor: Actor, here: str) -> list[tuple[str, str, bool]]:
    """The ledgers that this person may open, for the head of each."""
    wanted = [
        ("issues", gettext("问题台账"), "issues.index", Permission.ISSUES_VIEW),
        ("commitments", gettext("承诺台账"), "commitments.index", Permission.PROJECTS_VIEW),
        ("decisions", gettext("请领导决定"), "issues.decisions_index", Permission.ISSUES_VIEW),
    ]
    return [(text, url_for(endpoint), key == here) for key, text, endpoint, need in wanted if actor.may(need)]


def due_light(due_on: date | None, is_open: bool, notice_days: int = 14) -> tuple[str, str]:
    """Colour and words of a due day: overdue, coming up, or just the day."""
    if due_on is None:
        return "none", gettext("未定期限")
    if not is_open:
        return "none", f"{due_on:%Y-%m-%d}"
    left = (due_on - today()).days
    if left < 0:
        return Light.RED.value, gettext("逾期 %(days)d 天（%(day)s）", days=-left, day=f"{due_on:%m-%d}")
    if timedelta(days=left) <= timedelta(days=notice_days):
        words = (
            gettext("今天到期") if left == 0 else gettext("%(days)d 天后（%(day)s）", days=left, day=f"{due_on:%m-%d}")
        )
        return Light.YELLOW.value, words
    return Light.GREEN.value, f"{due_on:%Y-%m-%d}"


def member(members, value: str):
    """A member of an enumeration from an address; None for nonsense."""
    return members(value) if value in {each.value for each in members} else None


def whole(value: object) -> int:
    """A hidden number of a form (version); -1, which no record has, for nonsense."""
    text = str(value or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
