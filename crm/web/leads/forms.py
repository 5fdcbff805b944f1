"""The forms of leads. They only clean: `to_command()` gives the use case its values."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, StringField, TextAreaField
from wtforms.validators import DataRequired, Optional, StopValidation, ValidationError

from crm.domain.contacts import clean_email, clean_phone
from crm.domain.enterprises.gbt4754 import parse_code
from crm.domain.enterprises.uscc import parse_uscc
from crm.domain.enterprises.words import Title
from crm.domain.errors import DomainError, Invalid
from crm.domain.labels import label
from crm.domain.leads import FollowUpKind, Grade, LeadSource
from crm.domain.policies import Tier
from crm.domain.space import EnvClass, Tenure
from crm.services.follow_ups import NextStep
from crm.services.leads import ContactFacts, EnterpriseFacts, LogLead, Needs
from crm.web import kit
from crm.web.fields import CheckboxesField, ChoiceField, ChoiceRadioField, DayField, MomentField, QuantityField
from crm.web.leads import readings

_ = lazy_gettext
_MUST = _("请填写。")


def words(members: Iterable, first: str | None = None) -> dict[str, str]:
    """Choices of an enumeration in the reader's language; `first` is the word of the empty choice."""
    empty = {} if first is None else {"": first}
    return empty | {member.value: gettext(label(member)) for member in members}


