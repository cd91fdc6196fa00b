"""Sources whose objects are few: saved files or answers in, versions that are not known out.

    files ─find_files, seen_files─┐
                                  ├─▶ a vendor's reader ─▶ rows by table ─known ones left out─▶ dlt
    answers of an API ────────────┤
    deliveries of webhooks ───────┘

A row is left out when the same version (`payload`) of the same object (its key) is known, from this
run or from the destination. Of objects that say no time of their own only the version that was
told last is known in this sense: what is again as it was before is told again.
"""

import hashlib
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import chain
from string import Template
from typing import Any

import pyarrow as pa

from dlt_pipelines import http
from dlt_pipelines.config import ConfigurationError, path_list
from dlt_pipelines.context import LoadContext
from dlt_pipelines.deliveries import read_deliveries
from dlt_pipelines.files import FoundFile, find_files, unpacked
from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.github.documents import json_text, read_documents
from dlt_pipelines.parsers.objects import Findings
from dlt_pipelines.polling import Patience, mode_of, patience

Rows = Iterator[tuple[str, dict[str, Any]]]
Read = Callable[[Any, str], Findings]

SUFFIXES = (".json", ".jsonl", ".ndjson", ".json.gz", ".jsonl.gz", ".ndjson.gz")
SOURCE_FILE = pa.field("source_file", pa.string())

_SIZE_LIMIT = 256 * 1024 * 1024
_REJECTED_ROWS_PER_FILE = 100
_ROW_TEXT_LIMIT = 10_000
_MARK_DIGITS = 16


class ObjectLoad:
    """One load of one such source.

    Args:
        context: The run of the source.
        keys: Columns that identify the object of a row, by table.
        read: The vendor's reader: a document and its address in, findings out.
        timeless: Tables of objects that change and do not say when.

    Attributes:
        named: Ids of objects of which deliveries told only that something happened to them.
    """

    def __init__(
        self,
        context: LoadContext,
        keys: Mapping[str, tuple[str, ...]],
        read: Read,
        timeless: Collection[str] = (),
    ) -> None:
        self.context = context
        self.named: dict[str, None] = {}
        self._keys = keys
        self._read = read
        self._timeless = timeless
        self._main = next(iter(keys))
        self._seen: dict[str, set[tuple[Any, ...]]] = {}
        self._last: dict[str, dict[tuple[Any, ...], str]] = {}

    def files(self, files: Iterable[FoundFile]) -> Rows:
        """Yield the new rows of the files that are new or have changed since they were read."""
        context = self.context
        seen = context.seen_files()
        read: dict[str, str] = {}
        for file in files:
            if not (file.is_named or file.locator.lower().endswith(SUFFIXES)):
                continue
            context.audit.seen_count += 1
            known = seen.get(file.locator)
            if known is not None and known[0] == file.fingerprint:
                context.audit.unchanged_count += 1
                continue
            content = context.content_of(file, _SIZE_LIMIT)
            if content is None:
                continue
            context.audit.byte_count += len(content)
            yield from self._file(file.locator, content)
            read[file.locator] = file.fingerprint
        context.record_files(read)

    def deliveries(self) -> Rows:
        """Yield the new rows of the deliveries of webhooks that no whole run has read."""
        for delivery in read_deliveries(self.context, self.context.source):
            findings = self._read(delivery.body, delivery.locator)
            has_rows = bool(findings.rows)
            self._account(
                delivery.locator, delivery.content, findings.rejected, None, has_rows=has_rows
            )
            self.named.update(dict.fromkeys(findings.named))
            yield from self.new(findings, delivery.locator)

    def document(self, document: Any, address: str) -> Rows:
        """Yield the new rows of one document; its objects that are none become rejected rows."""
        findings = self._read(document, address)
        for item, reason in findings.rejected[:_REJECTED_ROWS_PER_FILE]:
            self.context.reject_row(self._main, json_text(item)[:_ROW_TEXT_LIMIT], reason)
        yield from self.new(findings, address)

    def new(self, findings: Findings, source_file: str) -> Rows:
        """Yield those rows of findings whose version is not known."""
        for table, row in findings.rows:
            if self.is_new(table, row):
                yield table, {**row, SOURCE_FILE.name: source_file}

    def is_new(self, table: str, row: Mapping[str, Any]) -> bool:
        """Tell whether a version is not known, and know it from now on."""
        digest = hashlib.sha256(row["payload"].encode()).hexdigest()[:_MARK_DIGITS]
        key = tuple(row[name] for name in self._keys[table])
        if table in self._timeless:
            last = self._last_versions(table)
            is_other = last.get(key) != digest
            last[key] = digest
            return is_other
        mark = (*key, digest)
        seen = self._versions(table)
        if mark in seen:
            return False
        seen.add(mark)
        return True

    def _versions(self, table: str) -> set[tuple[Any, ...]]:
        if table not in self._seen:
            self._seen[table] = set(self._loaded(table))
        return self._seen[table]

    def _last_versions(self, table: str) -> dict[tuple[Any, ...], str]:
        if table not in self._last:
            self._last[table] = {row[:-1]: row[-1] for row in self._loaded(table)}
        return self._last[table]

    def _loaded(self, table: str) -> list[tuple[Any, ...]]:
        """The key and the digest of every version in the destination, in the order of staging."""
        if not self.context.has_table(table):
            return []
        names = Template(
            "select $columns, left(sha256(payload), $digits) from $table"
            " order by loaded_at, payload"
        )
        sql = names.substitute(
            columns=", ".join(self._keys[table]),
            digits=_MARK_DIGITS,
            table=f"raw_{self.context.source}.{table}",
        )
        return self.context.query(sql)

    def _file(self, locator: str, content: bytes) -> Rows:
        has_rows, trouble = False, None
        rejected: list[tuple[Any, str]] = []
        try:
            for document in read_documents(unpacked(locator, content, _SIZE_LIMIT)):
                part = self._read(document, locator)
                has_rows = has_rows or bool(part.rows)
                rejected += part.rejected[: _REJECTED_ROWS_PER_FILE - len(rejected)]
                yield from self.new(part, locator)
        except ParseError as error:
            trouble = error.reason
        except (EOFError, ValueError, zlib.error) as error:
            trouble = f"the compressed file can't be unpacked: {error}"
        self._account(locator, content, rejected, trouble, has_rows=has_rows)

    def _account(
        self,
        locator: str,
        content: bytes,
        rejected: list[tuple[Any, str]],
        trouble: str | None,
        *,
        has_rows: bool,
    ) -> None:
        """Count a file as loaded, in part or rejected; its objects that are none are kept."""
        audit = self.context.audit
        if trouble is None and not rejected:
            audit.loaded_count += 1
        elif has_rows:
            audit.partial_count += 1
            for number, (item, reason) in enumerate(rejected, start=1):
                self.context.reject_row(
                    self._main, json_text(item)[:_ROW_TEXT_LIMIT], reason, number
                )
            if trouble is not None:
                self.context.reject_row(self._main, json_text({SOURCE_FILE.name: locator}), trouble)
        else:
            self.context.reject_file(
                locator,
                trouble or rejected[0][1],
                "unreadable" if trouble else "no_known_object",
                content=content,
                content_sha256=hashlib.sha256(content).hexdigest(),
            )


