"""Options that several commands share, or that are long."""

from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Project = Annotated[
    Path | None,
    typer.Option(help="Folder with `.dlt/config.toml`; the current folder without it."),
]
MaxAge = Annotated[
    float | None,
    typer.Option(
        min=0,
        max=1_000_000,
        help="Exit with 1 when no run has ended well for more than so many hours.",
    ),
]

Metrics = Annotated[
    list[str] | None, typer.Argument(help="Names of metrics; else all.", metavar="NAME…")
]
