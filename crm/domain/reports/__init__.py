"""The weekly pipeline report: one data set, three voices (DOMAIN §7).

Everything that the three mails say is a value here: figures, ids, names of enterprises that the reader may know, and
sentences that are worded when they are read. No contact is part of it. It is stored as JSON (`domain.frozen`), so
that a past week reads as it was sent. Money is fen; unknown is None and is counted apart, never added as 0.
"""

from crm.domain.reports.arithmetic import STAGES, bar_widths, known_sum, passed_per_mille, text_bar
from crm.domain.reports.gaps import GapMove
from crm.domain.reports.leaders import (
    DECISIONS,
    MOVEMENT_WORDS,
    ChainState,
    DistrictTarget,
    Flow,
    LeadCounts,
    LeaderPart,
    Moved,
    Movement,
    RedItem,
    Stock,
    YearToDate,
)
from crm.domain.reports.officers import Coming, Done, Lacking, Matter, NewMatch, OfficerPart, Step
from crm.domain.reports.parks import Area, Introduced, Masked, Miss, ParkPart, UnitDue
from crm.domain.reports.voices import RECEIVERS, VOICE_WORDS, Voice, own_voice
from crm.domain.reports.week import WeekData

__all__ = [
    "DECISIONS",
    "MOVEMENT_WORDS",
    "RECEIVERS",
    "STAGES",
    "VOICE_WORDS",
    "Area",
    "ChainState",
    "Coming",
    "DistrictTarget",
    "Done",
    "Flow",
    "GapMove",
    "Introduced",
    "Lacking",
    "LeadCounts",
    "LeaderPart",
    "Masked",
    "Matter",
    "Miss",
    "Moved",
    "Movement",
    "NewMatch",
    "OfficerPart",
    "ParkPart",
    "RedItem",
    "Step",
    "Stock",
    "UnitDue",
    "Voice",
    "WeekData",
    "YearToDate",
    "bar_widths",
    "known_sum",
    "own_voice",
    "passed_per_mille",
    "text_bar",
]
