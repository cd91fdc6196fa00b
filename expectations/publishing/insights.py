# ruff: noqa: S608 - names of ours and of columns in quotes; values are parameters
"""What was said before: every insight gets its state from the builds that were published.

```
before ── insights.builds, history ───────┐
                                          ├─▶ insights.builds, history, statements
build ─── marts.mart_insight__statements ─┘
```

A state compares with the newest published build that was made from other inputs: `new` when that
one did not say it, `ongoing` when it did, `resolved` when it did and this one does not. A build
made again from the same inputs says what it said the first time and takes its own place, so
neither a repetition nor a publication that was killed and begun again makes anything older.

`history` is only appended to: a row for every insight and build that said something else of it than
the build before, `resolved` among them.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb

from expectations.publishing.copying import quoted, text
from expectations.publishing.publication import Addition
from expectations.publishing.shelf import BUILD_NAME, Shelf

SCHEMA = "insights"
_SAID = "marts.mart_insight__statements"
_KEY = "insight_key"
_RANK = "impact_rank"

_STATE = {
    "build_id": "varchar",
    "insight_state": "varchar",
    "first_build_id": "varchar",
    "first_data_as_of": "timestamptz",
}
"""Columns of the history beside those of the statements."""

_LATEST = f"""
    select history.*
    from target.{SCHEMA}.history as history
    inner join target.{SCHEMA}.builds as builds using (build_id)
    qualify row_number() over (
        partition by history.{_KEY} order by builds.build_number desc
    ) = 1
