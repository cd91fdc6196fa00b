"""Zip and gzip files, read without trusting them.

Nothing is ever written under a name from an archive. What an archive claims about sizes is not
believed: bytes are counted while they come out.

    archive ──> Member (path inside, bytes as a stream) | Refused (path inside, reason)
"""

import io
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, BinaryIO, Protocol, cast

from dlt_pipelines.parsers.errors import ParseError

_ZIP_MARKS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_GZIP_MARK = b"\x1f\x8b"
_CHUNK = 1024 * 1024
# What is left of a piece is copied at every end of a member, and a member may have 20 bytes.
_PIECE = 16 * 1024
_IN_MEMORY = 16 * 1024 * 1024
_RATIO_FROM = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """How much an archive may unpack to.

    Attributes:
        members: Members of all levels together.
        member_bytes: Bytes of one member.
        total_bytes: Bytes of all members together.
        ratio: Unpacked to packed bytes of one member, looked at from 8 MiB on.
        nesting: Archives inside each other; 1 allows no archive in the archive.
    """

    members: int = 50_000
    member_bytes: int = 1024 * 1024 * 1024
    total_bytes: int = 4 * 1024 * 1024 * 1024
    ratio: float = 400.0
    nesting: int = 3


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive.

    Attributes:
        path: Its path inside, with `!` between the levels of nested archives.
        stream: Its bytes, seekable, at the start; closed when the next member is asked for.
        size_bytes: Its length.
        problem: Why the bytes are not all of them, None when they are.
    """

    path: str
    stream: BinaryIO
    size_bytes: int
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A member that was not read, and why."""

    path: str
    reason: str


@dataclass(slots=True)
class _Budget:
    limits: Limits
    members: int = 0
    total_bytes: int = 0
    stopped: bool = field(default=False)


def archive_kind(start: bytes) -> str | None:
    """Return `zip` or `gzip` by the first bytes, None for anything else."""
    if start.startswith(_ZIP_MARKS):
        return "zip"
    return "gzip" if start.startswith(_GZIP_MARK) else None


def read_members(
    source: bytes | BinaryIO, name: str, limits: Limits = DEFAULT_LIMITS
) -> Iterator[Member | Refused]:
    """Unpack an archive, member by member, archives inside it too.

    Args:
        source: Bytes or a seekable stream of a zip or gzip file.
        name: Its file name; a gzip member is called so without `.gz`.
        limits: How much it may unpack to.

    Yields:
        Members in the archive's order, and what was refused.

    Raises:
        ParseError: The archive itself can't be read.
    """
    stream: BinaryIO = io.BytesIO(source) if isinstance(source, bytes) else source
    yield from _unpack(stream, name, "", 1, _Budget(limits))


@contextmanager
def unpacked(stream: BinaryIO, name: str) -> Iterator[BinaryIO]:
    """Lend the stream at its start, of a gzip file what it holds.

    Args:
        stream: A seekable binary stream.
        name: Name of the file.

    Raises:
        ParseError: It can't be unpacked whole.
    """
    stream.seek(0)
    kind = archive_kind(stream.read(4))
    stream.seek(0)
    if kind != "gzip":
        yield stream
        return
    for member in read_members(stream, name):
        if isinstance(member, Refused):
            raise ParseError(member.reason)
        if member.problem:
            raise ParseError(f"{member.problem}; pack it again")
        yield member.stream
        return


def _unpack(
    stream: BinaryIO, name: str, prefix: str, depth: int, budget: _Budget
) -> Iterator[Member | Refused]:
    start = stream.read(4)
    stream.seek(0)
    if archive_kind(start) == "gzip":
        yield from _unpack_gzip(stream, name, prefix, depth, budget)
    else:
        yield from _unpack_zip(stream, prefix, depth, budget)


def _unpack_gzip(
    stream: BinaryIO, name: str, prefix: str, depth: int, budget: _Budget
) -> Iterator[Member | Refused]:
    packed = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    base = name.replace("\\", "/").replace("!", "/").rpartition("/")[2]
    inner = base[:-3] if base.casefold().endswith(".gz") else base
    yield from _give(GzipReader(stream), prefix + inner, packed, depth, budget)


