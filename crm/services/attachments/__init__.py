"""Files of leads and their projects: add, list, open, take off, sweep (RELIABILITY §3)."""

from crm.services.attachments.handing_in import Upload, add, most_mb
from crm.services.attachments.keeping import load, of_lead, remove, sweep

__all__ = ["Upload", "add", "load", "most_mb", "of_lead", "remove", "sweep"]
