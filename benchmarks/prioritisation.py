"""How early failing tests come when tests run in the order of `marts.mart_test__priorities`.

Five real histories are brought in as anybody would bring theirs, through the import, and the models
are built on them. Then each cycle with a failure is played again: the SQL of the mart, as dbt
compiled it, runs on the results of earlier cycles only, and the tests of the cycle are ordered by
`rank_by_risk` and by `rank_by_value`. A failure is a flaky one only where the same code had passed
before the cycle; what later cycles taught is not used.

APFD = 1 - sum of places / (tests x failures) + 1 / (2 x tests); APFDc weights by duration. Several
executions of a test in a cycle are one. The first cycle is not scored, new tests come first. Beside
it: simple orders on the same cycles, and the slice of first failures, where only tests count as
failing that had run before and never failed.

Run: `python -m benchmarks prioritisation`. `TESTOPS_CORPUS` names the folder of recorded data.
"""

import argparse
import csv
import os
import statistics
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from benchmarks._models import build_model, take

_REPOSITORY = Path(__file__).resolve().parents[1]
_LAMMPS = {
    ("full-regression", "serial"): "lammps_serial",
    ("full-regression", "parallel"): "lammps_parallel",
    ("unit-tests", "linux-arm64"): "lammps_arm64",
}
# APFD and APFDc that the README of the data gives: recently failed, ours by risk, ours by value.
_PUBLISHED = {
    "dune_ubuntu": ((0.986, 0.995), (0.986, 0.995), (0.986, 0.995)),
    "dune_debian": ((0.893, 0.923), (0.916, 0.938), (0.904, 0.941)),
    "lammps_serial": ((0.818, 0.930), (0.818, 0.915), (0.814, 0.932)),
    "lammps_parallel": ((0.760, 0.890), (0.770, 0.875), (0.758, 0.891)),
    "lammps_arm64": ((0.964, 0.991), (0.967, 0.992), (0.967, 0.992)),
}


@dataclass
class Cycle:
    """One run of a suite: whether each test failed, and how long it took, in the given order."""

    run_id: str
    started_at: str
    rows: list[tuple[str, bool, float]] = field(default_factory=list)

    def tests(self) -> dict[str, tuple[bool, float]]:
        """Return each test once: failed when one of its executions did, durations added up."""
        found: dict[str, tuple[bool, float]] = {}
        for name, failed, seconds in self.rows:
            before = found.get(name, (False, 0.0))
            found[name] = (before[0] or failed, before[1] + seconds)
        return found


@dataclass
class Past:
    """What a simple order knows of a test."""

    runs: int = 0
    failures: int = 0
    seconds: float = 0.0
    last_failed: int = -1


def read(folder: Path) -> dict[str, list[Cycle]]:
    """Read the histories, oldest cycle first."""
    histories: dict[str, list[Cycle]] = {}
    for name, file in (("ubuntu", "ubuntu_clang10"), ("debian", "debian_gcc10")):
        cycles: dict[int, Cycle] = {}
        for row in _rows(folder / f"tcp_dune_{file}.csv"):
            cycle = cycles.setdefault(int(row["cycle"]), Cycle(row["cycle"], row["started_at"]))
            cycle.rows.append((row["test_id"], row["verdict"] == "1", float(row["duration"])))
        histories[f"dune_{name}"] = [cycles[number] for number in sorted(cycles)]
    runs: dict[str, Cycle] = {}
    for row in _rows(folder / "hist_lammps_runs.csv"):
        if (row["suite"], row["config"]) in _LAMMPS:
            runs[row["run_id"]] = Cycle(row["run_id"], row["generated"])
            histories.setdefault(_LAMMPS[row["suite"], row["config"]], []).append(
                runs[row["run_id"]]
            )
    for row in _rows(folder / "hist_lammps_results.csv"):
        if row["run_id"] in runs and row["status"] in ("passed", "failed", "error"):
            failed, seconds = row["status"] != "passed", float(row["duration_s"] or 0)
            runs[row["run_id"]].rows.append((row["test_id"], failed, seconds))
    for cycles_of in histories.values():
        cycles_of.sort(key=lambda cycle: cycle.started_at)
    return histories


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def build_priorities(histories: dict[str, list[Cycle]], home: Path) -> str:
    """Import and build; return the SQL of the mart."""
    for name, cycles in histories.items():
        runs, results = home / f"{name}_runs.csv", home / f"{name}_results.csv"
        with runs.open("w", newline="") as run_file, results.open("w", newline="") as result_file:
            run_rows, result_rows = csv.writer(run_file), csv.writer(result_file)
            run_rows.writerow(("run_id", "started_at"))
            result_rows.writerow(("run_id", "name", "is_failed", "duration_seconds"))
            for cycle in cycles:
                run_rows.writerow((cycle.run_id, cycle.started_at))
                result_rows.writerows((cycle.run_id, *row) for row in cycle.rows)
        for kind, path in (("runs", runs), ("test_results", results)):
            take(path, kind, name, home)
    build_model("mart_test__priorities", home)
    [compiled] = (home / "dbt" / "target" / "compiled").rglob("mart_test__priorities.sql")
    return compiled.read_text(encoding="utf-8").replace('"build".', "")


