"""`testops import`: the writing side checks the files and keeps them for the next load."""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import typer

from testops.settings import settings


@dataclass(frozen=True)
class Request:
    """How files are to be read.

    Attributes:
        kind: what their rows are.
        maps: `theirs=ours` each.
        repository: repository of rows that name none.
        vendor: system that the rows are from.
        is_dry_run: check the files and write nothing.
    """

    kind: str
    maps: tuple[str, ...] = ()
    repository: str | None = None
    vendor: str | None = None
    is_dry_run: bool = False


def run_import(files: Sequence[Path], request: Request, *, json_output: bool) -> None:
    """Run `python -m dlt_pipelines.imports` with our standard streams.

    Raises:
        typer.Exit: with the exit code of that process.
    """
    words = ["--kind", request.kind, "--landing", str(settings().home / "landing")]
    for text in request.maps:
        words += ["--map", text]
    for option, value in (("--repository", request.repository), ("--vendor", request.vendor)):
        words += [option, value] if value else []
    words += ["--dry-run"] if request.is_dry_run else []
    words += ["--json"] if json_output else []
    command = [sys.executable, "-m", "dlt_pipelines.imports", *words, "--", *map(str, files)]
    raise typer.Exit(subprocess.run(command, check=False).returncode)
