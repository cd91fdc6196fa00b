"""Deliveries on the disk: whole or not at all, and each id once.

A file is written beside its place, synchronised, renamed, and its folder synchronised, before
anybody is told that the delivery is safe. So whatever kills the process or the machine, there is
either the whole file or none.
"""

import contextlib
import os
import time
from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson

from dlt_pipelines.whole_files import PARTIAL, appearing

_REMEMBERED_DAYS = 8
_REMEMBERED_IDS = 200_000
_FORGOTTEN_SECONDS = 3600
_ROOM_BYTES = 256 * 1024 * 1024
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Landing:
    """The landing folder of all vendors; to be used by one thread at a time.

    Args:
        folder: `<home>/landing/webhooks`.
        now: The present; ids of the last eight days are remembered over a restart.
    """

    def __init__(self, folder: Path, now: datetime) -> None:
        self._folder = folder
        self._known: OrderedDict[tuple[str, str], None] = OrderedDict()
        make_folder(folder)
        for days in reversed(range(_REMEMBERED_DAYS)):
            day = f"{now - timedelta(days=days):%Y-%m-%d}"
            for vendor in sorted(folder.iterdir()):
                self._recall(vendor.name, vendor / day)

    def store(
        self, vendor: str, event: str, delivery_id: str, received_at: datetime, body: bytes
    ) -> bool:
        """Keep a delivery.

        Args:
            vendor: Name of the vendor.
            event: Its name of what happened.
            delivery_id: Its id, safe in a file name.
            received_at: When it came, UTC.
            body: The vendor's object as the JSON text it came as.

        Returns:
            False when a delivery of this id lies there already.

        Raises:
            OSError: It could not be written; nothing of it is left.
        """
        known = (vendor, delivery_id)
        if known in self._known:
            return False
        head = orjson.dumps(
            {
                "vendor": vendor,
                "event": event,
                "delivery_id": delivery_id,
                "received_at": received_at.isoformat(),
            }
        )
        received_us = (received_at - _EPOCH) // timedelta(microseconds=1)
        folder = self._folder / vendor / f"{received_at:%Y-%m-%d}"
        write_durably(
            folder / f"{received_us:016d}-{delivery_id}.json", head[:-1] + b',"body":' + body + b"}"
        )
        self._remember(known)
        return True

    def has_room(self) -> bool:
        """Tell whether the disk has room for deliveries of a while."""
        status = os.statvfs(self._folder)
        return status.f_bavail * status.f_frsize >= _ROOM_BYTES

    def _remember(self, known: tuple[str, str]) -> None:
        self._known[known] = None
        if len(self._known) > _REMEMBERED_IDS:
            self._known.popitem(last=False)

    def _recall(self, vendor: str, day: Path) -> None:
        if not day.is_dir():
            return
        forgotten = time.time() - _FORGOTTEN_SECONDS
        for path in sorted(day.iterdir()):
            if path.name.startswith(PARTIAL):
                with contextlib.suppress(OSError):
                    if path.stat().st_mtime < forgotten:
                        path.unlink()
            elif path.suffix == ".json":
                self._remember((vendor, path.stem.partition("-")[2]))


def write_durably(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole when this returns, and not at all when it raises.

    Raises:
        OSError: It could not be written.
    """
    make_folder(path.parent)
    with appearing(path) as file:
        file.write(content)
    _synchronise(path.parent)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, each noted in the one above for good."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    _synchronise(folder.parent)


def _synchronise(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