# What the mart would have read at the begin of a cycle: nothing of it, and nothing after it.
# Views in the file speak of it as `build`.
_EARLIER = """
create schema core;
create schema seeds;
create table cut (repository varchar, begin_at timestamp);
create view core.fct_test_results as
    select results.* from build.core.fct_test_results as results, cut
    where results.repository = cut.repository and results.run_created_at < cut.begin_at;
create view core.fct_test_failures as
    select failures.* replace ('flaky' as attributed_class)
    from build.core.fct_test_failures as failures, cut
    where failures.repository = cut.repository and failures.run_created_at < cut.begin_at
        and exists (
            select 1 from core.fct_test_results as passes
            where passes.test_key = failures.test_key and passes.code_sha = failures.code_sha
                and passes.environment = failures.environment and passes.verdict = 'passed'
        );
create view core.fct_test_renames as select * from build.core.fct_test_renames where false;
create view core.dim_tests as
    select tests.* replace (lives.executed as execution_count, lives.seen_at as last_seen_at)
    from build.core.dim_tests as tests
    inner join (
        select test_key, count(*) filter (where is_execution) as executed,
            max(run_created_at) as seen_at
        from core.fct_test_results group by test_key
    ) as lives using (test_key);
create view seeds.rule_parameters as select * from build.seeds.rule_parameters;
"""


def replay(
    home: Path, sql: str, histories: dict[str, list[Cycle]]
) -> dict[str, list[tuple[dict[str, int], dict[str, int]]]]:
    """Return for each scored cycle the places of known tests by risk and by value."""
    places: dict[str, list[tuple[dict[str, int], dict[str, int]]]] = {}
    with duckdb.connect() as connection:
        connection.execute(f"attach '{home / 'build.duckdb'}' as build (read_only)")
        connection.execute(_EARLIER)
        connection.execute(f"create view priorities as {sql}")
        for name, cycles in histories.items():
            places[name] = []
            starts = dict(
                connection.execute(
                    "select run_id, run_created_at from build.core.fct_workflow_run_attempts"
                    " where repository = ?",
                    [name],
                ).fetchall()
            )
            for cycle in scored(cycles):
                connection.execute("delete from cut")
                connection.execute("insert into cut values (?, ?)", [name, starts[cycle.run_id]])
                found = connection.execute(
                    "select test_name, rank_by_risk, rank_by_value from priorities"
                ).fetchall()
                places[name].append(
                    ({row[0]: row[1] for row in found}, {row[0]: row[2] for row in found})
                )
    return places


def scored(cycles: list[Cycle]) -> list[Cycle]:
    """Return the cycles with a failure, without the first cycle."""
    return [cycle for cycle in cycles[1:] if any(failed for _, failed, _ in cycle.rows)]


