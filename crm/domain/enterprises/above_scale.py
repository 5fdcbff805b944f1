"""Above designated size 规上/限上: what the figures say, against what is registered (DOMAIN §3).

`computed` follows the statistical definitions (regular notes of the National Bureau of Statistics; services by
国统字〔2019〕101号); `registered` (入统) is a human fact that nothing here changes. Computed but not registered = the
小升规 target list.
"""

from __future__ import annotations

from dataclasses import dataclass

from crm.domain.enterprises import gbt4754
from crm.domain.enterprises.size import FEN_PER_WAN
from crm.domain.errors import Invalid
from crm.domain.marking import N_
from crm.domain.sentences import Sentence, sentence


@dataclass(frozen=True, slots=True)
class ScaleRule:
    """Codes and the yearly revenue (万元) that counts as above scale; None where something else decides.

    `qualified_only`: building firms count by qualification; `always`: every developer counts. Both come from
    memory of practice, not from a text at hand: `verified` says so.
    """

    name: str
    codes: tuple[str, ...]
    revenue_wan: int | None
    qualified_only: bool = False
    always: bool = False
    verified: bool = True


SCALE_RULES: tuple[ScaleRule, ...] = (
    ScaleRule(N_("规模以上工业"), ("B", "C", "D"), 2_000),
    ScaleRule(N_("限额以上批发业"), ("51",), 2_000),
    ScaleRule(N_("限额以上零售业"), ("52",), 500),
    ScaleRule(N_("限额以上住宿和餐饮业"), ("61", "62"), 200),
    ScaleRule(N_("规模以上服务业（2000 万元档）"), ("G", "I", "N", "84"), 2_000),
    ScaleRule(N_("规模以上服务业（1000 万元档）"), ("L", "M", "P", "7020", "7030", "7040", "7090"), 1_000),
    ScaleRule(N_("规模以上服务业（500 万元档）"), ("O", "R", "85"), 500),
    ScaleRule(N_("有资质的建筑业"), ("E",), None, qualified_only=True, verified=False),
    ScaleRule(N_("房地产开发经营业"), ("7010",), None, always=True, verified=False),
)


@dataclass(frozen=True, slots=True)
class AboveScale:
    """`computed`: True, False, or None when it cannot be said; `registered` as people entered it, None unknown."""

    computed: bool | None
    registered: bool | None
    rule: ScaleRule | None
    reason: Sentence

    @property
    def cultivation_target(self) -> bool:
        """小升规: the figures say yes, and people say that it is not registered."""
        return self.computed is True and self.registered is False


def scale_rule_for(code: str) -> ScaleRule | None:
    """The rule of an industry code; None if there is none or the code is too wide to tell."""
    for rule in SCALE_RULES:
        for covered in rule.codes:
            if gbt4754.covers(covered, code) or (covered.endswith("0") and covered[:3] == code):
                return rule
    return None


def above_scale(
    gbt_code: str | None,
    *,
    revenue_fen: int | None = None,
    qualified: bool | None = None,
    registered: bool | None = None,
) -> AboveScale:
    """Compare the figures with the definitions. `qualified`: a building firm's 资质. None is unknown."""
    if revenue_fen is not None and revenue_fen < 0:
        raise Invalid("revenue", N_("不能是负数。"))
    if not gbt_code:
        return AboveScale(None, registered, None, sentence(N_("缺行业代码，规上无法判定")))
    code = gbt4754.parse_code(gbt_code)
    rule = scale_rule_for(code)
    if rule is None:
        wide = any(gbt4754.covers(code, covered) for item in SCALE_RULES for covered in item.codes)
        text = N_("%(name)s内各行业标准不同，须细化行业代码") if wide else N_("%(name)s没有规上标准，不适用")
        return AboveScale(None, registered, None, sentence(text, name=gbt4754.name_of(code)))
    name = sentence(rule.name)
    if rule.always:
        return AboveScale(True, registered, rule, sentence(N_("%(rule)s：全部纳入"), rule=name))
    if rule.qualified_only:
        texts = {
            True: N_("%(rule)s：有资质"),
            False: N_("%(rule)s：没有资质"),
            None: N_("%(rule)s：资质未知"),
        }
        return AboveScale(qualified, registered, rule, sentence(texts[qualified], rule=name))
    floor = rule.revenue_wan or 0
    if revenue_fen is None:
        return AboveScale(None, registered, rule, sentence(N_("%(rule)s：营业收入未知"), rule=name))
    computed = revenue_fen >= floor * FEN_PER_WAN
    text = (
        N_("%(rule)s：营业收入 %(value)s 万元 ≥ %(floor)s")
        if computed
        else N_("%(rule)s：营业收入 %(value)s 万元 ＜ %(floor)s")
    )
    reason = sentence(text, rule=name, value=f"{revenue_fen // FEN_PER_WAN:,}", floor=f"{floor:,}")
    return AboveScale(computed, registered, rule, reason)
