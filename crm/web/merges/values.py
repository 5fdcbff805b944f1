"""The fields of two records in words, for the page that holds them side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext

from crm.domain import quantities
from crm.domain.access import Permission
from crm.domain.contacts import mask_email, mask_name, mask_numbers, mask_phone
from crm.domain.duplicates import Side
from crm.domain.enterprises.gbt4754 import name_of
from crm.domain.enterprises.words import Title
from crm.domain.events import FIELDS
from crm.domain.labels import label
from crm.domain.leads import Grade, LeadSource, LeadState
from crm.domain.policies import Tier
from crm.domain.space import EnvClass, Tenure
from crm.services.access import Actor
from crm.services.merging import FieldRow, Names

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ShownRow:
    """One line: what the field is called, both values in words, and which is proposed."""

    word: str
    label: str
    winner: str
    loser: str
    proposed: str
    differs: bool


def shown(rows: tuple[FieldRow, ...], names: Names, actor: Actor, chosen: Mapping[str, Side]) -> list[ShownRow]:
    """All fields in words; "" is unknown. `chosen` are the sides that a refused form had."""
    mask = str if actor.may(Permission.CONTACTS_REVEAL) else mask_numbers
    say = Sayer(names, mask)
    return [
        ShownRow(
            row.word,
            gettext(FIELDS[row.word]),
            say.words(row.word, row.winner),
            say.words(row.word, row.loser),
            chosen.get(row.word, row.proposed).value,
            row.differs,
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Sayer:
    """Turns the plain values of one field into words."""

    names: Names
    mask: Callable[[str], str]

    def words(self, word: str, values: Values) -> str:
        """The words of one field; "" when nothing of it is known."""
        special = getattr(self, f"_{word}", None)
        if special is not None:
            return special(values)
        (value, *_rest) = values.values()
        return self._plain(value)

    def _plain(self, value: object) -> str:
        if value is None or value in ("", []):
            return ""
        if isinstance(value, bool):
            return gettext("是") if value else gettext("否")
        return "、".join(str(each) for each in value) if isinstance(value, list) else str(value)

    def _content(self, values: Values) -> str:
        return self.mask(values["content"] or "")

    def _segment(self, values: Values) -> str:
        return self.names.segments.get(values["segment_id"], "")

    def _contact(self, values: Values) -> str:
        name = self.names.contacts.get(values["contact_id"])
        return mask_name(name) if name else ""

    def _platforms(self, values: Values) -> str:
        return "、".join(self.names.platforms.get(key, key) for key in values["platforms"] or ())

    def _gbt_code(self, values: Values) -> str:
        code = values["gbt_code"]
        return f"{code} {name_of(code)}" if code else ""

    def _titles(self, values: Values) -> str:
        return "、".join(gettext(label(Title(word))) for word in values["titles"] or () if word in set(Title))

    def _tier(self, values: Values) -> str:
        tier = values["tier_override"]
        return f"{gettext(label(Tier(tier)))}（{values['tier_override_reason'] or ''}）" if tier else ""

    def _source(self, values: Values) -> str:
        return gettext(label(LeadSource(values["source"])))

    def _grade(self, values: Values) -> str:
        return gettext(label(Grade(values["grade"]))) if values["grade"] else ""

    def _env_class(self, values: Values) -> str:
        return gettext(label(EnvClass(values["env_class"]))) if values["env_class"] else ""

    def _verdict(self, values: Values) -> str:
        state = gettext(label(LeadState(values["state"])))
        note = values["screening_note"]
        return f"{state}：{note}" if note else state

    def _referrer(self, values: Values) -> str:
        told = gettext("已反馈") if values["referrer_told_at"] else gettext("未反馈")
        return f"{values['referrer']}（{told}）" if values["referrer"] else ""

    def _needed_on(self, values: Values) -> str:
        day, grace = values["needed_on"], values["grace_days"]
        if not day:
            return ""
        return gettext("%(day)s，宽限 %(days)s 天", day=day, days=grace) if grace else day

    def _space(self, values: Values) -> str:
        """租 · 1,000–1,500 ㎡，目标 1,200 ㎡ · ≤ 45 元/㎡/月: the unit follows the tenure."""
        tenure = Tenure(values["tenure"]) if values["tenure"] else None
        land = tenure is Tenure.LAND
        low, target, high = (
            _said(values[name], lambda number: quantities.say_area(number, land=land))
            for name in ("area_min", "area_target", "area_max")
        )
        parts = [
            gettext(label(tenure)) if tenure else "",
            gettext("最小 %(value)s", value=low) if low else "",
            gettext("目标 %(value)s", value=target) if target else "",
            gettext("最大 %(value)s", value=high) if high else "",
        ]
        say = {Tenure.LAND: quantities.say_land_price, Tenure.BUY: quantities.say_price}.get(
            tenure,  # type: ignore[arg-type]
            quantities.say_rent,
        )
        price = _said(values["budget"], say)
        parts.append(f"≤ {price}" if price else "")
        return " · ".join(part for part in parts if part)

    def _contact_name(self, values: Values) -> str:
        return mask_name(values["name"] or "")

    def _phone(self, values: Values) -> str:
        return mask_phone(values["phone"] or "")

    def _email(self, values: Values) -> str:
        return mask_email(values["email"] or "")

    def _revenue(self, values: Values) -> str:
        return _said(values["revenue_fen"], quantities.say_money)

    def _assets(self, values: Values) -> str:
        return _said(values["assets_fen"], quantities.say_money)

    def _investment(self, values: Values) -> str:
        return _said(values["investment_fen"], quantities.say_money)

    def _employees(self, values: Values) -> str:
        return _said(values["employees"], quantities.say_people)

    def _floor_load(self, values: Values) -> str:
        return _said(values["floor_load_kg_m2"], quantities.say_load)

    def _clear_height(self, values: Values) -> str:
        return _said(values["clear_height_cm"], quantities.say_height)

    def _power(self, values: Values) -> str:
        return _said(values["power_kva"], quantities.say_power)


def _said(value: int | None, say: Callable[[int], Any]) -> str:
    return "" if value is None else say(value).say(gettext)
