"""Rejected files and rows: kept, with the reason, and never in the way of the rest.

A rejected file is copied to `<home>/quarantine/<first two hex digits>/<sha256>` when it is not too
large; the table `quarantine.rejected_files` says where it came from and why it was rejected.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from dlt_pipelines.whole_files import appearing

KEPT_BYTES_LIMIT = 16 * 1024 * 1024


@dataclass(frozen=True)
class RejectedFile:
    """A file that could not be read whole.

    Attributes:
        locator: Where it came from, as in the raw tables.
        content_sha256: Hash of its bytes, None when they could not be read.
        size_bytes: Its size, None when unknown.
        reason: One sentence for a person.
        error_class: Short name of the kind of trouble, to group by.
        kept_as: Path under the quarantine folder, None when there is no copy.
    """

    locator: str
    content_sha256: str | None
    size_bytes: int | None
    reason: str
    error_class: str
    kept_as: str | None


@dataclass(frozen=True)
class RejectedRow:
    """A row that could not be loaded.

    Attributes:
        table_name: Raw table it was meant for.
        row_number: Position in its file or page, from 1, None when unknown.
        row: The row as JSON.
        reason: One sentence for a person.
    """

    table_name: str
    row_number: int | None
    row: str
    reason: str


def keep(folder: Path, content: bytes, sha256: str | None = None) -> str | None:
    """Keep a copy of a rejected file, written whole or not at all.

    Args:
        folder: The quarantine folder.
        content: The bytes; nothing is kept beyond `KEPT_BYTES_LIMIT`.
        sha256: Their hash in hex when the caller has it already.

    Returns:
        The path under `folder`, or None when the file is too large to keep.
    """
    if len(content) > KEPT_BYTES_LIMIT:
        return None
    digest = sha256 or hashlib.sha256(content).hexdigest()
    relative = f"{digest[:2]}/{digest}"
    target = folder / relative
    if target.is_file():
        return relative
    with appearing(target) as file:
        file.write(content)
    return relative
