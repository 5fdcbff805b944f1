"""How much of a table is read, and why a file is refused."""

from __future__ import annotations

from enum import StrEnum

#: Rows with content, the header among them.
MAX_ROWS = 50_000
#: Columns with content.
MAX_COLUMNS = 200
#: Longest text of one cell; the spreadsheet programs end there too.
MAX_CELL = 32_767
#: Inflated bytes of a whole archive. Fifty thousand rows of forty columns are about 100 MB.
MAX_INFLATED = 192 * 1024 * 1024
#: Above this size a member that was squeezed more than `MAX_RATIO` times is a bomb: sheets are squeezed 5 to 40 times.
RATIO_FROM = 16 * 1024 * 1024
MAX_RATIO = 120
#: Members of an archive; a workbook has some dozens.
MAX_MEMBERS = 2_000

#: What the child may take: address space, processor seconds, and seconds on the clock.
MEMORY_BYTES = 1 << 30
CPU_SECONDS = 60
WALL_SECONDS = 120.0


class Refusal(StrEnum):
    """Why a file is not read; the sentences stand in `domain.importing.refusals`."""

    EMPTY = "empty"
    NOT_A_TABLE = "not_a_table"
    OLD_XLS = "old_xls"
    ENCRYPTED = "encrypted"
    OTHER_OFFICE = "other_office"
    WEB_PAGE = "web_page"
    BROKEN = "broken"
    BOMB = "bomb"
    ENTITIES = "entities"
    TOO_LONG = "too_long"
    TOO_WIDE = "too_wide"
    CELL_TOO_LONG = "cell_too_long"
    NO_SHEET = "no_sheet"
    BAD_BYTE = "bad_byte"
    BAD_QUOTES = "bad_quotes"
    TOO_HEAVY = "too_heavy"


class Refused(Exception):
    """The file is not read. `params` are plain values for the sentence."""

    def __init__(self, reason: Refusal, **params: object) -> None:
        super().__init__(f"{reason.value} {params}")
        self.reason = reason
        self.params = params
