"""State of the warehouse: the build that readers see, the newest attempt, the sources."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from testops.errors import TestopsError
from testops.settings import Settings
from testops.warehouse import connect, current_build, rows

_SOURCES = "select * from marts.mart_quality__sources order by source"
_REJECTED = """
select source, error_class, count(*) as file_count, min(locator) as example, min(reason) as reason
from quarantine.rejected_files
group by source, error_class
order by file_count desc, source, error_class
"""


@dataclass(frozen=True)
class State:
    """What `testops status` says.

    Attributes:
        build_id, made_at, data_as_of: the published build; times as ISO 8601 text in UTC.
        is_stale: the newest attempt did not publish and the build is an older one.
        last_attempt: `last_attempt.json`, None when there is none.
        tables: rows by `schema.table`.
        sources: one row per source: freshness, what was loaded and rejected.
        rejected: files in quarantine by source and reason.
    """

    build_id: str
    made_at: str | None
    data_as_of: str | None
    is_stale: bool
    gates: list[dict[str, Any]]
    last_attempt: dict[str, Any] | None
    tables: dict[str, int]
    sources: list[dict[str, Any]]
    rejected: list[dict[str, Any]]

    def to_json(self) -> dict[str, Any]:
        """The state as a JSON object."""
        return asdict(self)


def read_state(current: Settings) -> State:
    """Read the state of the warehouse in `current.home`.

    Raises:
        NothingPublishedError: nothing was published yet.
        TestopsError: a file of the published folder is broken.
    """
    build = current_build(current.published)
    attempt = last_attempt(current)
    manifest = build.manifest
    with connect(build) as connection:
        sources = rows(connection, _SOURCES)
        rejected = rows(connection, _REJECTED)
    return State(
        build_id=build.build_id,
        made_at=manifest.get("made_at"),
        data_as_of=manifest.get("data_as_of"),
        is_stale=attempt is not None and not attempt.get("passed", True),
        gates=list(manifest.get("gates", [])),
        last_attempt=attempt,
        tables={name: table["rows"] for name, table in manifest.get("tables", {}).items()},
        sources=sources,
        rejected=rejected,
    )


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
