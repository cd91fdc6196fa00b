"""Report files to Arrow batches: what `test_results`, `coverage` and `mutation` share.

    container (a report file, zip or gzip) ─▶ members ─▶ detect ─▶ parser ─▶ rows in a sink ─▶ Arrow
                                                 └ unreadable: a rejection with the reason

A report is identified by where it lies and what it holds: `report_id` is the SHA-256 of its locator
and the hash of its content. So the same file is loaded once, and a corrected file is a new report.
What a file held before and holds no more is noted by a row of its own.

Nothing here knows dlt, so that worker processes start fast.
"""

import hashlib
import io
import json
import os
import re
from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa

from dlt_pipelines.arrow_values import storable
from dlt_pipelines.parsers.archives import Member, Refused, archive_kind, read_members
from dlt_pipelines.parsers.columns import ColumnBuffer, Columns
from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.head import Head, read_head
from dlt_pipelines.parsers.report_rows import to_record_batch
from dlt_pipelines.parsers.unknown import describe
from dlt_pipelines.report_model import GONE, UNREADABLE, Chunk, Container, Outcome, Rejection

KINDS = ("test_results", "coverage", "mutation")
ROWS_PER_BATCH = 50_000
KEPT_CONTENT_BYTES = 16 * 1024 * 1024
_IN_MEMORY_BYTES = 64 * 1024 * 1024
_NUMBER = re.compile(r"\d{5,}")
_COVERAGE_SUFFIXES = (".info", ".lcov", ".gcov")
_COVERAGE_NAME = re.compile(r"cov|clover|cobertura|jacoco")
_MUTATION_NAME = re.compile(r"mutation|mutants|mutmut|stryker|cosmic-ray|descartes|outcomes")
_REPORT_SUFFIXES = (".xml", ".trx", ".junit", ".lcov", ".info", ".tap", ".ctrf")
# Zip files that hold no reports of a run: programs, packages, documents.
_OPAQUE_SUFFIXES = (
    ".jar", ".war", ".ear", ".aar", ".apk", ".ipa", ".whl", ".egg", ".nupkg", ".vsix", ".xpi",
    ".docx", ".xlsx", ".pptx", ".odt", ".ods", ".epub", ".npz",
)  # fmt: skip
# What a parser may raise on content that nobody thought of; none of it may stop a load.
_UNFORESEEN = (
    ArithmeticError, AttributeError, EOFError, LookupError, MemoryError, OSError, RuntimeError,
    SyntaxError, TypeError, ValueError, pa.ArrowException,
)  # fmt: skip


