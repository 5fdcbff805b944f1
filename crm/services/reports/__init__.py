"""The weekly pipeline report (DOMAIN §7): collected from the log, frozen once, read in three voices."""

from crm.services.reports.pipeline import TARGETS_SETTING
from crm.services.reports.plan import due_weeks, plan_weekly
from crm.services.reports.snapshot import Week, collect, freeze_week, read_week, receivers
from crm.services.reports.voices import Reader, Report, listed, reader_of, receives, voices_of, weekly

__all__ = [
    "TARGETS_SETTING",
    "Reader",
    "Report",
    "Week",
    "collect",
    "due_weeks",
    "freeze_week",
    "listed",
    "plan_weekly",
    "read_week",
    "reader_of",
    "receivers",
    "receives",
    "voices_of",
    "weekly",
]
