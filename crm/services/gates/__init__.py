"""Gates (关口) of the reserve library: what a step lacks, moving, the chief's word, evidence (DOMAIN §4).

Lists and boards ask `lacking(session, projects)` or filter by `lacking_condition(session)`; whoever lets people move a
project calls `move(session, actor, project_id, Move(...))` and shows a `GateClosed` with its `check`.
"""

from crm.services.gates.asking import check, check_with, lacking, lacking_condition
from crm.services.gates.definitions import history, in_force, put_in_force, source_in_force
from crm.services.gates.facts import values_of
from crm.services.gates.moving import GateClosed, Move, enter, give, move, request_of
from crm.services.gates.proof import Proof, kinds_of, of_project, withdraw

__all__ = [
    "GateClosed",
    "Move",
    "Proof",
    "check",
    "check_with",
    "enter",
    "give",
    "history",
    "in_force",
    "kinds_of",
    "lacking",
    "lacking_condition",
    "move",
    "of_project",
    "put_in_force",
    "request_of",
    "source_in_force",
    "values_of",
    "withdraw",
]
