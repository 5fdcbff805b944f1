"""The page of one project, drawn by the page itself and again by an action whose form was refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import render_template
from flask_wtf import FlaskForm

from crm.domain.access import Permission
from crm.domain.files import accepted
from crm.domain.gates import Definitions, FactKind
from crm.domain.pipeline import Batch, RequestState, SideState, Stage, Track
from crm.infra.clock import civil_date, today
from crm.services import access, attachments, contacts, gates, projects
from crm.services.projects.months import BUILDING
from crm.web import kit, ledgers, stages, timelines
from crm.web.projects import values
from crm.web.projects.forms import AsideForm, CapitalForm, DecisionForm, MonthForm, ReviveForm


@dataclass(frozen=True, slots=True)
class Group:
    """Facts of one stage: label and shown value; `is_passed` tells what the project has behind it."""

    stage: Stage
    rows: Sequence[tuple[str, str | None]]
    is_passed: bool


def project_page(project, *, refused: FlaskForm | None = None) -> str:
    """The whole page. `refused` is a form with errors, shown open in its place."""
    session, actor = kit.session(), kit.actor()
    definitions = gates.in_force(session)
    evidence = gates.of_project(session, project.id)
    kinds = {each.kind for each in evidence if each.withdrawn_at is None}
    changes = projects.stage_changes(session, project.id)
    requests = gates.requests_of(session, project.id)
    lead = _lead_of(session, actor, project)
    files = attachments.of_lead(session, lead.id) if lead is not None else []
    may_edit = access.may_edit_project(actor, project)
    waiting = next((each for each in requests if each.state is RequestState.ASKED), None)
    signed = project.stage.batch is not Batch.RESERVE
    return render_template(
        "projects/show.html",
        project=project,
        lead=lead,
        stages=stages.bar(project, changes),
        changes=list(reversed(changes)),
        next_gate=stages.next_gate(definitions, project, kinds),
        groups=_groups(definitions, project, _names(session, project, lead)),
        evidence=evidence,
        kind_words={kind.key: stages.say(kind.words) for kind in definitions.evidence.values()},
        requests=requests,
        waiting=waiting,
        may_edit=may_edit,
        can_edit=lead is not None and access.may_edit_lead(actor, lead),
        may_rule=waiting is not None and may_edit and actor.may(Permission.PROJECTS_APPROVE),
        return_to=[stage for stage in Stage if stage.order < project.stage.order],
        days=(today() - civil_date(project.stage_since)).days,
        increases=projects.increases(session, project.id) if signed else [],
        months=projects.months(session, project.id) if project.stage.order >= Stage.STARTED.order else [],
        builds=project.stage in BUILDING,
        is_signed=signed and project.repeats_id is None,
        repeats=access.project_or_none(session, actor, project.repeats_id),
        timeline=timelines.read(lead, files, project=project, on_project=True) if lead is not None else None,
        files=files,
        most_mb=attachments.most_mb(session),
        accepted_files=accepted(),
        active=project.side_state is SideState.ACTIVE,
        **ledgers.cards(lead, project, on_project=True),
        **_forms(project, waiting, refused),
    )


def _lead_of(session, actor, project):
    """The lead beside the project; None for readers who see no leads."""
    if project.lead_id is None or not actor.may(Permission.LEADS_VIEW):
        return None
    return access.lead(session, actor, project.lead_id)


def _groups(definitions: Definitions, project, names: Mapping[tuple[FactKind, object], str]) -> list[Group]:
    """Facts by the stage that asks for them, each once: those of passed stages, and what is known for later ones."""
    known = gates.values_of(project, definitions)
    land, seen, found = project.track is Track.LAND, set(), []
    for stage in Stage:
        gate = definitions.gate(project.track, stage)
        passed = stage.order <= project.stage.order
        rows = []
        for fact in (gate.demand + gate.leave).facts:
            for each in (fact, definitions.facts.get(fact.instead or "")):
                if each is None or each.key in seen or (each is not fact and each.key not in known):
                    continue
                value = values.shown(each, known.get(each.key), names, land=land)
                replaced = each.instead is not None and each.instead in known
                if value is not None or (passed and not gate.may_skip and each.required and not replaced):
                    rows.append((stages.say(each.words), value))
                    seen.add(each.key)
        if rows:
            found.append(Group(stage, rows, passed))
    return found


def _names(session, project, lead) -> dict[tuple[FactKind, object], str]:
    """Names of the records that facts link to; people masked, and only for readers of the lead."""
    names: dict[tuple[FactKind, object], str] = {}
    if project.segment is not None:
        names[FactKind.SEGMENT, project.segment_id] = project.segment.name
    if project.park is not None:
        names[FactKind.PARK, project.park_id] = project.park.name
    chosen = (project.facts or {}).get("decision_maker")
    if lead is not None and chosen is not None:
        own = lead.contact is not None and lead.contact_id == chosen
        for contact in [lead.contact] if own else contacts.of_lead(session, lead):
            shown = contacts.masked(contact)
            names[FactKind.CONTACT, contact.id] = " · ".join(part for part in (shown.name, shown.title) if part)
    return names


def _forms(project, waiting, refused: FlaskForm | None) -> dict[str, object]:
    """The small forms of the page, fresh, but for the refused one, which keeps what was typed."""
    version = {"version": project.version}
    month = f"{today():%Y-%m}"
    fresh: dict[str, FlaskForm | None] = {
        "aside": AsideForm(formdata=None, data=version).offer(project.stage),
        "reviving": ReviveForm(formdata=None, data=version),
        "capital": CapitalForm(formdata=None, data={"request_id": kit.new_request_id()}),
        "monthly": MonthForm(formdata=None, data={"month": month}),
        "deciding": DecisionForm(formdata=None, data={"version": waiting.version}) if waiting is not None else None,
    }
    for name, form in fresh.items():
        if refused is not None and type(form) is type(refused):
            fresh[name] = refused
    if isinstance(refused, AsideForm | ReviveForm):
        refused.version.data = str(project.version)
    if isinstance(refused, DecisionForm) and waiting is not None:
        refused.version.data = str(waiting.version)
    return fresh | {"refused": refused}
