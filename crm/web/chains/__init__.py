"""全景图谱: all chains, one chain in three columns, one segment, the flow of a chain, and its printed sheets."""

from crm.web.chains import sheets
from crm.web.chains.views import blueprint

__all__ = ["blueprint", "sheets"]
