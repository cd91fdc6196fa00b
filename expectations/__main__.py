"""Judge a build by hand, or answer the orchestrator's questions about builds.

python -m expectations raw warehouse/build.duckdb
python -m expectations serve        # see `expectations.judge`
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from expectations.judge import serve
from expectations.suites import GATES


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 when the gate passed, 3 when it failed, 2 for a wrong call."""
    parser = argparse.ArgumentParser(
        prog="python -m expectations",
        description="Judge a build with one of the gates and print the result as JSON.",
        epilog="Example: python -m expectations raw warehouse/build.duckdb",
    )
    parser.add_argument("gate", choices=[*GATES, "serve"])
    parser.add_argument("database", type=Path, nargs="?", help="a DuckDB file")
    options = parser.parse_args(arguments)
    if options.gate == "serve":
        return serve(sys.stdin, sys.stdout)
    if options.database is None or not options.database.is_file():
        parser.error(f"there is no database `{options.database}`")
    from expectations.gate import run_gate  # ten seconds, so not for a wrong call

    gate = run_gate(options.gate, options.database)
    sys.stdout.write(json.dumps(gate.to_json(), indent=2) + "\n")
    return 0 if gate.passed else 3


if __name__ == "__main__":
    sys.exit(main())
