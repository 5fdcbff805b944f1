"""The table of the 2017 rule 统计上大中小微型企业划分办法（2017）, checked in a test against the reference (DOMAIN §3)."""

from __future__ import annotations

from dataclasses import dataclass

from crm.domain.enterprises.words import Indicator
from crm.domain.marking import N_


@dataclass(frozen=True, slots=True)
class Floors:
    """What one indicator must reach to be large, medium, small; employees in 人, revenue and assets in 万元."""

    indicator: Indicator
    large: int
    medium: int
    small: int


@dataclass(frozen=True, slots=True)
class SizeRule:
    """One industry of the rule: GB/T 4754 codes it covers (section, division or class), those it excludes, floors."""

    key: str
    name: str
    codes: tuple[str, ...]
    floors: tuple[Floors, ...]
    excluded: tuple[str, ...] = ()


def _people(large: int, medium: int, small: int) -> Floors:
    return Floors(Indicator.EMPLOYEES, large, medium, small)


def _revenue(large: int, medium: int, small: int) -> Floors:
    return Floors(Indicator.REVENUE, large, medium, small)


def _assets(large: int, medium: int, small: int) -> Floors:
    return Floors(Indicator.ASSETS, large, medium, small)


RULES: tuple[SizeRule, ...] = (
    SizeRule("agri", N_("农、林、牧、渔业"), ("A",), (_revenue(20_000, 500, 50),)),
    SizeRule("industry", N_("工业"), ("B", "C", "D"), (_people(1_000, 300, 20), _revenue(40_000, 2_000, 300))),
    SizeRule("construction", N_("建筑业"), ("E",), (_revenue(80_000, 6_000, 300), _assets(80_000, 5_000, 300))),
    SizeRule("wholesale", N_("批发业"), ("51",), (_people(200, 20, 5), _revenue(40_000, 5_000, 1_000))),
    SizeRule("retail", N_("零售业"), ("52",), (_people(300, 50, 10), _revenue(20_000, 500, 100))),
    # Railways (53) have no rule: the text of 2017 leaves them out of 交通运输业.
    SizeRule(
        "transport",
        N_("交通运输业"),
        ("54", "55", "56", "57", "58", "591"),
        (_people(1_000, 300, 20), _revenue(30_000, 3_000, 200)),
        excluded=("53",),
    ),
    SizeRule(
        "warehousing",
        N_("仓储业"),
        ("59",),
        (_people(200, 100, 20), _revenue(30_000, 1_000, 100)),
        excluded=("591",),
    ),
    SizeRule("post", N_("邮政业"), ("60",), (_people(1_000, 300, 20), _revenue(30_000, 2_000, 100))),
    SizeRule("lodging", N_("住宿业"), ("61",), (_people(300, 100, 10), _revenue(10_000, 2_000, 100))),
    SizeRule("catering", N_("餐饮业"), ("62",), (_people(300, 100, 10), _revenue(10_000, 2_000, 100))),
    SizeRule("infotrans", N_("信息传输业"), ("63", "64"), (_people(2_000, 100, 10), _revenue(100_000, 1_000, 100))),
    SizeRule("software", N_("软件和信息技术服务业"), ("65",), (_people(300, 100, 10), _revenue(10_000, 1_000, 50))),
    SizeRule(
        "realestate_dev",
        N_("房地产开发经营"),
        ("7010",),
        (_revenue(200_000, 1_000, 100), _assets(10_000, 5_000, 2_000)),
    ),
    SizeRule("property_mgmt", N_("物业管理"), ("7020",), (_people(1_000, 300, 100), _revenue(5_000, 1_000, 500))),
    SizeRule(
        "leasing_business",
        N_("租赁和商务服务业"),
        ("L",),
        (_people(300, 100, 10), _assets(120_000, 8_000, 100)),
    ),
    SizeRule(
        "other",
        N_("其他未列明行业"),
        ("M", "N", "O", "85", "R", "7030", "7090"),
        (_people(300, 100, 10),),
        excluded=("7040",),
    ),
)
