"""How long dbt takes on millions of test results, against the same SQL run bare in DuckDB.

A simulated organisation is loaded once by the loaders; then its raw rows are copied with other
repositories and other ids until there are as many test results as wanted. The floor is the
compiled SQL of all models, one after the other on one connection. Memory is the peak of the process
that ran the models.

Run: `python -m benchmarks.marts_at_scale [--results 10000000] [--folder /somewhere/large]`
"""

import argparse
import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.building import loading_order
from dlt_pipelines import loading

_REPOSITORY = Path(__file__).resolve().parent.parent
_MODELS = _REPOSITORY / "dbt_project"
_BAR, _BAR_PER_MODEL, _BAR_TESTS, _BAR_BYTES = 1.3, 0.15, 2.0, 8e9
_SLOWEST = 12
_REPOSITORIES = ("repository", "head_repository")
_TEXTS = frozenset(
    {"locator", "source_file", "path_numbers", "run_id", "job_id", "artifact_id", "log_url"}
    | {"html_url", "body", "title", "description"}
)
# Those of the profile.
_SETTINGS = ("TimeZone = 'UTC'", "preserve_insertion_order = false", "memory_limit = '5GB'")


@dataclass(frozen=True)
class _Run:
    """One process: wall time and peak memory."""

    seconds: float
    peak_bytes: int


def main() -> None:
    """Make the raw tables, measure, and print times, ratios and memory."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", type=int, default=10_000_000)
    parser.add_argument("--scale", type=float, default=1.0, help="of what is copied")
    parser.add_argument("--folder", type=Path, help="keep everything here")
    parser.add_argument("--bare", nargs=2, metavar=("FILE", "STATEMENTS"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.bare:
        _run_bare(*map(Path, options.bare))
        return
    with tempfile.TemporaryDirectory(prefix="marts-at-scale-") as temporary:
        _measure((options.folder or Path(temporary)).resolve(), options.results, options.scale)


def _measure(folder: Path, results: int, scale: float) -> None:
    raw = _make_raw(folder, results, scale)
    for name in ("models", "bare"):
        shutil.rmtree(folder / name, ignore_errors=True)
        (folder / name).mkdir()
        shutil.copyfile(raw, folder / name / "build.duckdb")
        _dbt(folder, name, "seed")
    models = _dbt(folder, "models", "run", "--full-refresh")
    target = folder / "models" / "target"
    ran = json.loads((target / "run_results.json").read_text(encoding="utf-8"))["results"]
    times = {one["unique_id"]: one["execution_time"] for one in ran}
    statements = _statements(target, times)
    (folder / "bare" / "statements.json").write_text(json.dumps(statements), encoding="utf-8")
    command = [sys.executable, "-m", "benchmarks.marts_at_scale", "--bare"]
    command += [str(folder / "bare" / "build.duckdb"), str(folder / "bare" / "statements.json")]
    bare = _process(command, dict(os.environ))
    bare_times = json.loads((folder / "bare" / "statements.json").read_text(encoding="utf-8"))
    with duckdb.connect(str(folder / "models" / "build.duckdb"), read_only=True) as connection:
        [[cases, runs]] = connection.execute(
            "select (select count(*) from core.fct_test_results),"
            " (select count(*) from core.fct_workflow_run_attempts)"
        ).fetchall()
    print(f"marts_at_scale: {cases:,} simulated test results, {runs:,} run attempts")
    for name in sorted(times, key=lambda name: -times[name])[:_SLOWEST]:
        print(f"marts_at_scale:   {name.split('.')[2]}: {times[name]:.1f} s, "
              f"bare {bare_times.get(name, 0.0):.1f} s")  # fmt: skip
    floor = sum(bare_times.values())
    bar = _BAR * floor + _BAR_PER_MODEL * len(times)
    print(
        f"marts_at_scale: {len(times)} models without tests {models.seconds:.1f} s, bare SQL "
        f"{floor:.1f} s, ratio {models.seconds / floor:.2f}; bar {bar:.1f} s "
        f"({_BAR} x bare + {_BAR_PER_MODEL} s a model)"
    )
    print(
        f"marts_at_scale: peak memory {models.peak_bytes / 1e9:.1f} GB, bare "
        f"{bare.peak_bytes / 1e9:.1f} GB (bar {_BAR_BYTES / 1e9:.0f})",
        flush=True,
    )
    build = _dbt(
        folder, "models", "build", "--full-refresh", "--exclude-resource-type", "unit_test",
        "--exclude-resource-type", "seed",
    )  # fmt: skip
    print(
        f"marts_at_scale: with all tests {build.seconds:.1f} s, "
        f"ratio {build.seconds / models.seconds:.2f} (bar {_BAR_TESTS}), "
        f"peak memory {build.peak_bytes / 1e9:.1f} GB"
    )


def _make_raw(folder: Path, results: int, scale: float) -> Path:
    """Load an organisation once and copy its rows; return the file with the raw tables."""
    project, home = folder / "simulated", folder / "loaded"
    simulator = ["examples.simulator", "--output", str(project), "--scale", str(scale)]
    subprocess.run([sys.executable, "-m", *simulator, "--if-changed"], cwd=_REPOSITORY, check=True)
    os.environ |= {"TESTOPS_HOME": str(home), "TESTOPS_PROJECT": str(project)}
    for source in sorted(loading.known_sources(), key=loading_order):
        loading.run(source, project=project)
    with duckdb.connect(str(home / "build.duckdb"), read_only=True) as connection:
        loaded = connection.execute("select count(*) from raw_test_results.cases").fetchall()[0][0]
    copies = max(1, -(-results // loaded))
    raw = folder / f"raw-{copies}.duckdb"
    if not raw.is_file():
        unfinished = raw.with_suffix(".part")
        shutil.copyfile(home / "build.duckdb", unfinished)
        _copy_rows(unfinished, copies)
        unfinished.replace(raw)
    _copy_organisation(project / "organisation", folder / "organisation", copies)
    return raw


def _copy_rows(file: Path, copies: int) -> None:
    """Put the rows of each raw table there again, as those of other repositories."""
    with duckdb.connect(str(file)) as connection:
        for setting in _SETTINGS:
            connection.execute(f"set {setting}")
        columns: dict[str, list[tuple[str, str]]] = {}
        for table, column, kind in connection.execute(
            "select table_schema || '.' || table_name, column_name, data_type"
            " from information_schema.columns"
            " where table_schema like 'raw_%' and table_name not like '_dlt%'"
            " order by ordinal_position"
        ).fetchall():
            columns.setdefault(table, []).append((column, kind))
        for table, known in columns.items():
            values = ", ".join(_copied(column, kind) for column, kind in known)
            connection.execute(f"create or replace temp table base as from {table}")
            connection.execute(
                f"insert into {table} select {values}"  # noqa: S608 - names of the file
                f" from base cross join (select cast(range + 11 as varchar) as copy"
                f" from range({copies - 1})) as copies"
            )


def _copied(column: str, kind: str) -> str:
    """Return a column of a copy: names get its number, long numbers begin with it.

    Two names of one repository's number are a renamed repository, so this number begins with it
    however short it is.
    """
    if column in _REPOSITORIES or column in ("report_id", "import_id"):
        return f"{column} || '-' || copy"
    if column == "repository_id":
        return f"cast(copy || {column} as bigint)"
    if kind == "BIGINT" and column.endswith("_id"):
        return f"case when {column} < 1e9 then {column} else cast(copy || {column} as bigint) end"
    if column in _TEXTS:
        return f"regexp_replace({column}, '([0-9]{{10,}})', copy || '\\1', 'g')"
    return f'"{column}"'


def _copy_organisation(source: Path, target: Path, copies: int) -> None:
    """Say of the copied repositories what is said of the first ones."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(_MODELS / "organisation", target)
    for path in source.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        names = list(rows[0]) if rows else []
        copied = [
            {
                name: f"{value}-{number}" if value and name in ("repository", "service") else value
                for name, value in row.items()
            }
            for number in range(11, 10 + copies)
            for row in rows
            if row.get("repository")
        ]
        with (target / path.name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, names)
            writer.writeheader()
            writer.writerows(rows + copied)


