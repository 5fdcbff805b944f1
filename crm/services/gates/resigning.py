"""Re-signing: a second contract of one enterprise is more money for the first project, another project, or a repeat.

A project counts once, by its first signing (DOMAIN §4). When a project is about to be signed and an earlier one of the
same enterprise is signed already, the question must be answered; the answer waits with the facts until the gate is
passed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from crm.domain.errors import Invalid
from crm.domain.labels import N_
from crm.domain.pipeline import Stage
from crm.domain.text import clean_text
from crm.models import Enterprise, EnterpriseAlias, Lead, Project
from crm.services import access, audit, timeline
from crm.services.access import Actor
from crm.services.projects import capital
from crm.services.projects.capital import Increase

#: Key of the answer among the project's facts; no definition can use it, because a name cannot hold a colon.
KEY = "gate:resigning"
REASON_LENGTH = 300


class Kind(StrEnum):
    """What a second contract of one enterprise is."""

    INCREASE = "increase"
    ANOTHER = "another"
    REPEAT = "repeat"


@dataclass(frozen=True, slots=True)
class Signed:
    """The earlier project as far as the actor may know it: of another section only section and owner are told."""

    section: str | None
    owner: str | None
    project_id: int | None = None
    number: str | None = None
    signed_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resigning:
    """The answer; really another project needs a reason."""

    kind: Kind
    reason: str = ""


class MustAnswer(Invalid):
    """An earlier project of the same enterprise is signed, and nobody has said yet what this contract is."""

    def __init__(self, earlier: Signed) -> None:
        super().__init__("resigning", N_("这家企业已有签约项目：请说明这份合同是增资、另一个项目还是重复。"))
        self.earlier = earlier


def earlier_of(session: Session, project: Project) -> Project | None:
    """The first signed project of the same enterprise: by record, by name or alias, by code of the local entity."""
    firm = project.enterprise
    names = [firm.normalised_name, *(alias.normalised_name for alias in firm.aliases)]
    aliased = select(EnterpriseAlias.enterprise_id).where(EnterpriseAlias.normalised_name.in_(names))
    same = [
        Project.enterprise_id == firm.id,
        Project.enterprise_id.in_(select(Enterprise.id).where(Enterprise.normalised_name.in_(names))),
        Project.enterprise_id.in_(aliased),
    ]
    if firm.uscc:
        same.append(Project.facts["local_uscc"].as_string() == firm.uscc)
    query = (
        select(Project)
        .where(Project.id != project.id, Project.signed_on.is_not(None), Project.repeats_id.is_(None), or_(*same))
        .options(joinedload(Project.section), joinedload(Project.owner))
        .order_by(Project.signed_on, Project.id)
        .limit(1)
    )
    return session.scalar(query)


def shown(session: Session, actor: Actor, earlier: Project) -> Signed:
    """What may be said of the earlier project."""
    section = earlier.section.name if earlier.section else None
    owner = earlier.owner.name if earlier.owner else None
    visible = session.scalar(select(Project.id).where(Project.id == earlier.id, access.project_scope(actor)))
    if visible is None:
        return Signed(section, owner)
    return Signed(section, owner, earlier.id, earlier.number, earlier.signed_on)


def question(session: Session, actor: Actor, project: Project, to_stage: Stage) -> Signed | None:
    """The earlier project when the step is the signing of a second one; None when there is nothing to ask."""
    if to_stage is not Stage.SIGNED:
        return None
    earlier = earlier_of(session, project)
    return shown(session, actor, earlier) if earlier is not None else None


def take(session: Session, project: Project, answer: Resigning) -> None:
    """Keep the answer with the project. Invalid(`resigning_reason`)."""
    reason = clean_text(answer.reason, REASON_LENGTH, "resigning_reason", multiline=True)
    if answer.kind is Kind.ANOTHER and not reason:
        raise Invalid("resigning_reason", N_("请写明为什么是另一个项目：地点、产品或投资主体有什么不同。"))
    project.facts = {**(project.facts or {}), KEY: {"kind": answer.kind.value, "reason": reason}}


def answer_of(project: Project) -> Resigning | None:
    """The answer that was kept."""
    kept = (project.facts or {}).get(KEY)
    if not isinstance(kept, Mapping):
        return None
    return Resigning(kind=Kind(str(kept["kind"])), reason=str(kept.get("reason") or ""))


def insist(session: Session, actor: Actor, project: Project) -> None:
    """Raise MustAnswer if the signing of this project asks the question and it is not answered."""
    found = question(session, actor, project, Stage.SIGNED)
    if found is not None and answer_of(project) is None:
        raise MustAnswer(found)


def apply(session: Session, actor: Actor, project: Project) -> None:
    """At the signing: a repeat or an increase counts as no project of its own; an increase adds to the first."""
    earlier, answer = earlier_of(session, project), answer_of(project)
    if earlier is None or answer is None or answer.kind is Kind.ANOTHER:
        project.repeats_id = None
        return
    project.repeats_id = earlier.id
    if answer.kind is Kind.INCREASE and project.signed_fen and project.signed_on:
        note = f"{project.number} {answer.reason}".strip()
        command = Increase(
            amount_fen=project.signed_fen,
            agreed_on=project.signed_on,
            note=note,
            request_id=f"{KEY}:{project.id}",
        )
        if not any(row.request_id == command.request_id for row in capital.increases(session, earlier.id)):
            capital.write(session, actor, earlier, command)
    lead = session.get(Lead, project.lead_id) if project.lead_id is not None else None
    timeline.note(
        session, actor, "project.repeats", lead, project_id=project.id, number=earlier.number, note=answer.reason
    )
    after = {"repeats": earlier.number, "kind": answer.kind.value, "reason": answer.reason}
    audit.record(session, actor.id, "project.repeats", ("project", project.id), after=after)
