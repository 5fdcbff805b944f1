"""Commitments both ways (承诺台账): what the district promised, what the investor promised (DOMAIN §4, §8.7)."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

from crm.domain.errors import Invalid
from crm.domain.marking import N_


class CommitmentSide(StrEnum):
    """Who promised."""

    OURS = "ours"
    THEIRS = "theirs"


class CommitmentState(StrEnum):
    """Nothing closes by itself: fulfilled, waived and broken are said by a person."""

    OPEN = "open"
    FULFILLED = "fulfilled"
    WAIVED = "waived"
    BROKEN = "broken"


class FairCompetition(StrEnum):
    """公平竞争审查条例 (in force 2024-08-01): rewards tied to tax paid are barred, so each commitment says how it stands."""

    NOT_NEEDED = "not_needed"
    TO_REVIEW = "to_review"
    PASSED = "passed"
    REJECTED = "rejected"


#: What bars rewards that are tied to taxes paid; named wherever a commitment is refused for it.
REGULATION = N_("《公平竞争审查条例》（2024-08-01 起施行）")

_TAX = (
    r"纳税额?|税收|税款|税额|缴税|缴纳的?税|应?缴税费|入库税|税费|利税|税收?留成|地方留成|地方留存|留存部分|"
    r"(?:增值|所得|契|房产|土地使用|印花|城建)税|(?:经济|财政|财税|地方|区级)贡献"
)
_REWARD = r"返还|返给|返补|奖励|奖补|补贴|补助|扶持资金|支持资金|兑现|返奖|退还|退给|减免|减半|免征|分成"
#: Barred as they stand, whoever says them.
_BARRED = re.compile(
    r"税收返还|返税|退税|税收奖励|税收奖补|税收分成|税收减免|先征后[返退奖]|即征即[返退奖]|列收列支|财政返还|"
    r"给予[^。；，]{0,12}税收优惠|[^，。；]{0,4}留存(?:部分)?[^，。；]{0,6}(?:奖补|奖励|返还|补贴|补助|兑现)"
)
_TIED = re.compile(rf"(?:{_TAX})[^。；]{{0,40}}?(?:{_REWARD})|(?:{_REWARD})[^。；]{{0,24}}?(?:{_TAX})")
#: What the state itself grants everybody by law, and promises not to do it, are not offers of the district.
_LAWFUL = re.compile(
    r"出口退(?:\(免\))?税|留抵退税|增值税即征即退|个人所得税汇算清缴退税|退税商店|"
    r"(?:不|不得|不予|不再|未|禁止|严禁)(?:[^，。；]{0,10})(?:税收返还|返税|退税|税收奖励|税收优惠|先征后返|财政返还)|"
    r"(?:不|不得|未|禁止|严禁)(?:与|同|和|跟|以|按|将|把)[^，。；]{0,16}(?:挂钩|为(?:条件|依据|前提)|奖励|奖补|返还|补贴)|"
    r"[^，。；]{0,16}(?:不|未)(?:与|同|和|跟)[^，。；]{0,16}挂钩"
)


def tied_to_tax(text: str) -> str | None:
    """The words that tie a benefit to taxes paid, as they were written; None if there are none.

    A tax and a benefit must stand in one sentence; full-width signs, blanks and line ends do not hide them. Refunds
    that the state grants everybody (出口退税, 留抵退税, 增值税即征即退) and promises not to tie are left alone. The
    rule is meant to be too strict rather than too mild: two things that have nothing to do with each other are
    written as two sentences.
    """
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).replace(";", "；").replace(",", "，")
    left = _LAWFUL.sub("〇", plain)
    found = _BARRED.search(left) or _TIED.search(left)
    return found.group().strip("〇") if found else None


def check_review(verdict: FairCompetition, content: str) -> None:
    """Raise Invalid (`verdict`) where wording that is barred would pass the review or be spared it."""
    words = tied_to_tax(content)
    if words is not None and verdict in (FairCompetition.PASSED, FairCompetition.NOT_NEEDED):
        raise Invalid(
            "verdict",
            N_("「%(words)s」把好处同纳税挂钩，%(law)s 不允许：不能通过审查，请改写内容。"),
            words=words,
            law=REGULATION,
        )


def check_settling(state: CommitmentState, side: CommitmentSide, content: str) -> None:
    """Raise Invalid (`state`) where a barred offer would be called fulfilled."""
    if state is CommitmentState.FULFILLED and side is CommitmentSide.OURS and tied_to_tax(content) is not None:
        raise Invalid("state", N_("这条承诺违反%(law)s，不能兑现；请改写内容，或注明不再执行。"), law=REGULATION)
