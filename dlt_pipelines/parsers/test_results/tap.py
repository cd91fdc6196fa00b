"""TAP, versions 12 to 14 (https://testanything.org).

Top-level test points are the tests. A subtest's points stand indented before the point that sums
them up, so they are left out. TODO gives no verdict (quarantined), SKIP is skipped, each a word of
its own behind `#`: `#skip-link` is part of a name. A plan with
more tests than points, or a bail-out, leaves the report incomplete. Points behind a plan that
closes the stream, beyond its number, are no tests. A log of `prove -v` holds a stream per file,
each behind the file's name and before a bare `ok`, which is no point. Qt tells of a test again,
with its number and name, where it went on behind a skip or an expected failure: the worst counts.
"""

import json
import re
from itertools import islice
from typing import BinaryIO

from dlt_pipelines.parsers.coverage.source import as_stream, text_lines
from dlt_pipelines.parsers.json_document import text_of
from dlt_pipelines.parsers.test_results.collector import Collector, Failure, Totals
from dlt_pipelines.parsers.test_results.model import (
    FAILED,
    PASSED,
    QUARANTINED,
    SKIPPED,
    Sink,
    TestReport,
)
from dlt_pipelines.parsers.values import scaled_seconds, to_count, to_seconds

POINT = re.compile(
    r"^(not ok\b|ok\b|skip\b(?=[ \t]+\d))(?:[ \t]+(\d{1,9})\b)?[ \t]*(-[ \t]+|-(?=\S)|-?$)?(.*)$"
)
PLAN = re.compile(r"^1\.\.(\d{1,9})\s*(?:#\s*(.*))?$")
_DIRECTIVE = re.compile(
    r"(?:^|\s)#\s*(TODO|SKIP(?:PED)?|EXPECTED FAILURE)(?=[\s:]|$):?\s*(.*)$", re.IGNORECASE
)
"""The last word is that of node:test, where such a test passes if it fails."""
_TIME = re.compile(r"(?<!\\)#\s*+time=([\d.]++)\s*+(?:(ms|s)\s*+)?$", re.IGNORECASE)
_YAML_DURATION = re.compile(r"^duration_ms:\s*([\d.]+)\s*$")
_YAML_MESSAGE = re.compile(r"^(?:message|error):\s*(.*)$")
_MESSAGE_LIMIT = 64 * 1024
_YAML_BLOCK = re.compile(r"^[|>][-+\d]*$")
_PROVE_FILE = re.compile(r"^(?:\[\d\d:\d\d:\d\d\] )?(?=[^\s./]*+[./])\S++ \.{2,}+\s*+$")
_BATS_POINT = re.compile(
    r"^(?:not )?ok \d+ (?!- )(?:\S.* in \d+(?:ms|s|sec)(?: # (?:skip|timeout after ).*)?"
    r"|(?:setup|teardown)_(?:file|suite) failed)$"
)
_BATS_TIMEOUT = re.compile(r" # (timeout after \d+s)$")
_BATS_TIME = re.compile(r" in (\d+)(ms|s|sec)$")
_BATS_LINES = 200
_DETAIL_LIMIT = 200
_SEVERITY = (PASSED, QUARANTINED, SKIPPED, FAILED)


