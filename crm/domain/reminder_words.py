"""What reminders say: what is to be done, and which clock stands where (DOMAIN §6)."""

from __future__ import annotations

from datetime import date

from crm.domain.calendar import Overrides, working_days_between
from crm.domain.labels import N_
from crm.domain.reminders import Clock, Rule, counts_working_days
from crm.domain.sentences import Sentence

_TO_DO = {
    Rule.LEAD_UNOWNED: N_("分派负责人"),
    Rule.LEAD_UNSCREENED: N_("筛查：给出结论"),
    Rule.REFERRER_UNTOLD: N_("反馈引荐人：是否继续跟"),
    Rule.INTRODUCTION_UNANSWERED: N_("催%(park)s答复推介"),
    Rule.PROTECTION_ENDING: N_("首谈保护 %(date)s 到期：延长或转交"),
    Rule.LEAD_SILENT: N_("联系企业，记一次跟进"),
    Rule.PROJECT_SILENT: N_("联系企业，记一次跟进"),
    Rule.REVIEW_WAITING: N_("催评审结论，或记下为什么还没有"),
    Rule.SIGNED_INCOMPLETE: N_("补齐签约材料：合同和约定日期"),
    Rule.NOT_REGISTERED: N_("催办企业在区内注册"),
    Rule.START_OVERDUE: N_("约定 %(date)s 开工：去现场看，记下卡在哪里"),
    Rule.EXIT_REVIEW: N_("评估是否清退（只是提议，由人决定）"),
    Rule.BUILDING_BEHIND: N_("建设落后计划 %(points)s 个百分点：找原因、提问题"),
    Rule.MONTH_UNRECORDED: N_("补建设月报"),
    Rule.HOLD_REVIEW: N_("暂缓到 %(date)s：恢复、再缓或了结"),
    Rule.COMMITMENT_DUE: N_("承诺 %(date)s 到期：%(subject)s"),
    Rule.ISSUE_DUE: N_("问题 %(date)s 到期：%(subject)s"),
    Rule.PLAN_TASK_DUE: N_("方案任务 %(date)s 到期：%(subject)s"),
    Rule.PLAN_REVIEW: N_("方案 %(date)s 该复核：看目标、缺环和任务"),
    Rule.SEGMENT_SURVEY: N_("复核 %(points)s 个环节：调研或落位已过期"),
    Rule.TARGET_DUE: N_("接触目标企业，补「%(subject)s」"),
    Rule.ARCHIVE_PROPOSED: N_("考虑归档（只是提议，由人决定）"),
}
_BASIS = {
    Rule.LEAD_UNOWNED: N_("登记后第 %(days)d 个工作日无人负责，第 %(red)d 个转红"),
    Rule.LEAD_UNSCREENED: N_("筛查第 %(days)d 个工作日，第 %(red)d 个转红"),
    Rule.REFERRER_UNTOLD: N_("引荐后第 %(days)d 个工作日未反馈，第 %(red)d 个转红"),
    Rule.INTRODUCTION_UNANSWERED: N_("%(start)s推介，第 %(days)d 个工作日，第 %(red)d 个转红"),
    Rule.LEAD_SILENT: N_("%(days)d 天没有实质进展，第 %(red)d 天转红"),
    Rule.PROJECT_SILENT: N_("在谈项目 %(days)d 天没有实质进展，第 %(red)d 天转红"),
    Rule.REVIEW_WAITING: N_("评审第 %(days)d 个工作日没有结论，第 %(red)d 个转红"),
    Rule.SIGNED_INCOMPLETE: N_("签约后第 %(days)d 个工作日，材料还不齐"),
    Rule.NOT_REGISTERED: N_("签约 %(days)d 天，还没有注册"),
    Rule.START_OVERDUE: N_("过了约定开工日 %(days)d 天，第 %(red)d 天转红"),
    Rule.EXIT_REVIEW: N_("过了约定开工日 %(days)d 天"),
    Rule.MONTH_UNRECORDED: N_("上一份月报之后 %(days)d 天"),
    Rule.ARCHIVE_PROPOSED: N_("%(days)d 天没有实质进展"),
}


def to_do(
    rule: Rule,
    *,
    park: str = "",
    until: date | None = None,
    subject: str = "",
    points: int | None = None,
    follow_up: Sentence | None = None,
) -> Sentence:
    """What is to be done, in one line; a follow-up says it in its own words."""
    if rule is Rule.FOLLOW_UP_DUE and follow_up is not None:
        return follow_up
    day = f"{until:%m-%d}" if until else ""
    return Sentence(_TO_DO[rule], {"park": park, "date": day, "subject": subject, "points": points})


def basis(rule: Rule, started_on: date, day: date, clock: Clock, overrides: Overrides) -> Sentence | None:
    """Which clock stands where on `day`; None where the due time says it all."""
    if rule not in _BASIS:
        return None
    passed = working_days_between(started_on, day, overrides) if counts_working_days(rule) else (day - started_on).days
    start = Sentence(N_("%(month)s 月 %(day)s 日"), {"month": started_on.month, "day": started_on.day})
    return Sentence(_BASIS[rule], {"days": passed, "red": clock.red or 0, "start": start})
