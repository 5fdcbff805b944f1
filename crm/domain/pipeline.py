"""The life cycle of a project: stages, leaders' batches, side states, loss reasons (DOMAIN §4)."""

from __future__ import annotations

from enum import StrEnum


class Batch(StrEnum):
    """四个一批: the leader-facing roll-up of stages."""

    RESERVE = "reserve"
    SIGNED = "signed"
    STARTED = "started"
    OPERATING = "operating"


class Stage(StrEnum):
    """Stages of a project in order. A framework agreement (MoU) is not a signing: its batch stays RESERVE."""

    RESERVE = "reserve"
    NEGOTIATING = "negotiating"
    REVIEW = "review"
    FRAMEWORK = "framework"
    SIGNED = "signed"
    LANDED = "landed"
    STARTED = "started"
    BUILDING = "building"
    OPERATING = "operating"
    AT_CAPACITY = "at_capacity"

    @property
    def batch(self) -> Batch:
        return _BATCH[self]

    @property
    def order(self) -> int:
        return list(Stage).index(self)


_BATCH = {
    Stage.RESERVE: Batch.RESERVE,
    Stage.NEGOTIATING: Batch.RESERVE,
    Stage.REVIEW: Batch.RESERVE,
    Stage.FRAMEWORK: Batch.RESERVE,
    Stage.SIGNED: Batch.SIGNED,
    Stage.LANDED: Batch.SIGNED,
    Stage.STARTED: Batch.STARTED,
    Stage.BUILDING: Batch.STARTED,
    Stage.OPERATING: Batch.OPERATING,
    Stage.AT_CAPACITY: Batch.OPERATING,
}


class Track(StrEnum):
    """An old city sells floors more often than land, so there are two tracks."""

    LAND = "land"
    CARRIER = "carrier"


class SideState(StrEnum):
    """Where a project stands when it is not simply walking on."""

    ACTIVE = "active"
    ON_HOLD = "on_hold"
    LOST = "lost"
    TERMINATED = "terminated"
    TRANSFERRED = "transferred"


class RequestState(StrEnum):
    """A step that needs the chief's word waits as a request."""

    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class LossReason(StrEnum):
    """First level of why a project was lost or a park declined; the unmet requirement and its value go beside it."""

    SPACE = "space"
    LAND = "land"
    COST = "cost"
    POLICY = "policy"
    SPEED = "speed"
    ECOSYSTEM = "ecosystem"
    INVESTOR = "investor"
    COMPETITOR = "competitor"
    REJECTED_BY_US = "rejected_by_us"
    DUPLICATE = "duplicate"
    UNREACHABLE = "unreachable"


class UnmetRequirement(StrEnum):
    """Second level for space and land: the one requirement that was not met (feeds the lost-demand ledger)."""

    AREA = "area"
    HEIGHT = "height"
    LOAD = "load"
    POWER = "power"
    ENV = "env"
    FIRE = "fire"
    TENURE = "tenure"
    TIMING = "timing"
    PRICE = "price"
    QUOTA = "quota"
    PLANNING = "planning"
    OTHER = "other"


_UNMET = {
    LossReason.SPACE: (
        UnmetRequirement.AREA,
        UnmetRequirement.HEIGHT,
        UnmetRequirement.LOAD,
        UnmetRequirement.POWER,
        UnmetRequirement.ENV,
        UnmetRequirement.FIRE,
        UnmetRequirement.TENURE,
        UnmetRequirement.TIMING,
        UnmetRequirement.OTHER,
    ),
    LossReason.LAND: (
        UnmetRequirement.QUOTA,
        UnmetRequirement.PLANNING,
        UnmetRequirement.PRICE,
        UnmetRequirement.OTHER,
    ),
}


def requirements_of(reason: LossReason) -> tuple[UnmetRequirement, ...]:
    """Second level of a loss reason (DOMAIN §4), one of which must be named; () where none is asked."""
    return _UNMET.get(reason, ())


class Light(StrEnum):
    """Traffic light of supervision; always shown with a sign and a word, never by colour alone."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
