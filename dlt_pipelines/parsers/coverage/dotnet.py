"""What the reports of .NET tools share: files by number, and places that are no source lines."""

from dlt_pipelines.parsers.coverage.builder import ReportBuilder, add_hits
from dlt_pipelines.parsers.coverage.numbers import UNKNOWN, to_line

HIDDEN_LINES = frozenset({0xFEEFEE, 0xF00F00})
"""Line numbers that compilers write for code without a source line."""

RANGE_LIMIT = 10_000
"""Lines of one range; no statement is longer."""

RANGES_LIMIT = 3_000_000
"""Lines of all ranges of a report, as each of them takes a hundred bytes until files have names."""


def source_line(text: str | None) -> int | None:
    """Read a line number; None for hidden code."""
    number = to_line(text)
    return None if number in HIDDEN_LINES else number


class NumberedFiles:
    """Lines and branches per file number, until the names of the files are known."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.lines: dict[str, dict[int, int]] = {}
        self.branches: dict[str, dict[int, tuple[int, int]]] = {}

    def most(self, key: str, number: int, hits: int) -> None:
        """Add hits of a line, or its verdict of 1 or 0; the most of its places stay."""
        lines = self.lines.get(key)
        if lines is None:
            lines = self.lines[key] = {}
        if hits > lines.get(number, UNKNOWN):
            lines[number] = hits

    def hit(self, key: str, number: int, hits: int) -> None:
        """Add visits of a line; those of several places on it add up."""
        lines = self.lines.get(key)
        if lines is None:
            lines = self.lines[key] = {}
        known = lines.get(number)
        lines[number] = hits if known is None else add_hits(known, hits)

    def branch(self, key: str, number: int, *, is_taken: bool) -> None:
        """Add one branch of a line (0 when it has no line)."""
        branches = self.branches.setdefault(key, {})
        valid, covered = branches.get(number, (0, 0))
        branches[number] = (valid + 1, covered + is_taken)

    def hand_over(
        self, builder: ReportBuilder, package: str | None, *, has_branches: bool = False
    ) -> None:
        """Add everything to `builder` under its name and start anew; nameless files are dropped."""
        for key, name in self.names.items():
            lines = self.lines.get(key)
            branches = self.branches.get(key, {})
            if lines or branches:
                measured = branches if has_branches or branches else None
                builder.add(name, lines or {}, measured, package=package)
        self.names, self.lines, self.branches = {}, {}, {}
