"""Saved answers of the API in files: which files, and which of them are new."""

import hashlib
import zlib
from collections.abc import Iterator

import pyarrow as pa

from dlt_pipelines.config import path_list
from dlt_pipelines.context import LoadContext
from dlt_pipelines.files import COMPRESSED, FoundFile, find_files, unpacked
from dlt_pipelines.github_actions.collector import PAGES, Collector, Page
from dlt_pipelines.parsers.github import Reader

_SETTING = "sources.github_actions.files"
_SUFFIXES = (".json", ".jsonl", ".ndjson")
_SIZE_LIMIT = 256 * 1024 * 1024


def read_files(context: LoadContext, collector: Collector) -> Iterator[tuple[str, pa.Table]]:
    """Yield the rows of every file that is new or has changed, as (table, batch) pairs.

    Of folders and globs the JSON files are read; a file that is named is read whatever its ending.
    """
    patterns = path_list(context.options, "sources.github_actions", "files")
    known = context.known(PAGES, "source_file", "content_sha256")
    for file in find_files(patterns, context.settings, _SETTING):
        if file.is_named or _is_json(file.locator):
            yield from _read(context, collector, file, known)
            yield from collector.full_batches()
    yield from collector.last_batches()


def _is_json(locator: str) -> bool:
    return locator.lower().removesuffix(COMPRESSED).endswith(_SUFFIXES)


def _read(
    context: LoadContext, collector: Collector, file: FoundFile, known: set[tuple[str, str]]
) -> Iterator[tuple[str, pa.Table]]:
    audit = context.audit
    audit.seen_count += 1
    locator = file.locator
    content = context.content_of(file, _SIZE_LIMIT)
    if content is None:
        return
    digest = hashlib.sha256(content).hexdigest()
    audit.byte_count += len(content)
    if (locator, digest) in known:
        audit.unchanged_count += 1
        return
    page = Page(locator, digest, len(content))
    collector.start(locator)
    reader = Reader(collector, locator)
    try:
        data = unpacked(locator, content, _SIZE_LIMIT)
    except (EOFError, ValueError, zlib.error) as error:
        reader.report.error = f"the compressed file can't be unpacked: {error}"
    else:
        for _ in reader.read_in_steps(data):
            yield from collector.full_batches()
    collector.finish(page, reader.report, content)
