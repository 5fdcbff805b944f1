"""What every lead must satisfy, however it came: by a form, an enquiry of the public site, or a seed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain import paste
from crm.domain.enterprises.gbt4754 import parse_code
from crm.domain.errors import Invalid
from crm.domain.labels import N_
from crm.domain.leads import LeadSource
from crm.domain.text import clean_text
from crm.infra.clock import today
from crm.models import Platform, Segment
from crm.services import contacts, enterprises
from crm.services.leads.commands import LogLead, Needs

REFERRER_LENGTH = 120
CONTENT_LENGTH = 4000
REASON_LENGTH = 300
TYPED_LENGTH = 100
#: Largest sensible value by field of the form; above it somebody has typed the wrong unit. Areas: m² or 0.01 亩.
LIMITS = {
    "area_min": 20_000_000,
    "area_target": 20_000_000,
    "area_max": 20_000_000,
    "budget": 100_000_000,
    "floor_load": 100_000,
    "clear_height": 10_000,
    "power": 1_000_000,
    "grace_days": 3_650,
}
LATEST_NEED_YEARS = 20


def checked(session: Session, command: LogLead, *, known_need: date | None = None) -> LogLead:
    """The command cleaned; Invalid names the field of the form. `known_need` is a date that may stay in the past."""
    command = cleaned(command, known_need=known_need)
    _check_known(session, command)
    return command


def cleaned(command: LogLead, *, known_need: date | None = None) -> LogLead:
    """The same without asking the database whether segment and platforms exist: an import has looked them up itself."""
    enterprise = enterprises.clean(command.enterprise)
    referrer = clean_text(command.referrer, REFERRER_LENGTH, "referrer")
    if command.source is LeadSource.REFERRAL and not referrer:
        raise Invalid("referrer", N_("来源是引荐，请填写引荐人：要给对方反馈。"))
    _check_investment(command.investment_fen)
    _check_needs(command.needs, known_need)
    return replace(
        command,
        enterprise=enterprise,
        contact=contacts.clean(command.contact),
        referrer=referrer,
        content=clean_text(command.content, CONTENT_LENGTH, "content", multiline=True),
        pasted=clean_text(command.pasted, paste.LONGEST, "pasted", multiline=True),
        gbt_code=parse_code(command.gbt_code) if command.gbt_code else None,
        duplicate_reason=clean_text(command.duplicate_reason, REASON_LENGTH, "duplicate_reason", multiline=True),
        typed={name: clean_text(text, TYPED_LENGTH, name) for name, text in command.typed.items() if text},
    )


def _check_investment(value: int | None) -> None:
    if value is not None and value <= 0:
        raise Invalid("investment", N_("应大于 0；不知道就留空。"))
    if value is not None and value > enterprises.MAX_MONEY_FEN:
        raise Invalid("investment", N_("数值大得不合常理，请检查单位。"))


def _check_needs(needs: Needs, known_need: date | None) -> None:
    values = {
        "area_min": needs.area_min,
        "area_target": needs.area_target,
        "area_max": needs.area_max,
        "budget": needs.budget,
        "floor_load": needs.floor_load_kg_m2,
        "clear_height": needs.clear_height_cm,
        "power": needs.power_kva,
        "grace_days": needs.grace_days,
    }
    for field, value in values.items():
        if value is None:
            continue
        if value < 0:
            raise Invalid(field, N_("不能是负数。"))
        if value == 0 and field.startswith(("area", "budget")):
            raise Invalid(field, N_("应大于 0；不知道就留空。"))
        if value > LIMITS[field]:
            raise Invalid(field, N_("数值大得不合常理，请检查单位。"))
    sizes = [(field, values[field]) for field in ("area_min", "area_target", "area_max") if values[field] is not None]
    for (_field, smaller), (field, larger) in pairwise(sizes):
        if larger < smaller:
            raise Invalid(field, N_("面积应当最小 ≤ 目标 ≤ 最大，请检查。"))
    if any(size is not None for _field, size in sizes) and needs.tenure is None:
        raise Invalid("tenure", N_("填了面积就请选租、购还是拿地：单位和匹配都由它决定。"))
    _check_needed_on(needs.needed_on, known_need)


def _check_needed_on(day: date | None, known_need: date | None) -> None:
    if day is None or day == known_need:
        return
    if day < today():
        raise Invalid("needed_on", N_("这个日期已经过去，请选今天或以后。"))
    if day > today() + timedelta(days=366 * LATEST_NEED_YEARS):
        raise Invalid("needed_on", N_("日期太远，请检查年份。"))


def _check_known(session: Session, command: LogLead) -> None:
    """Segment and platforms must exist: a foreign id is nobody's choice."""
    if command.segment_id is not None and session.get(Segment, command.segment_id) is None:
        raise Invalid("segment_id", N_("没有这个环节，请从列表里选。"))
    wanted = set(command.needs.platforms)
    if wanted:
        known = set(session.scalars(select(Platform.key).where(Platform.key.in_(wanted))))
        if wanted - known:
            raise Invalid("platforms", N_("没有这个片区，请从列表里选。"))
