"""Size tiers, the measures that serve them, and the categories of policy instruments [S 四（三）2]."""

from __future__ import annotations

from enum import StrEnum


class Tier(StrEnum):
    """Life-stage tier of an enterprise [S 四（三）2]; the source gives no thresholds, see `enterprises.tier`."""

    MATURE = "mature"
    GROWTH = "growth"
    INCUBATION = "incubation"


class Instrument(StrEnum):
    """What a park can offer an enterprise of a tier; the matching engine scores these [S 四（三）2]."""

    LAND_QUOTA = "land_quota"
    SPLIT_TRANSFER = "split_transfer"
    GUARANTEED_HOUSING = "guaranteed_housing"
    INCUBATOR = "incubator"
