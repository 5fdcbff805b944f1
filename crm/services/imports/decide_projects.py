"""A row of projects: a new project with its lead, a change of one named by number or code, a repetition, an objection."""

from __future__ import annotations

from collections.abc import Mapping

from crm.domain.access import Permission
from crm.domain.enterprises.names import normalised
from crm.domain.errors import Invalid
from crm.domain.imports import RowOutcome
from crm.domain.labels import N_
from crm.domain.pipeline import Batch, Stage
from crm.infra.clock import today
from crm.models import Lead, Project
from crm.services import access
from crm.services.enterprises import MAX_MONEY_FEN
from crm.services.imports import facts
from crm.services.imports.deciding import (
    Desk,
    Plan,
    check_contact,
    refuse_foreign,
    refuse_not_mine,
    refuse_owner_change,
    same_name,
    says_something,
)
from crm.services.imports.existing import Existing
from crm.services.leads.checks import cleaned


def decide(desk: Desk, plan: Plan, known: Existing) -> None:
    """Give the plan its outcome, or raise Invalid with the field that is wrong."""
    number = plan.values.get("number")
    if number:
        desk.once(plan, "number", "", number)
        _update(desk, plan, desk.by_number(number, known))  # type: ignore[arg-type]
        return
    name = normalised(plan.values.get("project_name", ""))
    if not name and "project_name" not in plan.typed.errors:
        raise Invalid("project_name", N_("请填写项目名称。"))
    try:
        desk.firm_once(plan, f"{name}/")
    except Invalid as error:
        # Told beside whatever else is wrong with the row.
        plan.typed.object_to(error)
    plan.command = cleaned(facts.lead_command(plan.values))
    mine = known.projects.get(plan.firm.id, []) if plan.firm else []
    named = [each for each in mine if normalised(each.record.name) == name]
    if named and not named[0].visible:
        refuse_foreign(named[0])
    if named:
        _of_known_name(desk, plan, named[0].record)  # type: ignore[arg-type]
        return
    _check_facts(plan.values)
    _check_stage_of_new(desk, plan.values)
    check_contact(plan)
    desk.check_owner_of_new(plan)
    plan.lead = _lead_for(desk, plan, known)
    plan.outcome = RowOutcome.ADDED


def _of_known_name(desk: Desk, plan: Plan, project: Project) -> None:
    by_code = plan.firm is not None and plan.firm.uscc is not None and plan.values.get("uscc") == plan.firm.uscc
    if by_code or not says_something(_changes(plan, project)):
        _update(desk, plan, project)
        return
    raise Invalid("number", N_("已有同名项目 %(number)s。要更新它就在「编号」里填这个号。"), number=project.number)


def _update(desk: Desk, plan: Plan, project: Project) -> None:
    plan.project, plan.firm, plan.lead = project, project.enterprise, project.lead
    same_name(plan, project.enterprise)
    if not plan.settle(_changes(plan, project)):
        return
    refuse_owner_change(plan)
    if "stage" in plan.changes:
        raise Invalid("stage", N_("已在库的项目请在项目页推进阶段：那里要核对事实和材料。"))
    if project.lead is None or not access.may_edit_lead(desk.actor, project.lead):
        refuse_not_mine(project.number)
    stored = {key: value for key, value in facts.values_of_project(project).items() if value is not None}
    merged = stored | plan.values | {"name": project.enterprise.name}
    _check_facts(merged)
    plan.command = cleaned(facts.lead_command(merged))


def _changes(plan: Plan, project: Project) -> list[str]:
    return facts.differing(plan.values, facts.values_of_project(project))


def _check_facts(values: Mapping[str, object]) -> None:
    """Amounts and days that a project page would refuse as well."""
    for key in ("fixed_investment", "signed"):
        amount = values.get(key)
        if amount is not None and not 0 < amount <= MAX_MONEY_FEN:  # type: ignore[operator]
            raise Invalid(key, N_("数值大得不合常理，请检查单位。") if amount else N_("应大于 0；不知道就留空。"))
    total, fixed = values.get("investment"), values.get("fixed_investment")
    if total is not None and fixed is not None and fixed > total:  # type: ignore[operator]
        raise Invalid("fixed_investment", N_("固定资产投资不能超过总投资。"))
    signed_on = values.get("signed_on")
    if signed_on is not None and signed_on > today():  # type: ignore[operator]
        raise Invalid("signed_on", N_("签约日期不能在将来。"))


def _check_stage_of_new(desk: Desk, values: Mapping[str, object]) -> None:
    """An existing ledger may bring projects beyond the reserve; who approves gates answers for them.

    A formal contract needs its day and amount, because a project counts by its first signing (DOMAIN §4).
    """
    stage = values.get("stage")
    if not isinstance(stage, Stage) or stage is Stage.RESERVE:
        return
    if not desk.actor.may(Permission.PROJECTS_APPROVE):
        raise Invalid("stage", N_("专员导入的项目从储备开始；存量台账请科长导入。"))
    if stage.batch is not Batch.RESERVE:
        if values.get("signed_on") is None:
            raise Invalid("signed_on", N_("签约以后的项目要有签约日期。"))
        if values.get("signed") is None:
            raise Invalid("signed", N_("签约以后的项目要有签约金额。"))


def _lead_for(desk: Desk, plan: Plan, known: Existing) -> Lead | None:
    """The firm's one open lead that may be changed and is no project yet: the new project grows from it."""
    if plan.firm is None:
        return None
    spent = {each.record.lead_id for each in known.projects.get(plan.firm.id, ())} | desk.taken_leads
    free = [
        each.record
        for each in known.leads.get(plan.firm.id, ())
        if each.visible and each.record.id not in spent and access.may_edit_lead(desk.actor, each.record)
    ]
    if len(free) != 1:
        return None
    desk.taken_leads.add(free[0].id)
    return free[0]
