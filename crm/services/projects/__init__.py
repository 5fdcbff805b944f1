"""The reserve library (储备库): its board and rows, side states, money added later, monthly records, re-signing.

Stages are moved by `services.gates`; this package never asks about gates.
"""

from crm.services.projects.capital import Increase, add_capital, increases
from crm.services.projects.library import Lane, amount_of, lanes, of_lead, promote, stage_changes
from crm.services.projects.months import Month, months, record_month
from crm.services.projects.sides import ENDED, Aside, put_aside, revive

__all__ = [
    "ENDED",
    "Aside",
    "Increase",
    "Lane",
    "Month",
    "add_capital",
    "amount_of",
    "increases",
    "lanes",
    "months",
    "of_lead",
    "promote",
    "put_aside",
    "record_month",
    "revive",
    "stage_changes",
]