class _Point:
    def __init__(self, found: re.Match[str]) -> None:
        text = found[4].strip()
        # A subtest in braces follows, as node-tap and Vitest write it.
        self.has_braces = text.endswith((" {", "\t{"))
        if self.has_braces:
            text = text[:-1].rstrip()
        self.seconds: float | None = None
        timed = _TIME.search(text)
        if timed:
            is_milliseconds = (timed[2] or "").lower() == "ms"
            self.seconds = scaled_seconds(timed[1], 1000 if is_milliseconds else 1)
            text = text[: timed.start()].strip()
        directive = _DIRECTIVE.search(text)
        word = directive[1].upper()[:4] if directive else None
        self.word = word if word in ("TODO", "SKIP") else None
        if found[1] == "skip":
            # Testem's own word for a point that was not tried.
            self.word = "SKIP"
        self.reason = directive[2].strip() if directive else ""
        timeout = _BATS_TIMEOUT.search(text)
        if timeout:
            self.reason, text = timeout[1], text[: timeout.start()]
        if directive:
            text = text[: directive.start()].strip()
            if found[3] and not text:
                # A dash without a name: Busted and Crystal put it behind the directive.
                text = self.reason
        self.name = text.replace("\\#", "#")
        self.number = found[2]
        self.is_ok = found[1] != "not ok"
        self.details: list[str] = []
        self.in_yaml = False
        self.message: str | None = None
        self.comment: str | None = None
        self.is_told = False

    @property
    def status(self) -> str:
        """What its words say."""
        if self.word == "TODO":
            return QUARANTINED
        if self.word == "SKIP":
            return SKIPPED
        return PASSED if self.is_ok else FAILED

    def worst_of(self, again: "_Point") -> "_Point | None":
        """Return what counts if `again` tells of the same test, else nothing."""
        if (
            not self.number
            or not self.name
            or (self.number, self.name) != (again.number, again.name)
        ):
            return None
        if _SEVERITY.index(again.status) > _SEVERITY.index(self.status):
            return again
        self.is_told = True
        return self

    def take_bats_time(self) -> None:
        """Take the time that bats puts behind the name."""
        timed = _BATS_TIME.search(self.name)
        if timed:
            self.seconds = scaled_seconds(timed[1], 1000 if timed[2] == "ms" else 1)
            self.name = self.name[: timed.start()]

    def take_yaml(self, text: str) -> None:
        """Take a line of the block of details, without its indentation."""
        if self.is_told:
            return
        timed = _YAML_DURATION.match(text)
        if timed and self.seconds is None:
            self.seconds = scaled_seconds(timed[1], 1000)
        said = _YAML_MESSAGE.match(text)
        if not self.details and text.startswith("# "):
            # So does Qt write a message that has no values to compare.
            self.comment = text[2:].strip()
        if not self.details and text.startswith("{"):
            # Deno writes the whole block as JSON, which is YAML.
            self.message = _message_of_json(text)
        if self.message is not None and _YAML_BLOCK.match(self.message):
            self.message = text
        elif said and not self.message:
            self.message = _unquoted(said[1].strip())
        if len(self.details) < _DETAIL_LIMIT:
            self.details.append(text[:1000])

    def write(self, collector: Collector) -> None:
        """Add the point as a case."""
        status = self.status
        details = "\n".join(self.details)
        failure = None
        if status != PASSED:
            said = self.reason or self.message or self.comment
            failure = Failure(self.word, said or self.name, details)
        collector.add_case(
            self.name or f"test {self.number or collector.case_index + 1}",
            status,
            seconds=self.seconds,
            failure=failure,
        )


def _begins_subtest(line: str, stripped: str) -> bool:
    if line[0] in " \t":
        return POINT.match(stripped) is not None
    return stripped.startswith("# Subtest")


def _ends_yaml(line: str) -> bool:
    """A block of details is indented: what stands at the margin ends one that wasn't closed."""
    return POINT.match(line) is not None or PLAN.match(line) is not None or _bails_out(line)


def _bails_out(line: str) -> bool:
    return line.startswith("Bail out!")


def _message_of_json(text: str) -> str | None:
    try:
        said = json.loads(text[:_MESSAGE_LIMIT])
    except (ValueError, RecursionError):
        return None
    return text_of(said.get("message")) if isinstance(said, dict) else None


def _unquoted(text: str) -> str:
    is_quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "\"'"
    return text[1:-1] if is_quoted else text


