"""Files of leads and their projects: add, list, open, take off, sweep (RELIABILITY §3)."""

from crm.services.attachments.handing_in import MEGABYTE, Upload, add, most_bytes
from crm.services.attachments.keeping import load, of_lead, remove, sweep

__all__ = ["MEGABYTE", "Upload", "add", "load", "most_bytes", "of_lead", "remove", "sweep"]
