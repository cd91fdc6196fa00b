"""Two published files, row by row."""

from pathlib import Path

import duckdb


def tables(connection: duckdb.DuckDBPyConnection, catalog: str) -> dict[str, list[str]]:
    """Columns by `schema.table` of core and marts, without the times of loading."""
    found = connection.execute(
        "select table_schema || '.' || table_name, column_name from information_schema.columns "
        "where table_catalog = ? and table_schema in ('core', 'marts') "
        "and column_name not in ('loaded_at') order by 1, ordinal_position",
        [catalog],
    ).fetchall()
    columns: dict[str, list[str]] = {}
    for name, column in found:
        columns.setdefault(name, []).append(column)
    return columns


def differences(one: Path, other: Path, without: frozenset[str] = frozenset()) -> dict[str, int]:
    """Rows that stand in only one of two published files, counted by table, as multisets."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{one}' as one (read_only)")
        connection.execute(f"attach '{other}' as other (read_only)")
        left, right = tables(connection, "one"), tables(connection, "other")
        assert left == right
        assert left
        found = {}
        for name in left:
            if name in without:
                continue
            listed = ", ".join(f'"{column}"' for column in left[name])
            [[count]] = connection.execute(
                f"select (select count(*) from (select {listed} from one.{name} except all "
                f"select {listed} from other.{name})) + (select count(*) from (select {listed} "
                f"from other.{name} except all select {listed} from one.{name}))"
            ).fetchall()
            if count:
                found[name] = count
    return found
