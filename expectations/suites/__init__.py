"""What the gates expect: one module per gate, each a tuple of expectations as code.

A rule lives in one place. Shape, keys, accepted values and relationships within the models are
dbt tests; here is what only a look at the whole load can tell: volume, freshness, drift,
completeness, and whether the sources fit one another.
"""

import importlib
from typing import Literal

from expectations.suites.definition import Expected

GateName = Literal["raw", "published"]
GATES: tuple[GateName, ...] = ("raw", "published")


def suite_of(gate: GateName) -> tuple[Expected, ...]:
    """Return the expectations of a gate.

    Raises:
        ValueError: there is no such gate.
    """
    if gate not in GATES:
        raise ValueError(f"no gate is called `{gate}`; there are {', '.join(GATES)}")
    expected: tuple[Expected, ...] = importlib.import_module(
        f"expectations.suites.{gate}"
    ).EXPECTATIONS
    return expected
