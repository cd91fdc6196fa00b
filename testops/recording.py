"""Records made by hand, kept durably in the landing folder until the next load reads them.

One file per record, `<home>/landing/recorded/<kind>s/<id>/<recorded, µs>-<hash>.json`: written
beside its name, synchronised, then renamed, so that a record is there whole or not at all, also
when the power goes. The same content under the same id is not written again; other content is a
correction, which the warehouse prefers because it was recorded later.
"""

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from testops.errors import TestopsError, UsageError

_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_SHA = re.compile(r"[0-9a-f]{7,64}")
_REPOSITORY = re.compile(r"[^/\s]+(?:/[^/\s]+)+")
_RECORDED_AT = "recorded_at"


@dataclass(frozen=True)
class Recorded:
    """What became of a record.

    Attributes:
        record: The record as kept.
        path: Its file.
        is_new: False when the same record was there already.
    """

    record: Mapping[str, Any]
    path: Path
    is_new: bool


def deployment_record(
    *,
    repository: str,
    environment: str,
    sha: str,
    at: str | None,
    now: datetime,
    service: str | None = None,
    ref: str | None = None,
    result: str = "success",
    url: str | None = None,
    record_id: str | None = None,
) -> dict[str, Any]:
    """Return the record of one deployment.

    Raises:
        UsageError: A value can't be meant.
    """
    if result not in ("success", "failure"):
        raise UsageError(f"`--result` is `{result}`; write `success` or `failure`")
    if not _SHA.fullmatch(sha.lower()):
        raise UsageError(f"`--sha` is `{sha}`, no commit hash; write that of `git rev-parse HEAD`")
    record = {
        "kind": "deployment",
        "repository": _repository(repository),
        "environment": _named("--environment", environment),
        "service": service,
        "sha": sha.lower(),
        "ref": ref,
        "result": result,
        "at": _text(instant("--at", at) if at else now),
        "url": url,
    }
    what = ("repository", "environment", "service", "sha", "at")
    return _identified(record, record_id, what)


def incident_record(
    *,
    service: str,
    opened: str,
    closed: str | None = None,
    acknowledged: str | None = None,
    repository: str | None = None,
    deployment: str | None = None,
    title: str | None = None,
    severity: str | None = None,
    url: str | None = None,
    record_id: str | None = None,
) -> dict[str, Any]:
    """Return the record of one incident.

    Raises:
        UsageError: A value can't be meant.
    """
    opened_at = instant("--opened", opened)
    closed_at = instant("--closed", closed) if closed else None
    acknowledged_at = instant("--acknowledged", acknowledged) if acknowledged else None
    for option, at in (("--closed", closed_at), ("--acknowledged", acknowledged_at)):
        if at is not None and at < opened_at:
            raise UsageError(f"`{option}` is before `--opened`; an incident can't end before it")
    record = {
        "kind": "incident",
        "service": _named("--service", service),
        "repository": _repository(repository) if repository else None,
        "title": title,
        "severity": severity,
        "deployment": deployment,
        "opened_at": _text(opened_at),
        "acknowledged_at": _text(acknowledged_at) if acknowledged_at else None,
        "closed_at": _text(closed_at) if closed_at else None,
        "url": url,
    }
    return _identified(record, record_id, ("service", "opened_at"))


def keep(home: Path, record: Mapping[str, Any], now: datetime) -> Recorded:
    """Write a record into the landing folder, unless the same one is there.

    Args:
        home: Folder of the warehouse.
        record: As the functions above make it.
        now: When it is recorded.

    Raises:
        TestopsError: The folder can't be written.
    """
    content = {name: value for name, value in record.items() if value is not None}
    digest = _digest(content)
    folder = home / "landing" / "recorded" / f"{content['kind']}s" / _folder_name(content["id"])
    try:
        folder.mkdir(parents=True, exist_ok=True)
        newest = max(folder.glob("*.json"), default=None)
        if newest is not None and newest.stem.endswith(digest):
            return Recorded(json.loads(newest.read_text("utf-8")), newest, is_new=False)
        kept = {**content, _RECORDED_AT: _text(now)}
        path = folder / f"{_microseconds(now):020}-{digest}.json"
        _write(path, json.dumps(kept, ensure_ascii=False, sort_keys=True).encode() + b"\n")
    except OSError as error:
        raise TestopsError(
            f"`{folder}` can't be written: {error.strerror}; `TESTOPS_HOME` names the warehouse"
        ) from error
    return Recorded(kept, path, is_new=True)


def instant(option: str, value: str) -> datetime:
    """Read an instant such as `2026-03-01T12:30:00Z`; without a zone it is UTC.

    Raises:
        UsageError: It is none.
    """
    try:
        found = datetime.fromisoformat(value.strip())
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(
            f"`{option}` is `{value}`, no instant; write one such as 2026-03-01T12:30:00Z"
        ) from None


def _identified(
    record: dict[str, Any], record_id: str | None, what: tuple[str, ...]
) -> dict[str, Any]:
    for name, value in {"id": record_id, **record}.items():
        # what a terminal could not decode comes as halves of characters
        if isinstance(value, str) and any("\ud800" <= letter <= "\udfff" for letter in value):
            raise UsageError(f"`{name}` is {value!a}, which is no text in UTF-8")
    named = record_id.strip() if record_id else ""
    if not named:
        parts = [str(record[name]) for name in what]
        named = hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]
    return {"id": named, **record}


def _named(option: str, value: str) -> str:
    if not value.strip():
        raise UsageError(f"`{option}` is empty; name it")
    return value.strip()


def _repository(value: str) -> str:
    if not _REPOSITORY.fullmatch(value.strip()):
        raise UsageError(f"`--repository` is `{value}`; write `owner/name`")
    return value.strip()


def _folder_name(record_id: str) -> str:
    if _SAFE.fullmatch(record_id):
        return record_id
    return "id-" + hashlib.sha256(record_id.encode()).hexdigest()[:32]


def _digest(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _microseconds(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000)


def _write(path: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".part-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    # the entries of the folders have to last, too, up to the landing folder
    for folder in (path.parent, *path.parent.parents[:3]):
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
