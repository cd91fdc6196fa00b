"""How long it takes to load simulated JUnit files into the raw tables, against a bare floor.

The floor is the least anybody could do with the same input: expat over the same bytes with handlers
that do nothing, then the very rows that were loaded written as Parquet and copied into a DuckDB
file of the storage version of ours. It is one process whose imports are done; the load is the whole
process `python -m dlt_pipelines test_results`, imports and workers included.

Run: `python -m benchmarks.load_test_results [--cases 1000000] [--files 5000]`
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

import duckdb
import numpy as np
import pyarrow.parquet as pq

from dlt_pipelines.destination import open_build_file

_TABLES = ("reports", "suites", "cases")
_REPEATS = 2


def main() -> None:
    """Measure and print the two times and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--files", type=int, default=5_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="load-test-results-") as temporary:
        folder = Path(temporary)
        size = _write_project(folder / "project", options.cases, options.files)
        loads, floors = [], []
        for _ in range(_REPEATS):
            shutil.rmtree(folder / "home", ignore_errors=True)
            loads.append(_load(folder))
            floors.append(_floor(folder))
        again = _load(folder)
        rows = _count(folder / "home" / "build.duckdb")
    if rows != options.cases:
        raise SystemExit(f"{rows:,} cases were loaded, not {options.cases:,}")
    load, floor = min(loads), min(floors)
    print(
        f"load_test_results: {rows:,} cases in {options.files:,} files ({size / 1e6:.0f} MB): "
        f"load {load:.1f} s, floor {floor:.1f} s, ratio {load / floor:.2f} (bar 2.50); "
        f"second run with nothing new {again:.1f} s"
    )


def _write_project(project: Path, cases: int, files: int) -> int:
    """Write the files as pytest, Surefire and Jest would, and return their bytes."""
    random_numbers = np.random.default_rng(7)
    (project / ".dlt").mkdir(parents=True)
    (project / ".dlt" / "config.toml").write_text(
        '[sources.test_results]\nfiles = ["reports/**/*.xml"]\n', "utf-8"
    )
    size = 0
    for number in range(files):
        count = cases // files + (number < cases % files)
        text = _report(random_numbers, number, count)
        path = project / "reports" / str(10_000_000 + number // 10) / f"junit-{number}.xml"
        path.parent.mkdir(parents=True, exist_ok=True)
        size += path.write_bytes(text.encode())
    return size


def _report(random_numbers: np.random.Generator, number: int, count: int) -> str:
    cases = []
    failed = 0
    for index in range(count):
        package = f"service_{number % 40}.module_{index % 23}"
        name = f"test_behaviour_{index}[{'slow' if index % 9 == 0 else 'fast'}-{index % 5}]"
        start = (
            f"<testcase classname={quoteattr(package + '.TestThings')} name={quoteattr(name)} "
            f'time="{random_numbers.exponential(0.05):.4f}"'
        )
        fate = random_numbers.random()
        if fate < 0.02:
            failed += 1
            message = quoteattr(f"AssertionError: assert {index} == {index + 1}")
            cases.append(
                f"{start}><failure message={message}>def test():\n&gt;   assert value == other\n"
                f"E   assert {index} == {index + 1}\n\nthings.py:{index}: AssertionError</failure>"
                "</testcase>"
            )
        elif fate < 0.04:
            cases.append(f'{start}><skipped type="pytest.skip" message="no data"/></testcase>')
        else:
            cases.append(f"{start}/>")
    body = "\n".join(cases)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<testsuites><testsuite name="pytest" errors="0" '
        f'failures="{failed}" tests="{count}" time="12.5" timestamp="2026-03-01T10:00:00+00:00" '
        f'hostname="runner-{number % 8}">\n{body}\n</testsuite></testsuites>\n'
    )


def _load(folder: Path) -> float:
    environment = {
        **os.environ,
        "TESTOPS_HOME": str(folder / "home"),
        "TESTOPS_PROJECT": str(folder / "project"),
    }
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "dlt_pipelines", "test_results"],
        check=True,
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    return time.perf_counter() - started


def _floor(folder: Path) -> float:
    """Time expat over the files, then the loaded rows to Parquet and from there to DuckDB."""
    with duckdb.connect(str(folder / "home" / "build.duckdb"), read_only=True) as connection:
        rows = {
            table: connection.table(f"raw_test_results.{table}").to_arrow_table()
            for table in _TABLES
        }
    target = folder / "floor.duckdb"
    target.unlink(missing_ok=True)
    files = sorted((folder / "project" / "reports").rglob("*.xml"))
    started = time.perf_counter()
    for file in files:
        parser = expat.ParserCreate()
        parser.StartElementHandler = _ignore
        parser.EndElementHandler = _ignore
        parser.CharacterDataHandler = _ignore
        with file.open("rb") as stream:
            parser.ParseFile(stream)
    with open_build_file(target) as connection:
        for table in _TABLES:
            parquet = folder / f"{table}.parquet"
            pq.write_table(rows[table], parquet)
            connection.read_parquet(str(parquet)).create(table)
    return time.perf_counter() - started


def _ignore(*_: object) -> None:
    """Do nothing with an event."""


def _count(build_file: Path) -> int:
    with duckdb.connect(str(build_file), read_only=True) as connection:
        found = connection.execute("select count(*) from raw_test_results.cases").fetchall()
    return int(found[0][0])


if __name__ == "__main__":
    main()
