"""`python -m dlt_pipelines.imports --kind KIND --landing DIR FILE…`: what `testops import` runs."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from dlt_pipelines.imports.landing import Order, Outcome, land
from dlt_pipelines.parsers.tables.checking import MappingError, parse_maps
from dlt_pipelines.parsers.tables.kinds import KINDS

_EXIT_REFUSED = 1
_EXIT_USAGE = 2
_SHOWN = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 0 when all files were taken, 1 when one was refused, 2 for a wrong call."""
    parser = argparse.ArgumentParser(
        prog="python -m dlt_pipelines.imports",
        description="Check tables and put them where the next load finds them.",
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--kind", required=True)
    parser.add_argument("--landing", type=Path, required=True)
    parser.add_argument("--map", action="append", default=[], dest="maps")
    parser.add_argument("--repository")
    parser.add_argument("--vendor")
    parser.add_argument("--dry-run", action="store_true")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args(arguments)
    if chosen.kind not in KINDS:
        return _wrong(f"there is no kind `{chosen.kind}`; choose one of {', '.join(KINDS)}")
    kind = KINDS[chosen.kind]
    constants = {"repository": chosen.repository, "vendor": chosen.vendor}
    constants = {name: text for name, text in constants.items() if text}
    try:
        order = Order(kind, parse_maps(kind, chosen.maps), constants)
    except MappingError as error:
        return _wrong(str(error))
    outcomes = []
    for path in chosen.files:
        outcome = land(path, order, chosen.landing, is_dry_run=chosen.dry_run)
        outcomes.append(outcome)
        if not chosen.json:
            _say(outcome, kind.name)
    if chosen.json:
        found = {"kind": kind.name, "files": [asdict(outcome) for outcome in outcomes]}
        sys.stdout.write(json.dumps(found, ensure_ascii=True, indent=2) + "\n")
    return _EXIT_REFUSED if any(outcome.error for outcome in outcomes) else 0


def _wrong(message: str) -> int:
    sys.stderr.write(f"testops: {message}\n")
    return _EXIT_USAGE


def _say(outcome: Outcome, kind: str) -> None:
    if outcome.error:
        sys.stderr.write(f"testops: `{outcome.file}` is refused: {outcome.error}\n")
        return
    doings = {
        "accepted": "taken; `testops run` loads it",
        "known": "taken before; nothing to do",
        "checked": "fits; nothing was written",
    }
    if outcome.status != "known" and not outcome.row_count:
        doing = "has no rows; nothing to take"
    else:
        doing = doings[outcome.status]
    lines = [f"{outcome.file}: {_rows(outcome.row_count)} of {kind}, {doing}"]
    if outcome.rejected_count:
        do_not, go = ("doesn't", "goes") if outcome.rejected_count == 1 else ("don't", "go")
        rows = _rows(outcome.rejected_count)
        lines.append(f"  {rows} {do_not} fit and {go} to quarantine:")
        lines += [f"    row {one['row']}: {one['reason']}" for one in outcome.problems[:_SHOWN]]
    if outcome.other_columns:
        lines.append(f"  other columns, kept aside: {', '.join(outcome.other_columns)}")
    lines += [f"  perhaps --map {text}" for text in outcome.suggestions]
    text = "\n".join(lines) + "\n"
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding))


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"


if __name__ == "__main__":
    sys.exit(main())
