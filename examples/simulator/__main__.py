"""Command line of the simulator.

python -m examples.simulator --output build/simulated --seed 7 --scale 1.0 --days 120
"""

import argparse
import sys
from datetime import date
from pathlib import Path

from examples.simulator.git_writer import GitError
from examples.simulator.settings import START, Settings
from examples.simulator.simulation import is_current, simulate


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit code (0 done or nothing to do, 2 wrong use)."""
    parser = argparse.ArgumentParser(
        prog="python -m examples.simulator",
        description="Make a simulated organisation (GitHub pages, reports, git) and its truth.",
    )
    parser.add_argument("--output", type=Path, required=True, help="folder to write")
    parser.add_argument("--seed", type=int, default=7, help="same seed, same bytes (default 7)")
    parser.add_argument("--scale", type=float, default=1.0, help="volume; 1.0 is about 8 000 runs")
    parser.add_argument("--days", type=int, default=120, help="length of the period (default 120)")
    parser.add_argument(
        "--first-day", type=date.fromisoformat, default=START, help=f"date (default {START})"
    )
    parser.add_argument("--time-zone", default="UTC", help="of the business (default UTC)")
    parser.add_argument("--repositories", type=int, help="how many (default: by volume)")
    parser.add_argument(
        "--if-changed", action="store_true", help="do nothing when the folder is already this one"
    )
    given = parser.parse_args(arguments)
    try:
        settings = Settings(
            given.seed, given.scale, given.days, given.first_day, given.time_zone,
            given.repositories,
        )  # fmt: skip
        output = given.output.resolve()
        if given.if_changed and is_current(output, settings):
            sys.stdout.write(f"The simulated organisation in {given.output} is up to date.\n")
            return 0
        simulate(output, settings)
    except (ValueError, FileExistsError, GitError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(f"Simulated organisation written to {given.output}.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
