"""Find the files that a source's `files` setting names: paths, folders, globs, fsspec URLs.

A pattern is a file, a folder (every file below it) or a glob (`*`, `?`, `[…]` within a name, `**`
over folders). Relative patterns start at the project folder. A pattern with a scheme such as
`s3://bucket/reports/**` is read through fsspec. Folders that never hold reports of the project
itself (`.git`, `node_modules`, virtual environments) and the warehouse home are passed over.
"""

import contextlib
import io
import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, BinaryIO
from uuid import uuid4

import fsspec

from dlt_pipelines.config import ConfigurationError, Settings
from dlt_pipelines.parsers.archives import GzipReader
from dlt_pipelines.whole_files import PARTIAL

_PASSED_OVER = frozenset(
    {".git", ".hg", ".svn", "node_modules", "__pycache__", ".venv", "venv", ".tox", ".nox"}
)
_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]+://", re.IGNORECASE)
_MAGIC = re.compile(r"[*?\[]")
# In the address of a web server a question mark begins the parameters.
_WEB = re.compile(r"^https?://", re.IGNORECASE)
_WEB_MAGIC = re.compile(r"[*\[]")
# What signs or opens an address: user and password, and parameters such as `private_token=…`.
_CREDENTIALS = re.compile(r"(?<=://)[^/?#@\s'\"]*@")
_SECRET_PARAMETER = re.compile(
    r"([?&;][\w.-]*(?:token|secret|password|passwd|api_?key|signature|credential|sig)=)"
    r"[^&;#\s'\"`)]+",
    re.IGNORECASE,
)
_NANOSECONDS = 1_000_000_000
# What stores call the time of the last change, and what changes with the content.
_MODIFIED = ("LastModified", "Last-Modified", "mtime", "last_modified", "updated", "created")
_VERSIONS = ("ETag", "etag", "md5Hash", "Content-MD5", "Digest")

_CHUNK_BYTES = 1024 * 1024

REMOTE_BYTES_LIMIT = 512 * 1024 * 1024
"""What is fetched of a remote file at most, as it is held in memory."""
COMPRESSED = ".gz"
"""Ending of files of which `unpacked` returns the content."""


