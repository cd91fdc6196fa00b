"""Inspect report files: `python -m dlt_pipelines.parsers inspect [--json] FILE…`.

Prints a line per file: a JSON object with `--json`, a sentence otherwise. The exit code is 1 when
a file could not be read or is of no known format.
"""

import argparse
import json
import sys

from dlt_pipelines.parsers import coverage_diff_command, owners_command
from dlt_pipelines.parsers.inspection import inspect_path


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m dlt_pipelines.parsers",
        description="Say what report files hold, without a warehouse.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    inspect = commands.add_parser("inspect", help="what is this report?")
    inspect.add_argument("files", nargs="+", metavar="FILE")
    inspect.add_argument("--json", action="store_true", help="one JSON object per file")
    commands.add_parser("owners", help="who owns these paths?", add_help=False)
    commands.add_parser("coverage-diff", help="how much of a change is covered?", add_help=False)
    given = sys.argv[1:] if arguments is None else arguments
    if given[:1] == ["owners"]:
        return owners_command.main(given[1:])
    if given[:1] == ["coverage-diff"]:
        return coverage_diff_command.main(given[1:])
    chosen = parser.parse_args(given)
    code = 0
    for path in chosen.files:
        found = inspect_path(path)
        text = json.dumps(found.as_dict(), allow_nan=False) if chosen.json else found.sentence()
        encoding = sys.stdout.encoding or "utf-8"
        sys.stdout.write(text.encode(encoding, errors="replace").decode(encoding) + "\n")
        sys.stdout.flush()
        if found.parse == "error":
            code = 1
    return code


if __name__ == "__main__":
    raise SystemExit(main())
