"""Fixtures that tests of several use cases share."""

from tests.demo import loaded

__all__ = ["loaded"]
