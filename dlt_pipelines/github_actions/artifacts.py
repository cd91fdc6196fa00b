"""Artifacts of a run, and their archives in the landing folder, where report readers look."""

from pathlib import Path
from typing import Any

from dlt_pipelines.config import Settings
from dlt_pipelines.github_actions.collector import Page
from dlt_pipelines.github_actions.poller import GONE, PAGE_SIZE, Poller
from dlt_pipelines.http import HttpError, RequestLimitError, UnauthorizedError

_SIZE_LIMIT = 200 * 1024 * 1024
_SHA256 = "sha256:"


def landing_folder(settings: Settings) -> Path:
    """Return the folder below which archives lie as `<owner>/<name>/artifacts/<run>/<id>.zip`."""
    return settings.landing_folder / "github_actions"


def collect_artifacts(poller: Poller, run_id: int) -> bool:
    """List the artifacts of a completed run and download the archives that are not there yet.

    Returns:
        False when something could not be had this time, so that the run stays open.
    """
    url = poller.url(f"/actions/runs/{run_id}/artifacts", per_page=PAGE_SIZE)
    try:
        pages = poller.list_pages(url)
        for answer in pages:
            document = answer.json() if answer.is_found else {}
            for item in document.get("artifacts") or []:
                _download(poller, run_id, item)
    except (RequestLimitError, UnauthorizedError):
        raise
    except HttpError as error:
        poller.fail(url, error)
        return False
    for answer in pages:
        poller.emit(answer)
    return True


def _download(poller: Poller, run_id: int, item: Any) -> None:
    artifact_id = item.get("id") if isinstance(item, dict) else None
    if not isinstance(artifact_id, int) or item.get("expired") is True:
        return
    owner, name = poller.repository.split("/", 1)
    folder = landing_folder(poller.context.settings) / owner / name
    target = folder / "artifacts" / str(run_id) / f"{artifact_id}.zip"
    if target.is_file():
        return
    url = poller.url(f"/actions/artifacts/{artifact_id}/zip")
    size = item.get("size_in_bytes")
    if isinstance(size, int) and size > _SIZE_LIMIT:
        reason = f"the archive has {size} bytes, more than the {_SIZE_LIMIT} that are downloaded"
        poller.context.reject_file(poller.path(url), reason, "too_large", size_bytes=size)
        return
    digest = item.get("digest")
    has_digest = isinstance(digest, str) and digest.startswith(_SHA256)
    answer = poller.client.download(
        url,
        target,
        size_limit=_SIZE_LIMIT,
        sha256=digest.removeprefix(_SHA256) if has_digest else None,
    )
    poller.context.audit.seen_count += 1
    if answer.is_found:
        poller.context.audit.loaded_count += 1
        poller.context.audit.byte_count += target.stat().st_size
    elif answer.status in GONE:
        # nothing is wrong: artifacts expire, and the list may be older than that
        note = f"the archive is gone ({answer.status})"
        poller.collector.enter_page(Page(poller.path(url), None, 0), error=note)
    else:
        poller.refuse(answer)
