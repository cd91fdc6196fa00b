"""Files that are there whole or not at all, under names that others made up."""

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

PARTIAL = ".part-"
"""How the name of a file begins that is not whole yet, or never will be: its writer was killed."""

_LONGEST_NAME = 255  # bytes; what file systems take
_DIGITS = 32


@contextlib.contextmanager
def appearing(target: Path) -> Iterator[BinaryIO]:
    """Lend a file that gets its name when the block ends well, its bytes safe on the disk.

    Args:
        target: Where it goes; its folder is made.

    Raises:
        OSError: It could not be written; nothing of it is left.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=PARTIAL)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(target)
    finally:
        Path(temporary).unlink(missing_ok=True)


def file_name(text: str) -> str:
    """Return a text of others as one part of a path that leads nowhere else.

    `unquote` gives the text back, unless it is too long to be a name: then a hash ends it.
    """
    name = quote(text, safe=" ")
    if len(name) > _LONGEST_NAME:
        # letters of other scripts are three times as long when they are quoted
        name = "".join(quote(sign, safe=" ") if sign.isascii() else sign for sign in text)
    if len(name.encode()) > _LONGEST_NAME:
        digest = hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]
        kept = name.encode()[: _LONGEST_NAME - len(digest) - 1].decode(errors="ignore")
        name = f"{kept}-{digest}"
    return {"": "%", ".": "%2E", "..": "%2E%2E"}.get(name, name)
