"""Webhook deliveries in the landing folder: which are new, and what each of them says.

    <home>/landing/webhooks/<vendor>/<YYYY-MM-DD>/<received, µs>-<delivery id>.json
    {"vendor": …, "event": …, "delivery_id": …, "received_at": …, "body": {…}}

The receiver (`dlt_pipelines.webhooks`) writes them, every source of that vendor reads them in all
its modes, in the order in which they came. A delivery is read once: the ledger of seen files says
which were. One that can't be read goes to quarantine and the rest is read.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from dlt_pipelines.config import Settings
from dlt_pipelines.context import LoadContext, to_instant
from dlt_pipelines.files import FoundFile, find_files
from dlt_pipelines.parsers.github.documents import decoded

VENDORS = (
    "github",
    "gitlab",
    "buildkite",
    "circleci",
    "azure_devops",
    "pagerduty",
    "opsgenie",
    "jenkins",
)

_SIZE_LIMIT = 64 * 1024 * 1024
_RECORDED_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery that was not read before.

    Attributes:
        vendor: Who sent it.
        event: The vendor's name of what happened, as in its header.
        delivery_id: The vendor's id of the delivery, or a hash of its body where it has none.
        received_at: When it came, UTC.
        body: The vendor's own object.
        locator: Path of its file, relative to the warehouse home.
        content: The bytes of its file.
        content_sha256: Hash of those bytes.
    """

    vendor: str
    event: str
    delivery_id: str
    received_at: datetime
    body: dict[str, Any]
    locator: str
    content: bytes
    content_sha256: str


def landing_folder(settings: Settings, vendor: str) -> Path:
    """Return the folder where deliveries of a vendor land."""
    return settings.landing_folder / "webhooks" / vendor


def has_landed(settings: Settings, vendor: str) -> bool:
    """Tell whether there is any folder of deliveries of this vendor; cheap."""
    folder = landing_folder(settings, vendor)
    return folder.is_dir() and any(folder.iterdir())


def read_deliveries(context: LoadContext, vendor: str) -> Iterator[Delivery]:
    """Yield the deliveries of a vendor that no whole run has read, in the order they came.

    The counts of `context.audit` are kept: seen, unchanged, bytes, rejected. The caller counts
    what it loaded. A delivery counts as read when the caller asks for the one after it, or comes to
    the end; what a killed run has read is read again.

    Args:
        context: The run of the source.
        vendor: One of `VENDORS`.
    """
    if not has_landed(context.settings, vendor):
        return
    folder = landing_folder(context.settings, vendor)
    seen = context.seen_files()
    read: dict[str, str] = {}
    try:
        for file in find_files([str(folder)], context.settings, f"landing/webhooks/{vendor}"):
            if not _is_delivery(file):
                continue
            context.audit.seen_count += 1
            if seen.get(file.locator, ("", None))[0] == file.fingerprint:
                context.audit.unchanged_count += 1
                continue
            content = context.content_of(file, _SIZE_LIMIT)
            if content is None:
                continue  # the disk may be well again for the next load
            delivery = _read(context, vendor, file, content)
            if delivery is not None:
                yield delivery
            read[file.locator] = file.fingerprint
            if len(read) >= _RECORDED_AT_ONCE:
                recorded, read = read, {}
                context.record_files(recorded)
    finally:
        context.record_files(read)


def _is_delivery(file: FoundFile) -> bool:
    name = file.locator.rsplit("/", 1)[-1]
    return name.endswith(".json") and not name.startswith(".")


def _read(context: LoadContext, vendor: str, file: FoundFile, content: bytes) -> Delivery | None:
    context.audit.byte_count += len(content)
    digest = hashlib.sha256(content).hexdigest()
    try:
        return _delivery(vendor, file.locator, content, digest)
    except ValueError as error:
        reason = f"the file is no delivery: {error}"
        context.reject_file(
            file.locator, reason, "no_delivery", content=content, content_sha256=digest
        )
        return None


def _delivery(vendor: str, locator: str, content: bytes, digest: str) -> Delivery:
    """Take a delivery file apart.

    Raises:
        ValueError: It is none, or one of another vendor.
    """
    document = decoded(content)
    members = document if isinstance(document, dict) else {}
    if members.get("vendor") != vendor:
        raise ValueError(f"its `vendor` is not `{vendor}`")
    body = members.get("body")
    if type(body) is not dict:
        raise ValueError("its `body` is no object")
    received_at = members.get("received_at")
    instant = to_instant(received_at) if isinstance(received_at, str) else None
    if instant is None:
        raise ValueError("its `received_at` is no instant")
    return Delivery(
        vendor=vendor,
        event=str(members.get("event") or ""),
        delivery_id=str(members.get("delivery_id") or digest),
        received_at=instant,
        body=body,
        locator=locator,
        content=content,
        content_sha256=digest,
    )
