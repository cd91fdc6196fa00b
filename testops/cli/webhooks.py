"""`testops webhook serve`: start the receiver in a process of its own, and end it with us."""

import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import FrameType

from testops.errors import TestopsError, UsageError
from testops.settings import child_environment, settings

_WRONG_USAGE = 2
KNOWN_VENDORS = (
    "github",
    "gitlab",
    "buildkite",
    "circleci",
    "pagerduty",
    "opsgenie",
    "jenkins",
    "azure_devops",
)


def serve_webhooks(project: Path | None, *, vendors: Sequence[str], options: Sequence[str]) -> None:
    """Run the receiver until it ends or this process is told to.

    Args:
        project: Folder with `.dlt/secrets.toml`; the current one without it.
        vendors: Those to serve; none means every one that has a secret.
        options: Further options of the receiver.

    Raises:
        UsageError: There is no such vendor, or a setting is wrong, as the receiver has said.
        TestopsError: The receiver could not start, or broke off.
    """
    for vendor in vendors:
        if vendor not in KNOWN_VENDORS:
            raise UsageError(
                f"there is no vendor `{vendor}`; choose from {', '.join(KNOWN_VENDORS)}"
            )
    current = settings()
    if project is not None:
        current = replace(current, project=project.resolve())
    command = [sys.executable, "-m", "dlt_pipelines.webhooks"]
    command += ["--project", str(current.project), *options]
    command += [word for vendor in vendors for word in ("--vendor", vendor)]
    with subprocess.Popen(command, env=child_environment(current)) as receiver:

        def pass_on(number: int, _: FrameType | None) -> None:
            receiver.send_signal(number)

        # Ctrl-C reaches both; whoever stops only us must not leave the receiver behind
        signal.signal(signal.SIGTERM, pass_on)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        code = receiver.wait()
    if code == _WRONG_USAGE:
        raise UsageError("the receiver did not start")
    if code not in {0, -signal.SIGTERM, -signal.SIGINT}:
        raise TestopsError(f"the receiver ended with code {code}")
