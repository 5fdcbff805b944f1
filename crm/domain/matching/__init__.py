"""Matching leads to space (MATCHING A): the reference engine, its explanations, and its auditor's
check.

`rank` answers one lead; `assess` judges one offer; `Weights` are the versioned tables; `explain`
words each row; `cases` checks a file of golden cases; `capacity` shares out space that several
leads want.
"""

from crm.domain.matching.misses import Change, NearMiss, relax
from crm.domain.matching.model import (
    Assessment,
    Constraint,
    Criterion,
    Match,
    Need,
    Offer,
    Park,
    Part,
    Position,
    Segment,
    Side,
    Status,
    Verdict,
    World,
    side,
)
from crm.domain.matching.questions import NextQuestion
from crm.domain.matching.rank import Ranking, arrange, assess, assess_all, rank, revise
from crm.domain.matching.unknowns import Asked, Fact
from crm.domain.matching.weights import DEFAULT, Weights

__all__ = [
    "DEFAULT",
    "Asked",
    "Assessment",
    "Change",
    "Constraint",
    "Criterion",
    "Fact",
    "Match",
    "NearMiss",
    "Need",
    "NextQuestion",
    "Offer",
    "Park",
    "Part",
    "Position",
    "Ranking",
    "Segment",
    "Side",
    "Status",
    "Verdict",
    "Weights",
    "World",
    "arrange",
    "assess",
    "assess_all",
    "rank",
    "relax",
    "revise",
    "side",
]
