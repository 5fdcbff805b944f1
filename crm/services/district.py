"""Which district this installation serves: the names that pages and mails show."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

DISTRICTS = Path(__file__).parent / "seed" / "districts"


@dataclass(frozen=True, slots=True)
class DistrictNames:
    """Names of the district and of the document that its facts are quoted from."""

    key: str
    name: str
    city: str
    document_title: str
    document_status: str


@lru_cache(maxsize=4)
def district_names(key: str) -> DistrictNames:
    """Read the names from the district's own file. FileNotFoundError for a district that has none."""
    facts = yaml.safe_load((DISTRICTS / key / "district.yaml").read_text(encoding="utf-8"))
    document = facts.get("document", {})
    return DistrictNames(key, facts["name"], facts["city"], document.get("title", ""), document.get("status", ""))
