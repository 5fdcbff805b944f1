"""Finding records by two Chinese characters, pinyin, initials, numbers, codes and phones, through one index."""

from crm.services.search.conditions import matching
from crm.services.search.entries import fill, index, rebuild
from crm.services.search.find import Group, Hit, best, find

__all__ = ["Group", "Hit", "best", "fill", "find", "index", "matching", "rebuild"]
