"""Saved answers of the API in files: which files, and which of them are new."""

import hashlib
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa

from dlt_pipelines.config import path_list
from dlt_pipelines.context import LoadContext
from dlt_pipelines.github_actions.collector import PAGES, Collector, Page
from dlt_pipelines.parsers.github import PageReport, read_file

_SUFFIXES = (".json", ".jsonl", ".ndjson")
_COMPRESSED = ".gz"
_SIZE_LIMIT = 1 << 30
_GZIP_HEADER = 16  # flag of zlib
_WILDCARDS = frozenset("*?[")


def read_files(context: LoadContext) -> Iterator[tuple[str, pa.Table]]:
    """Yield the rows of every file that is new or has changed, as (table, batch) pairs."""
    patterns = path_list(context.options, "sources.github_actions", "files")
    known = context.known(PAGES, "source_file", "content_sha256")
    collector = Collector(context)
    home = context.settings.home
    for path in find_files(context.settings.project, patterns):
        if path.is_relative_to(home):  # our own working files, where the home lies in the project
            continue
        _read(context, collector, path, known)
        yield from collector.full_batches()
    yield from collector.last_batches()


def find_files(project: Path, patterns: Iterable[str]) -> list[Path]:
    """Return the JSON files that folders, globs and names stand for, each once, sorted.

    Args:
        project: Folder at which relative patterns start.
        patterns: Files, folders (with everything below them) or globs.
    """
    found: set[Path] = set()
    for pattern in patterns:
        path = project / Path(pattern).expanduser()
        if path.is_file():
            found.add(path)
            continue
        if path.is_dir():
            candidates: Iterable[Path] = path.rglob("*")
        else:
            fixed = next(at for at, part in enumerate([*path.parts, "*"]) if _WILDCARDS & {*part})
            rest = path.parts[fixed:]
            if not rest:
                continue
            if rest[-1] == "**":
                rest = (*rest, "*")
            candidates = Path(*path.parts[:fixed]).glob("/".join(rest))
        found.update(file for file in candidates if _is_ours(file))
    return sorted(found)


def _is_ours(path: Path) -> bool:
    name = path.name.lower().removesuffix(_COMPRESSED)
    return name.endswith(_SUFFIXES) and path.is_file()


def _read(
    context: LoadContext, collector: Collector, path: Path, known: set[tuple[str, str]]
) -> None:
    audit = context.audit
    audit.seen_count += 1
    locator = _locator(path, context.settings.project)
    try:
        size = path.stat().st_size
        if size > _SIZE_LIMIT:
            context.reject_file(
                locator,
                f"the file has {size} bytes, more than the {_SIZE_LIMIT} that are read; split it",
                "too_large",
                size_bytes=size,
            )
            return
        content = path.read_bytes()
    except OSError as error:
        context.reject_file(locator, f"the file can't be read: {error.strerror}", "unreadable")
        return
    digest = hashlib.sha256(content).hexdigest()
    audit.byte_count += len(content)
    if (locator, digest) in known:
        audit.unchanged_count += 1
        return
    page = Page(locator, digest, len(content))
    collector.start(locator)
    report = PageReport()
    try:
        data = _unpacked(content) if path.suffix.lower() == _COMPRESSED else content
    except (EOFError, ValueError, zlib.error) as error:
        report.error = f"the compressed file can't be unpacked: {error}"
    else:
        report = read_file(data, collector, name=locator)
    collector.finish(page, report, content)


def _unpacked(content: bytes) -> bytes:
    """Unpack gzip, also of several members, up to the size that is read.

    Raises:
        EOFError: It is cut off.
        ValueError: There is more in it than is read.
    """
    parts, room, rest = [], _SIZE_LIMIT, content
    while rest:
        unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | _GZIP_HEADER)
        parts.append(unpacker.decompress(rest, room))
        room -= len(parts[-1])
        if unpacker.unconsumed_tail or room <= 0:
            raise ValueError(f"{_SIZE_LIMIT} bytes or more come out of it")
        if not unpacker.eof:
            raise EOFError("it is cut off")
        rest = unpacker.unused_data
    return b"".join(parts)


def _locator(path: Path, project: Path) -> str:
    """Return a path relative to the project, or whole where it lies elsewhere."""
    return (path.relative_to(project) if path.is_relative_to(project) else path).as_posix()
