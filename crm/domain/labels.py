"""The words of DOMAIN §1 for every enumeration: one word per thing, in Chinese, translated where it is shown.

Pure code cannot import a translation library, so it marks its sentences with `N_`; the catalogue extractor knows
that name, and templates pass the result through `_()`.
"""

from __future__ import annotations

from enum import StrEnum

from crm.domain.access import Role
from crm.domain.enterprises.words import Size, Title
from crm.domain.introductions import IntroductionState
from crm.domain.leads import FollowUpKind, Grade, LeadSource, LeadState
from crm.domain.pipeline import Batch, Light, LossReason, SideState, Stage, Track, UnmetRequirement
from crm.domain.policies import Instrument, Tier
from crm.domain.space import EnvClass, ParkKind, Region, Tenure, UnitStatus


def N_(sentence: str) -> str:
    """Mark a sentence for translation without translating it."""
    return sentence


# Pairs, not a dictionary: members of different enumerations that share a value ("reserve") would be one key.
LABELS: tuple[tuple[StrEnum, str], ...] = (
    (Role.OFFICER, N_("招商专员")),
    (Role.CHIEF, N_("科长")),
    (Role.PARK_MANAGER, N_("园区管理员")),
    (Role.CHAIN_TEAM, N_("链长专班")),
    (Role.LEADER, N_("区领导")),
    (Role.ADMIN, N_("系统管理员")),
    (Role.SECURITY, N_("安全管理员")),
    (Role.AUDITOR, N_("审计员")),
    (LeadState.NEW, N_("新登记")),
    (LeadState.SCREENING, N_("筛查中")),
    (LeadState.VALID, N_("有效")),
    (LeadState.INVALID, N_("无效")),
    (LeadState.DUPLICATE, N_("重复")),
    (LeadSource.PHONE, N_("来电")),
    (LeadSource.VISIT, N_("走访")),
    (LeadSource.REFERRAL, N_("引荐")),
    (LeadSource.EVENT, N_("招商活动")),
    (LeadSource.UPPER, N_("上级部门")),
    (LeadSource.PARK, N_("园区推荐")),
    (LeadSource.TARGETED, N_("靶向招商")),
    (LeadSource.WEBSITE, N_("专题网站")),
    (LeadSource.OTHER, N_("其他来源")),
    (FollowUpKind.CALL, N_("电话")),
    (FollowUpKind.VISIT, N_("上门拜访")),
    (FollowUpKind.MEETING, N_("会谈")),
    (FollowUpKind.SITE_VISIT, N_("陪同看场地")),
    (FollowUpKind.MESSAGE, N_("发消息")),
    (FollowUpKind.DOCUMENT, N_("收发材料")),
    (FollowUpKind.FEEDBACK, N_("反馈引荐人")),
    (Grade.A, N_("A 类")),
    (Grade.B, N_("B 类")),
    (Grade.C, N_("C 类")),
    (Batch.RESERVE, N_("储备")),
    (Batch.SIGNED, N_("签约")),
    (Batch.STARTED, N_("开工")),
    (Batch.OPERATING, N_("投产")),
    (Stage.RESERVE, N_("储备")),
    (Stage.NEGOTIATING, N_("在谈")),
    (Stage.REVIEW, N_("评审")),
    (Stage.FRAMEWORK, N_("框架")),
    (Stage.SIGNED, N_("签约")),
    (Stage.LANDED, N_("落地")),
    (Stage.STARTED, N_("开工")),
    (Stage.BUILDING, N_("建设")),
    (Stage.OPERATING, N_("投产")),
    (Stage.AT_CAPACITY, N_("达产")),
    (Track.LAND, N_("拿地")),
    (Track.CARRIER, N_("租购载体")),
    (SideState.ACTIVE, N_("推进中")),
    (SideState.ON_HOLD, N_("暂缓")),
    (SideState.LOST, N_("流失")),
    (SideState.TERMINATED, N_("清退")),
    (SideState.TRANSFERRED, N_("流转")),
    (LossReason.SPACE, N_("空间不符")),
    (LossReason.LAND, N_("用地不符")),
    (LossReason.COST, N_("成本")),
    (LossReason.POLICY, N_("政策")),
    (LossReason.SPEED, N_("时效")),
    (LossReason.ECOSYSTEM, N_("配套生态")),
    (LossReason.INVESTOR, N_("投资方原因")),
    (LossReason.COMPETITOR, N_("落户他处")),
    (LossReason.REJECTED_BY_US, N_("我方不予引进")),
    (LossReason.DUPLICATE, N_("重复")),
    (LossReason.UNREACHABLE, N_("失联")),
    (UnmetRequirement.AREA, N_("面积")),
    (UnmetRequirement.HEIGHT, N_("净高")),
    (UnmetRequirement.LOAD, N_("楼面荷载")),
    (UnmetRequirement.POWER, N_("用电容量")),
    (UnmetRequirement.ENV, N_("环评")),
    (UnmetRequirement.FIRE, N_("消防")),
    (UnmetRequirement.TENURE, N_("租售方式")),
    (UnmetRequirement.TIMING, N_("交付时间")),
    (UnmetRequirement.PRICE, N_("价格")),
    (UnmetRequirement.QUOTA, N_("用地指标")),
    (UnmetRequirement.PLANNING, N_("规划")),
    (UnmetRequirement.OTHER, N_("其他")),
    (Light.GREEN, N_("正常")),
    (Light.YELLOW, N_("临期")),
    (Light.RED, N_("逾期")),
    (Tier.MATURE, N_("成熟型")),
    (Tier.GROWTH, N_("成长型")),
    (Tier.INCUBATION, N_("孵化型")),
    (Size.LARGE, N_("大型")),
    (Size.MEDIUM, N_("中型")),
    (Size.SMALL, N_("小型")),
    (Size.MICRO, N_("微型")),
    (Size.NOT_APPLICABLE, N_("不适用")),
    (Size.UNKNOWN, N_("未知")),
    (Title.SPECIALISED, N_("专精特新")),
    (Title.LITTLE_GIANT, N_("专精特新「小巨人」")),
    (Title.GAZELLE, N_("瞪羚")),
    (Title.UNICORN, N_("独角兽")),
    (Title.HIDDEN_CHAMPION, N_("隐形冠军")),
    (Instrument.LAND_QUOTA, N_("用地指标")),
    (Instrument.SPLIT_TRANSFER, N_("分割转让")),
    (Instrument.GUARANTEED_HOUSING, N_("产业保障房（只租不售）")),
    (Instrument.INCUBATOR, N_("孵化基地")),
    (Tenure.RENT, N_("租")),
    (Tenure.BUY, N_("购")),
    (Tenure.LAND, N_("拿地")),
    (Region.NORTH, N_("北片")),
    (Region.SOUTH, N_("南片")),
    (EnvClass.EXEMPT, N_("豁免")),
    (EnvClass.REGISTRATION, N_("登记表")),
    (EnvClass.REPORT_TABLE, N_("报告表")),
    (EnvClass.REPORT_BOOK, N_("报告书")),
    (UnitStatus.AVAILABLE, N_("可供")),
    (UnitStatus.HELD, N_("预留")),
    (UnitStatus.LET, N_("已租售")),
    (UnitStatus.UNAVAILABLE, N_("暂不可供")),
    (ParkKind.PARK, N_("产业园")),
    (ParkKind.AREA, N_("片区")),
    (ParkKind.BUILDING, N_("楼宇")),
    (ParkKind.MALL, N_("商业综合体")),
    (ParkKind.MARKET, N_("专业市场")),
    (ParkKind.LAND, N_("产业用地")),
    (ParkKind.LANDMARK, N_("地标")),
    (ParkKind.CENTRE, N_("创新中心")),
    (ParkKind.PLANNED, N_("谋划中")),
    (ParkKind.OUTSIDE, N_("区外协同")),
    (IntroductionState.RECOMMENDED, N_("已推荐")),
    (IntroductionState.INTRODUCED, N_("已推介")),
    (IntroductionState.VIEWING, N_("看场地")),
    (IntroductionState.ACCEPTED, N_("愿接待")),
    (IntroductionState.DECLINED, N_("不合适")),
    (IntroductionState.WITHDRAWN, N_("已撤回")),
)
_BY_NAME = {(type(member).__name__, member.value): text for member, text in LABELS}


def label(member: StrEnum) -> str:
    """The Chinese word (msgid) of an enumeration member; a member without a word is a programming error."""
    return _BY_NAME[(type(member).__name__, member.value)]
