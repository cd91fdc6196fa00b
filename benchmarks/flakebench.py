"""How well the marts find flaky tests and flaky failures in a labelled history.

The history is brought in as anybody would bring theirs: `testops import`, the source `imports`, and
the models of the dbt project, in a home of its own. Then the marts are held against the labels:

* tests: precision, recall and F1 of the evidence rule (`was_flaky`), average precision of the
  evidence score and of the two-state rate;
* failures outside outages: how many flaky ones are called flaky, how many real ones are.

A labelled flaky test is one of the classes `flaky` and `flaky_env`.

Run: `python -m benchmarks flakebench [--folder FOLDER] [--shas 30]`. The folder holds
`flakebench_runs.csv`, `flakebench_results.csv` and `flakebench_truth.csv`; without it, it is the
folder `science` of the recorded data (`TESTOPS_CORPUS`).
"""

import argparse
import csv
import importlib
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from dlt_pipelines.destination import Destination
from dlt_pipelines.loading import known_sources

_ROOT = Path(__file__).resolve().parents[1]
_REPOSITORY = "bench/flake"
_MODELS = ("+mart_test__flakiness", "+fct_test_failures")


def main() -> None:
    """Load the history, build the models and print how they do."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    corpus = Path(os.environ.get("TESTOPS_CORPUS", _ROOT.parent / "shared" / "data"))
    parser.add_argument("--folder", type=Path, default=corpus / "science")
    parser.add_argument("--shas", type=int, default=0, help="only the first so many commits")
    options = parser.parse_args()
    if not (options.folder / "flakebench_runs.csv").is_file():
        print(f"flakebench: no history in `{options.folder}`; name its folder with `--folder`")
        return
    with tempfile.TemporaryDirectory(prefix="flakebench-") as temporary:
        home = Path(temporary)
        started = time.monotonic()
        _load(home, _shortened(options.folder, home, options.shas))
        loaded = time.monotonic()
        _build(home)
        built = time.monotonic()
        with duckdb.connect(str(home / "build.duckdb"), read_only=True) as connection:
            _label(connection, options.folder)
            _print_tests(connection)
            _print_failures(connection)
    print(f"  loaded in {loaded - started:.0f} s, built in {built - loaded:.0f} s")


def _shortened(folder: Path, home: Path, shas: int) -> Path:
    """Give the folder itself, or one with the runs of the first commits and their results."""
    if not shas:
        return folder
    kept: set[str] = set()
    for name in ("flakebench_runs.csv", "flakebench_results.csv"):
        with (
            (folder / name).open(encoding="utf-8", newline="") as lines,
            (home / name).open("w", encoding="utf-8", newline="") as short,
        ):
            reader = csv.DictReader(lines)
            writer = csv.DictWriter(short, reader.fieldnames or ())
            writer.writeheader()
            for row in reader:
                if "sha_seq" in row and int(row["sha_seq"]) <= shas:
                    kept.add(row["run_id"])
                if row["run_id"] in kept:
                    writer.writerow(row)
    return home


def _load(home: Path, folder: Path) -> None:
    for source in known_sources():
        module = importlib.import_module(f"dlt_pipelines.{source}")
        target = Destination(home / "build.duckdb", home / "dlt", source)
        target.prepare(module.TABLES)
        target.make_tables(getattr(module, "TABLE_SCHEMAS", None) or module.SCHEMAS)
        target.close()
    runs = ["--map", "sha=head_sha", "--map", "attempt=run_attempt", "--map", "env=environment"]
    results = ["--map", "test_id=name", "--map", "fail=is_failed"]
    for kind, maps in (("runs", runs), ("test_results", results)):
        file = folder / f"flakebench_{kind.removeprefix('test_')}.csv"
        _run(
            home, "testops", "import", "--kind", kind, str(file), "--repository", _REPOSITORY, *maps
        )
    _run(home, "dlt_pipelines", "imports", "--project", str(home))


def _build(home: Path) -> None:
    for what in (["seed"], ["run", "--select", *_MODELS]):
        _run(home, "dbt.cli.main", "--quiet", *what, "--project-dir", str(_ROOT / "dbt_project"))


def _run(home: Path, module: str, *arguments: str) -> None:
    environment = os.environ | {
        "TESTOPS_HOME": str(home),
        "DBT_TARGET_PATH": str(home / "dbt"),
        "DBT_LOG_PATH": str(home / "dbt"),
        "DBT_PROFILES_DIR": str(_ROOT / "dbt_project"),
    }
    environment.pop("TESTOPS_ORGANISATION_SEEDS", None)
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=_ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"flakebench: `{module}` failed\n{done.stdout}{done.stderr}")


def _label(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    with (folder / "flakebench_truth.csv").open(encoding="utf-8", newline="") as lines:
        labels = [(row["test_id"], row["truth_class"]) for row in csv.DictReader(lines)]
    connection.execute("create temp table labels (test_name varchar, truth_class varchar)")
    connection.executemany("insert into labels values (?, ?)", labels)


def _print_tests(connection: duckdb.DuckDBPyConnection) -> None:
    rows = connection.execute("""
        select
            labels.truth_class in ('flaky', 'flaky_env'),
            coalesce(tests.was_flaky, false),
            coalesce(tests.evidence_score, 0),
            coalesce(tests.two_state_flake_ratio, 0)
        from labels
        left join marts.mart_test__flakiness as tests using (test_name)
        order by labels.test_name
    """).fetchall()
    hits = sum(truth and found for truth, found, *_ in rows)
    found, truth = sum(row[1] for row in rows), sum(row[0] for row in rows)
    print(
        f"  tests: {len(rows)}, flaky {truth}; evidence rule F1 {2 * hits / (found + truth):.3f}"
        f" (precision {hits}/{found}, recall {hits}/{truth}; bar 0.97);"
        f" average precision of the evidence {_average_precision(rows, 2):.3f} (bar 0.992),"
        f" of the two-state rate {_average_precision(rows, 3):.3f} (bar 0.921)"
    )
    detectors = connection.execute("""
        unpivot (
            select
                labels.truth_class in ('flaky', 'flaky_env') as truth,
                evidence.is_flaky_by_same_code,
                evidence.is_flaky_by_retry,
                evidence.is_flaky_by_flips,
                evidence.is_flaky_by_failure_ratio,
                evidence.is_flaky_by_two_states
            from labels
            inner join core.dim_tests as tests using (test_name)
            inner join marts.mart_test__flake_evidence as evidence using (test_key)
        ) on columns('is_flaky_by') into name detector value found
    """)
    scores: dict[str, list[int]] = {}
    for flaky, detector, said in detectors.fetchall():
        score = scores.setdefault(detector.removeprefix("is_flaky_by_"), [0, 0])
        score[0] += flaky and said
        score[1] += said
    for detector, (right, said) in scores.items():
        print(f"    {detector}: F1 {2 * right / (said + truth):.3f} ({right} of {said} right)")


def _average_precision(rows: list[tuple], column: int) -> float:
    ranked = sorted(rows, key=lambda row: -row[column])
    found, total = 0, 0.0
    for position, row in enumerate(ranked, start=1):
        if row[0]:
            found += 1
            total += found / position
    return total / found if found else 0.0


def _print_failures(connection: duckdb.DuckDBPyConnection) -> None:
    classes = connection.execute("""
        select
            labels.truth_class in ('flaky', 'flaky_env') as is_flaky,
            failures.failure_class,
            count(*)
        from core.fct_test_failures as failures
        inner join core.dim_tests as tests using (test_key)
        inner join labels using (test_name)
        group by all
        order by all
    """).fetchall()
    outages = sum(count for _, found, count in classes if found == "infrastructure")
    for is_flaky, name in ((True, "flaky"), (False, "real")):
        counted = {kind: n for truth, kind, n in classes if truth == is_flaky}
        counted.pop("infrastructure", None)
        total = sum(counted.values())
        share = counted.get("flaky", 0) / total if total else 0
        print(f"  {name} failures called flaky: {counted.get('flaky', 0)} of {total} ({share:.3f})")
        print(f"    classes: {counted}")
    print(f"  failures left out with outages: {outages}")


if __name__ == "__main__":
    main()