"""
"""The newest that was said of each insight before this build."""


def insights_of(shelf: Shelf, inputs: Mapping[str, Any]) -> Addition:
    """Return what adds the schema `insights` to a build.

    Args:
        shelf: where the build is published; what its readers have now is what was said before.
        inputs: what the build is made from.
    """
    inputs_hash = hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()

    def add(connection: duckdb.DuckDBPyConnection, tables: Mapping[str, Any]) -> None:
        if _SAID not in tables:
            return
        columns = {column["name"]: column["type"] for column in tables[_SAID]["columns"]}
        _make(connection, columns)
        for database in _before(shelf):
            if _take_over(connection, database, columns, inputs_hash):
                break
        _compare(connection, list(columns))
        _append(connection, list(columns), inputs_hash)

    return add


def _before(shelf: Shelf) -> Iterator[Path]:
    """Yield the database that readers have, then older ones in case that cannot be read.

    The link to the manifest tells: it is turned last, so a build whose publication was killed
    before that was never shown, and said nothing.
    """
    if not shelf.current_manifest.is_symlink():
        return
    shown = BUILD_NAME.match(shelf.current_manifest.readlink().parts[0])
    for build_id in reversed(shelf.build_ids()):
        if shown and build_id <= shown[1]:
            yield shelf.database(build_id)


def _make(connection: duckdb.DuckDBPyConnection, columns: Mapping[str, str]) -> None:
    """Make the tables that are appended to, empty."""
    listed = ", ".join(f"{quoted(name)} {kind}" for name, kind in _kept(columns).items())
    connection.execute(f"create schema target.{SCHEMA}")
    connection.execute(
        f"create table target.{SCHEMA}.builds (build_number bigint, build_id varchar,"
        " inputs_hash varchar, data_as_of timestamptz, statement_count bigint)"
    )
    connection.execute(f"create table target.{SCHEMA}.history ({listed})")


def _kept(columns: Mapping[str, str]) -> dict[str, str]:
    """Return the columns of the history; a rank says nothing beside the ranks of its build."""
    return {**_STATE, **{name: kind for name, kind in columns.items() if name != _RANK}}


def _take_over(
    connection: duckdb.DuckDBPyConnection,
    database: Path,
    columns: Mapping[str, str],
    inputs_hash: str,
) -> bool:
    """Copy what earlier builds said, without those at the end that had the same inputs.

    Returns:
        False where the database is damaged or was published without insights.
    """
    try:
        connection.execute(f"attach {text(str(database))} as before (read_only)")
    except duckdb.Error:
        return False
    try:
        there = connection.execute(
            "select column_name from duckdb_columns() where database_name = 'before'"
            " and schema_name = ? and table_name = 'history'",
            [SCHEMA],
        ).fetchall()
        if not there:
            return False
        connection.execute(
            f"insert into target.{SCHEMA}.builds select * from before.{SCHEMA}.builds"
            f" where build_number <= (select max(build_number) from before.{SCHEMA}.builds"
            "    where inputs_hash <> ?)",
            [inputs_hash],
        )
        # Columns come and go with the models; what a build did not say stays unknown.
        known = {name for (name,) in there}
        chosen = ", ".join(
            f"try_cast({quoted(name)} as {kind})" if name in known else "null"
            for name, kind in _kept(columns).items()
        )
        connection.execute(
            f"insert into target.{SCHEMA}.history select {chosen} from before.{SCHEMA}.history"
            f" semi join target.{SCHEMA}.builds using (build_id)"
        )
    finally:
        connection.execute("detach before")
    return True


def _compare(connection: duckdb.DuckDBPyConnection, columns: list[str]) -> None:
    """Make `statements`: what is said now, and what the build before said and this one does not."""
    said = ", ".join(f"now.{quoted(name)}" for name in columns)
    gone = ", ".join(
        "last_rank + row_number() over (order by impact_seconds desc nulls last, insight_key)"
        if name == _RANK
        else f"told.{quoted(name)}"
        for name in columns
    )
    connection.execute(f"""
        create table target.{SCHEMA}.statements as
        with latest as ({_LATEST}),
        told as (select * from latest where insight_state <> 'resolved'),
        ranks as (select coalesce(max({_RANK}), 0) as last_rank from target.{_SAID})
        select
            {said},
            case when told.{_KEY} is null then 'new' else 'ongoing' end as insight_state,
            coalesce(told.first_build_id, published.build_id) as first_build_id,
            case when told.{_KEY} is null then published.data_as_of else told.first_data_as_of end
                as first_data_as_of
        from target.{_SAID} as now
        cross join target.quality.published_build as published
        left join told using ({_KEY})
        union all
        select {gone}, 'resolved', told.first_build_id, told.first_data_as_of
        from told
        cross join ranks
        anti join target.{_SAID} as now using ({_KEY})
        order by {_RANK}
    """)


def _append(connection: duckdb.DuckDBPyConnection, columns: list[str], inputs_hash: str) -> None:
    """Add what this build says that the builds before did not say in the same words."""
    plain = [quoted(name) for name in columns if name != _RANK]
    same = " and ".join(f"said.{name} is not distinct from latest.{name}" for name in plain)
    connection.execute(f"""
        insert into target.{SCHEMA}.history by name
        with latest as ({_LATEST})
        select
            published.build_id,
            said.insight_state,
            said.first_build_id,
            said.first_data_as_of,
            {", ".join(f"said.{name}" for name in plain)}
        from target.{SCHEMA}.statements as said
        cross join target.quality.published_build as published
        left join latest using ({_KEY})
        where not (said.insight_state = 'ongoing' and {same})
        order by said.{_KEY}
    """)
    connection.execute(
        f"""
        insert into target.{SCHEMA}.builds
        select
            (select coalesce(max(build_number), 0) + 1 from target.{SCHEMA}.builds),
            published.build_id, ?, published.data_as_of,
            (select count(*) from target.{_SAID})
        from target.quality.published_build as published
        """,
        [inputs_hash],
    )
    for table, comment in (
        ("builds", "One row per published build, without those that were made again."),
        ("history", "One row per insight and build that said something else than before."),
        ("statements", "One row per insight of this build, and per insight that it resolved."),
    ):
        connection.execute(f"comment on table target.{SCHEMA}.{table} is {text(comment)}")
