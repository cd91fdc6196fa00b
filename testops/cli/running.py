"""`testops run`: start the writing side in a process of its own, then read what it published."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

from testops.cli.output import console, print_json
from testops.cli.state import failing_line
from testops.errors import TestopsError, UsageError
from testops.settings import child_environment, settings

_JOBS = ("nightly", "weekly")
_GATE_FAILED = 3
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_PATIENCE_SECONDS = 10.0


class GateFailedError(TestopsError):
    """A gate failed: nothing was published and the old build stays."""

    exit_code = _GATE_FAILED


class InterruptedRunError(TestopsError):
    """The run was told to end before it was done."""

    def __init__(self, number: int) -> None:
        super().__init__(
            "the run was stopped; what readers have stays, and the next `testops run` goes on from "
            "what was loaded",
            {"status": "interrupted"},
        )
        self.exit_code = 128 + number


def run_and_summarise(project: Path | None, *, job: str, json_output: bool) -> None:
    """Run the job, then print the summary of the published build.

    Raises:
        UsageError: no such job or no such project folder, or a setting is wrong.
        GateFailedError: a gate failed.
        InterruptedRunError: the run was stopped, as by Ctrl-C.
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
    code, output = _ended(command, child_environment(current))
    result = _last_json(output)
    if code == _GATE_FAILED:
        raise GateFailedError(_gate_message(result), result)
    if code != 0:
        reason = result.get("error") or f"the job `{job}` ended with code {code}"
        kind = UsageError if code == UsageError.exit_code else TestopsError
        raise kind(f"{reason}; nothing was published, the build before stays", result)
    if json_output:
        print_json(result)
    else:
        from testops.cli.summary import print_summary

        print_summary(console(), current, result)


def _ended(command: Sequence[str], environment: Mapping[str, str]) -> tuple[int, str]:
    """Run a command to its end; return its exit code and what it printed.

    It has a process group of its own, so that Ctrl-C reaches us alone: one process says that the
    run was stopped, and not each of its helpers. The run is told to end and may put its things in
    order; who presses twice, or waits too long, ends it at once, which the next run can deal with
    as well.

    Raises:
        InterruptedRunError: We were told to end before it did.
    """
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=dict(environment), process_group=0
    ) as job:
        previous = {number: signal.signal(number, _interrupt) for number in _ENDING}
        try:
            output, _ = job.communicate()
        except KeyboardInterrupt as interrupt:
            with contextlib.suppress(ProcessLookupError):
                job.send_signal(signal.SIGINT)
            try:
                job.communicate(timeout=_PATIENCE_SECONDS)
            except (KeyboardInterrupt, subprocess.TimeoutExpired):
                pass
            finally:
                # its helpers, too: none of them may go on writing
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(job.pid, signal.SIGKILL)
            raise InterruptedRunError(interrupt.args[0]) from None
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)
    return job.returncode, output


def _interrupt(number: int, _: FrameType | None) -> None:
    raise KeyboardInterrupt(number)


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
    """Name what kept the build back; warnings did not."""
    blocking = [one for one in result.get("failing", []) if one.get("severity") != "warning"]
    detail = "\n".join(f"  {failing_line(check)}" for check in blocking[:10])
    return (
        "a gate failed, so nothing was published and the build before stays"
        + (f":\n{detail}" if detail else "")
        + ("\nsee `testops status` for the rows" if any(c.get("rows") for c in blocking) else "")
    )
