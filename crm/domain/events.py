"""What the kinds of the activity log say in a timeline (DOMAIN §7): a title, and the words that people wrote.

An event stores its kind and plain values; the sentence is made here when it is read, so that it speaks the reader's
language. A new kind of event adds its line to `_TITLES` (and to `services.timeline.SUBSTANTIVE` if it is a contact,
visit, document or stage change).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

from crm.domain.commitments import CommitmentSide, CommitmentState, FairCompetition
from crm.domain.introductions import IntroductionState
from crm.domain.issues import IssueState
from crm.domain.labels import N_, label
from crm.domain.leads import FollowUpKind, Grade, LeadSource, LeadState
from crm.domain.notices import rule_words
from crm.domain.pipeline import LossReason, SideState, Stage, UnmetRequirement
from crm.domain.policies import Tier
from crm.domain.reminders import Rule
from crm.domain.sentences import Sentence

_TITLES: dict[str, str] = {
    "lead.created": N_("登记线索，来源：%(source)s"),
    "lead.enquired": N_("公众网站提交线索"),
    "lead.edited": N_("修改：%(fields)s"),
    "lead.screened": N_("筛查结论：%(verdict)s"),
    "lead.taken": N_("%(person)s领取线索"),
    "lead.assigned": N_("分派给%(person)s"),
    "lead.graded": N_("定为%(grade)s"),
    "lead.matched": N_("重新匹配园区"),
    "tier.overridden": N_("层级改为%(tier)s"),
    "referrer.told": N_("已反馈引荐人"),
    "follow_up.planned": N_("排定下次：%(manner)s · %(subject)s"),
    "follow_up.done": N_("%(manner)s · %(subject)s"),
    "follow_up.postponed": N_("顺延至 %(to)s：%(subject)s"),
    "contact.revealed": N_("查看了联系方式"),
    "introduction.sent": N_("推介给%(park)s"),
    "introduction.viewing": N_("%(park)s约定看场地"),
    "introduction.accepted": N_("%(park)s答复：愿接待"),
    "introduction.declined": N_("%(park)s答复：不合适"),
    "introduction.withdrawn": N_("撤回给%(park)s的推介"),
    "introduction.contact_released": N_("向%(park)s放开联系人"),
    "comment.written": N_("评论"),
    "file.added": N_("上传 %(file)s"),
    "file.removed": N_("移除 %(file)s"),
    "project.stage": N_("项目进入%(stage)s"),
    "project.returned": N_("项目退回%(stage)s"),
    "project.facts": N_("补充项目事实 %(count)s 项"),
    "evidence.added": N_("交来证据：%(evidence)s"),
    "evidence.withdrawn": N_("撤下证据：%(evidence)s"),
    "stage.asked": N_("申请进入%(stage)s，等科长审批"),
    "stage.refused": N_("没有同意进入%(stage)s"),
    "stage.withdrawn": N_("撤回进入%(stage)s的申请"),
    "project.side": N_("项目%(side)s"),
    "project.revived": N_("项目恢复推进"),
    "project.capital": N_("增资 %(amount)s"),
    "project.month": N_("%(month)s 月度进度：完成 %(percent)s%%"),
    "project.repeats": N_("认定为 %(number)s 的重复签约，不另计"),
    "reminder.snoozed": N_("提醒延后至 %(to)s：%(rule)s"),
    "lead.merged": N_("并入线索 %(subject)s；没有采用的值：%(fields)s"),
    "lead.unmerged": N_("撤销与线索 %(subject)s 的合并"),
    "enterprise.merged": N_("企业并入「%(subject)s」；没有采用的值：%(fields)s"),
    "enterprise.unmerged": N_("撤销与企业「%(subject)s」的合并"),
    "contact.merged": N_("合并了联系人；没有采用的值：%(fields)s"),
    "contact.unmerged": N_("撤销联系人的合并"),
    "lead.noted": N_("阶段备注"),
    "bulk.undone": N_("撤销一次批量修改"),
    "lead.handed_over": N_("转交给%(person)s"),
    "lead.released": N_("放入公海"),
    "lead.claimed": N_("%(person)s从公海领取"),
    "lead.passed_on": N_("%(section)s%(person)s转来同一家的消息"),
    "transfer.asked": N_("申请移交给%(section)s"),
    "transfer.accepted": N_("移交给%(section)s，由%(person)s负责"),
    "transfer.refused": N_("%(section)s没有接收移交"),
    "transfer.withdrawn": N_("撤回移交申请"),
    "protection.asked": N_("申请延长首谈保护"),
    "protection.extended": N_("首谈保护延至 %(to)s"),
    "protection.refused": N_("没有同意延长首谈保护"),
    "referrer.named": N_("引荐企业：%(enterprise)s"),
    "commitment.added": N_("记下%(promised)s"),
    "commitment.edited": N_("修改%(promised)s"),
    "commitment.reviewed": N_("公平竞争审查：%(verdict_given)s"),
    "commitment.settled": N_("%(promised)s：%(commitment_state)s"),
    "issue.raised": N_("提出问题 %(number)s，请%(department)s解决"),
    "issue.edited": N_("修改问题 %(number)s"),
    "issue.state": N_("问题 %(number)s：%(issue_state)s"),
    "issue.supervised": N_("问题 %(number)s 列入督办"),
    "issue.unsupervised": N_("问题 %(number)s 解除督办"),
    "decision.asked": N_("请领导决定"),
    "decision.cleared": N_("撤回请领导决定的事项"),
    "decision.given": N_("领导已答复"),
}
#: Values that are members of an enumeration, by the name under which events carry them.
_ENUMS: dict[str, type[StrEnum]] = {
    "source": LeadSource,
    "verdict": LeadState,
    "grade": Grade,
    "manner": FollowUpKind,
    "state": IntroductionState,
    "stage": Stage,
    "side": SideState,
    "promised": CommitmentSide,
    "commitment_state": CommitmentState,
    "verdict_given": FairCompetition,
    "issue_state": IssueState,
    "tier": Tier,
    "reason": LossReason,
    "requirement": UnmetRequirement,
}
#: Words of the fields that an edit may change; `lead.edited` lists them.
FIELDS: dict[str, str] = {
    "name": N_("企业名称"),
    "uscc": N_("统一社会信用代码"),
    "segment": N_("产业环节"),
    "gbt_code": N_("行业代码"),
    "employees": N_("从业人员"),
    "revenue": N_("营业收入"),
    "assets": N_("资产总额"),
    "founded_on": N_("成立日期"),
    "above_scale_registered": N_("规上入统"),
    "titles": N_("称号"),
    "is_listed": N_("上市"),
    "tier": N_("层级"),
    "contact": N_("联系人"),
    "source": N_("来源"),
    "referrer": N_("引荐人"),
    "content": N_("诉求"),
    "investment": N_("总投资"),
    "grade": N_("类别"),
    "tenure": N_("租售方式"),
    "area": N_("面积"),
    "budget": N_("价格上限"),
    "floor_load": N_("楼面荷载"),
    "clear_height": N_("净高"),
    "power": N_("用电容量"),
    "env_class": N_("环评类别"),
    "platforms": N_("意向片区"),
    "needed_on": N_("最晚入驻"),
    "verdict": N_("筛查结论"),
    "is_top500": N_("500 强"),
    "is_chain_leader": N_("链主"),
    "about": N_("备注"),
    "space": N_("方式、面积、价格上限"),
    "contact_name": N_("联系人姓名"),
    "contact_title": N_("职务"),
    "phone": N_("电话"),
    "email": N_("邮箱"),
    "is_decision_maker": N_("决策人"),
}
_NOTHING = N_("无")
_NAMES = re.compile(r"%\((\w+)\)s")
_UNKNOWN_KIND = N_("系统记录")
#: Free text that an event carries, in the order in which it is looked for.
_TEXTS = ("outcome", "note", "message", "reason")


def sentence(kind: str, params: Mapping[str, object]) -> Sentence:
    """The title of an event; `.say(gettext)` words it. A kind that is not known here is shown as a plain record."""
    title = _TITLES.get(kind)
    if title is None:
        return Sentence(_UNKNOWN_KIND)
    manner = _member("manner", params.get("manner"))
    if kind == "follow_up.done" and manner is not None and params.get("subject") == label(manner):
        return Sentence(label(manner))
    # An old event may lack a name that its sentence has learnt since: that reads as nothing.
    values: dict[str, object] = dict.fromkeys(_NAMES.findall(title), "")
    values |= {name: _worded(name, value) for name, value in params.items()}
    return Sentence(title, values)


def text(kind: str, params: Mapping[str, object]) -> str:
    """What a person wrote with the event: outcome, note or reason; "" if nothing. Never translated."""
    for name in _TEXTS:
        value = params.get(name)
        if isinstance(value, str) and value and not (name == "reason" and _member("reason", value)):
            return value
    return ""


def declined(params: Mapping[str, object]) -> Sentence | None:
    """Why a park declined, in words: coded reason, unmet requirement, its value."""
    reason = _member("reason", params.get("reason"))
    if reason is None:
        return None
    requirement = _member("requirement", params.get("requirement"))
    if requirement is None:
        return Sentence(label(reason))
    return Sentence(
        N_("%(reason)s：%(requirement)s %(value)s"),
        {
            "reason": Sentence(label(reason)),
            "requirement": Sentence(label(requirement)),
            "value": params.get("value") or "",
        },
    )


def _worded(name: str, value: object) -> object:
    if name == "fields" and value == []:
        return Sentence(_NOTHING)
    if name == "fields" and isinstance(value, list):
        words = {f"f{n}": Sentence(FIELDS.get(str(item), str(item))) for n, item in enumerate(value)}
        return Sentence("、".join(f"%({name})s" for name in words), words)
    if name == "rule" and value in {rule.value for rule in Rule}:
        return rule_words(Rule(str(value)))
    member = _member(name, value)
    return Sentence(label(member)) if member is not None else value


def _member(name: str, value: object) -> StrEnum | None:
    members = _ENUMS.get(name)
    if members is None or not isinstance(value, str):
        return None
    try:
        return members(value)
    except ValueError:
        return None
