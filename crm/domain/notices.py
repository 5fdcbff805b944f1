"""What an in-app notice says: made from its kind and values when it is read, in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Mapping

from crm.domain.labels import N_, label
from crm.domain.pipeline import Stage
from crm.domain.reminders import Rule
from crm.domain.sentences import Sentence

#: The names of a sentence's values.
_NAMES = re.compile(r"%\((\w+)\)s")

_WORDS: dict[str, str] = {
    "introduction.sent": N_("有企业推介给%(park)s，等您答复"),
    "introduction.contact_released": N_("专员放行了一家企业的联系人给%(park)s"),
    "introduction.withdrawn": N_("给%(park)s的一次推介已撤回"),
    "introduction.viewing": N_("%(park)s约定了看场地"),
    "introduction.accepted": N_("%(park)s答复：愿接待"),
    "introduction.declined": N_("%(park)s答复：不合适，原因已写明"),
    "lead.assigned": N_("一条线索分派给您：%(number)s"),
    "leads.assigned": N_("%(by)s把 %(count)s 条线索分派给您"),
    "comment.mention": N_("%(by)s在 %(number)s 的评论里 @ 了您"),
    "comment.written": N_("%(by)s评论了您的线索 %(number)s"),
    "lead.merged": N_("%(by)s把线索 %(other)s 并入 %(number)s"),
    "lead.handed_over": N_("%(by)s把线索 %(number)s 转交给您：%(note)s"),
    "lead.passed_on": N_("%(section)s%(by)s转来线索 %(number)s 同一家的消息，请看时间线"),
    "merge.asked": N_("%(section)s%(by)s请您一起看「%(one)s」和「%(other)s」是否同一家：%(note)s"),
    "transfer.asked": N_("%(section)s请求把线索 %(number)s 移交给您的科室：%(note)s"),
    "transfer.accepted": N_("%(section)s接收了线索 %(number)s，由%(person)s负责"),
    "transfer.refused": N_("%(section)s没有接收线索 %(number)s：%(note)s"),
    "transfer.withdrawn": N_("%(section)s撤回了线索 %(number)s 的移交"),
    "protection.asked": N_("%(by)s为线索 %(number)s 申请延长首谈保护，等您审批"),
    "protection.extended": N_("线索 %(number)s 的首谈保护延至 %(to)s"),
    "protection.refused": N_("线索 %(number)s 的延保申请没有通过：%(note)s"),
    "stage.asked": N_("%(by)s申请把项目 %(number)s 推进到%(stage)s，等您审批"),
    "stage.approved": N_("%(by)s同意项目 %(number)s 进入%(stage)s"),
    "stage.refused": N_("%(by)s没有同意项目 %(number)s 进入%(stage)s：%(note)s"),
    "lead.enquired": N_("专题网站收到一条新需求：%(number)s"),
    "session.guessed": N_("账号 %(login)s 连续输错密码 %(times)s 次，来自 %(address)s"),
    "issue.assigned": N_("%(by)s请您盯办问题 %(number)s：%(enterprise)s"),
    "issue.supervised": N_("%(by)s督办问题 %(number)s（%(enterprise)s）：%(note)s"),
    "issue.reopened": N_("问题 %(number)s 重新打开：%(note)s"),
    "decision.asked": N_("%(by)s就项目 %(number)s（%(enterprise)s）请您决定"),
    "decision.given": N_("%(by)s已答复项目 %(number)s（%(enterprise)s）：%(note)s"),
    "targets.assigned": N_("%(by)s请您接触「%(segment)s」的 %(count)s 家目标企业"),
    "commitment.barred": N_("项目 %(number)s（%(enterprise)s）的一条承诺同纳税挂钩，请改写"),
    "plan.submitted": N_("%(by)s把「%(chain)s」一链一策第 %(number)s 版送您审定"),
    "plan.approved": N_("%(by)s审定了「%(chain)s」一链一策第 %(number)s 版"),
    "plan.sent_back": N_("%(by)s退回了「%(chain)s」一链一策第 %(number)s 版：%(note)s"),
    "plan_task.assigned": N_("%(by)s把「%(chain)s」的方案任务交给您：%(task)s"),
    "plan_task.done": N_("%(by)s办结了「%(chain)s」的方案任务：%(task)s"),
    "reminder.start_near": N_("%(enterprise)s约定 %(date)s 开工，还有 %(days)s 天"),
    "reminder.yellow": N_("临期：%(enterprise)s，%(rule)s"),
    "reminder.red": N_("逾期：%(enterprise)s，%(rule)s"),
    "reminder.chief": N_("抄送科长：%(enterprise)s，%(rule)s"),
    "reminder.leader": N_("抄送区领导：%(enterprise)s，%(rule)s"),
}
_RULES: dict[Rule, str] = {
    Rule.FOLLOW_UP_DUE: N_("跟进到期"),
    Rule.LEAD_UNOWNED: N_("线索无人负责"),
    Rule.LEAD_UNSCREENED: N_("线索未筛查"),
    Rule.REFERRER_UNTOLD: N_("引荐人未反馈"),
    Rule.INTRODUCTION_UNANSWERED: N_("园区未答复推介"),
    Rule.PROTECTION_ENDING: N_("首谈保护将到期"),
    Rule.LEAD_SILENT: N_("线索长时间没有进展"),
    Rule.PROJECT_SILENT: N_("项目长时间没有进展"),
    Rule.REVIEW_WAITING: N_("评审没有结论"),
    Rule.SIGNED_INCOMPLETE: N_("签约材料不齐"),
    Rule.NOT_REGISTERED: N_("签约后未注册"),
    Rule.START_OVERDUE: N_("约定开工到期"),
    Rule.EXIT_REVIEW: N_("长期未开工，评估清退"),
    Rule.BUILDING_BEHIND: N_("建设落后计划"),
    Rule.MONTH_UNRECORDED: N_("没有建设月报"),
    Rule.HOLD_REVIEW: N_("暂缓复核日到了"),
    Rule.COMMITMENT_DUE: N_("承诺到期"),
    Rule.ISSUE_DUE: N_("问题到期"),
    Rule.PLAN_TASK_DUE: N_("方案任务到期"),
    Rule.PLAN_REVIEW: N_("一链一策该复核"),
    Rule.SEGMENT_SURVEY: N_("环节调研过期"),
    Rule.TARGET_DUE: N_("目标企业该接触"),
    Rule.ARCHIVE_PROPOSED: N_("长期没有进展，考虑归档"),
}


def notice_sentence(kind: str, params: Mapping[str, object]) -> Sentence:
    """The sentence of a notice. A kind nobody worded shows as itself, and a value that an old notice lacks stays
    empty, rather than hiding the notice."""
    msgid = _WORDS.get(kind)
    if msgid is None:
        return Sentence("%(kind)s", {"kind": kind})
    values: dict[str, object] = dict.fromkeys(_NAMES.findall(msgid), "") | dict(params)
    if values.get("rule") in {rule.value for rule in Rule}:
        values["rule"] = rule_words(Rule(str(values["rule"])))
    if values.get("stage") in {stage.value for stage in Stage}:
        values["stage"] = Sentence(label(Stage(str(values["stage"]))))
    return Sentence(msgid, values)


def rule_words(rule: Rule) -> Sentence:
    """What a rule watches, in a few words."""
    return Sentence(_RULES[rule])
