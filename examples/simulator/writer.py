"""Writes the pages and archives of one repository as they are made; nothing piles up in memory."""

import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_ENCODER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, check_circular=False)
_PAGE = 100
_LINES = 500


def dumps(value: Any) -> str:
    """Compact JSON."""
    return _ENCODER.encode(value)


class Pages:
    """Numbered pages `<name>-0001.json` of 100 objects; `key` wraps them as the list API does.

    With an `address` each page is wrapped together with it, `{"url": …, "body": […]}`.
    """

    def __init__(
        self, folder: Path, name: str, key: str | None = None, total: int = 0, address: str = ""
    ) -> None:
        self._folder, self._name, self._key, self._total = folder, name, key, total
        self._address = address
        self._held: list[str] = []
        self._count = 0

    def add(self, value: Any) -> None:
        """Add one object."""
        self._held.append(dumps(value))
        if len(self._held) == _PAGE:
            self.flush()

    def flush(self) -> None:
        """Write the page that is open; an empty listing still has one page."""
        if not self._held and self._count:
            return
        self._count += 1
        body = "[" + ",".join(self._held) + "]"
        if self._key:
            body = f'{{"total_count":{self._total},"{self._key}":{body}}}'
        if self._address:
            body = f'{{"url":"{self._address}?page={self._count}","body":{body}}}'
        path = self._folder / f"{self._name}-{self._count:04d}.json"
        path.write_text(body + "\n", encoding="utf-8")
        self._held.clear()


class Lines:
    """Numbered files `<name>-0001.jsonl` of at most 500 lines, one page or object a line."""

    def __init__(self, folder: Path, name: str, *, is_numbered: bool = True) -> None:
        self._folder, self._name, self._is_numbered = folder, name, is_numbered
        self._held: list[str] = []
        self._count = 0

    def add(self, value: Any) -> None:
        """Add one line."""
        self._held.append(dumps(value))
        if len(self._held) == _LINES:
            self.flush()

    def flush(self) -> None:
        """Write the lines that are held."""
        if not self._held:
            return
        self._count += 1
        text = "\n".join(self._held) + "\n"
        if self._is_numbered:
            (self._folder / f"{self._name}-{self._count:04d}.jsonl").write_text(
                text, encoding="utf-8"
            )
        else:
            with (self._folder / f"{self._name}.jsonl").open("a", encoding="utf-8") as file:
                file.write(text)
        self._held.clear()


@contextmanager
def flushing(*writers: Pages | Lines) -> Iterator[None]:
    """Flush the writers at the end of the block."""
    yield
    for writer in writers:
        writer.flush()


def archive(path: Path, members: list[tuple[str, bytes]]) -> int:
    """Write a zip with fixed times; returns its size in bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
        for name, data in members:
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            file.writestr(info, data, compresslevel=1)
    data = buffer.getvalue()
    try:
        path.write_bytes(data)
    except FileNotFoundError:  # the first of its folder
        path.parent.mkdir(parents=True)
        path.write_bytes(data)
    return len(data)
