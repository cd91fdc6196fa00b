"""The dlt side of imported tables: what is new in the landing folder and in the settings."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from dlt_pipelines.config import ConfigurationError, path_list
from dlt_pipelines.context import LoadContext
from dlt_pipelines.files import FoundFile, find_files
from dlt_pipelines.imports.landing import FOLDER, Order, digest_of, read_landed, source_file_of
from dlt_pipelines.parsers.archives import unpacked
from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.tables.checking import (
    Checked,
    MappingError,
    TableCheck,
    parse_maps,
)
from dlt_pipelines.parsers.tables.kinds import KINDS
from dlt_pipelines.parsers.tables.model import Kind
from dlt_pipelines.parsers.tables.reading import read_batches

_SECTION = "sources.imports"
_CONSTANTS = ("repository", "vendor")
# A file changed just before it was read may have changed again within the clock's grain.
_CLOCK_GRAIN = timedelta(seconds=2)


@dataclass(frozen=True)
class Job:
    """The files of one kind that the settings name, and how to read them."""

    order: Order
    files: list[FoundFile]

    def fingerprint(self, file: FoundFile) -> str:
        """Return what changes with the file and with how it is read."""
        return f"{self.order.digest}-{file.fingerprint}"


def jobs_of(context: LoadContext) -> list[Job]:
    """Read the settings.

    Raises:
        ConfigurationError: A file is missing, or a setting is of the wrong form.
    """
    options = context.options
    known = {*KINDS, "maps", *_CONSTANTS}
    strange = sorted(options.keys() - known)
    if strange:
        raise ConfigurationError(
            f"`{_SECTION}.{strange[0]}` is no setting; write one of {', '.join(sorted(known))}"
        )
    maps = options.get("maps", {})
    if not isinstance(maps, Mapping) or not maps.keys() <= KINDS.keys():
        raise ConfigurationError(
            f"`{_SECTION}.maps` must be a table of lists, such as "
            '`runs = ["build_id=run_id"]`, with kinds as names'
        )
    constants = {name: str(options[name]) for name in _CONSTANTS if options.get(name)}
    jobs = []
    for name, kind in KINDS.items():
        patterns = path_list(options, _SECTION, name)
        try:
            mapped = parse_maps(kind, path_list(maps, f"{_SECTION}.maps", name))
        except MappingError as error:
            raise ConfigurationError(f"`{_SECTION}.maps.{name}`: {error}") from error
        if patterns:
            found = find_files(patterns, context.settings, f"{_SECTION}.{name}")
            jobs.append(Job(Order(kind, mapped, constants), found))
    return jobs


def batches(context: LoadContext, jobs: list[Job]) -> Iterator[tuple[str, pa.Table]]:
    """Yield (table, rows) of every file that is not loaded yet; rejected rows go to quarantine."""
    known = {kind: context.known(kind, "import_id") for kind in KINDS}
    yield from _landed(context, known)
    seen = context.seen_files()
    fingerprints: dict[str, str] = {}
    for job in jobs:
        for file in job.files:
            context.audit.seen_count += 1
            # The same file may be read as several kinds, each with a note of its own.
            note = f"{job.order.kind.name}:{file.locator}"
            if _is_seen(job, file, seen.get(note)):
                context.audit.unchanged_count += 1
                continue
            if (yield from _configured(context, job.order, file, known)):
                fingerprints[note] = job.fingerprint(file)
    context.record_files(fingerprints)


def _is_seen(job: Job, file: FoundFile, seen: Any) -> bool:
    if seen is None or seen[0] != job.fingerprint(file):
        return False
    return file.modified_at is None or file.modified_at < seen[1] - _CLOCK_GRAIN


def _landed(context: LoadContext, known: Mapping[str, set[Any]]) -> Iterator[tuple[str, pa.Table]]:
    folder = context.settings.landing_folder / FOLDER
    for name, kind in KINDS.items():
        for path in sorted((folder / name).glob("[!.]*.parquet")):
            context.audit.seen_count += 1
            if path.stem in known[name]:
                context.audit.unchanged_count += 1
                continue
            locator = path.relative_to(context.settings.home).as_posix()
            try:
                source_file = source_file_of(path)
                _read_to_its_end(read_landed(path, kind))
                checks = read_landed(path, kind)
                yield from _taken(context, kind, checks, path.stem, source_file)
            except (pa.ArrowException, OSError, KeyError, TypeError, ValueError) as error:
                reason = f"it is damaged: {error}; import the file again after removing this one"
                context.reject_file(locator, reason, "damaged", size_bytes=path.stat().st_size)
                continue
            known[name].add(path.stem)
            context.audit.loaded_count += 1
            context.audit.byte_count += path.stat().st_size


def _configured(
    context: LoadContext, order: Order, file: FoundFile, known: Mapping[str, set[Any]]
) -> Any:
    """Yield the rows of a file that the settings name; return whether it need not come again."""
    name = order.kind.name
    content_sha256 = None
    try:
        with file.open() as packed, unpacked(packed, file.locator) as stream:
            content_sha256 = digest_of(stream)
            import_id = order.import_id(content_sha256)
            if import_id in known[name]:
                context.audit.unchanged_count += 1
                return True
            _read_to_its_end(read_batches(stream))
            check = TableCheck(order.kind, order.maps, order.constants)
            checks = (check.check(batch) for batch in read_batches(stream))
            yield from _taken(context, order.kind, checks, import_id, file.locator)
    except ParseError as error:
        content = Path(file.path).read_bytes() if _is_small(file) else None
        context.reject_file(
            file.locator,
            f"as {name}: {error.reason}",
            "parse_error",
            content=content,
            content_sha256=content_sha256,
            size_bytes=file.size_bytes,
        )
        return True
    except OSError as error:
        context.reject_file(file.locator, f"it can't be read: {error}", "unreadable")
        return False
    known[name].add(import_id)
    context.audit.loaded_count += 1
    context.audit.byte_count += file.size_bytes
    return True


def _read_to_its_end(batches: Iterator[Any]) -> None:
    """Read a file whose rows are not taken yet: of one that is damaged none is, however late."""
    for _ in batches:
        pass


def _is_small(file: FoundFile) -> bool:
    return not file.is_remote and file.size_bytes <= 16 * 1024 * 1024


def _taken(
    context: LoadContext,
    kind: Kind,
    checks: Iterator[Checked],
    import_id: str,
    source_file: str,
) -> Iterator[tuple[str, pa.Table]]:
    """Yield accepted rows with where they are from, and put the others into quarantine."""
    for checked in checks:
        for row in checked.rejected:
            context.reject_row(kind.name, row.text, f"{source_file}: {row.reason}", row.number)
        count = checked.rows.num_rows
        if count:
            columns = {
                **{name: checked.rows[name] for name in checked.rows.column_names},
                "import_id": pa.repeat(import_id, count),
                "source_file": pa.repeat(source_file, count),
            }
            yield kind.name, pa.table([columns[part.name] for part in kind.schema], kind.schema)
