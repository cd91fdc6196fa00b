"""How an expectation is written down."""

from dataclasses import dataclass
from typing import Any

import great_expectations.expectations as gxe

from expectations.results import Severity

SEVERITIES: dict[Severity, str] = {"blocking": "critical", "warning": "warning"}
"""Our words for what a failure does, and those of Great Expectations."""

_BATCH = "with batch as (select * from {batch}) "


@dataclass(frozen=True)
class Expected:
    """One expectation of a suite.

    Attributes:
        name: unique within the gate, lower case with underscores.
        table: the table it is asked of, as `schema.table`.
        severity: `blocking` stops the publication, `warning` is only shown.
        description: what is expected, as a sentence.
        expectation: the Great Expectations object that judges it.
    """

    name: str
    table: str
    severity: Severity
    description: str
    expectation: Any


def no_rows(name: str, table: str, severity: Severity, description: str, *, query: str) -> Expected:
    """Return the expectation that a query finds no rows.

    Args:
        name: as in `Expected`.
        table: as in `Expected`.
        severity: as in `Expected`.
        description: as in `Expected`.
        query: a select statement over `batch`, which stands for the table; each row of it is a
            failure and is shown to people, so it names the thing and the numbers.
    """
    expectation = gxe.UnexpectedRowsExpectation(
        unexpected_rows_query=_BATCH + query,
        severity=SEVERITIES[severity],
        meta={"name": name},
    )
    return Expected(name, table, severity, description, expectation)


def aggregate(
    name: str, table: str, severity: Severity, description: str, *, kind: Any, **settings: Any
) -> Expected:
    """Return an expectation about one number of a table or column.

    Args:
        name: as in `Expected`.
        table: as in `Expected`.
        severity: as in `Expected`.
        description: as in `Expected`.
        kind: the class of Great Expectations.
        settings: what that class is made with, such as `column` and `min_value`.
    """
    expectation = kind(**settings, severity=SEVERITIES[severity], meta={"name": name})
    return Expected(name, table, severity, description, expectation)
