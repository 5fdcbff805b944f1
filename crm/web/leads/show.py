"""The page of one lead, drawn by the page itself and again by an action whose form was refused."""

from __future__ import annotations

from collections.abc import Iterable

from flask import render_template
from flask_wtf import FlaskForm

from crm.domain import quantities
from crm.domain.access import Permission
from crm.domain.contacts import mask_numbers
from crm.domain.files import accepted
from crm.services import (
    attachments,
    audience,
    contacts,
    enterprises,
    follow_ups,
    introductions,
    matching,
    reminders,
)
from crm.services.contacts import ShownContact
from crm.services.leads.owners import among
from crm.services.leads.paste import masked
from crm.web import kit, ledgers, stages, timelines
from crm.web.fields import on_the_clock
from crm.web.leads import pages
from crm.web.leads.page_forms import AssignForm, DoneForm, HappenedForm, PlanForm, PostponeForm, ScreenForm, ToldForm


def lead_page(lead, *, refused: FlaskForm | None = None, revealed: ShownContact | None = None) -> str:
    """The whole page. `refused` is a form with errors, shown open in its place; `revealed` a contact in full."""
    session, actor = kit.session(), kit.actor()
    steps = follow_ups.open_of_lead(session, lead.id)
    introduced = introductions.listed(session, actor, introductions.IntroductionFilter(lead_id=lead.id))
    allowed = pages.may(actor, lead)
    project = lead.project
    files = attachments.of_lead(session, lead.id)
    # Read once for three uses: who sees the lead, names in comments, to whom it may be given.
    people = audience.everybody(session, {each.park_id for each in introduced})
    return render_template(
        "leads/show.html",
        lead=lead,
        matches=matching.match_parks(session, lead),
        introductions={each.park_id: each for each in reversed(introduced)},
        can_introduce=allowed.introduce,
        can_edit=allowed.edit,
        may=allowed,
        assessed=enterprises.assessment_of(lead.enterprise),
        project=project,
        protection=pages.protection(lead),
        referrer=pages.referrer_line(lead),
        step=steps[0] if steps else None,
        later=steps[1:],
        due=pages.due_of(steps[0] if steps else None),
        due_of=pages.due_of,
        quick=pages.quick_dates(),
        contacts=_contacts(session, lead, revealed),
        reveals=contacts.reveals_per_hour(session) if allowed.reveal else 0,
        most_postponed=follow_ups.MAX_POSTPONED,
        shine=pages.shine(
            reminders.of_lead(session, lead, project, steps, introduced), pages.due_of(steps[0] if steps else None)
        ),
        timeline=timelines.read(lead, files, project=project, todo=pages.to_do(steps)),
        files=files,
        most_mb=attachments.most_mb(session),
        accepted_files=accepted(),
        seen=audience.who_sees(lead, introduced, people, is_project=project is not None),
        say=quantities,
        pasted=masked(lead.pasted) if lead.pasted else "",
        words=lead.content if actor.may(Permission.CONTACTS_REVEAL) else mask_numbers(lead.content),
        **ledgers.cards(lead, project),
        **stages.of_lead(lead, project),
        **_forms(lead, steps, allowed, refused, [person for person, _park in people]),
    )


def _contacts(session, lead, revealed: ShownContact | None) -> list[ShownContact]:
    shown: Iterable[ShownContact] = (contacts.masked(each) for each in contacts.of_lead(session, lead))
    return [revealed if revealed is not None and each.id == revealed.id else each for each in shown]


def _forms(lead, steps: list, allowed: pages.May, refused: FlaskForm | None, people: list) -> dict[str, object]:
    """The small forms of the page, fresh, but for the refused one, which keeps what was typed."""
    step = steps[0] if steps else None
    proposal = {"next_due": pages.proposed_due(), "request_id": kit.new_request_id()}
    fresh: dict[str, FlaskForm] = {
        "happened": HappenedForm(formdata=None, data={"request_id": kit.new_request_id()}),
        "screening": ScreenForm(formdata=None, data={"version": lead.version, "verdict": lead.state.value}),
        "told": ToldForm(formdata=None),
    }
    if step is not None:
        fresh["done"] = DoneForm(formdata=None, data=proposal | {"version": step.version})
        later = on_the_clock(step.due_at)
        fresh["postponing"] = PostponeForm(formdata=None, data={"version": step.version, "new_due": later})
    else:
        fresh["planning"] = PlanForm(formdata=None, data=proposal)
    if allowed.assign:
        fresh["assigning"] = assign_form(lead, among(people, kit.actor()))
    for name, form in fresh.items():
        if refused is not None and type(form) is type(refused):
            fresh[name] = refused
    fresh["refused"] = refused
    return fresh


def assign_form(lead, people: Iterable, *, posted: bool = False) -> AssignForm:
    """The people of the section as choices."""
    form = AssignForm() if posted else AssignForm(formdata=None, data={"person_id": str(lead.owner_id or "")})
    form.person_id.choices = {str(person.id): person.name for person in people}
    return form
