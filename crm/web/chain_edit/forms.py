"""Forms of the editor. Each carries the revision that it was opened with and asks why."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, HiddenField, IntegerField, StringField, TextAreaField
from wtforms.validators import Length, NumberRange, Optional, StopValidation

from chains.engine.model import Chain, Confidence, Placement, Segment, SourceRef, Survey
from crm.domain.enterprises.gbt4754 import parse_code
from crm.domain.errors import Invalid
from crm.domain.labels import N_, label
from crm.domain.space import EnvClass
from crm.domain.text import clean_text
from crm.infra.clock import today
from crm.services.chain_maps import POSITIONS, REASON_LENGTH
from crm.web import kit
from crm.web.chain_edit.shown import segment_name, source_title
from crm.web.fields import CheckboxesField, ChoiceField, DayField

NEW_GROUP = "+"
_WORD = 60
_SEPARATORS = re.compile(r"[\n,，、;；]+")


class EditForm(FlaskForm):
    """What every form of the editor has."""

    base = HiddenField()
    reason = StringField(lazy_gettext("为什么改"), [Length(max=REASON_LENGTH)])

    def began(self) -> int:
        """The revision that the form was opened with; 0 for none or nonsense."""
        text = self.base.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0

    def said(self, field: str, longest: int, *, multiline: bool = False) -> str:
        """A field's text, cleaned."""
        return clean_text(self[field].data, longest, field, multiline=multiline)


def words_of(text: str | None, field: str) -> tuple[str, ...]:
    """Words typed one below the other or with commas between them, each once."""
    found = (clean_text(each, _WORD, field) for each in _SEPARATORS.split(text or ""))
    return tuple(dict.fromkeys(each for each in found if each))


def place_choices(chain: Chain, segment: Segment | None) -> list[tuple[str, object]]:
    """Where a segment can stand: a position without a group, one of its groups, or a group still to be made."""
    choices: list[tuple[str, object]] = []
    groups = chain.group_keys()
    is_group = segment is not None and segment.key in groups
    for position, word in POSITIONS.items():
        choices.append((position, gettext("%(position)s · 不分组", position=gettext(word))))
        if is_group:
            continue
        for each in chain.segments:
            if each.key in groups and each.position == position:
                choices.append((f"{position}/{each.key}", f"{gettext(word)} · {segment_name(each)}"))
        choices.append((f"{position}/{NEW_GROUP}", gettext("%(position)s · 新建分组…", position=gettext(word))))
    return choices


class SegmentForm(EditForm):
    """What a segment is, and where it stands."""

    name_zh = StringField(lazy_gettext("名称"), [Length(max=80)])
    name_en = StringField(lazy_gettext("英文名"), [Length(max=120)])
    place = ChoiceField(lazy_gettext("位置与分组"))
    new_group = StringField(lazy_gettext("新分组的名称"), [Length(max=80)])
    products = TextAreaField(lazy_gettext("产品"), [Length(max=2000)])
    gbt = StringField(lazy_gettext("行业代码（GB/T 4754—2017）"), [Length(max=200)])
    aliases = TextAreaField(lazy_gettext("别名和常用说法"), [Length(max=2000)])
    space = ChoiceField(lazy_gettext("空间模板"))
    reference = IntegerField(lazy_gettext("参照企业数"), [Optional(), NumberRange(0, 100_000_000)])
    sources = CheckboxesField(lazy_gettext("来源"))

    def offer(self, chain: Chain, segment: Segment | None) -> SegmentForm:
        """With the choices of this chain."""
        self.place.choices = kit.choices(place_choices(chain, segment))
        spaces = [(space.key, space.name_zh) for space in chain.spaces]
        self.space.choices = kit.choices([("", gettext("（没有）")), *spaces])
        self.sources.choices = kit.choices((source.key, source_title(source)) for source in chain.sources)
        return self

    def validate_name_zh(self, field: StringField) -> None:
        if not (field.data or "").strip():
            raise StopValidation(gettext("请填写环节名称。"))

    def validate_new_group(self, field: StringField) -> None:
        if (self.place.data or "").endswith(f"/{NEW_GROUP}") and not (field.data or "").strip():
            raise StopValidation(gettext("请填写新分组的名称。"))

    def codes(self) -> tuple[str, ...]:
        """The codes as typed, each checked. Invalid names the field."""
        try:
            return tuple(parse_code(code) for code in words_of(self.gbt.data, "gbt"))
        except Invalid as error:
            raise Invalid("gbt", error.sentence, **error.params) from error

    def applied(self, segment: Segment, sections: dict[str, str]) -> Segment:
        """The segment with what was typed; its place is `placed`'s matter. Sections by source."""
        return replace(
            segment,
            name_zh=self.said("name_zh", 80),
            name_en=self.said("name_en", 120),
            products=words_of(self.products.data, "products"),
            gbt=self.codes(),
            aliases=words_of(self.aliases.data, "aliases"),
            space=self.space.data or None,
            reference=self.reference.data,
            sources=tuple(
                SourceRef(key, clean_text(sections.get(key), 40, "sources") or None) for key in self.sources.data or ()
            ),
        )

    def placed(self) -> tuple[str, str | None]:
        """Position and group; the group may be `NEW_GROUP`."""
        position, _slash, group = (self.place.data or "").partition("/")
        return position, group or None


