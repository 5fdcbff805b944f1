"""Gates of the reserve library: definitions as data, and the question whether a project may pass (DOMAIN §4).

The words and rules of each gate stand in `definitions.yaml` (version 0) or in a later version that an administrator
put in force; `services.gates` asks, moves and stores.
"""

from crm.domain.gates.check import GateCheck, answered, barred, check, proven
from crm.domain.gates.loading import parse, shipped
from crm.domain.gates.model import (
    COLUMNS,
    SEALED,
    After,
    AnyOf,
    Definitions,
    Demand,
    EvidenceKind,
    Fact,
    FactKind,
    Gate,
    Words,
)
from crm.domain.gates.values import clean, contradiction

__all__ = [
    "COLUMNS",
    "SEALED",
    "After",
    "AnyOf",
    "Definitions",
    "Demand",
    "EvidenceKind",
    "Fact",
    "FactKind",
    "Gate",
    "GateCheck",
    "Words",
    "answered",
    "barred",
    "check",
    "clean",
    "contradiction",
    "parse",
    "proven",
    "shipped",
]
