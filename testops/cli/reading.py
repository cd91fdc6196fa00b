"""Commands that read reports without a warehouse: the parsers run in a process of their own."""

import subprocess
import sys
from collections.abc import Sequence

import typer


def run_parsers(
    command: str,
    arguments: Sequence[str],
    *,
    options: Sequence[str] = (),
    json_output: bool,
) -> None:
    """Run `python -m dlt_pipelines.parsers COMMAND …` with our standard streams.

    The parsers belong to the writing side, which this side never imports.

    Raises:
        typer.Exit: with the exit code of that process.
    """
    flags = [*options, *(["--json"] if json_output else [])]
    words = ["--", *arguments] if arguments else []
    process = subprocess.run(
        [sys.executable, "-m", "dlt_pipelines.parsers", command, *flags, *words],
        check=False,
    )
    raise typer.Exit(process.returncode)
