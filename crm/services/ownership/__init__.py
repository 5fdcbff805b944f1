"""Whose a lead is: hand over, pool and claims, transfers between sections, protection, referrals (DOMAIN §4)."""

from crm.services.ownership.claims import ClaimState, claim, claim_state
from crm.services.ownership.hands import give, records
from crm.services.ownership.pool import PoolFilter, PoolPage, pool, proposals, release
from crm.services.ownership.protection import ask_extension, extend, refuse_extension
from crm.services.ownership.referrals import Owed, name_referrer, owed, told
from crm.services.ownership.rules import in_force, rule_history, set_rules
from crm.services.ownership.transfers import AskTransfer, accept, ask, inbox, pending_of, refuse, withdraw

__all__ = [
    "AskTransfer",
    "ClaimState",
    "Owed",
    "PoolFilter",
    "PoolPage",
    "accept",
    "ask",
    "ask_extension",
    "claim",
    "claim_state",
    "extend",
    "give",
    "in_force",
    "inbox",
    "name_referrer",
    "owed",
    "pending_of",
    "pool",
    "proposals",
    "records",
    "refuse",
    "refuse_extension",
    "release",
    "rule_history",
    "set_rules",
    "told",
    "withdraw",
]
