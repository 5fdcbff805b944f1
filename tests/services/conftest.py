"""Fixtures that tests of several use cases share."""

from tests.demo import loaded, prepared

__all__ = ["loaded", "prepared"]
