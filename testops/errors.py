"""Errors that a person reads: what is wrong with which thing, and what to do next."""

from collections.abc import Mapping
from typing import Any


class TestopsError(Exception):
    """Base of all errors that end a command with a message and without a traceback.

    Attributes:
        details: what programs are told beside the message, JSON values.
    """

    exit_code = 1
    __test__ = False  # the name starts like a test class

    def __init__(self, message: str, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.details = details or {}


class NothingPublishedError(TestopsError):
    """There is no published build to read."""

    exit_code = 4


class UsageError(TestopsError):
    """The request itself is wrong."""

    exit_code = 2
