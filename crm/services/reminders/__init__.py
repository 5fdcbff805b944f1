"""Reminders (DOMAIN §6): planning them, showing them, asking for more time, and what a day's digest says."""

from crm.services.reminders.conditions import overrides, thresholds
from crm.services.reminders.digest import Digest, digest_for
from crm.services.reminders.items import Duty, OpenReminder, open_for
from crm.services.reminders.lights import LeadLight, of_lead
from crm.services.reminders.plan import DIGEST, Planned, plan
from crm.services.reminders.snooze import MoreTime, Snoozable, snoozable, snooze

__all__ = [
    "DIGEST",
    "Digest",
    "Duty",
    "LeadLight",
    "MoreTime",
    "OpenReminder",
    "Planned",
    "Snoozable",
    "digest_for",
    "of_lead",
    "open_for",
    "overrides",
    "plan",
    "snoozable",
    "snooze",
    "thresholds",
]
