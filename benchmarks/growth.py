"""What a nightly run costs after 12 and after 120 days of history, when the same day comes in.

One simulated organisation is cut twice: the last day is held back, and before it lie 12 days in
one project and all the others in the second. Both are run once, then the last day is put beside
what is there, as a download of that day would be, and the run after that is measured: loading,
gates, models with their tests, publication and snapshots, process starts included.

Run: `python -m benchmarks growth [--scale 1.0] [--days 120] [--few 12] [--repeats 2]`
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

from examples.simulator.settings import START

_REPOSITORY = Path(__file__).resolve().parent.parent
_BAR = 1.3
_BEGIN = datetime.combine(START, time(), tzinfo=UTC)
_NEW = "last-day-"
_LISTS = ("workflow_runs", "jobs", "artifacts", "body")
_MOMENTS = ("updated_at", "submitted_at", "created_at")
_CHANGED_LATER = ("pulls", "merge_requests", "issues")
_HOMES = ("repository.json", "project.json")


def main() -> None:
    """Measure and print the times of both increments, step by step, and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--days", type=int, default=120, help="length of the long history")
    parser.add_argument("--few", type=int, default=12, help="length of the short one")
    parser.add_argument("--repeats", type=int, default=2, help="the best of so many increments")
    parser.add_argument("--folder", type=Path, help="keep everything here, and use what is there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="growth-") as temporary:
        folder = (options.folder or Path(temporary)).resolve()
        source = folder / "simulated"
        _python(
            "examples.simulator", "--output", source, "--if-changed",
            "--scale", options.scale, "--days", options.days + 1,
        )  # fmt: skip
        last_day = _BEGIN + timedelta(days=options.days)
        cuts = [
            _Cut(source, last_day - timedelta(days=days), last_day, folder / f"{days}-days")
            for days in (options.few, options.days)
        ]
        # In turns: a machine that others use is not as fast in one minute as in the next.
        turns = [[cut.measure() for cut in cuts] for _ in range(options.repeats)]
    few, many = (min(one, key=lambda run: float(run["all"])) for one in zip(*turns, strict=True))
    for step in many["steps"]:
        before, after = few["steps"].get(step, 0.0), many["steps"][step]
        print(f"growth:   {step}: {before:.1f} s, {after:.1f} s")
    print(
        f"growth: scale {options.scale:g}, one more day after {options.few} days "
        f"({few['results']:,} test results) {few['all']:.1f} s, after {options.days} days "
        f"({many['results']:,} test results) {many['all']:.1f} s, "
        f"ratio {many['all'] / few['all']:.2f} (bar {_BAR:.2f}); "
        f"processor {few['cpu']:.1f} s and {many['cpu']:.1f} s, "
        f"ratio {many['cpu'] / few['cpu']:.2f}"
    )


class _Cut:
    """A project with the days from `begin` on, its last day at first held back.

    Args:
        source: a simulated organisation.
        begin: the first moment that is in it.
        last_day: midnight before the last day.
        folder: where project and warehouse are made.
    """

    def __init__(self, source: Path, begin: datetime, last_day: datetime, folder: Path) -> None:
        self._source, self._begin, self._last_day = source, begin, last_day
        self._folder = folder
        self._project, self._aside = folder / "project", folder / "aside"

    def measure(self) -> dict[str, Any]:
        """Run the increment on a copy of the history, which is run once."""
        home, before = self._folder / "warehouse", self._folder / "warehouse-before"
        if not before.is_dir():
            self._run_history(home)
            home.rename(before)
        # In its old place: somewhere else dbt would read all models anew.
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(before, home, symlinks=True)
        # The copy is to be taken for the build file that was made.
        built = home / "dbt" / "built.json"
        _, inputs = json.loads(built.read_text(encoding="utf-8"))
        inode = (home / "build.duckdb").stat().st_ino
        built.write_text(json.dumps([inode, inputs]), encoding="utf-8")
        return self._run(home)

    def _run_history(self, home: Path) -> None:
        """Run everything before the last day, then put that day into the project."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self._project.mkdir(parents=True)
        for part in (".dlt", "organisation"):
            shutil.copytree(self._source / part, self._project / part)
        for name in _HOMES:
            for found in sorted(self._source.glob(f"*/*/*/{name}")):
                self._cut_pages(found)
        refs = [self._cut_git(repository) for repository in sorted(self._source.glob("git/*.git"))]
        self._run(home)
        shutil.copytree(self._aside, self._project, dirs_exist_ok=True)
        for folder, lines in refs:
            _git(folder, "update-ref", "--stdin", stdin=lines)

    def _bucket(self, moment: str) -> Path | None:
        """Return where something of that moment goes: the project, aside, or nowhere."""
        at = datetime.fromisoformat(moment.replace("Z", "+00:00"))
        if at < self._begin:
            return None
        return self._project if at < self._last_day else self._aside

    def _cut_pages(self, home: Path) -> None:
        repository = home.parent
        place = repository.relative_to(self._source)
        for folder in (self._project, self._aside):
            (folder / place).mkdir(parents=True, exist_ok=True)
        shutil.copy2(home, self._project / place)
        runs: dict[str, Path | None] = {}
        for page in sorted(repository.glob("*-*.json*")) + sorted(repository.glob("pull_*.jsonl")):
            text = page.read_text(encoding="utf-8")
            values = [json.loads(line) for line in text.splitlines()]
            is_page = page.suffix == ".json"
            objects = list(_objects(values[0])) if is_page else values
            kept: dict[Path, list[Any]] = {self._project: [], self._aside: []}
            for value in objects:
                bucket = self._bucket(_moment(value, is_late=page.name.startswith(_CHANGED_LATER)))
                if bucket is not None:
                    kept[bucket].append(value)
                if page.name.startswith(("runs-", "pipelines-")):
                    runs[str(value["id"])] = bucket
            for bucket, found in kept.items():
                name = page.name if bucket == self._project else _NEW + page.name
                if found:
                    lines = [_wrapped(values[0], found)] if is_page else found
                    body = "".join(json.dumps(line) + "\n" for line in lines)
                    (bucket / place / name).write_text(body, encoding="utf-8")
        for archives in (repository / "artifacts").iterdir():
            bucket = runs.get(archives.name)
            if bucket is not None:
                target = bucket / place / "artifacts" / archives.name
                shutil.copytree(archives, target, copy_function=shutil.copy2)

    def _cut_git(self, source: Path) -> tuple[Path, str]:
        """Fetch the history of the window; return what brings its refs to the last day."""
        folder = self._project / "git" / source.name
        subprocess.run(["git", "init", "--quiet", "--bare", "-b", "main", folder], check=True)
        since = f"--shallow-since={self._begin.isoformat()}"
        limit = [since] if self._begin > _BEGIN else []
        _git(folder, "fetch", "--quiet", *limit, f"file://{source}", "+refs/*:refs/*")
        listed = _git(
            folder, "for-each-ref", "--format=%(refname) %(objectname) %(committerdate:unix)"
        )
        now, then = [], []
        for line in listed.splitlines():
            name, sha, second = line.split()
            if int(second) < self._last_day.timestamp():
                continue
            now.append(f"update {name} {sha}\n")
            before = _git(
                folder, "rev-list", "-1", f"--before={self._last_day.isoformat()}", name
            ).strip()  # fmt: skip
            is_line = name.startswith("refs/heads/") and before
            then.append(f"update {name} {before}\n" if is_line else f"delete {name}\n")
        _git(folder, "update-ref", "--stdin", stdin="".join(then))
        return folder, "".join(now)

    def _run(self, home: Path) -> dict[str, Any]:
        # The copy of the warehouse is not to go to the disk while the run is measured.
        os.sync()
        before = os.times()
        output = _python(
            "dagster_project", "run", "--project", self._project, "--progress", "plain", home=home
        )
        after = os.times()
        cpu = after.children_user + after.children_system
        cpu -= before.children_user + before.children_system
        summary = json.loads(output.splitlines()[-1])
        if summary["status"] != "published":
            raise SystemExit(f"the run in `{home}` was not published: {summary['error']}")
        manifest = json.loads((home / "published" / "current.json").read_text(encoding="utf-8"))
        results = manifest["tables"]["core.fct_test_results"]["rows"]
        return {**summary["seconds"], "cpu": cpu, "results": results}


def _objects(page: Any) -> Iterator[Any]:
    """Yield the objects of a page, wrapped or not."""
    if isinstance(page, dict):
        page = next(page[name] for name in _LISTS if name in page)
    yield from page


def _wrapped(page: Any, objects: list[Any]) -> Any:
    """Return a page like the given one with other objects."""
    if isinstance(page, list):
        return objects
    name = next(name for name in _LISTS if name in page)
    return {**page, name: objects}


def _moment(value: Any, *, is_late: bool) -> str:
    """Return when a thing came into being, or, where it changes for weeks, changed last."""
    if isinstance(value, list):
        return min(_moment(one, is_late=is_late) for one in value)
    for name in _MOMENTS[0 if is_late else 1 :]:
        if value.get(name):
            return str(value[name])
    for name in _LISTS:
        if name in value:
            return _moment(value[name], is_late=is_late)
    return str(value["commit"]["committer"]["date"])


def _git(folder: Path, *arguments: str, stdin: str = "") -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments],
        input=stdin, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout


def _python(module: str, *arguments: object, home: Path | None = None) -> str:
    environment = {**os.environ, "TESTOPS_HOME": str(home)} if home else dict(os.environ)
    done = subprocess.run(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=_REPOSITORY, env=environment, stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return done.stdout


if __name__ == "__main__":
    main()
