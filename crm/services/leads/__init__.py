"""Use cases of leads: log, find duplicates, change, screen, hand over, list, show (DOMAIN §4 row 0, §6)."""

from crm.services.leads.change import edit_lead, grade, tell_referrer
from crm.services.leads.commands import ContactFacts, EnterpriseFacts, LogLead, Needs
from crm.services.leads.log import log_lead
from crm.services.leads.owners import assign, candidates, hand_over, take
from crm.services.leads.screen import screen
from crm.services.leads.show import Missing, missing_facts
from crm.services.leads.similar import SimilarLead, similar

__all__ = [
    "ContactFacts",
    "EnterpriseFacts",
    "LogLead",
    "Missing",
    "Needs",
    "SimilarLead",
    "assign",
    "candidates",
    "edit_lead",
    "grade",
    "hand_over",
    "log_lead",
    "missing_facts",
    "screen",
    "similar",
    "take",
    "tell_referrer",
]