def measures(
    order: list[str], tests: dict[str, tuple[bool, float]], failing: set[str]
) -> tuple[float, float]:
    """Return APFD and APFDc of an order."""
    places = [place for place, name in enumerate(order, start=1) if name in failing]
    apfd = 1 - sum(places) / (len(order) * len(failing)) + 1 / (2 * len(order))
    total = rest = sum(tests[name][1] for name in order)
    weighted = 0.0
    for name in order:
        if name in failing:
            weighted += rest - tests[name][1] / 2
        rest -= tests[name][1]
    return apfd, weighted / (total * len(failing)) if total else apfd


# What goes first is greater; new tests before all, the shortest of equals first.
_SIMPLE: dict[str, Callable[[Past], float]] = {
    "recently failed": lambda past: past.last_failed,
    "failure rate": lambda past: past.failures / past.runs,
    "shortest first": lambda _: 0.0,
}


def compare(
    cycles: list[Cycle], places: list[tuple[dict[str, int], dict[str, int]]]
) -> dict[str, tuple[list[tuple[float, float]], list[tuple[float, float]]]]:
    """Return for each order its measures over all failures, and over first failures alone."""
    found: dict[str, tuple[list[tuple[float, float]], list[tuple[float, float]]]] = {}
    past: dict[str, Past] = {}
    ours = iter(places)
    for number, cycle in enumerate(cycles):
        tests = cycle.tests()
        failing = {name for name, (failed, _) in tests.items() if failed}
        if number and failing:
            firsts = {name for name in failing if name in past and not past[name].failures}
            by_risk, by_value = next(ours)
            orders = {
                "ours by risk": sorted(tests, key=lambda name: by_risk.get(name, 0)),
                "ours by value": sorted(tests, key=lambda name: by_value.get(name, 0)),
                "as given": list(tests),
                "optimal": sorted(tests, key=lambda name: (name not in failing, tests[name][1])),
            }
            for title, rule in _SIMPLE.items():
                orders[title] = sorted(tests, key=lambda name: _simple(past.get(name), rule))
            for title, order in orders.items():
                whole, first = found.setdefault(title, ([], []))
                whole.append(measures(order, tests, failing))
                if firsts:
                    first.append(measures(order, tests, firsts))
        for name, (failed, seconds) in tests.items():
            one = past.setdefault(name, Past())
            one.runs += 1
            one.seconds += seconds
            one.failures += failed
            one.last_failed = number if failed else one.last_failed
    return found


def _simple(past: Past | None, rule: Callable[[Past], float]) -> tuple[int, float, float]:
    if past is None:
        return (0, 0.0, 0.0)
    return (1, -rule(past), past.seconds / past.runs)


def main() -> None:
    """Measure and print."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    corpus = Path(os.environ.get("TESTOPS_CORPUS", _REPOSITORY.parent / "shared" / "data"))
    if not (corpus / "science" / "tcp_dune_ubuntu_clang10.csv").is_file():
        print(f"prioritisation: no histories in `{corpus}`; name the folder in TESTOPS_CORPUS")
        return
    histories = read(corpus / "science")
    with tempfile.TemporaryDirectory(prefix="prioritisation-") as folder:
        home = Path(folder)
        places = replay(home, build_priorities(histories, home), histories)
    for name, cycles in histories.items():
        found = compare(cycles, places[name])
        print(f"prioritisation: {name}, {len(cycles)} cycles, {len(scored(cycles))} with failures")
        published = dict(
            zip(("recently failed", "ours by risk", "ours by value"), _PUBLISHED[name], strict=True)
        )
        for title, (whole, first) in found.items():
            told = ""
            if title in published:
                told = " (published {:.3f} / {:.3f})".format(*published[title])
            print(
                f"  {title:15} APFD {_mean(whole, 0)}, APFDc {_mean(whole, 1)}"
                f"{told};"
                f" first failures in {len(first)} cycles: {_mean(first, 0)} / {_mean(first, 1)}"
            )


def _mean(values: list[tuple[float, float]], part: int) -> str:
    return f"{statistics.mean(each[part] for each in values):.4f}" if values else "none"


if __name__ == "__main__":
    main()