class GzipReader:
    """Unpacks gzip, several members one after the other too, and zeros behind them.

    Unlike the standard library's reader it gives out what was unpacked before the data ends in the
    middle.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._unpacker = zlib.decompressobj(wbits=31)
        self._packed = b""

    def read(self, size: int) -> bytes:
        """Return at most `size` bytes, none at the end.

        Raises:
            EOFError: The packed data ends in the middle.
            zlib.error: It is damaged.
        """
        while True:
            if not self._packed:
                self._packed = self._stream.read(_PIECE)
            if self._unpacker.eof:
                if not self._packed.strip(b"\0"):
                    return b""
                self._unpacker = zlib.decompressobj(wbits=31)
            if not self._packed:
                raise EOFError("unexpected end of data")
            unpacked = self._unpacker.decompress(self._packed, size)
            self._packed = self._unpacker.unconsumed_tail or self._unpacker.unused_data
            if unpacked:
                return unpacked


def _unpack_zip(
    stream: BinaryIO, prefix: str, depth: int, budget: _Budget
) -> Iterator[Member | Refused]:
    try:
        archive = zipfile.ZipFile(stream)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError) as error:
        msg = "the zip archive is damaged or cut off"
        raise ParseError(msg) from error
    with archive:
        for info in archive.infolist():
            if budget.stopped:
                return
            if info.is_dir() or info.filename.startswith("__MACOSX/"):
                continue
            path = prefix + info.filename
            reason = _objection(info)
            if reason:
                yield Refused(path, reason)
                continue
            try:
                unpacked = cast(BinaryIO, archive.open(info))
            except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError) as error:
                yield Refused(path, f"can't be unpacked: {error}")
                continue
            with unpacked:
                yield from _give(unpacked, path, info.compress_size, depth, budget)


def _objection(info: zipfile.ZipInfo) -> str | None:
    """Return why a member isn't even opened."""
    name = info.filename.replace("\\", "/")
    if name.startswith("/") or name[1:2] == ":" or ".." in name.split("/") or "\0" in info.filename:
        return "its path leads out of the archive"
    if info.flag_bits & 0x1:
        return "it is encrypted"
    if stat.S_ISLNK(info.external_attr >> 16):
        return "it is a symbolic link"
    return None


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def _give(
    unpacked: _Readable, path: str, packed: int, depth: int, budget: _Budget
) -> Iterator[Member | Refused]:
    """Copy a member out under the limits and hand it on; look into it if it is an archive."""
    limits = budget.limits
    budget.members += 1
    if budget.members > limits.members:
        budget.stopped = True
        yield Refused(path, f"the archive has more than {limits.members} members")
        return
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as spool:
        problem, refusal = _copy(unpacked, spool, packed, budget)
        if refusal:
            yield Refused(path, refusal)
            return
        size = spool.tell()
        spool.seek(0)
        stream = cast(BinaryIO, spool)
        kind = archive_kind(stream.read(4))
        stream.seek(0)
        if kind is None:
            yield Member(path, stream, size, problem)
        elif depth >= limits.nesting:
            yield Refused(path, f"archives are nested more than {limits.nesting} deep")
        else:
            try:
                yield from _unpack(stream, path, f"{path}!", depth + 1, budget)
            except ParseError as error:
                yield Refused(path, error.reason)


def _copy(
    unpacked: _Readable, spool: IO[bytes], packed: int, budget: _Budget
) -> tuple[str | None, str | None]:
    """Copy and count; return what is missing at the end, and why the whole is refused."""
    limits = budget.limits
    size = 0
    while True:
        try:
            chunk = unpacked.read(_CHUNK)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
            if size == 0:
                return None, f"can't be unpacked: {error}"
            return f"the packed data ends in the middle or is damaged: {error}", None
        if not chunk:
            return None, None
        size += len(chunk)
        budget.total_bytes += len(chunk)
        if size > limits.member_bytes:
            return None, f"it unpacks to more than {limits.member_bytes} bytes"
        if budget.total_bytes > limits.total_bytes:
            budget.stopped = True
            return None, f"the archive unpacks to more than {limits.total_bytes} bytes"
        if size > _RATIO_FROM and size > limits.ratio * max(packed, 1):
            return None, f"it unpacks to more than {limits.ratio:.0f} times its size"
        spool.write(chunk)
