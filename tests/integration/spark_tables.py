"""Spark's side of the comparison, run by the Python of `build/spark`: load raw, dump tables."""

import sys
from pathlib import Path

import pyarrow.parquet
from pyspark.sql import SparkSession


def main(action: str, folder: str, *names: str) -> None:
    """`load FOLDER`: every `schema/table.parquet`; `dump FOLDER TABLE …`: one file a table."""
    session = SparkSession.builder.getOrCreate()
    if action == "load":
        for file in sorted(Path(folder).rglob("*.parquet")):
            schema, table = file.parent.name, file.stem
            session.sql(f"create database if not exists {schema}")
            session.sql(f"create table {schema}.{table} using parquet location '{file}'")
        return
    Path(folder).mkdir()
    for name in names:
        pyarrow.parquet.write_table(session.table(name).toArrow(), Path(folder) / f"{name}.parquet")


if __name__ == "__main__":
    main(*sys.argv[1:])
