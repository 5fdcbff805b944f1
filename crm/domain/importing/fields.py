"""The columns of each kind of table: one declaration serves the template, the mapping, the typing and the export."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from crm.domain.enterprises.words import Title
from crm.domain.importing import cells, writing
from crm.domain.importing.cells import Reader
from crm.domain.importing.writing import Writer
from crm.domain.imports import ImportKind
from crm.domain.labels import N_, label
from crm.domain.leads import Grade, LeadSource
from crm.domain.pipeline import Stage, Track
from crm.domain.space import EnvClass, Tenure


@dataclass(frozen=True, slots=True)
class Field:
    """One column. `label` is the header of template and export (Chinese source text)."""

    key: str
    label: str
    read: Reader
    write: Writer = writing.text
    #: Other headers that mean it, without blanks, brackets and punctuation.
    aliases: tuple[str, ...] = ()
    needed: bool = False
    example: str = ""
    #: Unit shown in the header's brackets.
    unit: str = ""
    #: Choices for the template's drop-down list.
    choices: tuple[str, ...] = ()
    note: str = ""

    @property
    def header(self) -> str:
        return f"{self.label}（{self.unit}）" if self.unit else self.label


def _words(members: type[StrEnum]) -> tuple[str, ...]:
    return tuple(label(member) for member in members)


_YES_NO = ("是", "否")

NAME = Field(
    "name", N_("企业名称"), cells.words(200), needed=True, example="示例诊断技术有限公司",
    aliases=("企业", "公司", "公司名称", "单位名称", "单位", "企业全称", "投资方", "投资主体", "客户名称", "商户名称", "name", "company"),
)  # fmt: skip
USCC = Field(
    "uscc", N_("统一社会信用代码"), cells.uscc,
    aliases=("信用代码", "社会信用代码", "统一信用代码", "uscc", "税号", "纳税人识别号"), note=N_("18 位；有它就按它认企业。"),
)  # fmt: skip
_FIRM: tuple[Field, ...] = (
    Field("gbt_code", N_("行业代码"), cells.industry, example="2770", aliases=("国民经济行业代码", "行业代码gbt4754", "gbt4754", "行业分类代码")),
    Field("employees", N_("从业人员"), cells.employees, unit="人", example="86", aliases=("员工人数", "人数", "职工人数", "从业人数", "员工数")),
    Field("revenue", N_("年营业收入"), cells.money, writing.wan, unit="万元", example="6800", aliases=("营业收入", "年营收", "营收", "年产值", "上年营业收入")),
    Field("assets", N_("资产总额"), cells.money, writing.wan, unit="万元", aliases=("总资产", "资产总计")),
    Field("founded_on", N_("成立日期"), cells.day, writing.day, example="2021-06-18", aliases=("成立时间", "注册日期", "注册时间", "工商注册日期")),
    Field("above_scale", N_("规上入统"), cells.truth, writing.truth, choices=_YES_NO, aliases=("规上", "是否规上", "规上企业", "是否入统")),
    Field("is_listed", N_("上市"), cells.truth, writing.truth, choices=_YES_NO, aliases=("是否上市", "上市公司")),
    Field("titles", N_("称号"), cells.some_of(Title, 小巨人="little_giant", 专精特新小巨人="little_giant"), writing.word, aliases=("资质", "企业称号", "荣誉", "资质荣誉")),
)  # fmt: skip
_CONTACT: tuple[Field, ...] = (
    Field("contact_name", N_("联系人"), cells.person_name, example="示例联系人", aliases=("联系人姓名", "姓名", "对接人", "企业联系人", "联络人")),
    Field("contact_title", N_("职务"), cells.words(80), example="副总经理", aliases=("联系人职务", "职位", "岗位")),
    Field("phone", N_("电话"), cells.phone, example="13800000000", aliases=("联系电话", "手机", "手机号", "手机号码", "联系方式", "联系人电话", "电话号码", "联系人手机", "phone", "mobile")),
    Field("email", N_("邮箱"), cells.email, aliases=("电子邮箱", "联系人邮箱", "电子邮件", "email")),
    Field("is_decision_maker", N_("能拍板"), cells.truth, writing.truth, choices=_YES_NO, aliases=("是否能拍板", "决策人", "是否决策人")),
)  # fmt: skip
SEGMENT = Field("segment", N_("产业环节"), cells.segment, aliases=("环节", "产业链环节", "所属环节", "细分领域", "产业细分"), note=N_("照产业链图谱里的名称；几条链同名时写「产业链/环节」。"))  # fmt: skip
GRADE = Field("grade", N_("类别"), cells.one_of(Grade, A="A", B="B", C="C", A级="A", B级="B", C级="C"), writing.word, choices=_words(Grade), aliases=("等级", "abc类", "分类", "线索等级", "项目类别"))  # fmt: skip
OWNER = Field("owner", N_("负责人"), cells.owner, aliases=("招商专员", "跟进人", "责任人", "经办人", "对接专员"), note=N_("只能是本科室的人；留空就是您自己。"))  # fmt: skip
SOURCE = Field(
    "source", N_("来源"), cells.one_of(LeadSource, 其他="other", 其它="other", 电话="phone", 网站="website", 以商招商="referral", 展会="event", 上级推荐="upper"),
    writing.word, choices=_words(LeadSource), needed=True, example="走访", aliases=("线索来源", "信息来源", "来源渠道", "渠道", "source"),
)  # fmt: skip
REFERRER = Field("referrer", N_("引荐人"), cells.words(120), aliases=("推荐人", "介绍人", "引荐单位", "引荐方"), note=N_("来源是引荐时必填。"))  # fmt: skip
CONTENT = Field("content", N_("对方诉求"), cells.words(4000, multiline=True), example="想租一层做试剂生产", aliases=("诉求", "需求", "需求描述", "线索内容", "内容", "项目内容", "投资意向", "备注", "情况说明", "项目简介", "建设内容"))  # fmt: skip
_SPACE: tuple[Field, ...] = (
    Field("tenure", N_("方式"), cells.one_of(Tenure, 租赁="rent", 出租="rent", 租用="rent", 购买="buy", 买="buy", 地="land", 用地="land", 购地="land"), writing.word, choices=_words(Tenure), example="租", aliases=("租购方式", "租售方式", "用房方式", "需求方式", "载体方式")),
    Field("area_min", N_("面积 最小"), cells.area, writing.area, unit="㎡", aliases=("最小面积", "面积最小", "面积下限")),
    Field("area_target", N_("面积 目标"), cells.area, writing.area, unit="㎡", example="1200", aliases=("面积", "需求面积", "目标面积", "面积需求", "用房面积", "用地面积", "拟用面积"), note=N_("拿地的写「20亩」。")),
    Field("area_max", N_("面积 最大"), cells.area, writing.area, unit="㎡", aliases=("最大面积", "面积最大", "面积上限")),
    Field("budget", N_("价格上限"), cells.budget, writing.budget, example="45", aliases=("租金上限", "租金", "预算", "价格预算", "承受租金", "租金预算"), note=N_("租：元/㎡/月；购：元/㎡；拿地：万元/亩。")),
    Field("floor_load", N_("楼面荷载"), cells.floor_load, writing.load, aliases=("荷载", "承重", "楼面承重"), note=N_("可写 7.5kN/㎡ 或 1吨/平。")),
    Field("clear_height", N_("净高"), cells.height, writing.metres, unit="米", aliases=("净高要求", "层净高")),
    Field("power", N_("用电容量"), cells.power, unit="kVA", aliases=("用电", "用电需求", "变压器容量", "电力需求")),
    Field("env_class", N_("环评类别"), cells.one_of(EnvClass), writing.word, choices=_words(EnvClass), aliases=("环评", "环评等级")),
    Field("platforms", N_("意向片区"), cells.platforms, writing.names, aliases=("片区", "平台", "意向平台", "意向区域")),
    Field("needed_on", N_("最晚入驻"), cells.day, writing.day, aliases=("入驻时间", "入驻日期", "计划入驻", "最晚入驻日期")),
    Field("grace_days", N_("可宽限"), cells.days, unit="天", aliases=("宽限期", "宽限天数")),
)  # fmt: skip
INVESTMENT = Field("investment", N_("总投资"), cells.money, writing.wan, unit="万元", example="3000", aliases=("投资额", "总投资额", "投资总额", "计划总投资", "拟投资额", "投资金额", "计划投资", "investment"))  # fmt: skip

LEADS: tuple[Field, ...] = (
    Field("number", N_("编号"), cells.words(20), aliases=("线索编号", "线索号"), note=N_("只在更新已有线索时填，如 XS-2026-0417；新线索留空。")),
    NAME, USCC, *_CONTACT, SOURCE, REFERRER, CONTENT, SEGMENT, INVESTMENT, *_SPACE, GRADE, OWNER,
    Field("received_on", N_("收到日期"), cells.day, writing.day, aliases=("登记日期", "登记时间", "线索日期", "获取日期", "收到时间", "日期")),
    *_FIRM,
    Field("duplicate_reason", N_("另外登记的原因"), cells.words(300), aliases=("另行登记原因", "重复登记原因"), note=N_("同名、同电话的线索已有时，写明原因才另外登记。")),
)  # fmt: skip
PROJECTS: tuple[Field, ...] = (
    Field("number", N_("编号"), cells.words(20), aliases=("项目编号", "项目号"), note=N_("只在更新已有项目时填，如 CB-2026-0032；新项目留空。")),
    Field("project_name", N_("项目名称"), cells.words(200), needed=True, example="示例诊断试剂生产项目", aliases=("项目", "项目名")),
    NAME, USCC, *_CONTACT,
    Field("source", SOURCE.label, SOURCE.read, writing.word, choices=SOURCE.choices, aliases=SOURCE.aliases, note=N_("留空为其他来源。")),
    REFERRER, CONTENT, SEGMENT,
    Field("stage", N_("阶段"), cells.one_of(Stage), writing.word, choices=_words(Stage), example="储备", aliases=("项目阶段", "当前阶段", "项目进度", "进展阶段"), note=N_("留空为储备。已在库的项目请在页面上推进。")),
    Field("track", N_("落地方式"), cells.one_of(Track, 租赁="carrier", 租="carrier", 购="carrier", 载体="carrier", 用地="land"), writing.word, choices=_words(Track), aliases=("用地或载体", "供地方式")),
    Field("investment", INVESTMENT.label, INVESTMENT.read, writing.wan, unit="万元", example="12000", aliases=INVESTMENT.aliases),
    Field("fixed_investment", N_("固定资产投资"), cells.money, writing.wan, unit="万元", aliases=("固投", "固定资产投资额", "其中固定资产投资")),
    Field("signed", N_("签约金额"), cells.money, writing.wan, unit="万元", aliases=("合同金额", "签约额")),
    Field("signed_on", N_("签约日期"), cells.day, writing.day, aliases=("签约时间", "合同日期")),
    Field("agreed_start_on", N_("约定开工"), cells.day, writing.day, aliases=("计划开工", "计划开工时间", "约定开工日期")),
    Field("agreed_operating_on", N_("约定投产"), cells.day, writing.day, aliases=("计划投产", "计划投产时间", "约定投产日期")),
    Field("park", N_("拟落户园区"), cells.park, aliases=("园区", "落户园区", "载体名称", "拟落户", "落户载体")),
    GRADE, OWNER, *_FIRM,
)  # fmt: skip
ENTERPRISES: tuple[Field, ...] = (NAME, USCC, SEGMENT, *_FIRM)

_OF_KIND: Mapping[ImportKind, tuple[Field, ...]] = {
    ImportKind.LEADS: LEADS,
    ImportKind.PROJECTS: PROJECTS,
    ImportKind.ENTERPRISES: ENTERPRISES,
}


def fields_of(kind: ImportKind) -> tuple[Field, ...]:
    """The columns of a kind, in the order of the template."""
    return _OF_KIND[kind]


def by_key(kind: ImportKind) -> dict[str, Field]:
    return {each.key: each for each in _OF_KIND[kind]}


def in_header_words(kind: ImportKind, fold: Callable[[str], str]) -> dict[str, str]:
    """Folded header → key, for labels and aliases alike; the first declared wins."""
    known: dict[str, str] = {}
    for each in _OF_KIND[kind]:
        for word in (each.label, each.key, *each.aliases):
            known.setdefault(fold(word), each.key)
    return known
