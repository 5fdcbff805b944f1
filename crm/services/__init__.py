"""Use cases. Whoever imports one has sessions that keep the search index and chain the audit trail.

The trail comes last: its head is locked from there to the end of the commit.
"""

from crm.services import audit
from crm.services.search import keep

keep.watch()
audit.watch()
