"""Finding records by two Chinese characters, pinyin, initials, numbers, codes and phones, through one index."""

from crm.services.search.conditions import matching
from crm.services.search.entries import index, rebuild

__all__ = ["index", "matching", "rebuild"]