class FileTooLargeError(OSError):
    """A file has more bytes than are read."""

    def __init__(self, size_bytes: int, limit: int) -> None:
        super().__init__(
            f"the file has {size_bytes} bytes, more than the {limit} that are read; split it"
        )


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file that a pattern names.

    Attributes:
        locator: Path relative to the project, or to the warehouse home for what landed there;
            absolute when outside of both; or the URL without what opens it.
        path: Local path, or the URL of a remote file.
        size_bytes: Its size.
        fingerprint: Changes when the file changes, without reading it.
        modified_at: When it was last changed, None when the store doesn't say.
        is_remote: It is read through fsspec.
        is_named: The pattern names exactly this file.
    """

    locator: str
    path: str
    size_bytes: int
    fingerprint: str
    modified_at: datetime | None
    is_remote: bool = False
    is_named: bool = False

    def open(self) -> BinaryIO:
        """Open the file for reading; a remote one is fetched whole.

        Raises:
            OSError: It is gone or may not be read, or is too large to be fetched. The message holds
                nothing that opens it.
        """
        if self.is_remote:
            return io.BytesIO(_fetched(self.path))
        return Path(self.path).open("rb")

    def read(self, limit: int) -> bytes:
        """Return its bytes.

        Raises:
            FileTooLargeError: It has more than `limit` bytes.
            OSError: As `open`.
        """
        if self.size_bytes > limit:
            raise FileTooLargeError(self.size_bytes, limit)
        with self.open() as stream:
            content = stream.read(limit + 1)  # it may have grown since it was found
        if len(content) > limit:
            raise FileTooLargeError(len(content), limit)
        return content


def find_files(patterns: Iterable[str], settings: Settings, setting: str) -> list[FoundFile]:
    """Return the files that the patterns name, each once, in the order of their locators.

    Args:
        patterns: The values of the setting.
        settings: Project folder and warehouse home.
        setting: Name of the setting, for messages.

    Raises:
        ConfigurationError: A path without wildcards does not exist, or a URL can't be read.
    """
    found: dict[str, FoundFile] = {}
    for pattern in patterns:
        files = (
            _find_remote(pattern, setting)
            if _SCHEME.match(pattern)
            else _find_local(pattern, settings, setting)
        )
        for file in files:
            found.setdefault(file.locator, file)
    return [found[locator] for locator in sorted(found)]


def unpacked(locator: str, content: bytes, limit: int) -> bytes:
    """Return what a file holds: of one that is named `.gz` what was packed, of all its members.

    Args:
        locator: Its name.
        content: Its bytes.
        limit: How many bytes may come out of it.

    Raises:
        EOFError: It is cut off.
        ValueError: As many bytes or more come out of it.
        zlib.error: It is not gzip.
    """
    if not content or not locator.lower().endswith(COMPRESSED):
        return content
    reader, parts = GzipReader(io.BytesIO(content)), io.BytesIO()
    while part := reader.read(_CHUNK_BYTES):
        if parts.tell() + len(part) >= limit:
            raise ValueError(f"{limit} bytes or more come out of it")
        parts.write(part)
    return parts.getvalue()  # the same bytes, no copy


def without_secrets(text: str) -> str:
    """Return a text with the passwords and tokens of the URLs in it left out."""
    return _SECRET_PARAMETER.sub(r"\1…", _CREDENTIALS.sub("", text))


def to_regex(pattern: str) -> re.Pattern[str]:
    """Translate a glob over paths with forward slashes into a regular expression.

    Raises:
        ConfigurationError: It is none, such as `[z-a]*`.
    """
    result: list[str] = []
    position = 0
    while position < len(pattern):
        rest = pattern[position:]
        if rest.startswith("**/"):
            result.append("(?:.*/)?")
            position += 3
        elif rest.startswith("**"):
            result.append(".*")
            position += 2
        elif rest[0] == "*":
            result.append("[^/]*")
            position += 1
        elif rest[0] == "?":
            result.append("[^/]")
            position += 1
        elif rest[0] == "[" and (end := rest.find("]", 2)) > 0:
            body = rest[1:end].replace("\\", "\\\\").replace("[", "\\[")
            result.append(f"[{'^' + body[1:] if body[0] == '!' else body}]")
            position += end + 1
        else:
            result.append(re.escape(rest[0]))
            position += 1
    try:
        return re.compile("".join(result), re.DOTALL)
    except re.error as error:
        raise ConfigurationError(f"the pattern `{pattern}` can't be meant: {error}") from error


def _find_local(pattern: str, settings: Settings, setting: str) -> Iterator[FoundFile]:
    absolute = os.path.normpath(settings.project / Path(pattern).expanduser())
    if not _MAGIC.search(pattern) or Path(absolute).exists():
        if Path(absolute).is_file():
            status = Path(absolute).stat()
            yield _describe(absolute, status, _bases(settings), is_named=True)
        elif Path(absolute).is_dir():
            yield from _walk(absolute, None, settings)
        else:
            raise ConfigurationError(
                f"`{setting}` names `{pattern}`, but there is no `{absolute}`; create it or "
                "correct the setting in `.dlt/config.toml`"
            )
        return
    parts = Path(absolute).parts
    first_magic = next(index for index, part in enumerate(parts) if _MAGIC.search(part))
    root = str(Path(*parts[:first_magic]))
    if not Path(root).is_dir():
        raise ConfigurationError(
            f"`{setting}` names `{pattern}`, but there is no folder `{root}`; create it or "
            "correct the setting in `.dlt/config.toml`"
        )
    yield from _walk(root, to_regex(Path(absolute).as_posix()), settings)


def _walk(root: str, wanted: re.Pattern[str] | None, settings: Settings) -> Iterator[FoundFile]:
    home, bases = str(settings.home), _bases(settings)
    folders = [root]
    while folders:
        try:
            with os.scandir(folders.pop()) as entries:
                listed = list(entries)
        except OSError:
            continue  # gone since its parent was listed, or nobody may look into it
        for entry in listed:
            try:
                if entry.is_dir():
                    is_passed_over = entry.name in _PASSED_OVER or entry.path == home
                    if not is_passed_over and not entry.is_symlink():
                        folders.append(entry.path)
                elif entry.name.startswith(PARTIAL):
                    continue
                elif wanted is None or wanted.fullmatch(entry.path.replace(os.sep, "/")):
                    yield _describe(entry.path, entry.stat(), bases)
            except OSError:
                continue  # a dangling link, a pipe, or gone since the folder was listed


def _describe(
    path: str, status: os.stat_result, bases: list[tuple[str, int]], *, is_named: bool = False
) -> FoundFile:
    if not stat.S_ISREG(status.st_mode):
        raise OSError(f"`{path}` is no regular file")
    return FoundFile(
        locator=_locator(path, bases),
        path=path,
        size_bytes=status.st_size,
        fingerprint=f"{status.st_size}-{status.st_mtime_ns}",
        modified_at=_instant(status.st_mtime_ns / _NANOSECONDS),
        is_named=is_named,
    )


def _instant(seconds: float) -> datetime | None:
    """Return a time, None for one that no calendar has: anybody may set that of a file."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _bases(settings: Settings) -> list[tuple[str, int]]:
    """Return how paths begin that are named from the home or the project, and where names begin."""
    pairs = ((settings.landing_folder, settings.home), (settings.project, settings.project))
    return [(_within(inside), len(_within(base))) for inside, base in pairs]


