"""Go cover profiles: `mode:`, then `file:line.column,line.column statements count` per block.

Policy: the same block again (tests of several packages ran through it) counts once; its executions
add up where the mode counts them, as in Go's own reader. Every line of a block's range is
coverable, with the most executions of its blocks. `go tool cover` counts statements instead: those
totals are kept as declared.
"""

import re

from dlt_pipelines.parsers.coverage.builder import ReportBuilder, add_hits
from dlt_pipelines.parsers.coverage.numbers import LARGEST
from dlt_pipelines.parsers.coverage.source import Source, text_lines
from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.head import Head

FORMATS = ("go-cover",)
BLOCK_LINES = 100_000
"""Lines of one block; no function is longer."""

_MODE = re.compile(r"^mode: (?:set|count|atomic)\s*$", re.MULTILINE)
_BLOCK = re.compile(
    r"^(.+):(\d{1,9})\.(\d{1,9}),(\d{1,9})\.(\d{1,9})[ \t]+(\d{1,9})[ \t]+(\d{1,25})\s*$"
)
_ANY_BLOCK = re.compile(r"^\S.*:\d+\.\d+,\d+\.\d+ \d+ \d+\s*$", re.MULTILINE)


def detect(head: Head) -> str | None:
    """Recognise a profile by its mode line or, without one, by its blocks."""
    if head.is_xml or head.is_json:
        return None
    if _MODE.search(head.text[:2_000]) or _ANY_BLOCK.search(head.text[:4_000]):
        return "go-cover"
    return None


def read(source: Source, builder: ReportBuilder) -> None:
    """Read a profile into `builder`.

    Raises:
        ParseError: There is neither a mode nor a block in it.
    """
    blocks: dict[str, dict[tuple[int, int, int, int], tuple[int, int]]] = {}
    malformed = 0
    has_mode = adds_up = False
    for line in text_lines(source):
        found = _BLOCK.match(line)
        if found is None:
            if line.startswith("mode:"):
                has_mode, adds_up = True, line.rstrip().endswith(("count", "atomic"))
            elif line.strip():
                malformed += 1
            continue
        place = (int(found[2]), int(found[3]), int(found[4]), int(found[5]))
        if place[2] < place[0]:
            malformed += 1
            continue
        of_file = blocks.setdefault(found[1], {})
        if place not in of_file:
            builder.count_lines(1)
        count = min(int(found[7]), LARGEST)
        statements, before = of_file.get(place, (int(found[6]), 0))
        of_file[place] = (statements, add_hits(before, count) if adds_up else max(before, count))
    if not blocks and not has_mode:
        raise ParseError("no block of a Go cover profile in it")
    if malformed:
        builder.note(f"{malformed} lines are not blocks of a Go cover profile")
    valid = covered = 0
    for path, of_file in blocks.items():
        lines: dict[int, int] = {}
        for (first, _, last, _), (statements, count) in of_file.items():
            valid += statements
            covered += statements if count else 0
            for number in builder.span(first, min(last, first + BLOCK_LINES)):
                if count > lines.get(number, -1):
                    lines[number] = count
        builder.add(path, lines)
    builder.declared_lines = (valid, covered)
