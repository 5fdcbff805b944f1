"""Changes of many records at once, with undo."""

from crm.services.bulk.actions import NOTE_LENGTH, TAG_LENGTH
from crm.services.bulk.change import (
    MOST_ROWS,
    NAMES_SHOWN,
    UNDO_DAYS,
    Chosen,
    Marked,
    Outcome,
    Undone,
    action_of,
    carry_out,
    choose,
    mine,
    undo,
)

__all__ = [
    "MOST_ROWS",
    "NAMES_SHOWN",
    "NOTE_LENGTH",
    "TAG_LENGTH",
    "UNDO_DAYS",
    "Chosen",
    "Marked",
    "Outcome",
    "Undone",
    "action_of",
    "carry_out",
    "choose",
    "mine",
    "undo",
]