class ReportReader:
    """Reads containers of one kind of report and collects their rows.

    Args:
        kind: One of `KINDS`.
        spool: Folder to write rows to as they come, so that memory stays flat however large a
            report is; without it they are kept in memory.
    """

    def __init__(self, kind: str, spool: Path | None = None) -> None:
        self.kind = kind
        self._spool = spool
        self._writers: dict[str, tuple[str, Any]] = {}
        self._chunk_count = 0
        self._parsers = import_module(f"dlt_pipelines.parsers.{kind}")
        self._schema = import_module(f"dlt_pipelines.parsers.{kind}.schema")
        self._batches: dict[str, list[pa.RecordBatch]] = {}
        self._failed_ids: set[str] = set()
        model = import_module(f"dlt_pipelines.parsers.{kind}.model")
        if kind == "test_results":
            self._buffers = {
                "suites": ColumnBuffer(
                    model.SUITE_COLUMNS, ROWS_PER_BATCH, self._taker("suites", "SUITE_SCHEMA")
                ),
                "cases": ColumnBuffer(
                    model.CASE_COLUMNS, ROWS_PER_BATCH, self._taker("cases", "CASE_SCHEMA")
                ),
            }
        elif kind == "mutation":
            self._buffers = {
                "mutants": ColumnBuffer(
                    model.MUTANT_COLUMNS, ROWS_PER_BATCH, self._taker("mutants", "MUTANT_SCHEMA")
                ),
                "tests": ColumnBuffer(
                    model.TEST_COLUMNS, ROWS_PER_BATCH, self._taker("tests", "TEST_SCHEMA")
                ),
            }
        else:
            self._buffers = {
                "files": ColumnBuffer(
                    model.FILE_COLUMNS, ROWS_PER_BATCH, self._taker("files", "FILE_SCHEMA")
                ),
                "lines": model.LineBuffer(ROWS_PER_BATCH, self._taker("lines", "LINE_SCHEMA")),
            }
        self._sink = self._parsers.Sink(**self._buffers)

    def read_all(self, containers: Iterable[Container]) -> Chunk:
        """Read containers one by one."""
        outcomes = [self.read(container) for container in containers]
        for buffer in self._buffers.values():
            buffer.flush()
        rows: dict[str, list[pa.RecordBatch] | str] = {**self._batches}
        for table, (path, writer) in self._writers.items():
            writer.close()
            rows[table] = path
        chunk = Chunk(outcomes, rows, frozenset(self._failed_ids))
        self._batches, self._writers, self._failed_ids = {}, {}, set()
        self._chunk_count += 1
        return chunk

    def read(self, container: Container) -> Outcome:
        """Read one container; what is wrong with it is part of the outcome, nothing is raised."""
        outcome = Outcome(container.locator)
        if container.locator.lower().endswith(_OPAQUE_SUFFIXES):
            outcome.ignored_count += 1
            return outcome
        try:
            with _opened(container) as stream:
                self._read_container(stream, container, outcome)
        except OSError as error:
            reason = f"the file can't be read: {error.strerror or error}"
            outcome.rejections.append(
                Rejection(container.locator, reason, UNREADABLE, None, None, None)
            )
        return outcome

    def _read_container(self, stream: BinaryIO, container: Container, outcome: Outcome) -> None:
        start = stream.read(4)
        stream.seek(0)
        if archive_kind(start) is None:
            self._read_report(stream, container, container.locator, outcome, None)
            _note_gone(container, outcome)
            return
        is_whole = True
        try:
            for member in read_members(stream, container.locator):
                locator = f"{container.locator}!{member.path}"
                if isinstance(member, Refused):
                    is_whole = False
                    self._refuse(member, locator, outcome)
                else:
                    self._read_report(member.stream, container, locator, outcome, member)
        except (ParseError, *_UNFORESEEN) as error:
            if not (self._claims(container.locator) or container.is_named):
                outcome.ignored_count += 1
                return
            self._reject(stream, container, container.locator, outcome, error, None, "archive")
            return
        if is_whole:
            _note_gone(container, outcome)

    def _refuse(self, member: Refused, locator: str, outcome: Outcome) -> None:
        if self._claims(locator):
            outcome.rejections.append(
                Rejection(locator, member.reason, "refused_member", None, None, None)
            )
        else:
            outcome.ignored_count += 1

    def _read_report(
        self,
        stream: BinaryIO,
        container: Container,
        locator: str,
        outcome: Outcome,
        member: Member | None,
    ) -> None:
        head = read_head(stream, locator)
        format_name = self._parsers.detect(head)
        if format_name is None and not self._is_broken_report(head, container, locator):
            outcome.ignored_count += 1
            return
        outcome.found.add(locator)
        digest = _digest(stream)
        report_id = to_report_id(locator, digest)
        if report_id in container.known_ids or report_id in outcome.seen_ids:
            outcome.unchanged_count += 1
            return
        outcome.seen_ids.add(report_id)
        self._sink.report_id = report_id
        try:
            report = self._parse(stream, head, format_name, locator)
        except (ParseError, *_UNFORESEEN) as error:
            self._failed_ids.add(report_id)
            self._reject(stream, container, locator, outcome, error, digest, format_name)
            return
        row = {part.name: getattr(report, part.name) for part in fields(report)}
        if member is not None and member.problem:
            reasons = [member.problem] if row["error"] is None else [member.problem, row["error"]]
            row.update(parse="partial", error="; ".join(reasons))
            if "is_complete" in row:
                row["is_complete"] = False
        size = stream.seek(0, io.SEEK_END)
        row |= _identity(report_id, locator, digest, size, container.modified_at)
        outcome.reports.append(row)

    def _parse(self, stream: BinaryIO, head: Head, format_name: str | None, locator: str) -> Any:
        if format_name is None:
            raise ParseError(describe(head))
        return self._parsers.read(stream, format_name, self._sink, name=locator)

    def _reject(
        self,
        stream: BinaryIO,
        container: Container,
        locator: str,
        outcome: Outcome,
        error: BaseException,
        digest: str | None,
        format_name: str | None,
    ) -> None:
        """Note a file that could not be read: a row in `reports` and a rejection."""
        reason = (
            error.reason
            if isinstance(error, ParseError)
            else f"the parser gave up: {type(error).__name__}: {error}"
        )
        digest = digest or _digest(stream)
        report_id = to_report_id(locator, digest)
        if (report_id, reason) in container.known_errors:
            outcome.unchanged_count += 1
            return
        size = stream.seek(0, io.SEEK_END)
        stream.seek(0)
        content = stream.read() if size <= KEPT_CONTENT_BYTES else None
        row = _identity(report_id, locator, digest, size, container.modified_at)
        row |= {"format": format_name, "parse": "error", "error": reason, "is_complete": False}
        error_class = "parse_error" if isinstance(error, ParseError) else type(error).__name__
        outcome.reports.append(row)
        outcome.rejections.append(Rejection(locator, reason, error_class, content, digest, size))

    def _is_broken_report(self, head: Head, container: Container, locator: str) -> bool:
        """Tell whether a file of no known format was surely meant to be a report of this kind."""
        for kind in KINDS:
            if import_module(f"dlt_pipelines.parsers.{kind}").detect(head):
                return False
        if container.is_named and locator == container.locator:
            return True
        if not self._claims(locator):
            return False
        # Well-formed XML with another root and readable JSON are other people's files.
        return locator.lower().endswith(_REPORT_SUFFIXES) and not head.is_xml and not head.is_json

    def _claims(self, locator: str) -> bool:
        """Tell by the name which source is to report trouble with a file, so that one does."""
        name = locator.replace("\\", "/").rpartition("/")[2].lower()
        if _COVERAGE_NAME.search(name) or name.endswith(_COVERAGE_SUFFIXES):
            return self.kind == "coverage"
        if _MUTATION_NAME.search(name):
            return self.kind == "mutation"
        return self.kind == "test_results"

    def _taker(self, table: str, schema_name: str) -> Any:
        schema = getattr(self._schema, schema_name)

        def take(columns: Columns) -> None:
            try:
                batch = to_record_batch(columns, schema)
            except (pa.ArrowException, ValueError, TypeError, OverflowError):
                # One value that no column can hold must not cost the other rows.
                batch = to_record_batch(storable(columns, schema), schema)
            if self._spool is None:
                self._batches.setdefault(table, []).append(batch)
                return
            if table not in self._writers:
                path = str(self._spool / f"{os.getpid()}-{self._chunk_count}-{table}.arrow")
                self._writers[table] = path, pa.ipc.new_stream(path, schema)
            self._writers[table][1].write_batch(batch)

        return take


