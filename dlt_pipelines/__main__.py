"""Run one source without the orchestrator: `python -m dlt_pipelines SOURCE [--project DIR]`."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from dlt_pipelines.config import PROJECT_VARIABLE, ConfigurationError
from dlt_pipelines.loading import (
    LoadError,
    LoadReport,
    UnknownSourceError,
    known_sources,
    run,
)

_EXIT_FAILED = 1
_EXIT_USAGE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 when the source was loaded, 1 when it failed, 2 for a wrong call."""
    parser = argparse.ArgumentParser(
        prog="python -m dlt_pipelines",
        description="Load what is new of one source into the build file.",
        epilog="Example: python -m dlt_pipelines test_results --project build/simulated",
    )
    parser.add_argument("source", metavar="SOURCE", help=f"one of {', '.join(known_sources())}")
    parser.add_argument("--project", type=Path, help=f"project folder, else `{PROJECT_VARIABLE}`")
    parser.add_argument("--json", action="store_true", help="print the result as one JSON object")
    options = parser.parse_args(arguments)
    if options.project is not None:
        # child processes of a source look for the project there
        os.environ[PROJECT_VARIABLE] = str(options.project.expanduser().resolve())
    try:
        report = run(options.source)
    except (UnknownSourceError, ConfigurationError) as error:
        sys.stderr.write(f"error: {error}\n")
        return _EXIT_USAGE
    except LoadError as error:
        sys.stderr.write(f"error: {error}\n")
        return _EXIT_FAILED
    text = json.dumps(asdict(report), default=str) if options.json else _sentence(report)
    sys.stdout.write(text + "\n")
    return 0


def _sentence(report: LoadReport) -> str:
    tables = ", ".join(f"{table} +{rows}" for table, rows in report.table_rows.items())
    return (
        f"{report.source}: {report.seen_count} seen, {report.loaded_count} loaded, "
        f"{report.unchanged_count} unchanged, {report.partial_count} partial, "
        f"{report.rejected_count} rejected in {report.seconds:.1f} s ({tables})"
    )


if __name__ == "__main__":
    sys.exit(main())
