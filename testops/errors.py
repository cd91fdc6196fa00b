"""Errors that a person reads: what is wrong with which thing, and what to do next."""


class TestopsError(Exception):
    """Base of all errors that end a command with a message and without a traceback."""

    exit_code = 1
    __test__ = False  # the name starts like a test class


class NothingPublishedError(TestopsError):
    """There is no published build to read."""

    exit_code = 4


class UsageError(TestopsError):
    """The request itself is wrong."""

    exit_code = 2
