"""Reading tables that people hand in: xlsx and CSV, hostile ones included (RELIABILITY §3).

`read` starts a child with limits on memory, processor time and duration; the child inspects the file, reads it and
hands over plain text cells. Whatever the file does, it does to the child.
"""

from crm.infra.sheets.limits import MAX_COLUMNS, MAX_ROWS, Refusal, Refused
from crm.infra.sheets.reader import Row, Table, read

__all__ = ["MAX_COLUMNS", "MAX_ROWS", "Refusal", "Refused", "Row", "Table", "read"]
