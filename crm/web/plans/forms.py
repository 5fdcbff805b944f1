"""The forms of plans. They only clean: years and figures into numbers, rows that say nothing away; services judge."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, FieldList, Form, FormField, HiddenField, StringField, TextAreaField
from wtforms.validators import DataRequired, Optional

from crm.domain.errors import DomainError, Invalid
from crm.domain.labels import N_, label
from crm.domain.plans import Indicator, PlanDocument, PlanGoal, PlanMeasure, PlanPark
from crm.domain.policies import Tier
from crm.services.plans import INDICATOR_WORDS, Base, TaskFacts
from crm.web import kit
from crm.web.fields import CheckboxesField, ChoiceField, DayField
from crm.web.ledgers import whole

_NESTED = re.compile(r"(goals|parks|measures)-(\d+)-(\w+)\Z")
#: Empty rows that a form offers, and how many rows it takes at most.
BLANK, MOST = 2, 60


class GoalForm(Form):
    """One goal."""

    text = StringField(_("要做到什么"))
    year = StringField(_("年份"))
    operator = StringField(_("达 / 不超过"))
    value = StringField(_("数值"))
    unit = StringField(_("单位"))
    indicator = ChoiceField(_("系统能算的现值"))
    section = StringField(_("来源章节"))
    drop = BooleanField(_("删去这条"))


class ParkForm(Form):
    """What a park does for the chain."""

    park = ChoiceField(_("载体"))
    role = StringField(_("分工"))
    section = StringField(_("来源章节"))
    drop = BooleanField(_("删去这个"))


class MeasureForm(Form):
    """What is done for a tier."""

    tier = ChoiceField(_("层级"))
    text = StringField(_("措施"))
    condition = StringField(_("条件"))
    section = StringField(_("来源章节"))
    drop = BooleanField(_("删去这条"))


class PlanForm(FlaskForm):
    """One version of a plan."""

    number = HiddenField()
    version = HiddenField()
    first_year = StringField(_("起始年份"))
    last_year = StringField(_("截止年份"))
    review_months = StringField(_("几个月复核一次"))
    chief = StringField(_("链长"))
    lead_unit = StringField(_("牵头部门"))
    team = StringField(_("专班"))
    standing = TextAreaField(_("定位与现状"))
    goals = FieldList(FormField(GoalForm), max_entries=MOST)
    firms = TextAreaField(_("龙头企业"))
    firms_note = TextAreaField(_("龙头说明"))
    gaps = CheckboxesField(_("要补的环节"))
    parks = FieldList(FormField(ParkForm), max_entries=MOST)
    measures = FieldList(FormField(MeasureForm), max_entries=MOST)
    reason = StringField(_("改了什么、为什么"), validators=[DataRequired(message=_("请写明改了什么、为什么。"))])

    def offer(self, gaps: Sequence[tuple[str, str]], parks: Sequence[tuple[str, str]]) -> PlanForm:
        """Options of the fields, for every row; values that are gone stay choosable in the rows that have them."""
        self.gaps.choices = kit.choices(gaps)
        known = {key for key, _name in parks}
        for row in self.parks:
            own = row.form.park.data
            lost = [(own, own)] if own and own not in known else []
            row.form.park.choices = [("", gettext("请选")), *parks, *lost]
        for row in self.goals:
            row.form.indicator.choices = [
                ("", gettext("没有")),
                *((each.value, gettext(words[0])) for each, words in INDICATOR_WORDS.items()),
            ]
        for row in self.measures:
            row.form.tier.choices = [(tier.value, gettext(label(tier))) for tier in Tier]
        return self

    def add_rows(self) -> PlanForm:
        """Keep some empty rows at the end of each list."""
        for rows in (self.goals, self.parks, self.measures):
            filled = [place for place, row in enumerate(rows) if _says(row.form)]
            used = filled[-1] + 1 if filled else 0
            while len(rows) < min(used + BLANK, MOST):
                rows.append_entry()
        return self

    def base(self) -> Base:
        return Base(number=whole(self.number.data), version=whole(self.version.data))

    def to_document(self, before: PlanDocument) -> PlanDocument:
        """What the form says; what it does not show stays as it was. Raises Invalid for a figure that is none."""
        first, last = _number(self.first_year.data, "first_year"), _number(self.last_year.data, "last_year")
        if (first is None) != (last is None):
            raise Invalid("last_year", N_("起止年份要么都写，要么都不写。"))
        return replace(
            before,
            period=None if first is None or last is None else (first, last),
            review_months=_number(self.review_months.data, "review_months"),
            chief=self.chief.data or None,
            lead_unit=self.lead_unit.data or None,
            team=self.team.data or None,
            standing=self.standing.data or "",
            firms=tuple(line.strip() for line in (self.firms.data or "").splitlines() if line.strip()),
            firms_note=self.firms_note.data or None,
            goals=tuple(_goal(row.form, place) for place, row in enumerate(_kept(self.goals))),
            gaps=tuple(self.gaps.data or ()),
            parks=tuple(
                PlanPark(park=row.form.park.data or "", role=row.form.role.data or "", section=row.form.section.data)
                for row in _kept(self.parks)
            ),
            measures=tuple(_measure(row.form) for row in _kept(self.measures)),
        )

    def refuse(self, error: DomainError) -> None:
        """Say an objection at the head of the form, and mark the field of a row that it names."""
        place = _NESTED.match(error.field) if isinstance(error, Invalid) else None
        if place is None:
            kit.refuse(self, error)
            return
        name, number, part = place.groups()
        rows = _kept(getattr(self, name))
        self.form_errors.append(kit.sentence(error))
        if int(number) < len(rows):
            field = getattr(rows[int(number)].form, part)
            field.errors = [*field.errors, kit.sentence(error)]


def plan_data(document: PlanDocument) -> dict[str, object]:
    """The document as the form's values."""
    first, last = document.period or ("", "")
    return {
        "first_year": first,
        "last_year": last,
        "review_months": document.review_months or "",
        "chief": document.chief,
        "lead_unit": document.lead_unit,
        "team": document.team,
        "standing": document.standing,
        "firms": "\n".join(document.firms),
        "firms_note": document.firms_note,
        "gaps": list(document.gaps),
        "goals": [
            {
                "text": goal.text,
                "year": goal.year or "",
                "operator": goal.operator,
                "value": "" if goal.value is None else f"{goal.value:f}",
                "unit": goal.unit,
                "indicator": goal.indicator.value if goal.indicator else "",
                "section": goal.section,
            }
            for goal in document.goals
        ],
        "parks": [{"park": row.park, "role": row.role, "section": row.section} for row in document.parks],
        "measures": [
            {"tier": row.tier.value, "text": row.text, "condition": row.condition, "section": row.section}
            for row in document.measures
        ],
    }