def _within(folder: Path) -> str:
    return str(folder).rstrip(os.sep) + os.sep


def _locator(path: str, bases: list[tuple[str, int]]) -> str:
    """Name a file so that a moved home or project does not make it another one."""
    for beginning, length in bases:
        if path.startswith(beginning):
            path = path[length:]
            break
    # bytes of a name that are no text stand for themselves: no table can hold them
    return os.fsencode(path).decode(errors="backslashreplace").replace(os.sep, "/")


def _find_remote(pattern: str, setting: str) -> Iterator[FoundFile]:
    magic = _WEB_MAGIC if _WEB.match(pattern) else _MAGIC
    try:
        store, path = fsspec.core.url_to_fs(pattern)
        if magic.search(path):
            details = store.glob(path, detail=True)
        elif store.isdir(path):
            details = store.find(path, detail=True)
        else:
            details = {path: store.info(path)}
    except Exception as error:  # noqa: BLE001 - every store has errors of its own
        # Not `from error`: whoever shows the causes as well would show the URL as it is.
        raise ConfigurationError(
            f"`{setting}` names `{without_secrets(pattern)}`, which can't be listed: "
            f"{without_secrets(str(error))}; check the URL and the access rights"
        ) from None
    for name, info in details.items():
        if info.get("type") == "file":
            yield _describe_remote(store.unstrip_protocol(name), info, is_named=name == path)


def _fetched(url: str) -> bytes:
    content = bytearray()
    try:
        with fsspec.open(url, "rb").open() as stream:
            while len(content) <= REMOTE_BYTES_LIMIT and (part := stream.read(_CHUNK_BYTES)):
                content += part
    except Exception as error:  # noqa: BLE001 - every store has errors of its own
        raise OSError(without_secrets(str(error))) from None
    # Not every store says beforehand how large a file is.
    if len(content) > REMOTE_BYTES_LIMIT:
        raise FileTooLargeError(len(content), REMOTE_BYTES_LIMIT)
    return bytes(content)


def _describe_remote(url: str, info: dict[str, Any], *, is_named: bool) -> FoundFile:
    modified = _first(info, _MODIFIED)
    size = int(info.get("size") or 0)
    # where nothing tells one content from the next, it has to be read to know
    version = _first(info, _VERSIONS) or modified or uuid4().hex
    return FoundFile(
        locator=without_secrets(url),
        path=url,
        size_bytes=size,
        fingerprint=f"{size}-{version}",
        modified_at=_moment(modified),
        is_remote=True,
        is_named=is_named,
    )


def _first(info: dict[str, Any], names: tuple[str, ...]) -> Any:
    return next((info[name] for name in names if info.get(name)), None)


def _moment(value: Any) -> datetime | None:
    """Return a time as stores tell it: seconds, ISO 8601, or the text of an HTTP header."""
    if isinstance(value, int | float):
        return _instant(value)
    if isinstance(value, str):
        for read in (datetime.fromisoformat, parsedate_to_datetime):
            with contextlib.suppress(ValueError):
                value = read(value)
                break
    if not isinstance(value, datetime):
        return None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value
