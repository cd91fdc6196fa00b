"""The chance that a build fails, on five projects whose builds are recorded.

A build is all stages of one number of a pull request; it failed when a test class failed in one of
them, as the recorded baselines count. The builds of all projects are loaded through the import as
`runs`, the models of the warehouse are built on them, and
`marts.mart_pipeline__failure_chances.failure_chance`, which knows for each build only what ended
before it was created, is measured on the second half of the builds in time: the area under the
curve and the Brier score, beside those of simple rules that know the same, and beside the areas
that the recorded baselines give.

Run: `python -m benchmarks build_failure`. `TESTOPS_CORPUS` names the folder of recorded data.
"""

import argparse
import csv
import os
import tempfile
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from benchmarks._models import build_model, take
from benchmarks.change_risk import area_under_curve

_REPOSITORY = Path(__file__).resolve().parents[1]
_MAPS = ("id=run_id", "line=head_branch", "begin=started_at", "seconds=duration_seconds",
         "outcome=result")  # fmt: skip
_SMOOTHING = 0.3


@dataclass(frozen=True)
class Build:
    """One build: `started` in seconds since 1970, `seconds` how long it took."""

    run_id: str
    line: str
    started: float
    seconds: float
    is_failed: bool


def read(path: Path) -> dict[str, list[Build]]:
    """Return the builds of each project in the order of their start."""
    stages: dict[tuple[str, str, str], list[dict[str, str]]] = defaultdict(list)
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            stages[row["project"], row["pr_name"], row["build_id"]].append(row)
    projects: dict[str, list[Build]] = defaultdict(list)
    for (project, line, number), rows in stages.items():
        projects[project].append(
            Build(
                f"{line}/{number}",
                line,
                float(rows[0]["build_timestamp"]),
                max(float(row["build_duration"] or 0) for row in rows),
                any(float(row["num_fail_class"] or 0) > 0 for row in rows),
            )
        )
    return {
        project: sorted(builds, key=lambda build: (build.started, build.run_id))
        for project, builds in sorted(projects.items())
    }


def build_chances(projects: dict[str, list[Build]], home: Path) -> dict[tuple[str, str], float]:
    """Load and build; return project and run id → chance; without one where too little is known."""
    for project, builds in projects.items():
        table = home / f"{project}.csv"
        with table.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([each.partition("=")[0] for each in _MAPS])
            for each in builds:
                begin = datetime.fromtimestamp(each.started, UTC).isoformat()
                outcome = "failure" if each.is_failed else "success"
                writer.writerow([each.run_id, each.line, begin, each.seconds, outcome])
        take(table, "runs", project, home, _MAPS)
    built = build_model("mart_pipeline__failure_chances", home)
    with duckdb.connect(str(built), read_only=True) as connection:
        rows = connection.execute(
            "select chances.repository, run_id, failure_chance"
            " from marts.mart_pipeline__failure_chances as chances"
            " inner join core.fct_workflow_run_attempts using (workflow_run_attempt_key)"
            " where failure_chance is not null"
        ).fetchall()
    return {(project, run_id): chance for project, run_id, chance in rows}


def ewma(ended: Sequence[Build], _: Build) -> float:
    """Return the smoothed failure rate."""
    level = 0.0
    for build in ended:
        level += _SMOOTHING * (build.is_failed - level)
    return level


def prev_or_ewma(ended: Sequence[Build], build: Build) -> float:
    """Return the result before on the same pull request, else the smoothed rate."""
    for earlier in reversed(ended):
        if earlier.line == build.line:
            return float(earlier.is_failed)
    return ewma(ended, build)


def blend(ended: Sequence[Build], build: Build) -> float:
    """Return the mean of both."""
    return (prev_or_ewma(ended, build) + ewma(ended, build)) / 2


def always_fail(_: Sequence[Build], __: Build) -> float:
    """Return one."""
    return 1.0


def rate_so_far(ended: Sequence[Build], _: Build) -> float:
    """Return the share that failed."""
    return sum(build.is_failed for build in ended) / len(ended) if ended else 0.0


_RULES: tuple[Callable[[Sequence[Build], Build], float], ...] = (
    ewma, prev_or_ewma, blend, always_fail, rate_so_far,
)  # fmt: skip


def play(builds: Sequence[Build]) -> dict[str, list[float]]:
    """Return what each rule says of the second half from what had ended before each build."""
    by_end = sorted(builds, key=lambda build: (build.started + build.seconds, build.run_id))
    told: dict[str, list[float]] = defaultdict(list)
    for build in builds[len(builds) // 2 :]:
        ended = [each for each in by_end if each.started + each.seconds < build.started]
        for rule in _RULES:
            told[rule.__name__].append(rule(ended, build))
    return told


def brier(chances: Sequence[float], outcomes: Sequence[bool]) -> float:
    """Return the mean squared difference."""
    pairs = zip(chances, outcomes, strict=True)
    return sum((chance - outcome) ** 2 for chance, outcome in pairs) / len(outcomes)


def _published(path: Path) -> dict[tuple[str, str], float]:
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {(row["project"], row["predictor"]): float(row["AUC"]) for row in rows}


def main() -> None:
    """Measure and print."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    corpus = Path(os.environ.get("TESTOPS_CORPUS", _REPOSITORY.parent / "shared" / "data"))
    path = corpus / "science" / "builds_lrts_apache.csv"
    if not path.is_file():
        print(f"build_failure: no recorded builds in `{corpus}`; name it in TESTOPS_CORPUS")
        return
    projects = read(path)
    published = _published(path.with_name("baselines_build_prediction.csv"))
    with tempfile.TemporaryDirectory(prefix="build-failure-") as folder:
        chances = build_chances(projects, Path(folder))
    found: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for project, builds in projects.items():
        half = builds[len(builds) // 2 :]
        outcomes = [build.is_failed for build in half]
        told = {"failure_chance": [chances[project, build.run_id] for build in half]}
        told |= play(builds)
        rate = sum(outcomes) / len(outcomes)
        print(f"build_failure: {project}, {len(half):,} of {len(builds):,} builds, "
              f"{rate:.3f} of them failed")  # fmt: skip
        for name, values in told.items():
            auc, score = area_under_curve(values, outcomes), brier(values, outcomes)
            found[name].append((auc, score))
            known = published.get((project, name))
            beside = f" (recorded {known:.3f})" if known is not None else ""
            print(f"build_failure:   {name}: AUC {auc:.3f}{beside}, Brier {score:.3f}")
    for name, numbers in found.items():
        auc, score = (sum(column) / len(numbers) for column in zip(*numbers, strict=True))
        print(f"build_failure: mean of {len(numbers)}, {name}: AUC {auc:.3f}, Brier {score:.3f}")


if __name__ == "__main__":
    main()
