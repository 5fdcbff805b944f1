"""Merging enterprises, leads and contacts field by field, and taking a merge back from its snapshot."""

from crm.services.merging.asking import ask, moved_to
from crm.services.merging.compare import Comparison, FieldRow, compare
from crm.services.merging.kinds import KINDS, MergeKind, winner_of
from crm.services.merging.merge import MergeRecords, merge
from crm.services.merging.names import Names, names
from crm.services.merging.picking import Offered, offered
from crm.services.merging.undo import Undone, find, into, later, moved_of, rows_of, undo

__all__ = [
    "KINDS",
    "Comparison",
    "FieldRow",
    "MergeKind",
    "MergeRecords",
    "Names",
    "Offered",
    "Undone",
    "ask",
    "compare",
    "find",
    "into",
    "later",
    "merge",
    "moved_of",
    "moved_to",
    "names",
    "offered",
    "rows_of",
    "undo",
    "winner_of",
]