def number_or_none(value: object) -> int | None:
    """A row id from a select or hidden field; None for empty and for nonsense."""
    text = str(value or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def _try(clean: Callable[[str], str], field: StringField) -> None:
    """Let a cleaner judge what was typed; an empty field is not wrong."""
    typed = (field.data or "").strip()
    if not typed:
        return
    try:
        clean(typed)
    except DomainError as error:
        raise ValidationError(kit.sentence(error)) from error


class LeadForm(FlaskForm):
    """Everything that can be said of a lead (issue part 6)."""

    request_id = HiddenField()
    #: The message that was read; the box in which the next one is pasted is `paste`.
    pasted = HiddenField()
    paste = TextAreaField(_("粘贴识别"))
    version = HiddenField()
    enterprise_version = HiddenField()
    enterprise_id = HiddenField()

    name = StringField(_("企业名称"), validators=[DataRequired(message=_("请填写企业名称。"))])
    uscc = StringField(_("统一社会信用代码"))
    segment_id = ChoiceField(_("产业环节"), coerce=str)
    gbt_code = StringField(_("行业代码（GB/T 4754）"))
    employees = QuantityField(_("从业人员"), readings.people)
    revenue = QuantityField(_("年营业收入"), readings.money)
    assets = QuantityField(_("资产总额"), readings.money)
    founded_on = DayField(_("成立日期"), validators=[Optional()])
    above_scale = ChoiceField(_("规上入统"))
    is_listed = ChoiceField(_("上市"))
    titles = CheckboxesField(_("称号"))
    tier_override = ChoiceField(_("层级"))
    tier_reason = StringField(_("改判理由"))

    contact_name = StringField(_("联系人"))
    contact_title = StringField(_("职务"))
    phone = StringField(_("电话"))
    email = StringField(_("邮箱"))
    is_decision_maker = BooleanField(_("能拍板"))

    source = ChoiceField(_("来源"), validators=[DataRequired(message=_("请选来源。"))])
    referrer = StringField(_("引荐人"))
    content = TextAreaField(_("对方诉求（原话）"))
    grade = ChoiceField(_("类别"))

    tenure = ChoiceRadioField(_("方式"))
    area_min = QuantityField(_("面积 最小"), readings.area)
    area_target = QuantityField(_("面积 目标"), readings.area)
    area_max = QuantityField(_("面积 最大"), readings.area)
    budget = QuantityField(_("价格上限"), readings.budget)
    floor_load = QuantityField(_("楼面荷载"), readings.floor_load)
    clear_height = QuantityField(_("净高"), readings.height)
    power = QuantityField(_("用电容量"), readings.power)
    env_class = ChoiceField(_("环评类别"))
    platforms = CheckboxesField(_("意向片区"))
    needed_on = DayField(_("最晚入驻"), validators=[Optional()])
    grace_days = QuantityField(_("可宽限"), readings.days)
    investment = QuantityField(_("总投资"), readings.money)

    next_kind = ChoiceField(_("下一步方式"))
    next_subject = StringField(_("下一步做什么"))
    next_due = MomentField(_("下次跟进"), validators=[Optional()])

    confirm_duplicate = BooleanField(_("仍要登记，写明原因"))
    duplicate_reason = StringField(_("另外登记的原因"))

    #: Fields whose words are kept beside their figures.
    QUANTITIES = (
        "employees", "revenue", "assets", "area_min", "area_target", "area_max", "budget",
        "floor_load", "clear_height", "power", "grace_days", "investment",
    )  # fmt: skip

    def offer(
        self, segments: list[tuple[str, list[tuple[int, str, str]]]], platforms: list[tuple[str, str]]
    ) -> LeadForm:
        """Fill the choices; a form without them accepts nothing."""
        grouped = {chain: {str(key): name for key, name, _words in rows} for chain, rows in segments}
        truth = {"": gettext("未知"), "yes": gettext("是"), "no": gettext("否")}
        self.segment_id.choices = {"": gettext("未定"), **grouped}
        self.platforms.choices = dict(platforms)
        self.above_scale.choices = self.is_listed.choices = truth
        self.titles.choices = words(Title)
        self.tier_override.choices = words(Tier, gettext("按规则"))
        self.source.choices = words(LeadSource, gettext("请选"))
        self.grade.choices = words(Grade, gettext("未定"))
        self.tenure.choices = words(Tenure)
        self.env_class.choices = words(EnvClass, gettext("未问"))
        self.next_kind.choices = words(FollowUpKind)
        for name in self.QUANTITIES:
            self[name].tenure = self.tenure.data or ""
        return self

    def validate(self, extra_validators: object = None) -> bool:
        """A range in one field of the area is taken apart before the figures are judged."""
        split_range(self)
        return super().validate(extra_validators)

    def understand(self) -> None:
        """Read the figures for showing, without judging them: a form that is opened for editing."""
        for name in self.QUANTITIES:
            try:
                self[name].understand()
            except StopValidation:
                continue

    def validate_uscc(self, field: StringField) -> None:
        """All that is wrong is said at once, so what the use case would refuse is tried here already."""
        _try(parse_uscc, field)

    def validate_phone(self, field: StringField) -> None:
        _try(clean_phone, field)

    def validate_email(self, field: StringField) -> None:
        _try(clean_email, field)

    def to_facts(self) -> EnterpriseFacts:
        """What the form says of the enterprise."""
        return EnterpriseFacts(
            id=number_or_none(self.enterprise_id.data),
            name=self.name.data or "",
            uscc=(self.uscc.data or "").strip() or None,
            gbt_code=(self.gbt_code.data or "").strip() or None,
            segment_id=number_or_none(self.segment_id.data),
            employees=self.employees.number,
            revenue_fen=self.revenue.number,
            assets_fen=self.assets.number,
            founded_on=self.founded_on.data,
            above_scale_registered=_truth(self.above_scale.data),
            titles=frozenset(Title(word) for word in self.titles.data or ()),
            is_listed=_truth(self.is_listed.data),
            tier_override=Tier(self.tier_override.data) if self.tier_override.data else None,
            tier_override_reason=self.tier_reason.data or "",
        )

    def to_command(self) -> LogLead:
        """The values for `log_lead` or `edit_lead`; call it on a valid form."""
        facts = self.to_facts()
        return LogLead(
            enterprise=facts,
            contact=ContactFacts(
                name=self.contact_name.data or "",
                title=self.contact_title.data or "",
                phone=self.phone.data or "",
                email=self.email.data or "",
                is_decision_maker=bool(self.is_decision_maker.data),
            ),
            needs=_needs(self),
            source=LeadSource(self.source.data),
            referrer=self.referrer.data or "",
            content=self.content.data or "",
            segment_id=facts.segment_id,
            gbt_code=facts.gbt_code,
            investment_fen=self.investment.number,
            grade=Grade(self.grade.data) if self.grade.data else None,
            typed={name: self[name].data.strip() for name in self.QUANTITIES if (self[name].data or "").strip()},
            next_step=next_step_of(self),
            duplicate_reason=(self.duplicate_reason.data or "") if self.confirm_duplicate.data else "",
            request_id=(self.request_id.data or "")[:40] or None,
            pasted=self.pasted.data or "",
        )


def to_need(form: LeadForm) -> LogLead:
    """What an unfinished form says of the need, for a pre-match. ValueError or Invalid for a choice that does not exist."""
    code = (form.gbt_code.data or "").strip()
    return LogLead(
        enterprise=EnterpriseFacts(),
        source=LeadSource.OTHER,
        needs=_needs(form),
        segment_id=number_or_none(form.segment_id.data),
        gbt_code=parse_code(code) if code else None,
    )


def split_range(form: LeadForm) -> None:
    """「1200–1600」 in one field of the area: the smaller into 最小, the larger into 最大, if those do not say otherwise."""
    tenure = form.tenure.data or ""
    for name in ("area_min", "area_target", "area_max"):
        try:
            ends = readings.area_range((form[name].data or "").strip(), name, tenure)
        except Invalid:
            continue
        if ends is None or any((form[end].data or "").strip() for end in ("area_min", "area_max") if end != name):
            continue
        form[name].data = ""
        form.area_min.data, form.area_max.data = (readings.write("area_min", end.number, tenure) for end in ends)


def _needs(form: LeadForm) -> Needs:
    """What the form says of the space wanted."""
    return Needs(
        tenure=Tenure(form.tenure.data) if form.tenure.data else None,
        area_min=form.area_min.number,
        area_target=form.area_target.number,
        area_max=form.area_max.number,
        budget=form.budget.number,
        floor_load_kg_m2=form.floor_load.number,
        clear_height_cm=form.clear_height.number,
        power_kva=form.power.number,
        env_class=EnvClass(form.env_class.data) if form.env_class.data else None,
        platforms=tuple(form.platforms.data or ()),
        needed_on=form.needed_on.data,
        grace_days=form.grace_days.number or 0,
    )


def _truth(word: str | None) -> bool | None:
    return {"yes": True, "no": False}.get(word or "")


def next_step_of(form: FlaskForm, request_id: str | None = None) -> NextStep | None:
    """The next follow-up if a time is given."""
    due: datetime | None = form.next_due.instant
    if due is None:
        return None
    return NextStep(
        kind=FollowUpKind(form.next_kind.data or FollowUpKind.CALL),
        subject=form.next_subject.data or "",
        due_at=due,
        request_id=request_id,
    )
