"""Gates (关口) of the reserve library: what a step lacks, moving, the chief's word, evidence (DOMAIN §4).

Lists and boards ask `lacking(session, projects)` or filter by `lacking_condition(session)`; whoever lets people move a
project calls `move(session, actor, project_id, Move(...))` and shows a `GateClosed` with its `check`.
"""

from crm.services.gates.asking import check, check_with, lacking, lacking_condition, open_gates
from crm.services.gates.definitions import history, in_force, put_in_force, source_in_force
from crm.services.gates.facts import values_of
from crm.services.gates.moving import GateClosed, Move, enter, give, move, request_of
from crm.services.gates.proof import Proof, kinds_of, of_project, withdraw
from crm.services.gates.requests import approve, refuse, requests_of, waiting
from crm.services.gates.requests import withdraw as withdraw_request
from crm.services.gates.reserve import admit, check_lead, known_of
from crm.services.gates.resigning import Kind, MustAnswer, Resigning, question

__all__ = [
    "GateClosed",
    "Kind",
    "Move",
    "MustAnswer",
    "Proof",
    "Resigning",
    "admit",
    "approve",
    "check",
    "check_lead",
    "check_with",
    "enter",
    "give",
    "history",
    "in_force",
    "kinds_of",
    "known_of",
    "lacking",
    "lacking_condition",
    "move",
    "of_project",
    "open_gates",
    "put_in_force",
    "question",
    "refuse",
    "request_of",
    "requests_of",
    "source_in_force",
    "values_of",
    "waiting",
    "withdraw",
    "withdraw_request",
]