def table_schemas(kind: str) -> dict[str, pa.Schema]:
    """Return the Arrow schemas of the raw tables of a kind, without `loaded_at`."""
    schema = import_module(f"dlt_pipelines.parsers.{kind}.schema")
    if kind == "test_results":
        return {
            "reports": schema.REPORT_SCHEMA,
            "suites": schema.SUITE_SCHEMA,
            "cases": schema.CASE_SCHEMA,
        }
    if kind == "mutation":
        return {
            "reports": schema.REPORT_SCHEMA,
            "mutants": schema.MUTANT_SCHEMA,
            "tests": schema.TEST_SCHEMA,
        }
    return {
        "reports": schema.REPORT_SCHEMA,
        "files": schema.FILE_SCHEMA,
        "lines": schema.LINE_SCHEMA,
    }


def to_report_id(locator: str, content_sha256: str) -> str:
    """Return the identity of a report: hex SHA-256 of where it lies and what it holds."""
    return hashlib.sha256(f"{locator}\0{content_sha256}".encode(errors="replace")).hexdigest()


def to_path_numbers(locator: str) -> str:
    """Return the numbers of five or more digits in a locator, in order, as a JSON list of texts.

    They may be ids of runs, jobs or artifacts; that is only believed where such an id is found.
    """
    return json.dumps(_NUMBER.findall(locator))


def _opened(container: Container) -> BinaryIO:
    if container.content is not None:
        return io.BytesIO(container.content)
    path = Path(container.path or "")
    stream = path.open("rb")
    if container.size_bytes > _IN_MEMORY_BYTES:
        return stream
    with stream:
        # of one that grows it is what was there; the next load finds it changed
        return io.BytesIO(stream.read(_IN_MEMORY_BYTES))


def _digest(stream: BinaryIO) -> str:
    """Return the hex SHA-256 of the whole stream and go back to its start."""
    stream.seek(0)
    digest = hashlib.sha256()
    while chunk := stream.read(1024 * 1024):
        digest.update(chunk)
    stream.seek(0)
    return digest.hexdigest()


def _note_gone(container: Container, outcome: Outcome) -> None:
    """Note what was loaded from this file before and is not in it any more."""
    for locator in sorted(container.known_locators - outcome.found):
        row = _identity(to_report_id(locator, GONE), locator, None, 0, container.modified_at)
        outcome.reports.append(row | {"parse": GONE})


def _identity(
    report_id: str, locator: str, digest: str | None, size_bytes: int, modified_at: datetime | None
) -> dict[str, Any]:
    return {
        "report_id": report_id,
        "locator": locator,
        "path_numbers": to_path_numbers(locator),
        "content_sha256": digest,
        "size_bytes": size_bytes,
        "source_modified_at": modified_at,
    }
