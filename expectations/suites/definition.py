"""How an expectation is written down; reading it does not start Great Expectations."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from expectations.results import Severity

_BATCH = "with batch as (select * from {batch}) "


@dataclass(frozen=True)
class Expected:
    """One expectation of a suite.

    Attributes:
        name: unique within the gate, lower case with underscores.
        table: the table it is asked of, as `schema.table`.
        severity: `blocking` stops the publication, `warning` is only shown.
        description: what is expected, as a sentence.
        kind: name of the class in `great_expectations.expectations` that judges it.
        settings: what that class is made with, such as `column` and `min_value`.
    """

    name: str
    table: str
    severity: Severity
    description: str
    kind: str
    settings: Mapping[str, Any] = field(hash=False)


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
    settings = {"unexpected_rows_query": _BATCH + query}
    return Expected(name, table, severity, description, "UnexpectedRowsExpectation", settings)


def aggregate(
    name: str, table: str, severity: Severity, description: str, *, kind: str, **settings: Any
) -> Expected:
    """Return an expectation about one number of a table or column.

    Args:
        name: as in `Expected`.
        table: as in `Expected`.
        severity: as in `Expected`.
        description: as in `Expected`.
        kind: as in `Expected`.
        settings: as in `Expected`.
    """
    return Expected(name, table, severity, description, kind, settings)
