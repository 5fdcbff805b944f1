"""Demonstration records (示例): people, space, leads and what happened to them in a month; loading and removing them.

Everything here is invented, marked `is_demo` and, where people read a name, by the word 示例. Dates count from today.
"""

from crm.services.seed.demo.drop import drop_demo
from crm.services.seed.demo.load import has_demo, load_demo

__all__ = ["drop_demo", "has_demo", "load_demo"]
