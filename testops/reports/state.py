"""State of the warehouse: the build that readers see, the newest attempt, the sources."""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from testops.errors import TestopsError
from testops.settings import Settings
from testops.warehouse import connect, current_build, rows

if TYPE_CHECKING:
    import duckdb

EXPECTED_WITHIN = timedelta(hours=36)
"""A nightly run that ended well is never older than a day and what it took."""

_SOURCES = "select * from marts.mart_quality__sources order by source"
# One line per kind of trouble, the reasons without the numbers and names that differ.
_REJECTED = """
with rejected as (
    select source, error_class, locator, reason, 1 as file_count, 0 as row_count, loaded_at
    from quarantine.rejected_files
    union all
    select
        source, 'row of ' || table_name, cast(row_number as varchar), reason, 0, 1, loaded_at
    from quarantine.rejected_rows
)

select
    source,
    error_class,
    cast(sum(file_count) as bigint) as file_count,
    cast(sum(row_count) as bigint) as row_count,
    min(locator) as example,
    min(reason) as reason,
    min(loaded_at) as first_seen_at,
    max(loaded_at) as last_seen_at
from rejected
group by source, error_class, regexp_replace(reason, '`[^`]*`|[0-9]+', '…', 'g')
order by sum(file_count) + sum(row_count) desc, source, error_class, min(reason)
"""
_DRIFT = """
select * exclude (schema_drift_key) from marts.mart_quality__schema_drift
order by is_in_newest_load desc, is_read desc, last_seen_at desc, source, object_kind, field_path
"""


@dataclass(frozen=True)
class State:
    """What `testops status` says.

    Attributes:
        build_id, made_at, data_as_of: the published build; times as ISO 8601 text in UTC.
        is_stale: the newest attempt did not publish and the build is an older one.
        gates, warnings: what the gates said of it; an expectation that it does not meet and that
            stops no publication is a warning, with some of the rows.
        last_attempt: `last_attempt.json`, None when there is none.
        succeeded_at: when a run ended well for the last time, with a new build or nothing new.
        seconds_since_success: the time since then; None where nothing tells it.
        is_overdue: that is more than `EXPECTED_WITHIN`, or than what was asked for.
        tables: rows by `schema.table`.
        sources: one row per source: freshness, what was loaded and rejected; `read_up_to_at` is
            how far it was read, else its newest event, and `lag_seconds` the time since then.
        rejected: files and rows in quarantine by source and reason, the most frequent first.
        drift: fields of vendors' objects that are new, of another type or missing, those that
            matter now first.
    """

    build_id: str
    made_at: str | None
    data_as_of: str | None
    is_stale: bool
    gates: list[dict[str, Any]]
    warnings: list[dict[str, Any]]
    last_attempt: dict[str, Any] | None
    succeeded_at: str | None
    seconds_since_success: float | None
    is_overdue: bool
    tables: dict[str, int]
    sources: list[dict[str, Any]]
    rejected: list[dict[str, Any]]
    drift: list[dict[str, Any]]

    def to_json(self) -> dict[str, Any]:
        """The state as a JSON object."""
        return asdict(self)


def read_state(
    current: Settings, now: datetime | None = None, within: timedelta = EXPECTED_WITHIN
) -> State:
    """Read the state of the warehouse in `current.home`.

    Args:
        current: where the warehouse lies.
        now: what lags are measured from; by default the present.
        within: how long ago a run may have ended well.

    Raises:
        NothingPublishedError: nothing was published yet.
        TestopsError: a file of the published folder is broken.
    """
    build = current_build(current.published)
    attempt = last_attempt(current)
    manifest = build.manifest
    now = now or datetime.now(UTC)
    with connect(build) as connection:
        sources = [_with_lag(row, now) for row in rows(connection, _SOURCES)]
        rejected = rows(connection, _REJECTED)
        drift = rows(connection, _DRIFT) if _has_drift(connection) else []
    succeeded_at = _succeeded_at(attempt, manifest)
    age = _seconds_since(succeeded_at, now)
    return State(
        build_id=build.build_id,
        made_at=manifest.get("made_at"),
        data_as_of=manifest.get("data_as_of"),
        is_stale=attempt is not None and not attempt.get("passed", True),
        gates=list(manifest.get("gates", [])),
        warnings=list(manifest.get("warnings", [])),
        last_attempt=attempt,
        succeeded_at=succeeded_at,
        seconds_since_success=age,
        is_overdue=age is not None and age > within.total_seconds(),
        tables={name: table["rows"] for name, table in manifest.get("tables", {}).items()},
        sources=sources,
        rejected=rejected,
        drift=drift,
    )


def _succeeded_at(attempt: dict[str, Any] | None, manifest: dict[str, Any]) -> str | None:
    """Return when a run ended well for the last time; a build that was made is one."""
    told = (attempt or {}).get("succeeded_at") or manifest.get("made_at")
    return str(told) if told else None


def _seconds_since(moment: str | None, now: datetime) -> float | None:
    try:
        then = datetime.fromisoformat(moment) if moment else None
    except ValueError:
        return None
    if then is None:
        return None
    return max((now - (then if then.tzinfo else then.replace(tzinfo=UTC))).total_seconds(), 0.0)


def _with_lag(row: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Add how far a source was read, and how long ago that was; the file's times are UTC."""
    read_up_to = row.get("cursor_at") or row.get("newest_event_at")
    lag = None
    if isinstance(read_up_to, datetime):
        aware = read_up_to if read_up_to.tzinfo else read_up_to.replace(tzinfo=UTC)
        lag = max((now - aware).total_seconds(), 0.0)
    return {**row, "read_up_to_at": read_up_to, "lag_seconds": lag}


def _has_drift(connection: "duckdb.DuckDBPyConnection") -> bool:
    """Tell whether the build has the table; one that was published by an older version has not."""
    found = rows(
        connection,
        "select 1 from information_schema.tables"
        " where table_schema = 'marts' and table_name = 'mart_quality__schema_drift'",
    )
    return bool(found)


def last_attempt(current: Settings) -> dict[str, Any] | None:
    """What came of the newest run, None when there was none.

    Raises:
        TestopsError: the file is there but cannot be read.
    """
    path = current.published / "last_attempt.json"
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise TestopsError(f"`{path}` cannot be read ({error}); run `testops run` again") from error
    return value if isinstance(value, dict) else None
