"""`make build SELECT=model+`: the loop of whoever changes a model, on a small organisation.

    build/small/simulated ─load─▶ build/small/warehouse ─dbt build SELECT─▶ failures, touched

The organisation is simulated and loaded once, and again when the simulator or a loader changes. No
gate and no publication: the models with their tests and unit tests, the SQL rules on every file
that differs from the last commit, and the metrics and exposures that hang on the selection. A unit
test that passed is not run again until something changes that decides its result.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_project.dbt_command import make_no_debug_events, with_salt
from dagster_project.home import MODELS_FOLDER, Home, home
from dagster_project.inputs import hash_files
from dagster_project.manifest import variables
from dagster_project.organisation import prepare_organisation
from dagster_project.proven_tests import ProvenTests

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

ROOT = MODELS_FOLDER.parent
_SCALE, _SEED = "0.02", "11"
_MODIFIED = "state:modified+"
_LEFT_OUT = ("__pycache__",)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 all is well, 1 something failed, 2 dbt could not run."""
    parser = argparse.ArgumentParser(
        prog="python -m dagster_project.building",
        description="Build models on a small simulated organisation.",
        epilog=f"Example: python -m dagster_project.building --select {_MODIFIED}",
    )
    parser.add_argument("--select", default="", help="as in `dbt build --select`; empty is all")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "small")
    options = parser.parse_args(arguments)
    begun = time.monotonic()
    folder = options.folder.resolve()
    os.environ["TESTOPS_HOME"] = str(folder / "warehouse")
    os.environ["TESTOPS_PROJECT"] = str(folder / "simulated")
    _make_organisation(folder)
    make_no_debug_events()
    current = home()
    rules = _start_rules(changed_sql(ROOT))
    select = options.select.split()
    try:
        # Before anything can be selected, everything has to be there.
        is_first = not (folder / "state" / "manifest.json").is_file()
        code = _build([], current, folder / "state") if is_first else 0
        if not code and (select or not is_first):
            code = _build(select, current, folder / "state")
    finally:
        broken = rules is not None and rules.wait() != 0
    _say(f"{time.monotonic() - begun:.1f} s in all")
    return code or int(broken)


def _make_organisation(folder: Path) -> None:
    """Simulate and load everything once, unless what is there was made by this code."""
    made_from = json.dumps(
        [hash_files(ROOT / part, without=_LEFT_OUT) for part in ("examples", "dlt_pipelines")]
    )
    stamp = folder / "made_from"
    if stamp.is_file() and stamp.read_text() == made_from:
        return
    _say(f"making the small organisation in `{folder}`, once")
    shutil.rmtree(folder, ignore_errors=True)
    simulator = [sys.executable, "-m", "examples.simulator", "--output", str(folder / "simulated")]
    subprocess.run([*simulator, "--scale", _SCALE, "--seed", _SEED], cwd=ROOT, check=True)
    from dlt_pipelines import loading

    sources = loading.known_sources()
    for source in sorted(sources, key=loading_order):
        loading.run(source, project=folder / "simulated")
    stamp.write_text(made_from)


def loading_order(source: str) -> tuple[bool, str]:
    """Sources that need no other come first, as their modules' `AFTER` says."""
    import importlib

    module = importlib.import_module(f"dlt_pipelines.{source}")
    return bool(getattr(module, "AFTER", ())), source


def _build(select: list[str], current: Home, state: Path) -> int:
    """Build a selection, say what it touches, and keep the state when all that changed is built.

    The models are read once and handed on: dbt would write them down as JSON before it builds, and
    read those of the state whether or not the selection asks, which is half of a call's time.
    """
    from dbt.cli.main import dbtRunner

    prepare_organisation(current)
    common = ["--no-write-json", "--log-level-file", "none"]
    common += with_salt(variables(current))
    common += ["--project-dir", str(MODELS_FOLDER), "--profiles-dir", str(MODELS_FOLDER)]
    read = dbtRunner().invoke(["parse", "--log-level", "warn", *common])
    if read.exception is not None:
        _say(str(read.exception))
        return 2
    manifest: Manifest = read.result
    arguments = ["build", *common]
    if select:
        arguments += ["--select", *select]
    if any("state:" in one for one in select) and (state / "manifest.json").is_file():
        arguments += ["--state", str(state)]
    state.mkdir(parents=True, exist_ok=True)
    proven = ProvenTests(state / "proven_tests.json", manifest, common)
    proven.leave_out()
    result = dbtRunner(manifest=manifest).invoke(arguments)
    proven.bring_back()
    if result.exception is not None:
        _say(str(result.exception))
        return 2
    done = {one.node.unique_id: str(one.status) for one in result.result.results}
    proven.keep((name, status == "pass") for name, status in done.items())
    _say("unit tests are run again when something changed that decides their result")
    manifest.build_parent_and_child_maps()
    for line in touched(manifest.child_map, done):
        _say(line)
    if not result.success:
        return 1
    if select in ([], [_MODIFIED]):
        manifest.write(str(state / "manifest.json"))
    return 0


def touched(children: Mapping[str, Sequence[str]], built: Iterable[str]) -> list[str]:
    """Say which metrics and exposures hang on nodes, one line a kind.

    Args:
        children: dbt's `child_map`: what reads each node.
        built: unique ids of nodes.
    """
    seen = set(built)
    waiting = list(seen)
    while waiting:
        new = set(children.get(waiting.pop(), ())) - seen
        seen |= new
        waiting += new
    return [f"{kind}s touched: {_names(seen, kind)}" for kind in ("metric", "exposure")]


def _names(nodes: Collection[str], kind: str) -> str:
    names = sorted(node.split(".")[2] for node in nodes if node.startswith(f"{kind}."))
    return ", ".join(names) or "none"


def changed_sql(root: Path) -> list[str]:
    """Return the SQL of the models that differs from the last commit; none outside of git."""
    commands = (
        ["git", "diff", "--name-only", "--diff-filter=d", "HEAD"],
        ["git", "ls-files", "--others", "--exclude-standard"],
    )
    found: set[str] = set()
    for command in commands:
        done = subprocess.run(
            [*command, "--", "dbt_project/models", "dbt_project/tests"],
            cwd=root,
            capture_output=True,
            text=True,
            check=False,
        )
        found.update(line for line in done.stdout.splitlines() if line.endswith(".sql"))
    return sorted(found)


def _start_rules(files: list[str]) -> "subprocess.Popen[bytes] | None":
    """Start the SQL rules on the other core, while dbt reads the models."""
    if not files:
        return None
    linter = Path(sys.executable).parent / "sqlfluff"
    return subprocess.Popen([str(linter), "lint", "--disable-progress-bar", *files], cwd=ROOT)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
