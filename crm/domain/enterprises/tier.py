"""Tier 成熟/成长/孵化: derived by visible rules, overridden by a person with a reason (DOMAIN §3 [P]; [S 四（三）2]).

Mature: chain leader, listed, 500强 or size large. Else growth: registered 规上, size medium, or titled. Else
incubation: size small or micro, or under 42 months old. Else unknown (None): matching asks for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from crm.domain.calendar import months_later
from crm.domain.enterprises.words import Size, TierRule, Title
from crm.domain.errors import Invalid
from crm.domain.marking import N_
from crm.domain.policies import Tier
from crm.domain.sentences import Sentence, sentence

YOUNG_MONTHS = 42
_MAX_REASON = 500


@dataclass(frozen=True, slots=True)
class TierFacts:
    """What is known of the enterprise; None is unknown and decides nothing."""

    chain_leader: bool | None = None
    listed: bool | None = None
    top_500: bool | None = None
    size: Size = Size.UNKNOWN
    registered_above_scale: bool | None = None
    titles: frozenset[Title] = field(default_factory=frozenset)
    founded_on: date | None = None


@dataclass(frozen=True, slots=True)
class TierOverride:
    """A person's verdict. The reason is mandatory: it is shown beside the tier."""

    tier: Tier
    reason: str

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise Invalid("tier_reason", N_("改动层级须写明理由。"))
        if len(self.reason) > _MAX_REASON:
            raise Invalid("tier_reason", N_("理由太长：最多 %(max)d 个字。"), max=_MAX_REASON)


@dataclass(frozen=True, slots=True)
class TierDecision:
    """`tier` is what counts; `derived` is what the rules alone say, so that an override stays visible."""

    tier: Tier | None
    rule: TierRule
    reason: Sentence
    derived: Tier | None
    derived_rule: TierRule


def is_young(founded_on: date, as_of: date, months: int = YOUNG_MONTHS) -> bool:
    """Whether fewer than `months` months have passed; on the day they are full it is no longer young."""
    return as_of < months_later(founded_on, months)


def decide_tier(
    facts: TierFacts,
    as_of: date,
    override: TierOverride | None = None,
    *,
    young_months: int = YOUNG_MONTHS,
) -> TierDecision:
    """The tier on the day `as_of` (civil date, Asia/Shanghai) with the rule that decided it."""
    tier, rule, reason = _derive(facts, as_of, young_months)
    if override is None:
        return TierDecision(tier, rule, reason, tier, rule)
    stated = sentence(N_("人工判定：%(reason)s"), reason=override.reason.strip())
    return TierDecision(override.tier, TierRule.OVERRIDE, stated, tier, rule)


def _derive(facts: TierFacts, as_of: date, young_months: int) -> tuple[Tier | None, TierRule, Sentence]:
    young = facts.founded_on is not None and is_young(facts.founded_on, as_of, young_months)
    ladder: tuple[tuple[bool, Tier, TierRule, str], ...] = (
        (facts.chain_leader is True, Tier.MATURE, TierRule.CHAIN_LEADER, N_("链主企业")),
        (facts.listed is True, Tier.MATURE, TierRule.LISTED, N_("上市企业")),
        (facts.top_500 is True, Tier.MATURE, TierRule.TOP_500, N_("500 强企业")),
        (facts.size is Size.LARGE, Tier.MATURE, TierRule.SIZE_LARGE, N_("统计规模为大型")),
        (
            facts.registered_above_scale is True,
            Tier.GROWTH,
            TierRule.REGISTERED_ABOVE_SCALE,
            N_("规上已入统"),
        ),
        (facts.size is Size.MEDIUM, Tier.GROWTH, TierRule.SIZE_MEDIUM, N_("统计规模为中型")),
        (bool(facts.titles), Tier.GROWTH, TierRule.TITLED, N_("获优质企业称号")),
        (
            facts.size in (Size.SMALL, Size.MICRO),
            Tier.INCUBATION,
            TierRule.SIZE_SMALL,
            N_("统计规模为小型或微型"),
        ),
    )
    for holds, tier, rule, words in ladder:
        if holds:
            return tier, rule, sentence(N_("依规则：%(rule)s"), rule=sentence(words))
    if young:
        words_young = sentence(N_("成立未满 %(months)d 个月"), months=young_months)
        return Tier.INCUBATION, TierRule.YOUNG, sentence(N_("依规则：%(rule)s"), rule=words_young)
    return None, TierRule.UNDECIDED, sentence(N_("现有信息不足以判定层级，须补规模、规上或成立日期"))