def filled(form: SegmentForm, segment: Segment) -> None:
    """Show what is known of a segment."""
    form.name_zh.data, form.name_en.data = segment.name_zh, segment.name_en
    form.place.data = f"{segment.position}/{segment.parent}" if segment.parent else segment.position
    form.products.data, form.aliases.data = "\n".join(segment.products), "\n".join(segment.aliases)
    form.gbt.data = "、".join(segment.gbt)
    form.space.data, form.reference.data = segment.space or "", segment.reference
    form.sources.data = [reference.key for reference in segment.sources]


class ReasonForm(EditForm):
    """Nothing but a reason."""


class HeirForm(EditForm):
    """Another segment of the chain, by name."""

    into = ChoiceField(lazy_gettext("合并到"))

    def validate_into(self, field: ChoiceField) -> None:
        if not field.data:
            raise StopValidation(gettext("请选择合并到哪个环节。"))


class SplitForm(EditForm):
    """What goes to the new segment."""

    name_zh = StringField(lazy_gettext("新环节的名称"), [Length(max=80)])
    name_en = StringField(lazy_gettext("英文名"), [Length(max=120)])
    products = CheckboxesField(lazy_gettext("分给新环节的产品"))
    suppliers = CheckboxesField(lazy_gettext("改供新环节的供应方"))
    customers = CheckboxesField(lazy_gettext("改由新环节供应的采购方"))
    firms = CheckboxesField(lazy_gettext("转到新环节的企业"))
    both = BooleanField(lazy_gettext("选中的关系和企业，原环节也保留"))

    def validate_name_zh(self, field: StringField) -> None:
        if not (field.data or "").strip():
            raise StopValidation(gettext("请填写新环节的名称。"))


def read_share(text: str | None) -> Fraction | None:
    """3/10, 30% or 0.3 of all inputs; None for nothing. Invalid names the field."""
    typed = (text or "").strip().translate(str.maketrans("％／．０１２３４５６７８９", "%/.0123456789"))
    if not typed:
        return None
    match = re.fullmatch(r"(\d{1,6})\s*/\s*(\d{1,6})|(\d{1,3}(?:\.\d{1,4})?)\s*(%?)", typed)
    if match is None or (match[2] and not int(match[2])):
        raise Invalid("share", N_("份额请写成 3/10、30％ 或 0.3 的样子；不知道就留空。"))
    if match[2]:
        return Fraction(int(match[1]), int(match[2]))
    return Fraction(match[3]) / (100 if match[4] else 1)


class EdgeForm(EditForm):
    """One more supplier or customer."""

    side = HiddenField()
    other = StringField(lazy_gettext("环节"), [Length(max=80)])
    share = StringField(lazy_gettext("占采购方投入的份额"), [Length(max=20)])


class ShareForm(EdgeForm):
    """Another share of an edge that stands in the list; `ends` says of which."""

    ends = ("", "")


class PlacementForm(EditForm):
    """A firm on a segment: who, and how that is known."""

    enterprise_id = HiddenField()
    name = StringField(lazy_gettext("企业"), [Length(max=200)], id="firm-name")
    is_new = BooleanField(lazy_gettext("名录里没有，按这个名称登记"))
    leader = BooleanField(lazy_gettext("链主企业"))
    section = StringField(lazy_gettext("文件章节"), [Length(max=40)], id="firm-section")
    source = StringField(lazy_gettext("来源"), [Length(max=300)])
    on = DayField(lazy_gettext("确认日期"))
    confidence = ChoiceField(lazy_gettext("可信度"))
    #: The firm whose claim is changed; empty for a new one.
    old = ""

    def offer(self) -> PlacementForm:
        pairs = [(each.value, gettext(label(each))) for each in Confidence]
        self.confidence.choices = kit.choices([("", gettext("（未注明）")), *pairs])
        return self

    def validate_on(self, field: DayField) -> None:
        _not_to_come(field)

    def facts(self, old: Placement | None = None) -> dict[str, object]:
        """What was typed, as facts of the claim; a leader is said or, if nobody said anything before, not said."""
        unsaid = old.leader if old is not None and not old.leader else None
        return {
            "leader": True if self.leader.data else unsaid,
            "section": self.said("section", 40) or None,
            "source": self.said("source", 300) or None,
            "on": self.on.data.isoformat() if self.on.data else None,
            "confidence": self.confidence.data or None,
        }


