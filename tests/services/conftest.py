"""Fixtures that tests of several use cases share."""

from tests.demo import loaded, prepared, settled

__all__ = ["loaded", "prepared", "settled"]
