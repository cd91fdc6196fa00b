"""What the destination knows of a repository already; all that a load needs to go on from."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from string import Template
from typing import Any

from dlt_pipelines.context import LoadContext
from dlt_pipelines.github_actions.collector import DATASET, PAGES, RANGES
from dlt_pipelines.github_actions.spans import Span, merged

NOT_HAD = "not everything behind it could be had"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_NAMES = """
select distinct repository from $repositories
where repository_id = ? or repository = ?
"""
_SPANS = """
select epoch_us(from_at), epoch_us(until_at) from $collected_ranges
where things = ? and repository in (select unnest(?))
"""
_PAGES_AT = """
select source_file, max(epoch_us(loaded_at)) from $pages
where source_file in (select unnest(?)) group by source_file
"""
_ETAGS = """
select source_file, etag, next_page from $pages
where source_file in (select unnest(?)) and etag is not null
order by loaded_at
"""
# When the last word on an attempt was loaded first, if it is completed: a run that waits for
# approval is completed, too, and goes on in the same attempt.
_ATTEMPTS = """
attempts as (
    select
        repository,
        run_id,
        run_attempt,
        last_conclusion,
        min(loaded_at) filter (
            where last_status = 'completed'
            and lower(status) = last_status
            and conclusion is not distinct from last_conclusion
        ) as completed_loaded_at
    from (
        select
            *,
            lower(first_value(status) over words) as last_status,
            first_value(conclusion) over words as last_conclusion
        from $workflow_runs
        where repository in (select unnest(?))
        window words as (
            partition by repository, run_id, run_attempt
            order by updated_at desc nulls last, lower(status) = 'completed' desc, loaded_at desc
        )
    )
    group by all
)
"""
_COMPLETED = """
with $attempts
select run_id, run_attempt, min(epoch_us(completed_loaded_at)), min(last_conclusion)
from attempts
where completed_loaded_at is not null and run_id in (select unnest(?))
group by run_id, run_attempt
"""
_VERSIONS = """
select $id, epoch_us(updated_at), min(epoch_us(loaded_at)) from $table
where repository in (select unnest(?)) group by all
"""
_FINISHED_DEPLOYMENTS = """
select distinct deployment_id from $deployment_statuses
where repository in (select unnest(?))
    and lower(state) in ('success', 'failure', 'error', 'inactive')
"""
_WITHOUT_ARCHIVES = """
select cast(regexp_extract(source_file, '/runs/([0-9]+)/', 1) as bigint)
from $pages
where source_file in (
    select distinct ? || repository || '/actions/runs/' || run_id || '/artifacts?per_page=100'
    from $workflow_runs
    where repository in (select unnest(?))
)
group by source_file
having max(loaded_at) filter (where error = ?) = max(loaded_at)
"""
# A run stays open until every attempt was seen completed and its jobs were read after that, or
# came completed from elsewhere (saved files); a run that the vendor has deleted is not. Deliveries
# close none: nobody knows whether one of a job was lost. The list names the newest attempt alone,
# and may be unchanged when an earlier one could not be had.
_OPEN_RUNS = """
with $attempts,

jobs as (
    select repository, run_id, run_attempt, job_id, bool_or(lower(status) = 'completed') as is_done
    from $workflow_jobs
    where repository in (select unnest(?)) and source_file not like 'landing/webhooks/%'
    group by all
),

attempts_with_jobs as (
    select repository, run_id, run_attempt, bool_and(is_done) as is_done
    from jobs
    group by all
),

numbers as (
    select
        run_id,
        max_by(repository, run_attempt) as repository,
        unnest(range(1, max(run_attempt))) as run_attempt
    from attempts
    group by run_id
),

missing as (
    select numbers.run_id, numbers.repository
    from numbers
    anti join attempts using (run_id, run_attempt)
    anti join $pages as refused
        on refused.source_file = ? || numbers.repository || '/actions/runs/' || numbers.run_id
            || '/attempts/' || numbers.run_attempt
        and refused.error is not null
)

select missing.run_id
from missing
anti join $pages as gone
    on gone.source_file = ? || missing.repository || '/actions/runs/' || missing.run_id
    and gone.error is not null
