"""One SQL, two engines: what is built through Spark Connect has the rows that DuckDB has.

`make test-spark` installs Spark's side into `build/spark`; without it these tests are skipped. The
server is Sail, which runs without Java; raw tables reach it as Parquet files.
"""

import json
import os
import shutil
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
TOOLS = REPOSITORY / "build" / "spark" / "bin"
COMPARED = ("core", "marts")
PATIENCE_SECONDS = 60

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not (TOOLS / "sail").is_file(), reason="`make test-spark` runs this"),
]


@pytest.fixture(scope="module")
def remote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server, and the one session that everybody shares: tables belong to it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = (tmp_path_factory.mktemp("sail") / "log").open("w")
    command = [str(TOOLS / "sail"), "spark", "server", "--ip", "127.0.0.1", "--port", str(port)]
    server = subprocess.Popen(command, cwd=Path(log.name).parent, stdout=log, stderr=log)
    try:
        begun = time.monotonic()
        while not is_open(port):
            assert server.poll() is None, Path(log.name).read_text()
            assert time.monotonic() - begun < PATIENCE_SECONDS, Path(log.name).read_text()
        yield f"sc://127.0.0.1:{port}/;session_id={uuid.uuid4()}"
    finally:
        server.terminate()
        server.wait()
        log.close()


def is_open(port: int) -> bool:
    """Tell whether somebody listens on a port, waiting a moment for it."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def child(remote: str, command: list[str], **environment: str) -> str:
    """Run a command of Spark's side and give what it printed."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        command,
        cwd=REPOSITORY,
        env=kept | {"SPARK_REMOTE": remote} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    return done.stdout


def test_marts_of_spark_are_those_of_duckdb(clean, remote: str, tmp_path: Path) -> None:
    build_file = clean.home / "build.duckdb"
    script = Path(__file__).with_name("spark_tables.py")
    export_raw(build_file, tmp_path / "raw")
    child(remote, [str(TOOLS / "python"), str(script), "load", str(tmp_path / "raw")])
    dbt = [str(TOOLS / "dbt"), "--quiet", "build", "--project-dir", "dbt_project"]
    dbt += ["--profiles-dir", "dbt_project", "--target", "spark", "--vars", variables(clean.home)]
    dbt += ["--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"]
    # dbt writes what it ran over seeds that lie outside of its project.
    seeds = shutil.copytree(clean.home / "dbt" / "organisation", tmp_path / "organisation")
    child(
        remote,
        dbt,
        DBT_TARGET_PATH=str(tmp_path / "target"),
        DBT_LOG_PATH=str(tmp_path / "target"),
        TESTOPS_ORGANISATION_SEEDS=str(seeds),
    )
    wanted = tables(build_file)
    dumped = tmp_path / "built"
    child(remote, [str(TOOLS / "python"), str(script), "dump", str(dumped), *wanted])
    different = {name: found for name in wanted if (found := compare(build_file, name, dumped))}
    assert different == {}
    assert sum(name.startswith("marts.") for name in wanted) > 20


def variables(home: Path) -> str:
    """The variables with which the tables in DuckDB were made."""
    results = json.loads((home / "dbt" / "target" / "run_results.json").read_text())
    return json.dumps(results["args"]["vars"])


def export_raw(build_file: Path, folder: Path) -> None:
    """Write what was loaded as one Parquet file a table."""
    with duckdb.connect(build_file, read_only=True) as connection:
        found = connection.execute(
            "select table_schema, table_name from information_schema.tables"
            " where table_type = 'BASE TABLE' and not starts_with(table_name, '_dlt')"
            " and not ends_with(table_schema, '_staging')"
            " and (starts_with(table_schema, 'raw_') or table_schema in ('quality', 'quarantine'))"
        ).fetchall()
        for schema, table in found:
            (folder / schema).mkdir(parents=True, exist_ok=True)
            connection.execute(f"copy {schema}.{table} to '{folder / schema / table}.parquet'")


def tables(build_file: Path) -> list[str]:
    """The tables of readers."""
    with duckdb.connect(build_file, read_only=True) as connection:
        rows = connection.execute(
            "select table_schema || '.' || table_name from information_schema.tables"
            " where list_contains(?, table_schema) order by 1",
            [list(COMPARED)],
        ).fetchall()
    return [name for (name,) in rows]


def compare(build_file: Path, table: str, dumped: Path) -> str:
    """Say how the two tables differ; nothing when they have the same rows.

    Sums of fractions may differ in the last digits: six digits behind the point are compared.
    """
    with duckdb.connect(build_file, read_only=True) as connection:
        connection.execute("set timezone = 'UTC'")
        described = connection.execute(f"describe {table}").fetchall()
        columns = ", ".join(
            f"round({name}, 6)" if kind == "DOUBLE" else f"cast({name} as {kind})"
            for name, kind, *_ in described
        )
        ours = f"select {columns} from {table}"
        theirs = f"select {columns} from '{dumped / table}.parquet'"
        only = [
            connection.execute(f"select count(*) from ({one} except all {other})").fetchone()[0]
            for one, other in ((ours, theirs), (theirs, ours))
        ]
    return f"{only[0]} rows only in DuckDB, {only[1]} only in Spark" if any(only) else ""
