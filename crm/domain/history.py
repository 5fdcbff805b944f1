"""The history of a record in words: each change of the audit trail as field, before, after.

The trail keeps plain values under short words (`{"investment": 6000000000}`); here they become what people say
(总投资 6,000 万元). Ids are named through `Names`, which the caller has looked up; personal data is masked already.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from crm.domain import quantities
from crm.domain.calendar import CHINA
from crm.domain.commitments import CommitmentSide, CommitmentState, FairCompetition
from crm.domain.enterprises.words import Title
from crm.domain.events import FIELDS
from crm.domain.issues import IssueState
from crm.domain.labels import N_, label
from crm.domain.leads import FollowUpKind, Grade, LeadSource, LeadState
from crm.domain.pipeline import LossReason, SideState, Stage, Track, UnmetRequirement
from crm.domain.plans import TaskState
from crm.domain.policies import Tier
from crm.domain.sentences import Sentence
from crm.domain.space import EnvClass, Tenure
from crm.domain.targets import TargetState

Value = Sentence | str
#: Names of what ids stand for: {"person": {7: "陈思敏"}, "segment": {3: "体外诊断试剂"}}.
Names = Mapping[str, Mapping[object, str]]

#: Words of what the trail writes beside the fields of an edit.
_WORDS: dict[str, str] = {
    "state": N_("状态"),
    "note": N_("说明"),
    "reason": N_("理由"),
    "owner_id": N_("负责人"),
    "section_id": N_("科室"),
    "segment_id": N_("产业环节"),
    "park_id": N_("落位园区"),
    "number": N_("编号"),
    "file": N_("文件"),
    "stage": N_("阶段"),
    "from_stage": N_("原阶段"),
    "to_stage": N_("阶段"),
    "side_state": N_("推进状态"),
    "side_reason": N_("推进状态的理由"),
    "track": N_("路径"),
    "loss_reason": N_("流失原因"),
    "unmet_requirement": N_("未满足的需求"),
    "unmet_value": N_("未满足的值"),
    "investment_fen": N_("总投资"),
    "fixed_investment_fen": N_("固定资产投资"),
    "signed_fen": N_("签约金额"),
    "amount_fen": N_("金额"),
    "signed_on": N_("签约日期"),
    "started_on": N_("开工日期"),
    "operating_on": N_("投产日期"),
    "lost_on": N_("流失日期"),
    "agreed_register_on": N_("约定注册日"),
    "agreed_start_on": N_("约定开工日"),
    "agreed_operating_on": N_("约定投产日"),
    "review_on": N_("复核日"),
    "decision_asked": N_("请领导定的事"),
    "due_at": N_("到期"),
    "promised": N_("谁承诺"),
    "commitment": N_("承诺内容"),
    "legal_basis": N_("依据"),
    "due_on": N_("期限"),
    "responsible": N_("责任单位"),
    "commitment_state": N_("履行情况"),
    "settled_on": N_("落定日期"),
    "settled_note": N_("落定说明"),
    "fair_competition": N_("公平竞争审查"),
    "is_tied_to_tax": N_("同纳税挂钩"),
    "problem": N_("问题"),
    "department": N_("责任部门"),
    "issue_state": N_("问题状态"),
    "is_supervised": N_("督办"),
    "decision": N_("请领导定的事"),
    "answer": N_("领导答复"),
    "subject": N_("事由"),
    "outcome": N_("结果"),
    "credit": N_("业绩分成"),
    "proof": N_("证明"),
    "protected_until": N_("保护到期"),
    "referrer_enterprise_id": N_("引荐企业"),
    "tier_override": N_("人工改判"),
    "tier_override_reason": N_("改判理由"),
    "revenue_fen": N_("营业收入"),
    "assets_fen": N_("资产总额"),
    "park": N_("园区"),
    "enterprise_id": N_("企业"),
    "product": N_("产品"),
    "yearly_fen": N_("一年外购"),
    "bought_from": N_("现在从哪里买"),
    "wished_km": N_("希望多近（公里）"),
    "told_by": N_("出处"),
    "recorded_on": N_("记录日期"),
    "ended_on": N_("结束日期"),
    "target_state": N_("目标状态"),
    "score": N_("得分"),
    "task": N_("任务"),
    "task_state": N_("任务状态"),
}
#: Said elsewhere on the line, or of use to machines only.
_HIDDEN = frozenset(
    {"fields", "moved", "taken", "merge", "loser", "comment", "lead", "size", "sha256", "duplicates", "by", "count"}
)
_ENUMS: dict[str, type[StrEnum]] = {
    "state": LeadState,
    "verdict": LeadState,
    "source": LeadSource,
    "grade": Grade,
    "tenure": Tenure,
    "env_class": EnvClass,
    "tier": Tier,
    "tier_override": Tier,
    "titles": Title,
    "kind": FollowUpKind,
    "stage": Stage,
    "from_stage": Stage,
    "to_stage": Stage,
    "side_state": SideState,
    "track": Track,
    "loss_reason": LossReason,
    "unmet_requirement": UnmetRequirement,
    "promised": CommitmentSide,
    "commitment_state": CommitmentState,
    "fair_competition": FairCompetition,
    "issue_state": IssueState,
    "target_state": TargetState,
    "task_state": TaskState,
}
#: What kind of record an id under this word stands for.
REFERENCES: dict[str, str] = {
    "owner_id": "person",
    "to_owner_id": "person",
    "section_id": "section",
    "to_section_id": "section",
    "segment": "segment",
    "segment_id": "segment",
    "platforms": "platform",
    "park_id": "park",
    "referrer_enterprise_id": "enterprise",
    "enterprise_id": "enterprise",
}
_MONEY = frozenset({"investment", "revenue", "assets"})
_NOTHING = "—"
_YES, _NO = N_("是"), N_("否")


@dataclass(frozen=True, slots=True)
class Change:
    """One field: its word, and its value before and after in words."""

    field: Value
    before: Value
    after: Value


def changes(
    before: Mapping[str, object] | None,
    after: Mapping[str, object] | None,
    names: Names,
    tenures: tuple[str | None, str | None] = (None, None),
) -> list[Change]:
    """What one entry changed, field by field; `tenures` before and after decide the units of areas and prices."""
    old, new = before or {}, after or {}
    found = []
    for word in dict.fromkeys([*old, *new]):
        if word in _HIDDEN or old.get(word) == new.get(word):
            continue
        was, now = (
            words(word, side.get(word), names, tenure) for side, tenure in zip((old, new), tenures, strict=True)
        )
        found.append(Change(_field(word), was, now))
    return found


def tenure_before(before: Mapping[str, object] | None, tenure: str | None) -> str | None:
    """The tenure that held before an entry, given the one after it: walking back keeps the units right."""
    return str(before["tenure"]) if before and before.get("tenure") else tenure


def references(entries: Iterable[Mapping[str, object] | None]) -> dict[str, set[object]]:
    """Ids that the entries speak of, by kind of record."""
    wanted: dict[str, set[object]] = {}
    for values in entries:
        for word, value in (values or {}).items():
            if word in REFERENCES and value is not None:
                wanted.setdefault(REFERENCES[word], set()).update(value if isinstance(value, list) else [value])
            elif word == "credit" and isinstance(value, Mapping):
                wanted.setdefault("section", set()).update(int(key) for key in value if str(key).isdigit())
    return wanted


def words(word: str, value: object, names: Names, tenure: str | None = None) -> Value:
    """One value as people say it; — for nothing."""
    if value is None or value == "" or value == [] or (isinstance(value, list) and all(v is None for v in value)):
        return _NOTHING
    if word in REFERENCES:
        known = names.get(REFERENCES[word], {})
        return "、".join(known.get(one, str(one)) for one in (value if isinstance(value, list) else [value]))
    if isinstance(value, bool):
        return Sentence(_YES if value else _NO)
    if word in _ENUMS:
        return _members(_ENUMS[word], value)
    if isinstance(value, int):
        return _figure(word, value, tenure)
    if word == "area" and isinstance(value, Sequence) and not isinstance(value, str):
        return _area(value, land=tenure == Tenure.LAND)
    if word == "needed_on" and isinstance(value, list):
        return _deadline(value)
    if isinstance(value, Mapping):
        sections = names.get("section", {})
        return "，".join(f"{sections.get(_whole(key), key)} {share}%" for key, share in value.items())
    if isinstance(value, list):
        return " ".join(str(one) for one in value if one)
    return _moment(str(value))


def _field(word: str) -> Value:
    text = FIELDS.get(word) or _WORDS.get(word)
    return Sentence(text) if text else word


def _members(members: type[StrEnum], value: object) -> Value:
    known = {member.value: member for member in members}
    ones = value if isinstance(value, list) else [value]
    said = {f"v{n}": Sentence(label(known[one])) if one in known else str(one) for n, one in enumerate(ones)}
    return Sentence("、".join(f"%({name})s" for name in said), said)


def _figure(word: str, value: int, tenure: str | None) -> Value:
    if word in _MONEY or word.endswith("_fen"):
        return quantities.say_money(value)
    if word == "budget":
        by_tenure = {Tenure.BUY.value: quantities.say_price, Tenure.LAND.value: quantities.say_land_price}
        return by_tenure.get(tenure or "", quantities.say_rent)(value)
    by_word = {
        "floor_load": quantities.say_load,
        "clear_height": quantities.say_height,
        "power": quantities.say_power,
        "employees": quantities.say_people,
        "grace_days": quantities.say_days,
    }
    return by_word[word](value) if word in by_word else f"{value:,}"


def _area(values: Sequence[object], *, land: bool) -> Value:
    """Smallest, best, largest: 1,200 ㎡ / 1,400 ㎡ / 1,600 ㎡, with — for what is not known."""
    said = {
        f"a{n}": quantities.say_area(value, land=land) if isinstance(value, int) else _NOTHING
        for n, value in enumerate(values)
    }
    return Sentence(" / ".join(f"%({name})s" for name in said), said)


def _deadline(value: list[object]) -> Value:
    day, grace = (*value, None, None)[:2]
    if day is None:
        return _NOTHING
    return Sentence(N_("%(day)s，宽限 %(days)s 天"), {"day": day, "days": grace}) if grace else str(day)


def _moment(text: str) -> str:
    """An instant as the clock of the house shows it; any other text as it is."""
    if len(text) < 19 or text[10:11] != "T":
        return text
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return f"{at.astimezone(CHINA):%Y-%m-%d %H:%M}" if at.tzinfo else f"{at:%Y-%m-%d %H:%M}"


def _whole(key: object) -> object:
    return int(key) if isinstance(key, str) and key.isdigit() else key