union
select distinct attempts.run_id
from attempts
left join attempts_with_jobs using (repository, run_id, run_attempt)
left join $pages as pages
    on pages.source_file = ? || attempts.repository || '/actions/runs/' || attempts.run_id
        || '/attempts/' || attempts.run_attempt || '/jobs?per_page=100'
    and pages.loaded_at >= attempts.completed_loaded_at
left join $pages as gone
    on gone.source_file = ? || attempts.repository || '/actions/runs/' || attempts.run_id
    and gone.error is not null
where gone.source_file is null
    and (
        attempts.completed_loaded_at is null
        or (pages.source_file is null and not coalesce(attempts_with_jobs.is_done, false))
    )
order by 1
"""


class Ledger:
    """Asks the destination about one repository, under all names it ever had.

    Args:
        context: The run of the source.
        prefix: Path of the API up to `owner/name`, such as `/repos/`.
    """

    def __init__(self, context: LoadContext, prefix: str) -> None:
        self._context = context
        self._prefix = prefix
        found = context.query(
            "select table_name from duckdb_tables() where schema_name = ?", (DATASET,)
        )
        self._tables = {table: f"{DATASET}.{table}" for (table,) in found}
        self._parts = {"attempts": Template(_ATTEMPTS).safe_substitute(self._tables)}
        self._has_tables = {PAGES, RANGES} <= self._tables.keys()
        self.names: list[str] = []
        self._without_archives: set[int] | None = None

    def know_names(self, repository: str, repository_id: int | None) -> None:
        """Say which repository it is from now on; a renamed one is the one with the same id."""
        rows = self._query(_NAMES, repository_id, repository)
        self.names = sorted({repository, *self.names, *(name for (name,) in rows)})

    def covered(self, things: str) -> list[Span]:
        """Return the spans of time whose list of these things was read to its end."""
        rows = self._query(_SPANS, things, self.names)
        return merged((_instant(start), _instant(end)) for start, end in rows)

    def pages_loaded_at(self, paths: Collection[str]) -> Mapping[str, int]:
        """Return when pages were last read, in epoch microseconds, for those that were."""
        return dict(self._query(_PAGES_AT, list(paths)))

    def etags(self, paths: Collection[str]) -> Mapping[str, tuple[str, str | None]]:
        """Return ETag and next page of pages that were read with everything behind them."""
        rows = self._query(_ETAGS, list(paths))
        return {path: (etag, next_page) for path, etag, next_page in rows}

    def completed(
        self, run_ids: Collection[int]
    ) -> Mapping[tuple[int, int], tuple[int, str | None]]:
        """Return when each attempt was first seen as it ended, in epoch microseconds, and how."""
        rows = self._query(_COMPLETED, self.names, list(run_ids))
        return {(run_id, attempt): (at, ending) for run_id, attempt, at, ending in rows}

    def versions(self, table: str, id_column: str) -> Mapping[tuple[int, int | None], int]:
        """Return (id, `updated_at`) of what is known, with when it was first loaded."""
        rows = self._query(_VERSIONS, self.names, table=self._tables.get(table), id=id_column)
        return {(found, updated_at): loaded_at for found, updated_at, loaded_at in rows}

    def open_runs(self) -> list[int]:
        """Return the ids of the runs that have to be asked for again, oldest first."""
        rows = self._query(_OPEN_RUNS, self.names, self.names, *[self._prefix] * 4)
        return sorted({run_id for (run_id,) in rows} | self.without_archives())

    def without_archives(self) -> set[int]:
        """Return the runs of which an archive could not be had when it was last asked for."""
        if self._without_archives is None:
            rows = self._query(_WITHOUT_ARCHIVES, self._prefix, self.names, NOT_HAD)
            self._without_archives = {run_id for (run_id,) in rows}
        return self._without_archives

    def finished_deployments(self) -> set[int]:
        """Return the deployments that were given a last word."""
        return {found for (found,) in self._query(_FINISHED_DEPLOYMENTS, self.names)}

    def _query(self, sql: str, *parameters: Any, **names: Any) -> list[tuple[Any, ...]]:
        if not self._has_tables or [] in parameters:  # nothing asked, nothing found
            return []
        statement = Template(sql).substitute({**self._tables, **self._parts, **names})
        return self._context.query(statement, parameters)


def _instant(epoch_us: int) -> datetime:
    return _EPOCH + timedelta(microseconds=epoch_us)