def read(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read a stream of points."""
    reader = _Reader(Collector(sink, "tap"), is_bats=_is_bats(source))
    for line in text_lines(source):
        reader.take(line)
    return reader.finish()


def _is_bats(source: bytes | BinaryIO) -> bool:
    """Tell whether the first points all end with a time, as those of `bats --timing` do."""
    stream = as_stream(source)
    origin = stream.tell()
    points = [line for line in islice(text_lines(stream), _BATS_LINES) if POINT.match(line)]
    stream.seek(origin)
    return bool(points) and all(map(_BATS_POINT.match, points))


class _Reader:
    def __init__(self, collector: Collector, *, is_bats: bool) -> None:
        self.collector = collector
        self.is_bats = is_bats
        self.point: _Point | None = None
        self.planned: int | None = None
        self.planned_before: int | None = None
        self.first_index = 0
        self.is_numbered = self.is_short = False
        self.is_plan_last = False
        self.bailed_out: str | None = None
        self.seconds: float | None = None

    def take(self, line: str) -> None:
        """Take a line of the stream."""
        stripped = line.strip()
        if self.bailed_out is not None or not stripped:
            return
        point = self.point
        if point is not None and point.in_yaml and not _ends_yaml(line):
            self._take_yaml(point, stripped)
        elif (found := POINT.match(line)) is not None:
            self._take_point(found)
        elif (plan := PLAN.match(line)) is not None:
            self._close()
            if self.planned is None:
                self.planned = to_count(plan[1])
                self.is_plan_last = self.collector.case_index > self.first_index
        elif _PROVE_FILE.match(line):
            self._close()
            self._start_file()
        elif _bails_out(line):
            self.bailed_out = line[9:].strip() or "no reason given"
        elif point is not None and line[0] in " \t" and stripped == "---":
            point.in_yaml = True
        elif point is not None and _begins_subtest(line, stripped) and not point.has_braces:
            # What follows is said of a subtest of the next point.
            self._close()
        elif stripped.startswith("#") and not line.startswith((" ", "\t")):
            self._take_comment(point, stripped)

    def _take_point(self, found: re.Match[str]) -> None:
        new = _Point(found)
        if self.is_bats:
            new.take_bats_time()
        if self.point is not None and (worst := self.point.worst_of(new)) is not None:
            self.point = worst
            return
        self._close()
        is_bare = not (found[2] or found[4].strip())
        is_verdict_of_file = is_bare and self.is_numbered and self._is_full()
        if not is_verdict_of_file and not (self.is_plan_last and self._is_full()):
            self.point = new
            self.is_numbered = bool(found[2])

    def _take_yaml(self, point: _Point, text: str) -> None:
        if text == "...":
            point.in_yaml = False
            return
        point.take_yaml(text)

    def _take_comment(self, point: _Point | None, text: str) -> None:
        timed = re.match(r"^# (?:time=|duration_ms )([\d.]+)(ms)?$", text)
        if timed:
            is_milliseconds = bool(timed[2]) or "duration_ms" in text
            self.seconds = scaled_seconds(timed[1], 1000 if is_milliseconds else 1)
        elif point is not None and not point.is_ok and len(point.details) < _DETAIL_LIMIT:
            point.details.append(text[1:].strip()[:1000])

    def _close(self) -> None:
        if self.point is not None:
            self.point.write(self.collector)
            self.point = None

    def _is_full(self) -> bool:
        """Tell whether there are as many points as the plan of the file says."""
        count = self.collector.case_index - self.first_index
        return self.planned is not None and count >= self.planned

    def _start_file(self) -> None:
        """Begin the stream of another file, where there was one before."""
        if self.planned is None and self.collector.case_index == self.first_index:
            return
        self.is_short = self.is_short or not self._is_full()
        self.planned_before = self._planned_in_all()
        self.first_index = self.collector.case_index
        self.planned, self.is_plan_last, self.is_numbered = None, False, False

    def _planned_in_all(self) -> int | None:
        if self.planned is None:
            return self.planned_before
        return self.planned + (self.planned_before or 0)

    def finish(self) -> TestReport:
        """Write the last point and sum up."""
        self._close()
        collector = self.collector
        is_complete = self.bailed_out is None and not self.is_short and self._is_full()
        planned = self._planned_in_all()
        return collector.finish(
            declared=Totals(planned) if collector.case_index else None,
            is_complete=is_complete,
            time_seconds=to_seconds(self.seconds),
        )
