"""Read every kind in a process with little memory; one JSON line for each on the standard output.

Run: `python run_kinds.py [MEGABYTES]`. A kind is `(name, outcome, reason, maker)`: the `parse` of
the answer (`ok`, `partial`, `error`), a word of its reason, and what makes the bytes. A reader
which raises anything, takes more memory than the limit or ends the process fails its kind.
"""

import io
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import archive_kinds
import coverage_kinds
import document_kinds
import markup_kinds
import page_kinds
import slow_kinds
import table_kinds
import text_kinds

from dlt_pipelines.parsers import codeowners, recorded
from dlt_pipelines.parsers.buildkite.reader import BuildkiteReader
from dlt_pipelines.parsers.circleci.reader import CircleciReader
from dlt_pipelines.parsers.diff import read_diff
from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.git_log import read_log
from dlt_pipelines.parsers.git_log_text import read_text_log
from dlt_pipelines.parsers.github import Reader
from dlt_pipelines.parsers.github.documents import json_text, read_documents
from dlt_pipelines.parsers.gitlab.reader import GitlabReader
from dlt_pipelines.parsers.incidents import opsgenie, pagerduty
from dlt_pipelines.parsers.inspection import Inspection, inspect_stream
from dlt_pipelines.parsers.jenkins.reader import JenkinsReader
from dlt_pipelines.parsers.quality_mesh import read_artifact
from dlt_pipelines.parsers.tables.checking import TableCheck
from dlt_pipelines.parsers.tables.kinds import KINDS
from dlt_pipelines.parsers.tables.reading import read_batches
from dlt_pipelines.report_model import Container
from dlt_pipelines.reports import ReportReader

UNEXPECTED = (
    *(ArithmeticError, AssertionError, AttributeError, LookupError, MemoryError),
    *(OSError, RuntimeError, TypeError, ValueError),
)
MODULES = (
    markup_kinds,
    coverage_kinds,
    document_kinds,
    text_kinds,
    archive_kinds,
    slow_kinds,
    page_kinds,
    table_kinds,
)


def _report(content: bytes) -> tuple[str, str | None, int | None]:
    found = Inspection(path="report")
    inspect_stream(io.BytesIO(content), found)
    json.dumps(found.as_dict(), allow_nan=False).encode("utf-8")
    found.sentence().encode("utf-8")
    return found.parse, found.error, found.tests if found.kind != "coverage" else found.lines_valid


def _diff(content: bytes) -> tuple[str, str | None, int | None]:
    return "ok", str(sum(len(file.changed) for file in read_diff(content))), None


def _owners(content: bytes) -> tuple[str, str | None, int | None]:
    for dialect in ("github", "gitlab"):
        owners = codeowners.parse(content, dialect)
        owned = list(owners.owners_of(["a", "src/a.py", "a/" * 50 + "b" * 200, "d7/x"]))
    return "ok", str(len(owned)), None


def _log(reader: Callable[..., Any]) -> Callable[[bytes], tuple[str, str | None, int | None]]:
    def read(content: bytes) -> tuple[str, str | None, int | None]:
        try:
            return "ok", str(sum(1 for _ in reader(content.splitlines(keepends=True)))), None
        except ParseError as error:
            return "error", error.reason, None

    return read


class _Rows:
    """A sink that keeps the rows, as a load does."""

    def __init__(self) -> None:
        self.rows: list[Any] = []
        self.reasons: list[str] = []

    def row(self, _table: str, row: Any) -> None:
        self.rows.append(row)

    def reject(self, _table: str | None, _number: int, item: Any, reason: str) -> None:
        json_text(item)
        self.reasons.append(reason)

    def observe(self, _kind: str, _item: Any) -> None:
        pass


def _page(make: Callable[[_Rows], Any]) -> Callable[[bytes], tuple[str, str | None, int | None]]:
    def read(content: bytes) -> tuple[str, str | None, int | None]:
        sink = _Rows()
        reader = make(sink)
        for _ in reader.read_in_steps(content):
            pass
        reasons = "; ".join(filter(None, (reader.report.error, *sink.reasons[:1])))
        return ("error" if reasons else "ok"), reasons or None, len(sink.rows)

    return read


def _objects(take: Callable[..., Any]) -> Callable[[bytes], tuple[str, str | None, int | None]]:
    def read(content: bytes) -> tuple[str, str | None, int | None]:
        try:
            found = [take(document, "page.json") for document in read_documents(content)]
        except ParseError as error:
            return "error", error.reason, None
        reasons = [reason for part in found for _item, reason in part.rejected]
        count = sum(len(part.rows) for part in found)
        return ("error" if reasons else "ok"), reasons[0] if reasons else None, count

    return read


def _table(content: bytes) -> tuple[str, str | None, int | None]:
    check = TableCheck(KINDS["test_results"], {}, {"repository": "a/b", "vendor": "github"})
    count, reasons = 0, []
    try:
        for batch in read_batches(io.BytesIO(content)):
            checked = check.check(batch)
            count += checked.rows.num_rows
            reasons += [row.reason for row in checked.rejected[:1]]
    except ParseError as error:
        return "error", error.reason, None
    return ("partial" if reasons else "ok"), reasons[0] if reasons else None, count


def _loaded(content: bytes) -> tuple[str, str | None, int | None]:
    container = Container("a.xml", None, content, len(content), None, is_named=True)
    with tempfile.TemporaryDirectory() as spool:
        chunk = ReportReader("test_results", Path(spool)).read_all([container])
        row = chunk.outcomes[0].reports[0]
    return row["parse"], row.get("error"), row.get("test_count")


READERS = {
    "github": _page(lambda sink: Reader(sink, "runs.json")),
    "gitlab": _page(lambda sink: GitlabReader(sink, "pipelines.json")),
    "jenkins": _page(lambda sink: JenkinsReader(sink, "builds.json")),
    "buildkite": _page(lambda sink: BuildkiteReader(sink, "builds.json")),
    "circleci": _page(lambda sink: CircleciReader(sink, "workflows.json")),
    "pagerduty": _objects(pagerduty.read),
    "opsgenie": _objects(opsgenie.read),
    "recorded": _objects(recorded.read),
    "quality mesh": _objects(read_artifact),
    "table": _table,
    "loaded": _loaded,
    "diff": _diff,
    "owners": _owners,
    "git log": _log(read_log),
    "git text log": _log(read_text_log),
}


def main() -> None:
    """Read the kinds, each with the memory that is left to it."""
    limit = int(sys.argv[1]) * 1024 * 1024 if len(sys.argv) > 1 else 0
    for module in MODULES:
        for name, _outcome, _reason, make in module.KINDS:
            content = make()
            if limit:
                allowed = _data_bytes() + limit
                resource.setrlimit(resource.RLIMIT_DATA, (allowed, resource.RLIM_INFINITY))
            read = READERS.get(name.partition(":")[0], _report)
            started = time.process_time()
            try:
                parse, error, count = read(content)
            except UNEXPECTED as problem:
                parse, error, count = "raised", repr(problem)[:300], None
            seconds = time.process_time() - started
            resource.setrlimit(resource.RLIMIT_DATA, (resource.RLIM_INFINITY,) * 2)
            answer = {"name": name, "parse": parse, "error": error, "count": count}
            sys.stdout.write(json.dumps(answer | {"seconds": round(seconds, 3)}) + "\n")
            sys.stdout.flush()


def _data_bytes() -> int:
    """Return the bytes of data that the process has now, as the limit counts them."""
    status = Path("/proc/self/status").read_text("ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmData"))
    return int(line.split()[1]) * 1024


if __name__ == "__main__":
    main()
