"""Read every kind in a process with little memory; one JSON line for each on the standard output.

Run: `python run_kinds.py [MEGABYTES]`. A kind is `(name, outcome, reason, maker)`: the `parse` of
the answer (`ok`, `partial`, `error`), a word of its reason, and what makes the bytes. A reader
which raises anything, takes more memory than the limit or ends the process fails its kind.
"""

import io
import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import archive_kinds
import coverage_kinds
import document_kinds
import markup_kinds
import slow_kinds
import text_kinds

from dlt_pipelines.parsers import codeowners
from dlt_pipelines.parsers.diff import read_diff
from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.git_log import read_log
from dlt_pipelines.parsers.git_log_text import read_text_log
from dlt_pipelines.parsers.inspection import Inspection, inspect_stream

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


READERS = {
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