def with_source_file(schemas: Mapping[str, pa.Schema]) -> dict[str, pa.Schema]:
    """Return the schemas with the column that says where a row came from."""
    return {table: schema.append(SOURCE_FILE) for table, schema in schemas.items()}


def is_configured(options: Mapping[str, Any]) -> bool:
    """Tell whether an API or files are named to be read."""
    return options.get("mode") == "api" or bool(options.get("files"))


def build_source(
    context: LoadContext,
    schemas: Mapping[str, pa.Schema],
    keys: Mapping[str, tuple[str, ...]],
    read: Read,
    read_api: Callable[[ObjectLoad, Patience], Rows],
    timeless: Collection[str] = (),
) -> Any:
    """Return the dlt source of one run.

    Args:
        context: The run.
        schemas: Raw tables of the source.
        keys: As of `ObjectLoad`.
        read: As of `ObjectLoad`.
        read_api: Yields the rows of an API.
        timeless: As of `ObjectLoad`.

    Raises:
        ConfigurationError: A setting is wrong.
    """
    section = f"sources.{context.source}"
    context.audit.mode = mode_of(context.options, section)
    load = ObjectLoad(context, keys, read, timeless)
    if context.audit.mode == "api":
        rows = read_api(load, patience(context.options, section, context.loaded_at))
    else:
        patterns = path_list(context.options, section, "files")
        rows = load.files(find_files(patterns, context.settings, f"{section}.files"))
    rows = chain(load.deliveries(), rows)
    return context.source_of(context.row_tables(context.source, schemas, rows))


class Poller:
    """Asks an API, counts what it answers, and knows whether that was everything.

    Args:
        load: Takes the rows.
        client: Asks.
        lost: Statuses that are the last word on an object; with any other it is asked for again.

    Attributes:
        is_whole: False once something could not be had.
    """

    def __init__(self, load: ObjectLoad, client: http.VendorClient, lost: Collection[int]) -> None:
        self.is_whole = True
        self.load = load
        self.client = client
        self._lost = lost

    def get(self, url: str) -> http.Answer:
        """Ask for one page and count it."""
        answer = self.client.get(url)
        audit = self.load.context.audit
        audit.seen_count += 1
        audit.loaded_count += answer.is_found
        audit.byte_count += len(answer.content)
        return answer

    def refuse(self, answer: http.Answer) -> None:
        """Record that the vendor will not give something."""
        reason = f"the vendor refuses it with status {answer.status}"
        self.load.context.reject_file(path_of(answer.url), reason, f"http_{answer.status}")
        if answer.status not in self._lost:
            self.is_whole = False


def path_of(url: str) -> str:
    """Return an address without its server."""
    return "/" + url.split("://", 1)[-1].partition("/")[2]


def polled(poller: Poller, rows: Rows, span: Patience) -> Rows:
    """Yield the rows of an API; the cursor moves only when all of them could be had.

    Raises:
        ConfigurationError: The token is not accepted.
    """
    context = poller.load.context
    refusal = None
    try:
        yield from rows
    except http.UnauthorizedError as error:
        refusal = str(error)
    except http.RequestLimitError:
        poller.is_whole = False
    except http.HttpError as error:
        poller.is_whole = False
        context.reject_file(poller.client.base_url, str(error), "unreachable")
    finally:
        poller.client.close()
    if refusal is not None:
        raise ConfigurationError(refusal)
    if poller.is_whole and not span.is_backfill:
        context.audit.cursor_at = span.until
