"""A row of leads: a new lead, a change of one that is named by number or code, a repetition, or an objection."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from crm.domain.errors import Invalid
from crm.domain.imports import RowOutcome
from crm.domain.labels import N_
from crm.models import Lead
from crm.services import access
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
from crm.services.imports.existing import Existing, Known
from crm.services.leads.checks import cleaned


def decide(desk: Desk, plan: Plan, known: Existing) -> None:
    """Give the plan its outcome, or raise Invalid with the field that is wrong."""
    number = plan.values.get("number")
    if number:
        desk.once(plan, "number", "", number)
        _update(desk, plan, desk.by_number(number, known))  # type: ignore[arg-type]
        return
    if not plan.values.get("source") and "source" not in plan.typed.errors:
        plan.typed.object_to(Invalid("source", N_("请选来源。")))
    may_repeat = bool(plan.values.get("duplicate_reason"))
    if not may_repeat:
        _once(desk, plan)
    mine = known.leads.get(plan.firm.id, []) if plan.firm else []
    plan.command = cleaned(facts.lead_command(plan.values), known_need=_old_need(plan, mine))
    if mine and not may_repeat:
        _of_known_firm(desk, plan, mine)
        return
    if not may_repeat:
        for other in known.by_phone.get(plan.values.get("phone", ""), ()):
            _refuse_phone(other)
    check_contact(plan)
    desk.check_owner_of_new(plan)
    plan.outcome = RowOutcome.ADDED


def _once(desk: Desk, plan: Plan) -> None:
    """Firm and phone stand in one row of a file only; told beside whatever else is wrong with the row."""
    try:
        desk.firm_once(plan)
        if plan.values.get("phone"):
            desk.once(plan, "phone", "", plan.values["phone"])
    except Invalid as error:
        plan.typed.object_to(error)


def _old_need(plan: Plan, mine: Sequence[Known]) -> date | None:
    """A day that is stored already may lie in the past."""
    wanted = plan.values.get("needed_on")
    return wanted if any(each.visible and each.record.needed_on == wanted for each in mine) else None


def _of_known_firm(desk: Desk, plan: Plan, mine: Sequence[Known]) -> None:
    """The firm has open leads: the row changes the one (with a code), repeats it, or is refused."""
    seen: list[Lead] = [each.record for each in mine if each.visible]
    if not seen:
        refuse_foreign(mine[0])
    same = next((lead for lead in seen if not says_something(_changes(plan, lead))), None)
    if same is not None:
        plan.lead, plan.outcome = same, RowOutcome.SAME
        return
    if len(seen) > 1:
        raise Invalid("number", N_("这家企业有 %(count)s 条在跟线索，请在「编号」里写明是哪一条。"), count=len(seen))
    if plan.values.get("uscc") and plan.firm is not None and plan.firm.uscc == plan.values["uscc"]:
        _update(desk, plan, seen[0])
        return
    raise Invalid(
        "name",
        N_("已有线索 %(number)s（%(owner)s）。要更新它就在「编号」里填这个号；确是另一条，请写「另外登记的原因」。"),
        number=seen[0].number,
        owner=seen[0].owner.name if seen[0].owner else "—",
    )


def _update(desk: Desk, plan: Plan, lead: Lead) -> None:
    plan.lead, plan.firm = lead, lead.enterprise
    same_name(plan, lead.enterprise)
    if not plan.settle(_changes(plan, lead)):
        return
    refuse_owner_change(plan)
    if not access.may_edit_lead(desk.actor, lead):
        refuse_not_mine(lead.number)
    stored = {key: value for key, value in facts.values_of_lead(lead).items() if value is not None}
    merged = stored | plan.values | {"name": lead.enterprise.name}
    plan.command = cleaned(facts.lead_command(merged), known_need=lead.needed_on)


def _changes(plan: Plan, lead: Lead) -> list[str]:
    return facts.differing(plan.values, facts.values_of_lead(lead))


def _refuse_phone(known: Known) -> None:
    if not known.visible:
        refuse_foreign(known)
    raise Invalid(
        "phone",
        N_("电话与线索 %(number)s 的联系人相同。确是另一条，请写「另外登记的原因」。"),
        number=known.record.number,
    )
