"""Wording that ties a benefit to taxes paid: what must be caught, and what must be left alone (DOMAIN §4)."""

from __future__ import annotations

import pytest

from crm.domain.commitments import (
    CommitmentSide,
    CommitmentState,
    FairCompetition,
    check_review,
    check_settling,
    tied_to_tax,
)
from crm.domain.errors import Invalid

BARRED = (
    "前三年给予税收返还",
    "按纳税额奖励企业高管团队",
    "按企业年度纳税额的 30% 给予奖励",
    "对地方留存部分给予奖补",
    "留存部分奖补",
    "区级留存的 50% 奖励给企业",
    "企业所得税退税支持",
    "前两年先征后返",
    "增值税、所得税地方留成部分全额返还",
    "年纳税达到 500 万元的，给予一次性奖励 100 万元",
    "根据企业对地方经济贡献给予奖励",
    "按财政贡献的 40% 安排扶持资金",
    "奖励金额与企业缴纳税收挂钩",
    "补贴额度按上一年度税收核定",
    "税 收 返 还",
    "按 纳 税 额\n给予 奖 励",
    "企业高管个人所得税地方部分奖补",
    "给予该企业三年税收优惠",
    "房产税、土地使用税减免三年",
    "即征即返",
    "返税 20%",
)
LAWFUL = (
    "协助企业办理出口退税手续",
    "协助申报增值税留抵退税",
    "软件产品依法享受增值税即征即退",
    "企业承诺年纳税额不低于 800 万元",
    "2027 年底前投产，达产后年税收不低于 3000 万元",
    "区里 2026 年 12 月底前完成 10kV 接入",
    "按装修实际投入补贴，最高 200 万元",
    "给予首年租金减免三个月",
    "协助企业申报高新技术企业",
    "奖励政策不与纳税额挂钩",
    "不得以纳税为条件给予奖励",
    "本协议不含税收返还",
    "区里不承诺税收返还",
    "企业承诺年纳税 500 万元；区里协助申报省级专精特新奖励",
    "企业承诺年纳税 500 万元。区里按装修投入给予补贴",
    "配合税务部门办理登记",
    "",
)


@pytest.mark.parametrize("text", BARRED)
def test_a_benefit_tied_to_taxes_is_named_in_its_own_words(text: str) -> None:
    found = tied_to_tax(text)
    assert found
    assert found in "".join(text.split()).replace(",", "，")


@pytest.mark.parametrize("text", LAWFUL)
def test_what_is_lawful_is_left_alone(text: str) -> None:
    assert tied_to_tax(text) is None


@pytest.mark.parametrize("verdict", [FairCompetition.PASSED, FairCompetition.NOT_NEEDED])
def test_barred_wording_neither_passes_the_review_nor_is_spared_it(verdict: FairCompetition) -> None:
    with pytest.raises(Invalid) as refused:
        check_review(verdict, "前三年给予税收返还")
    assert refused.value.field == "verdict"
    assert "公平竞争审查条例" in str(refused.value)
    check_review(FairCompetition.REJECTED, "前三年给予税收返还")
    check_review(verdict, "年底前完成 10kV 接入")


def test_a_barred_offer_cannot_be_called_fulfilled_but_may_be_given_up() -> None:
    with pytest.raises(Invalid):
        check_settling(CommitmentState.FULFILLED, CommitmentSide.OURS, "按纳税额奖励")
    check_settling(CommitmentState.WAIVED, CommitmentSide.OURS, "按纳税额奖励")
    check_settling(CommitmentState.FULFILLED, CommitmentSide.THEIRS, "年纳税额不低于 800 万元")
