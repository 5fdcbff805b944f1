"""Quick entry by paste (粘贴识别): a message in, values of the lead form out, each beside the words it came from.

Rules only: no network, no guess that is not shown. What could mean two things is returned as `CONFIRM`, without a
value, so that a person decides.
"""

from crm.domain.paste.model import LONGEST, Certainty, Guess, Reading, Span, Term
from crm.domain.paste.read import read

__all__ = ["LONGEST", "Certainty", "Guess", "Reading", "Span", "Term", "read"]
