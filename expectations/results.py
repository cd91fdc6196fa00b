"""What a gate found, as plain values that survive a pipe, a manifest and a page.

Needs nothing but the standard library: who only reads results does not pay for the gate's engine.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Severity = Literal["blocking", "warning"]
SAMPLE_ROWS = 20
"""The most failing rows a result carries along."""


@dataclass(frozen=True)
class ExpectationResult:
    """One expectation, judged once.

    Attributes:
        expectation: name of the expectation, unique within its gate.
        table: the table it speaks of, as `schema.table`.
        severity: `blocking` stops the publication, `warning` is only shown.
        passed: whether the data were as expected.
        description: what is expected, as a sentence.
        observed: what was found, as text.
        rows: a sample of the failing rows, at most `SAMPLE_ROWS`, column name to JSON value.
        error: why the expectation could not be judged; such a one counts as failed.
    """

    expectation: str
    table: str
    severity: Severity
    passed: bool
    description: str
    observed: str
    rows: tuple[Mapping[str, Any], ...] = ()
    error: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the result as a JSON object."""
        return {**asdict(self), "rows": [dict(row) for row in self.rows]}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "ExpectationResult":
        """Return the result that `to_json` wrote."""
        return cls(**{**value, "rows": tuple(value["rows"])})


@dataclass(frozen=True)
class GateResult:
    """Everything one gate judged.

    Attributes:
        gate: `raw` or `published`.
        results: one per expectation, in the order of the suites.
        seconds: wall time of the judging, without the start of the engine.
    """

    gate: str
    results: tuple[ExpectationResult, ...]
    seconds: float = field(default=0.0, compare=False)

    @property
    def passed(self) -> bool:
        """Whether no blocking expectation failed."""
        return not self.blocking

    @property
    def blocking(self) -> tuple[ExpectationResult, ...]:
        """The failed expectations that stop the publication."""
        return self._failed("blocking")

    @property
    def warnings(self) -> tuple[ExpectationResult, ...]:
        """The failed expectations that are only shown."""
        return self._failed("warning")

    def _failed(self, severity: Severity) -> tuple[ExpectationResult, ...]:
        return tuple(r for r in self.results if not r.passed and r.severity == severity)

    def to_json(self) -> dict[str, Any]:
        """Return the gate as a JSON object: the counts, and every expectation that failed."""
        return {
            "gate": self.gate,
            "passed": self.passed,
            "expectation_count": len(self.results),
            "blocking_count": len(self.blocking),
            "warning_count": len(self.warnings),
            "seconds": round(self.seconds, 3),
            "results": [result.to_json() for result in self.results],
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "GateResult":
        """Return the gate that `to_json` wrote."""
        results = tuple(ExpectationResult.from_json(result) for result in value["results"])
        return cls(gate=value["gate"], results=results, seconds=value["seconds"])


def failures(gate: GateResult) -> list[dict[str, Any]]:
    """Return the failed expectations of a gate as JSON objects, the blocking ones first."""
    return [result.to_json() for result in (*gate.blocking, *gate.warnings)]
