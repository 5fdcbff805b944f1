"""The desk: one page, seven faces."""

from __future__ import annotations

from flask import Blueprint, render_template

from crm.domain.access import Permission, Role
from crm.domain.audit import action_words, reason_words, subject_words
from crm.infra.clock import today
from crm.services import audit, chains, desk, health, park_desk, people, plans, reminders
from crm.services.reminders import Duty
from crm.web import kit

blueprint = Blueprint("desk", __name__, template_folder="templates", url_prefix="/crm")

#: Entries that the auditor's desk walks; the whole chain is walked on the audit page, by a button.
_TAIL = 200


@blueprint.get("/")
@kit.requires(Permission.DESK_VIEW)
def home() -> str:
    return _FACES[kit.actor().role]()


def _work() -> str:
    actor = kit.actor()
    whole = actor.role is Role.CHIEF
    found = desk.work_desk(kit.session(), actor, whole_section=whole)
    return render_template("desk/work.html", desk=found, today=today(), is_chief=whole, anchors=desk.ANCHORS)


def _park_manager() -> str:
    found = park_desk.park_desk(kit.session(), kit.actor())
    duties = [item for item in reminders.open_for(kit.session(), kit.actor()) if item.duty is Duty.MINE]
    return render_template("desk/park_manager.html", desk=found, duties=duties, today=today())


def _leader() -> str:
    session, actor = kit.session(), kit.actor()
    found = desk.leader_desk(session, actor)
    return render_template("desk/leader.html", desk=found, today=today(), waiting=plans.waiting(session, actor))


def _chain_team() -> str:
    session = kit.session()
    duties = reminders.open_for(session, kit.actor())
    return render_template("desk/chain_team.html", groups=chains.listed(session), duties=duties, today=today())


def _admin() -> str:
    session = kit.session()
    return render_template(
        "desk/admin.html", checks=health.readiness(session, kit.settings()), outbox=health.outbox_counts(session)
    )


def _security() -> str:
    return render_template("desk/security.html", rows=people.listed(kit.session(), kit.actor()))


def _auditor() -> str:
    session = kit.session()
    return render_template(
        "desk/auditor.html",
        entries=desk.last_entries(session, kit.actor()),
        verdict=audit.verify(session, last=_TAIL),
        action_words=action_words,
        subject_words=subject_words,
        reason_words=reason_words,
    )


_FACES = {
    Role.OFFICER: _work,
    Role.CHIEF: _work,
    Role.PARK_MANAGER: _park_manager,
    Role.LEADER: _leader,
    Role.CHAIN_TEAM: _chain_team,
    Role.ADMIN: _admin,
    Role.SECURITY: _security,
    Role.AUDITOR: _auditor,
}
