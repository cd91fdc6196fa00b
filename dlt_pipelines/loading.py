"""One run of one source: from its resources to rows in `raw_<source>`, whole or not at all.

    source module ─build(context)─▶ dlt source ─extract─▶ Parquet ─load─▶ raw_<source>
                                                   │                    │
                                 quarantine.rejected_*    quality.source_loads (the last word)

A source is a folder `dlt_pipelines/<source>` whose module has `TABLES`, the names of its raw
tables, and `build(context)`, which returns `context.source_of(...)` of resources made by
`context.arrow_resource` (batches), `context.row_resource` (dicts), or `context.arrow_tables` and
`context.row_tables` (one pass that fills several tables). Every table gets its columns even when no
row came, and `loaded_at`. A module may also have `is_configured(options, settings)`, with the Arrow
schemas `TABLE_SCHEMAS` of its tables for when that says no, and `AFTER`, the sources to be loaded
before it.

The row in `quality.source_loads` is the commit record. It is written last; whatever a killed run
left behind, in the destination or in dlt's working folder, is newer than the last such row and is
removed before the next run starts. So a source needs no state but the destination: `context.known`,
`context.query` and `context.last_cursor_at` ask it what is there already.
"""

import importlib
import pkgutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dlt.pipeline.exceptions import PipelineStepFailed

from dlt_pipelines import config
from dlt_pipelines.context import LoadContext
from dlt_pipelines.destination import Destination, DestinationError
from dlt_pipelines.files import without_secrets

# Sub-packages that hold no source: what sources parse with, and the receiver of deliveries.
_NOT_SOURCES = frozenset({"parsers", "webhooks"})


class LoadError(RuntimeError):
    """A source could not be loaded; nothing of this run stays behind."""


class UnknownSourceError(LookupError):
    """There is no source of that name."""


@dataclass(frozen=True)
class LoadReport:
    """What one run of one source did.

    Attributes:
        source: Name of the source.
        mode: `files`, `api` or `local`; `off` when the source has nothing to read.
        loaded_at: The `loaded_at` of its rows.
        seconds: Wall-clock time.
        is_changed: True when any raw row was added.
        seen_count: Things looked at (files, pages, repositories: what the source counts).
        loaded_count: Those that were loaded; `unchanged_count` were known already,
            `partial_count` were loaded in part, `rejected_count` went to quarantine.
        byte_count: Bytes read.
        table_rows: Rows added per raw table.
        cursor_at: How far the source has read, where it reads by time.
    """

    source: str
    mode: str
    loaded_at: datetime
    seconds: float
    is_changed: bool
    seen_count: int
    loaded_count: int
    unchanged_count: int
    partial_count: int
    rejected_count: int
    byte_count: int
    table_rows: Mapping[str, int]
    cursor_at: datetime | None

    @property
    def row_count(self) -> int:
        """Rows added to all raw tables."""
        return sum(self.table_rows.values())


def known_sources() -> tuple[str, ...]:
    """Return the names of all sources, found as the sub-packages of `dlt_pipelines`, sorted."""
    folder = str(Path(__file__).parent)
    return tuple(
        sorted(
            found.name
            for found in pkgutil.iter_modules([folder])
            if found.ispkg and found.name not in _NOT_SOURCES
        )
    )


def run(source_name: str, *, project: Path | None = None) -> LoadReport:
    """Load what is new of one source into `raw_<source>`.

    Args:
        source_name: One of `known_sources()`.
        project: Project folder; by default the one of the environment.

    Raises:
        UnknownSourceError: There is no such source.
        config.ConfigurationError: A setting is wrong.
        LoadError: The source failed; the tables are as before.
    """
    if source_name not in known_sources():
        raise UnknownSourceError(
            f"there is no source `{source_name}`; known are {', '.join(known_sources())}"
        )
    module = importlib.import_module(f"dlt_pipelines.{source_name}")
    current = config.settings(project)
    config.activate(current)
    started = time.monotonic()
    started_at = datetime.now(UTC)
    current.home.mkdir(parents=True, exist_ok=True)
    destination = Destination(current.build_file, current.pipelines_folder, source_name)
    try:
        destination.prepare(tuple(module.TABLES))
        options = config.source_options(source_name, current.project)
        if hasattr(module, "is_configured") and not module.is_configured(options, current):
            destination.make_tables(module.TABLE_SCHEMAS)
            return _nothing_to_read(source_name, started_at, time.monotonic() - started)
        context = LoadContext(
            source_name,
            current,
            options,
            destination,
            destination.next_loaded_at(datetime.now(UTC)),
        )
        table_rows = _load(destination, context, module, tuple(module.TABLES))
        audit = context.audit
        seconds = time.monotonic() - started
        destination.record_load(
            {
                "source": source_name,
                "mode": audit.mode,
                "started_at": started_at,
                "finished_at": datetime.now(UTC),
                "seconds": seconds,
                "seen_count": audit.seen_count,
                "loaded_count": audit.loaded_count,
                "unchanged_count": audit.unchanged_count,
                "partial_count": audit.partial_count,
                "rejected_count": audit.rejected_count,
                "row_count": sum(table_rows.values()),
                "byte_count": audit.byte_count,
                "cursor_at": audit.cursor_at,
                "loaded_at": context.loaded_at,
            }
        )
    except PipelineStepFailed as error:
        destination.roll_back()
        reason = _innermost(error)
        if isinstance(reason, config.ConfigurationError):
            raise reason from error
        said = without_secrets(str(reason))
        raise LoadError(f"source `{source_name}` failed in step {error.step}: {said}") from error
    except DestinationError as error:
        raise LoadError(str(error)) from error
    finally:
        destination.close()
    return LoadReport(
        source=source_name,
        mode=audit.mode,
        loaded_at=context.loaded_at,
        seconds=seconds,
        is_changed=any(table_rows.values()),
        seen_count=audit.seen_count,
        loaded_count=audit.loaded_count,
        unchanged_count=audit.unchanged_count,
        partial_count=audit.partial_count,
        rejected_count=audit.rejected_count,
        byte_count=audit.byte_count,
        table_rows=table_rows,
        cursor_at=audit.cursor_at,
    )


def _nothing_to_read(source_name: str, at: datetime, seconds: float) -> LoadReport:
    return LoadReport(
        source=source_name,
        mode="off",
        loaded_at=at,
        seconds=seconds,
        is_changed=False,
        seen_count=0,
        loaded_count=0,
        unchanged_count=0,
        partial_count=0,
        rejected_count=0,
        byte_count=0,
        table_rows={},
        cursor_at=None,
    )


def _load(
    destination: Destination, context: LoadContext, module: Any, tables: tuple[str, ...]
) -> dict[str, int]:
    """Extract, then load unless there is nothing to load; return the rows per table."""
    pipeline = destination.pipeline
    info = pipeline.extract(module.build(context), loader_file_format="parquet")
    rows = dict.fromkeys(tables, 0)
    for load_metrics in info.metrics.values():
        for metrics in load_metrics:
            for table, counted in metrics["table_metrics"].items():
                if table in rows:
                    rows[table] += counted.items_count
    context.flush_rejected()
    context.flush_observed()
    destination.make_tables(context.schemas)
    if not any(rows.values()):
        destination.forget_packages()
        return rows
    pipeline.normalize()
    pipeline.load()
    return rows


def _innermost(error: BaseException) -> BaseException:
    """Follow the chain of causes to the first trouble; what was raised `from None` is the first."""
    while True:
        cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        if cause is None:
            return error
        error = cause
