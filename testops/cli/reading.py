"""Commands that read reports without a warehouse: the parsers run in a process of their own."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import typer

from testops.errors import UsageError

_DIALECTS = ("github", "gitlab")


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


def run_owners(
    paths: Sequence[str], codeowners: Path, dialect: str | None, *, json_output: bool
) -> None:
    """Say who owns paths; without a dialect it is found out from the file.

    Raises:
        UsageError: there is no such dialect.
        typer.Exit: with the exit code of the parsers.
    """
    if dialect not in (None, *_DIALECTS):
        raise UsageError(f"there is no dialect `{dialect}`; choose {' or '.join(_DIALECTS)}")
    options = ["--codeowners", str(codeowners), *(["--dialect", dialect] if dialect else [])]
    run_parsers("owners", paths, options=options, json_output=json_output)
