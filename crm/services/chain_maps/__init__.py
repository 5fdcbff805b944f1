"""Chain maps as documents that people edit: the present state, revisions, comparing, restoring, files."""

from crm.services.chain_maps.reading import (
    State,
    chain_row,
    current,
    newest_revision,
    parsed,
    people_edited,
    revision,
    revisions,
)
from crm.services.chain_maps.saving import (
    REASON_LENGTH,
    MapConflict,
    Saved,
    change,
    export_yaml,
    import_yaml,
    problems,
    restore,
    save,
    shipped,
)
from crm.services.chain_maps.words import POSITIONS, problem

__all__ = [
    "POSITIONS",
    "REASON_LENGTH",
    "MapConflict",
    "Saved",
    "State",
    "chain_row",
    "change",
    "current",
    "export_yaml",
    "import_yaml",
    "newest_revision",
    "parsed",
    "people_edited",
    "problem",
    "problems",
    "restore",
    "revision",
    "revisions",
    "save",
    "shipped",
]
