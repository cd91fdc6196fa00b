"""A load by API that is killed at any step goes on with nothing twice and nothing missing.

The load that is killed is a real one; what dlt leaves behind is tested for all sources at once.
"""

import json
import os
import signal
import subprocess
import sys

import pytest

from tests.dlt_pipelines.github_actions.made_up_github import COUNTS, SHOP, counts

# Runs a load in which the process kills itself right before a call of the named function.
_KILLED_LOAD = """
import importlib, os, signal, sys
module_name, owner_name, name, calls = sys.argv[1].split(":")
owner = getattr(importlib.import_module(module_name), owner_name)
original = getattr(owner, name)
left = [int(calls)]
def killed(*arguments, **options):
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
    left[0] -= 1
    return original(*arguments, **options)
setattr(owner, name, killed)
from dlt_pipelines import loading
loading.run("github_actions")
"""

_MOMENTS = {
    "between-the-pages-of-a-list": "dlt_pipelines.github_actions.poller:Poller:emit:2",
    "between-the-jobs-of-two-runs": "dlt_pipelines.github_actions.poller:Poller:fetch:5",
    "before-it-is-recorded": "dlt_pipelines.destination:Destination:record_load:0",
}


def _kill_a_load(moment):
    killed = subprocess.run(
        [sys.executable, "-c", _KILLED_LOAD, moment],
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr


def _land(project, run):
    """Let the delivery of a finished run land."""
    folder = project.folder / "home" / "landing" / "webhooks" / "github" / "2026-01-02"
    folder.mkdir(parents=True)
    document = {
        "vendor": "github",
        "event": "workflow_run",
        "delivery_id": "id-1",
        "received_at": "2026-01-02T03:04:05+00:00",
        "body": {
            "action": "completed",
            "workflow_run": {**run, "id": 900},
            "repository": {"id": 1, "full_name": SHOP},
        },
    }
    (folder / "0000000000000001-id-1.json").write_text(json.dumps(document))


@pytest.mark.parametrize("moment", _MOMENTS.values(), ids=_MOMENTS.keys())
def test_a_killed_load_goes_on_with_nothing_twice_and_nothing_missing(moment, api_project, shop):
    _land(api_project, shop.runs[SHOP][1])
    _kill_a_load(moment)
    report = api_project.load()
    expected = {**COUNTS, "workflow_runs": COUNTS["workflow_runs"] + 1}
    expected["repositories"] += 1  # the one of the delivery says less of itself
    assert counts(api_project) == expected
    assert api_project.query("select count(*) from quality.seen_files") == [(1,)]
    assert api_project.query("select count(*) from quality.source_loads") == [(1,)]
    assert api_project.query("select count(distinct loaded_at) from quality.known_fields") == [(1,)]
    for table, rows in api_project.all_rows().items():
        assert len(rows) == len(set(rows)), table
    assert report.is_changed
    api_project.load()
    assert counts(api_project) == expected
