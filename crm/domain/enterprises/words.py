"""The enumerations of enterprise rules, apart from the rules so that `labels` can name them without a cycle."""

from __future__ import annotations

from enum import StrEnum


class Size(StrEnum):
    """Statistical size by the 2017 rule (DOMAIN §3), from largest to smallest, then the two that are no size."""

    LARGE = "large"
    MEDIUM = "medium"
    SMALL = "small"
    MICRO = "micro"
    NOT_APPLICABLE = "not_applicable"
    UNKNOWN = "unknown"


class Indicator(StrEnum):
    """What the size rule measures: employees in 人, revenue and assets in fen (the rule's floors are in 万元)."""

    EMPLOYEES = "employees"
    REVENUE = "revenue"
    ASSETS = "assets"


class Title(StrEnum):
    """Titles that make an enterprise growth tier (DOMAIN §3)."""

    SPECIALISED = "specialised"
    LITTLE_GIANT = "little_giant"
    GAZELLE = "gazelle"
    UNICORN = "unicorn"
    HIDDEN_CHAMPION = "hidden_champion"


class TierRule(StrEnum):
    """The rule that decided a tier, in the order in which they are asked."""

    OVERRIDE = "override"
    CHAIN_LEADER = "chain_leader"
    LISTED = "listed"
    TOP_500 = "top_500"
    SIZE_LARGE = "size_large"
    REGISTERED_ABOVE_SCALE = "registered_above_scale"
    SIZE_MEDIUM = "size_medium"
    TITLED = "titled"
    SIZE_SMALL = "size_small"
    YOUNG = "young"
    UNDECIDED = "undecided"