class SurveyForm(EditForm):
    """Somebody looked who stands here."""

    on = DayField(lazy_gettext("哪一天调研"), id="survey-on")
    by = StringField(lazy_gettext("谁去的"), [Length(max=80)])
    note = TextAreaField(lazy_gettext("看到了什么"), [Length(max=1000)])

    def validate_on(self, field: DayField) -> None:
        if field.data is None:
            raise StopValidation(gettext("请填写调研的日期。"))
        _not_to_come(field)

    def found(self) -> Survey:
        """The survey as typed."""
        note = self.said("note", 1000, multiline=True)
        return Survey(self.on.data.isoformat(), self.said("by", 80) or None, note or None)


class WholeForm(EditForm):
    """What is said of the chain as a whole."""

    name_en = StringField(lazy_gettext("英文名"), [Length(max=120)])
    summary = TextAreaField(lazy_gettext("一句话概括"), [Length(max=1000)])
    total = IntegerField(lazy_gettext("参照地区企业总数"), [Optional(), NumberRange(1, 100_000_000)])
    register = StringField(lazy_gettext("依据哪个名录"), [Length(max=160)])
    counted_on = DayField(lazy_gettext("统计日期"))

    def validate_summary(self, field: TextAreaField) -> None:
        if not (field.data or "").strip():
            raise StopValidation(gettext("请用一句话概括这条产业链。"))

    def validate_register(self, field: StringField) -> None:
        if self.total.data is not None and not (field.data or "").strip():
            raise StopValidation(gettext("请写明企业总数依据哪个名录。"))


class SourceForm(EditForm):
    """A source that segments can cite."""

    title = StringField(lazy_gettext("来源名称"), [Length(max=200)])
    date = DayField(lazy_gettext("日期"))
    status = StringField(lazy_gettext("版本状态（文件）"), [Length(max=40)])

    def validate_title(self, field: StringField) -> None:
        if not (field.data or "").strip():
            raise StopValidation(gettext("请填写来源名称。"))
        if self.date.data is None and not (self.status.data or "").strip():
            raise StopValidation(gettext("来源要写明日期，文件要写明版本状态。"))


class SpaceForm(EditForm):
    """A space template; figures are floors."""

    space_key = HiddenField()
    name = StringField(lazy_gettext("模板名称"), [Length(max=80)])
    area_min = IntegerField(lazy_gettext("面积下限"), [NumberRange(1, 10_000_000)])
    area_max = IntegerField(lazy_gettext("面积上限"), [NumberRange(1, 10_000_000)])
    env_class = ChoiceField(lazy_gettext("环评类别"))
    load = IntegerField(lazy_gettext("楼面荷载"), [Optional(), NumberRange(1, 1_000_000)])
    height = IntegerField(lazy_gettext("净高"), [Optional(), NumberRange(1, 1_000_000)])
    power = IntegerField(lazy_gettext("用电容量"), [Optional(), NumberRange(1, 1_000_000)])
    estimate = BooleanField(lazy_gettext("估计值"))

    def offer(self) -> SpaceForm:
        self.env_class.choices = kit.choices((each.value, gettext(label(each))) for each in EnvClass)
        return self

    def validate_name(self, field: StringField) -> None:
        if not (field.data or "").strip():
            raise StopValidation(gettext("请填写模板名称。"))

    def validate_area_max(self, field: IntegerField) -> None:
        if self.area_min.data and field.data and self.area_min.data > field.data:
            raise StopValidation(gettext("上限不能小于下限。"))


class ImportForm(EditForm):
    """A file or its text."""

    file = FileField(lazy_gettext("图谱文件（YAML）"))
    document = TextAreaField(lazy_gettext("图谱文本"))


class RestoreForm(EditForm):
    """Which revision comes back."""

    number = IntegerField(validators=[NumberRange(1, 10**8)])


def _not_to_come(field: DayField) -> None:
    if field.data is not None and field.data > today():
        raise StopValidation(gettext("日期还没有到。"))


def named_segments(chain: Chain) -> dict[str, str]:
    """Keys of the segments that edges and firms can hang on, by Chinese name."""
    return {segment.name_zh: segment.key for segment in chain.leaves()}


def options(pairs: Iterable[tuple[str, str]], field: CheckboxesField) -> None:
    """Set the boxes of a field."""
    field.choices = kit.choices(pairs)