def _dbt(folder: Path, name: str, *arguments: str) -> _Run:
    home = folder / name
    environment = {
        **os.environ,
        "TESTOPS_HOME": str(home),
        "TESTOPS_ORGANISATION_SEEDS": str(folder / "organisation"),
        "DBT_TARGET_PATH": str(home / "target"),
        "DBT_LOG_PATH": str(home / "target"),
    }
    command = [sys.executable, "-m", "dagster_project.dbt_command", *arguments]
    return _process(
        [*command, "--project-dir", str(_MODELS), "--profiles-dir", str(_MODELS)], environment
    )


def _process(command: list[str], environment: dict[str, str]) -> _Run:
    """Run to the end; what it says is shown when it fails."""
    with tempfile.TemporaryFile("w+") as output:
        # What was written before, gigabytes of raw rows, is not to go to the disk meanwhile.
        os.sync()
        began = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=_REPOSITORY, env=environment, stdout=output, stderr=output, text=True
        )
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            output.seek(0)
            raise SystemExit(output.read()[-4000:])
    return _Run(seconds, used.ru_maxrss * 1024)


def _statements(target: Path, times: dict[str, float]) -> list[tuple[str, str]]:
    """Return model and statement, parents first."""
    manifest: dict[str, Any] = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    ordered: dict[str, None] = {}

    def visit(name: str) -> None:
        if name in times and name not in ordered:
            for parent in manifest["nodes"][name]["depends_on"]["nodes"]:
                visit(parent)
            ordered[name] = None

    for name in times:
        visit(name)
    found = []
    for name in ordered:
        node = manifest["nodes"][name]
        kind = "view" if node["config"]["materialized"] == "view" else "table"
        found.append(
            (name, f"create or replace {kind} {node['relation_name']} as ({node['compiled_code']})")
        )
    return found


def _run_bare(file: Path, statements: Path) -> None:
    """Run the statements on one connection; write down how long each took."""
    times = {}
    with duckdb.connect(str(file)) as connection:
        for setting in _SETTINGS:
            connection.execute(f"set {setting}")
        for schema in ("staging", "intermediate", "core", "marts"):
            connection.execute(f"create schema if not exists {schema}")
        for name, statement in json.loads(statements.read_text(encoding="utf-8")):
            began = time.perf_counter()
            connection.execute(statement)
            times[name] = time.perf_counter() - began
    statements.write_text(json.dumps(times), encoding="utf-8")


if __name__ == "__main__":
    main()