def _says(form: Form) -> bool:
    """Whether a row says anything; a chosen tier alone does not."""
    return any(
        bool((field.data or "").strip()) for field in form if field.short_name not in ("tier", "drop", "indicator")
    )


def _kept(rows: FieldList) -> list[FormField]:
    return [row for row in rows if _says(row.form) and not row.form.drop.data]


def _goal(form: GoalForm, place: int) -> PlanGoal:
    typed = (form.value.data or "").strip().replace(",", "").replace("，", "")
    try:
        value = Decimal(typed) if typed else None
    except InvalidOperation:
        raise Invalid(f"goals-{place}-value", N_("「%(typed)s」不是数；单位写在旁边一格。"), typed=typed[:20]) from None
    return PlanGoal(
        text=form.text.data or "",
        year=_number(form.year.data, f"goals-{place}-year"),
        operator=form.operator.data,
        value=value,
        unit=form.unit.data,
        indicator=Indicator(form.indicator.data) if form.indicator.data in set(Indicator) else None,
        section=form.section.data,
    )


def _measure(form: MeasureForm) -> PlanMeasure:
    tier = form.tier.data if form.tier.data in set(Tier) else Tier.MATURE
    return PlanMeasure(
        tier=Tier(tier), text=form.text.data or "", condition=form.condition.data, section=form.section.data
    )


def _number(typed: object, name: str) -> int | None:
    text = str(typed or "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        raise Invalid(name, N_("「%(typed)s」应为整数，例如 2027。"), typed=text[:20])
    return int(text)


class SubmitForm(FlaskForm):
    """Handing a version in, or taking it back."""

    number = HiddenField()
    version = HiddenField()

    def base(self) -> Base:
        return Base(number=whole(self.number.data), version=whole(self.version.data))


class DecideForm(SubmitForm):
    """The chief's word on a version; which one is said by the button."""

    word = TextAreaField(_("审定意见"))


class TaskForm(FlaskForm):
    """A task of a plan."""

    version = HiddenField()
    text = TextAreaField(_("做什么"), validators=[DataRequired(message=_("请写要做什么。"))])
    owner_id = ChoiceField(_("责任人"))
    due_on = DayField(_("期限"), validators=[Optional()])
    segment_id = ChoiceField(_("为哪个环节"))
    park_id = ChoiceField(_("在哪个载体"))

    def offer(
        self,
        people: Sequence[tuple[int, str]],
        segments: Sequence[tuple[int, str]],
        parks: Sequence[tuple[int, str]],
    ) -> TaskForm:
        for field, pairs, none in (
            (self.owner_id, people, gettext("未指定")),
            (self.segment_id, segments, gettext("不针对某个环节")),
            (self.park_id, parks, gettext("不针对某个载体")),
        ):
            field.choices = [("", none), *((str(key), name) for key, name in pairs)]
        return self

    def to_command(self) -> TaskFacts:
        return TaskFacts(
            text=self.text.data or "",
            owner_id=_id(self.owner_id.data),
            due_on=self.due_on.data if isinstance(self.due_on.data, date) else None,
            segment_id=_id(self.segment_id.data),
            park_id=_id(self.park_id.data),
        )


class EndForm(FlaskForm):
    """What came of a task, or why it is dropped."""

    version = HiddenField()
    #: Said by the button that is pressed.
    state = StringField()
    outcome = TextAreaField(_("办到了什么"))


def _id(typed: object) -> int | None:
    number = whole(typed)
    return number if 0 < number <= kit.LARGEST_ID else None
