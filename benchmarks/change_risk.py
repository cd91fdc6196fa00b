"""The risk of changes on three projects whose bug-inducing commits are labelled.

Each file is loaded through the import as `commits`, the models of the warehouse are built on them,
and `marts.mart_risk__change_odds.change_risk` is compared with the labels by the area under the
curve on the last fifth of the commits in time; lines added alone beside it. The labels are read
from the files by this module only.

Run: `python -m benchmarks change_risk`. `TESTOPS_CORPUS` names the folder of recorded data.
"""

import argparse
import csv
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import duckdb

from benchmarks._models import build_model, take

_REPOSITORY = Path(__file__).resolve().parents[1]
_PROJECTS = ("openstack", "platform", "qt")
_MAPS = (
    "commit=sha", "author_ts=committed_at", "la=additions", "ld=deletions", "nf=changed_files",
    "fix=is_fix",
)  # fmt: skip
# What the README of the data gives for the same slices.
_PUBLISHED = {"openstack": (0.753, 0.749), "platform": (0.765, 0.746), "qt": (0.732, 0.744)}


def area_under_curve(scores: Sequence[float], labels: Sequence[bool]) -> float:
    """Return the chance that a labelled row has the higher score; ties count half."""
    ranks: list[float] = [0.0] * len(scores)
    order = sorted(range(len(scores)), key=scores.__getitem__)
    first = 0
    while first < len(order):
        last = first
        while last + 1 < len(order) and scores[order[last + 1]] == scores[order[first]]:
            last += 1
        for place in range(first, last + 1):
            ranks[order[place]] = (first + last) / 2 + 1
        first = last + 1
    positives = sum(labels)
    rank_sum = sum(rank for rank, label in zip(ranks, labels, strict=True) if label)
    pairs = positives * (len(labels) - positives)
    return (rank_sum - positives * (positives + 1) / 2) / pairs


def build_risks(files: dict[str, Path], home: Path) -> dict[str, dict[str, float]]:
    """Load and build; return for every project sha → change risk."""
    for name, path in files.items():
        take(path, "commits", name, home, _MAPS)
    built = build_model("mart_risk__change_odds", home)
    with duckdb.connect(str(built), read_only=True) as connection:
        rows = connection.execute(
            "select repository, sha, change_risk from marts.mart_risk__change_odds"
            " inner join marts.mart_risk__change_subjects using (change_key)"
        ).fetchall()
    found: dict[str, dict[str, float]] = {name: {} for name in files}
    for repository, sha, risk in rows:
        found[repository][sha] = risk
    return found


def main() -> None:
    """Measure and print."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    corpus = Path(os.environ.get("TESTOPS_CORPUS", _REPOSITORY.parent / "shared" / "data"))
    files = {name: corpus / "science" / f"jit_{name}.csv" for name in _PROJECTS}
    if not all(path.is_file() for path in files.values()):
        print(f"change_risk: no labelled commits in `{corpus}`; name the folder in TESTOPS_CORPUS")
        return
    with tempfile.TemporaryDirectory(prefix="change-risk-") as folder:
        risks = build_risks(files, Path(folder))
    for name, path in files.items():
        with path.open(encoding="utf-8", newline="") as file:
            rows = sorted(csv.DictReader(file), key=lambda row: float(row["author_ts"]))
        last = rows[int(len(rows) * 0.8) :]
        labels = [row["bug"] == "1" for row in last]
        ours = area_under_curve([risks[name][row["commit"]] for row in last], labels)
        lines = area_under_curve([float(row["la"]) for row in last], labels)
        published, published_lines = _PUBLISHED[name]
        print(
            f"change_risk: {name}, {len(rows):,} commits, last {len(last):,}: AUC {ours:.3f} "
            f"(the published columns {published:.3f}), lines added alone {lines:.3f} "
            f"(published {published_lines:.3f})"
        )


if __name__ == "__main__":
    main()
