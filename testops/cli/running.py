"""`testops run`: start the writing side in a process of its own, then read what it published."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from testops.cli.output import console, print_json
from testops.cli.state import failing_line
from testops.errors import TestopsError, UsageError
from testops.settings import child_environment, settings

_JOBS = ("nightly", "weekly")
_GATE_FAILED = 3


class GateFailedError(TestopsError):
    """A gate failed: nothing was published and the old build stays."""

    exit_code = _GATE_FAILED


def run_and_summarise(project: Path | None, *, job: str, json_output: bool) -> None:
    """Run the job, then print the summary of the published build.

    Raises:
        UsageError: no such job or no such project folder, or a setting is wrong.
        GateFailedError: a gate failed.
        TestopsError: the run failed otherwise.
    """
    if job not in _JOBS:
        raise UsageError(f"there is no job `{job}`; choose one of {', '.join(_JOBS)}")
    current = settings()
    if project is not None:
        current = replace(current, project=project.resolve())
    if not (current.project / ".dlt" / "config.toml").is_file():
        raise UsageError(
            f"`{current.project}` has no `.dlt/config.toml`; "
            "run `testops init` there first, or name another folder with --project"
        )
    command = [sys.executable, "-m", "dagster_project", "run", "--job", job]
    command += ["--project", str(current.project)]
    done = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        env=child_environment(current),
    )
    result = _last_json(done.stdout)
    if done.returncode == _GATE_FAILED:
        raise GateFailedError(_gate_message(result), result)
    if done.returncode != 0:
        reason = result.get("error") or f"the job `{job}` ended with code {done.returncode}"
        kind = UsageError if done.returncode == UsageError.exit_code else TestopsError
        raise kind(f"{reason}; nothing was published, the build before stays", result)
    if json_output:
        print_json(result)
    else:
        from testops.cli.summary import print_summary

        print_summary(console(), current, result)


def _last_json(output: str) -> dict[str, Any]:
    """The JSON object on the last line that holds one."""
    for line in reversed(output.splitlines()):
        if line.startswith("{"):
            try:
                value = json.loads(line)
            except ValueError:
                continue
            if isinstance(value, dict):
                return value
    return {}


def _gate_message(result: dict[str, Any]) -> str:
    failing = [f"  {failing_line(check)}" for check in result.get("failing", [])]
    detail = "\n".join(failing[:10])
    return (
        "a gate failed, so nothing was published and the build before stays"
        + (f":\n{detail}" if detail else "")
        + "\nsee `testops status` for the rows"
    )
