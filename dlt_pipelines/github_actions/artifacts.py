"""Artifacts of a run, and their archives in the landing folder, where report readers look."""

from pathlib import Path
from typing import Any

from dlt_pipelines.config import Settings
from dlt_pipelines.github_actions.collector import Page
from dlt_pipelines.github_actions.ledger import NOT_HAD
from dlt_pipelines.github_actions.poller import FAILURES_IN_A_ROW, GONE, PAGE_SIZE, Poller
from dlt_pipelines.http import Answer, HttpError, RequestLimitError, UnauthorizedError
from dlt_pipelines.whole_files import file_name

_SIZE_LIMIT = 200 * 1024 * 1024
_SHA256 = "sha256:"


def landing_folder(settings: Settings) -> Path:
    """Return the folder below which archives lie as `<owner>/<name>/artifacts/<run>/<id>.zip`."""
    return settings.landing_folder / "github_actions"


def collect_artifacts(poller: Poller, run_id: int) -> None:
    """List the artifacts of a completed run and download the archives that are not there yet.

    What could not be had this time is noted in the ledger, so that the next load asks again;
    nothing else waits for it, as archives lie on a server that not everybody reaches.
    """
    url = poller.url(f"/actions/runs/{run_id}/artifacts", per_page=PAGE_SIZE)
    pages = poller.fetched(url)
    for answer in pages or ():
        poller.emit(answer)
    is_whole = pages is not None
    for item in (item for answer in pages or () for item in _items(answer)):
        is_whole &= _download(poller, run_id, item)
    if not is_whole:
        poller.is_whole = False
        poller.collector.enter_page(Page(poller.path(url), None, 0), error=NOT_HAD)


def _items(answer: Answer) -> list[dict[str, Any]]:
    document = answer.json() if answer.is_found else None
    items = document.get("artifacts") if isinstance(document, dict) else None
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _download(poller: Poller, run_id: int, item: dict[str, Any]) -> bool:
    """Download an archive; tell whether there is nothing left to be had."""
    artifact_id = item.get("id")
    if not isinstance(artifact_id, int) or item.get("expired") is True:
        return True
    folder = landing_folder(poller.context.settings)
    folder = folder.joinpath(*map(file_name, poller.repository.split("/")))
    target = folder / "artifacts" / str(run_id) / f"{artifact_id}.zip"
    if target.is_file():
        return True
    url = poller.url(f"/actions/artifacts/{artifact_id}/zip")
    size = item.get("size_in_bytes")
    if isinstance(size, int) and size > _SIZE_LIMIT:
        reason = f"the archive has {size} bytes, more than the {_SIZE_LIMIT} that are downloaded"
        poller.context.reject_file(poller.path(url), reason, "too_large", size_bytes=size)
        return True
    if poller.archive_failures >= FAILURES_IN_A_ROW:
        return False
    digest = str(item.get("digest"))
    try:
        answer = poller.client.download(
            url,
            target,
            size_limit=_SIZE_LIMIT,
            sha256=digest.removeprefix(_SHA256) if digest.startswith(_SHA256) else None,
        )
    except (RequestLimitError, UnauthorizedError):
        raise
    except HttpError as error:
        poller.archive_failures += 1
        poller.context.reject_file(poller.path(url), str(error), "unreachable")
        return False
    poller.context.audit.seen_count += 1
    if answer.is_found:
        poller.archive_failures = 0
        poller.context.audit.loaded_count += 1
        poller.context.audit.byte_count += target.stat().st_size
    elif answer.status in GONE:
        # nothing is wrong: artifacts expire, and the list may be older than that
        note = f"the archive is gone ({answer.status})"
        poller.collector.enter_page(Page(poller.path(url), None, 0), error=note)
    else:
        poller.refuse(answer)
    return True
