"""What came of the newest attempt, for readers who wonder why nothing new is there."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from expectations.publishing.files import write_json
from expectations.publishing.shelf import Shelf
from expectations.results import GateResult

Status = Literal["published", "unchanged", "gate_failed", "failed"]


def record_attempt(
    shelf: Shelf,
    status: Status,
    *,
    gates: Iterable[GateResult] = (),
    build_id: str | None = None,
    error: str | None = None,
    details: Mapping[str, Any] | None = None,
    at: datetime | None = None,
) -> None:
    """Write `last_attempt.json`.

    Args:
        shelf: where builds are published.
        status: what came of it.
        gates: the gates that were judged, each with all its results.
        build_id: the build that readers have now.
        error: why it failed, where no gate says so.
        details: more to say, JSON values.
        at: when; by default now.
    """
    judged = list(gates)
    failing = [
        {"gate": gate.gate, **result.to_json()}
        for gate in judged
        for result in (*gate.blocking, *gate.warnings)
    ]
    shelf.folder.mkdir(parents=True, exist_ok=True)
    write_json(
        shelf.last_attempt,
        {
            "status": status,
            "passed": status in ("published", "unchanged"),
            "at": (at or datetime.now(UTC)).isoformat(timespec="seconds"),
            "build_id": build_id,
            "error": error,
            "gates": [summary(gate) for gate in judged],
            "failing": failing,
            **(details or {}),
        },
    )


def summary(gate: GateResult) -> dict[str, Any]:
    """Return a gate as JSON without its single results."""
    return {key: value for key, value in gate.to_json().items() if key != "results"}
