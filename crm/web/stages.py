"""Where a lead or project stands and what its next gate lacks: the stage bar and the line of chips that both share.

Use: `**stages.of_lead(lead, project)` in the view of a lead, `{% include "leads/_stage.html" %}` in its page.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from flask import url_for
from flask_babel import get_locale, gettext

from crm.domain.gates import Definitions, GateCheck, Words
from crm.domain.labels import label
from crm.domain.pipeline import SideState, Stage
from crm.infra.clock import civil_date, today
from crm.services import gates
from crm.web import formats, kit

#: Facts of the reserve gate that belong to the lead itself, with the field of its form that takes them.
_LEAD_FIELDS = {
    "segment": "segment_id",
    "tier": "employees",
    "investment": "investment",
    "area": "area_target",
    "grade": "grade",
}
Bar = list[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Next:
    """The next gate: its stage, chips of what it lacks (word, address), words of what is there, other ways on."""

    stage: Stage
    url: str
    chips: Sequence[tuple[str, str]]
    have: Sequence[str]
    needs_approval: bool = False
    barred: str = ""
    others: Sequence[Stage] = ()


def locale() -> str:
    return str(get_locale() or "zh")


def say(words: Words) -> str:
    """A word of the gate definitions in the reader's language."""
    return words.say(locale())


def bar(project, changes: Collection | None = None) -> Bar:
    """Each stage, the present one with its days; with `changes` also the day on which each was last entered."""
    entered = {each.to_stage: each.at for each in changes or ()}
    found = []
    for stage in Stage:
        state = "done" if stage.order < project.stage.order else "now" if stage is project.stage else ""
        note = ""
        if state == "now":
            note = _since(project.stage_since)
        elif state == "done" and changes is not None:
            note = _day(entered[stage]) if stage in entered else gettext("未经过")
        found.append((gettext(label(stage)), state, note))
    return found


def next_gate(definitions: Definitions, project, kinds: Collection[str]) -> Next | None:
    """What the next stage lacks; None at the end and for projects that do not walk."""
    following = definitions.following(project.track, project.stage)
    if following is None or project.side_state is not SideState.ACTIVE:
        return None
    found = gates.check_with(definitions, project, following, kinds)
    url = url_for("projects.gate", project_id=project.id, stage=following.value)
    others = [stage for stage in definitions.ahead(project.track, project.stage) if stage is not following]
    return _next(found, url, others)


def of_lead(lead, project) -> dict[str, object]:
    """Variables of `leads/_stage.html`: the bar with the lead as its first step, and the next gate."""
    session = kit.session()
    if project is None:
        first = (gettext("线索"), "now", _since(lead.received_at))
        rest = [(gettext(label(stage)), "", "") for stage in Stage]
        return {"stages": [first, *rest], "next_gate": _reserve(lead, gates.check_lead(session, lead))}
    definitions = gates.in_force(session)
    kinds = gates.kinds_of(session, [project.id])[project.id]
    return {
        "stages": [(gettext("线索"), "done", _day(lead.received_at)), *bar(project)],
        "next_gate": next_gate(definitions, project, kinds),
    }


def _reserve(lead, found: GateCheck) -> Next:
    """The first gate: facts of the lead are filled in on its own form, the others on the page of the gate."""
    url = url_for("projects.admission", lead_id=lead.id)
    edit = url_for("leads.edit", lead_id=lead.id)
    links = {key: f"{edit}#{field}" for key, field in _LEAD_FIELDS.items()}
    return _next(found, url, (), links)


def _next(found: GateCheck, url: str, others: Sequence[Stage], links: Mapping[str, str] | None = None) -> Next:
    links = links or {}
    chips = [(say(fact.words), links.get(fact.key, f"{url}#fact_{fact.key}")) for fact in found.missing_facts]
    for group in found.missing_evidence:
        words = gettext(" 或 ").join(say(kind.words) for kind in group)
        chips.append((gettext("%(what)s（证据）", what=words), f"{url}#proof_{group[0].key}"))
    have = [say(fact.words) for fact, _value in found.have] + [say(kind.words) for kind in found.have_evidence]
    barred = found.barred.say(gettext) if found.barred is not None else ""
    return Next(found.to_stage, url, chips, have, found.needs_approval, barred, others)


def _since(moment) -> str:
    days = max(0, (today() - civil_date(moment)).days)
    return gettext("%(start)s 起 · %(days)s 天", start=_day(moment), days=days)


def _day(moment) -> str:
    return formats.day(civil_date(moment))[:5]
