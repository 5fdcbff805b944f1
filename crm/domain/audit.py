"""Words of the audit trail: what was done to what, for the auditor's page. The trail keeps the dotted words."""

from __future__ import annotations

from crm.domain.labels import N_
from crm.domain.sentences import Sentence

_ACTIONS: dict[str, str] = {
    "session.opened": N_("登录"),
    "session.refused": N_("登录未成功"),
    "session.closed": N_("退出登录"),
    "session.revoked": N_("结束一处登录"),
    "password.changed": N_("改密码"),
    "password.set": N_("用一次性链接设密码"),
    "link.made": N_("发一次性链接"),
    "person.created": N_("新建账号"),
    "person.changed": N_("改账号"),
    "person.disabled": N_("停用账号"),
    "person.enabled": N_("启用账号"),
    "person.preferences": N_("改语言或邮箱"),
    "section.created": N_("新建科室"),
    "lead.created": N_("登记线索"),
    "lead.enquired": N_("公众网站提交线索"),
    "lead.edited": N_("改线索"),
    "lead.screened": N_("筛查线索"),
    "lead.taken": N_("领取线索"),
    "lead.assigned": N_("分派线索"),
    "lead.graded": N_("定线索类别"),
    "tier.overridden": N_("改企业层级"),
    "referrer.told": N_("反馈引荐人"),
    "follow_up.done": N_("完成跟进"),
    "follow_up.planned": N_("排跟进"),
    "follow_up.postponed": N_("顺延跟进"),
    "reminder.snoozed": N_("顺延提醒"),
    "contact.revealed": N_("查看联系方式"),
    "contact.released": N_("向园区放开联系人"),
    "introduction.contact_released": N_("向园区放开联系人"),
    "introduction.sent": N_("推介给园区"),
    "introduction.viewing": N_("约看场地"),
    "introduction.accepted": N_("园区愿接待"),
    "introduction.declined": N_("园区婉拒"),
    "introduction.withdrawn": N_("撤回推介"),
    "comment.written": N_("写评论"),
    "comment.removed": N_("删评论"),
    "file.added": N_("上传文件"),
    "file.removed": N_("移除文件"),
    "enterprise.edited": N_("改企业"),
    "project.created": N_("转为储备项目"),
    "project.stage": N_("项目换阶段"),
    "commitment.added": N_("记承诺"),
    "commitment.edited": N_("改承诺"),
    "commitment.reviewed": N_("公平竞争审查"),
    "commitment.settled": N_("承诺落定"),
    "issue.raised": N_("提出问题"),
    "issue.edited": N_("改问题"),
    "issue.state": N_("问题换状态"),
    "issue.supervised": N_("督办问题"),
    "decision.asked": N_("请领导决定"),
    "decision.given": N_("领导答复"),
    "decision.cleared": N_("撤回请示"),
    "unit.stated": N_("改单元事实"),
    "unit.confirmed": N_("单元核实无误"),
    "setting.changed": N_("改规则"),
    "demo.loaded": N_("装入演示数据"),
    "demo.dropped": N_("移除演示数据"),
    "calendar.changed": N_("改工作日历"),
}
_SUBJECTS: dict[str, str] = {
    "person": N_("账号"),
    "session": N_("登录"),
    "section": N_("科室"),
    "lead": N_("线索"),
    "enterprise": N_("企业"),
    "contact": N_("联系人"),
    "follow_up": N_("跟进"),
    "introduction": N_("推介"),
    "project": N_("项目"),
    "commitment": N_("承诺"),
    "issue": N_("问题"),
    "unit": N_("单元"),
    "park": N_("园区"),
    "reminder": N_("提醒"),
    "setting": N_("规则"),
    "calendar_day": N_("日历"),
}
_REASONS: dict[str, str] = {
    "missing entry": N_("缺了一条"),
    "not bound to the entry before": N_("与前一条接不上"),
    "content was changed": N_("内容被改过"),
    "entries at the end are missing": N_("末尾缺了条目"),
}


def action_words(action: str) -> Sentence:
    """What was done; a word that nobody worded yet shows as itself rather than hiding the entry."""
    return Sentence(_ACTIONS[action]) if action in _ACTIONS else Sentence("%(word)s", {"word": action})


def subject_words(kind: str) -> Sentence:
    """What kind of record it was done to."""
    return Sentence(_SUBJECTS[kind]) if kind in _SUBJECTS else Sentence("%(word)s", {"word": kind})


def reason_words(reason: str) -> Sentence:
    """Why the chain does not hold at an entry."""
    return Sentence(_REASONS[reason]) if reason in _REASONS else Sentence("%(word)s", {"word": reason})
