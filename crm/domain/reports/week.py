"""The data set of one week, from which all three voices are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from crm.domain.reports.leaders import LeaderPart
from crm.domain.reports.officers import OfficerPart
from crm.domain.reports.parks import ParkPart


@dataclass(frozen=True, slots=True)
class WeekData:
    """Everything about one ISO week: the difference of the log between two instants, and what waited at `taken_at`."""

    week: str
    from_at: datetime
    until_at: datetime
    taken_at: datetime
    #: The civil day on which it is read: "today" of its sentences.
    day: date
    leader: LeaderPart
    #: By the reader's person id.
    officers: Mapping[int, OfficerPart] = field(default_factory=dict)
    parks: Mapping[int, ParkPart] = field(default_factory=dict)
