"""Workflow runs with all their attempts, jobs, steps and artifacts.

The list of runs can be asked by creation time only, and gives 1000 runs at most per question. So
spans of time that were never listed are listed in windows below that cap, oldest first, and the
newest weeks are listed again in every load, for a run can be started again for 30 days. Runs whose
last word is not known are asked for one by one, whenever they began.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from dlt_pipelines.github_actions.artifacts import collect_artifacts
from dlt_pipelines.github_actions.poller import PAGE_SIZE, Batches, Poller
from dlt_pipelines.github_actions.spans import SECOND, Span, sliced, uncovered
from dlt_pipelines.http import Answer
from dlt_pipelines.parsers.github.values import text

THINGS = "workflow_runs"

# https://docs.github.com/en/rest/actions/workflow-runs: "up to 1,000 results for each search"
_CAP = 1000
_AIM = 800


@dataclass(frozen=True, slots=True)
class Run:
    """What the list says of a run, as far as it decides what else to ask for."""

    run_id: int
    attempt: int
    is_completed: bool
    conclusion: str | None


def collect_runs(poller: Poller, wanted: Span, relook_at: datetime | None) -> Batches:
    """Yield the rows of all runs of a span that are new or may have changed.

    Args:
        poller: The repository.
        wanted: Creation times to have.
        relook_at: From when on runs are listed again; None for a back-fill.
    """
    done: set[int] = set()
    end = wanted[1] if relook_at is None else min(wanted[1], relook_at - SECOND)
    windows = uncovered((wanted[0], end), poller.ledger.covered(THINGS))
    for window in windows:
        for listed, answers in _window(poller, window):
            yield from _window_batches(poller, listed, answers, done)
    if relook_at is not None:
        for listed, answers in _relook(poller, (max(relook_at, wanted[0]), wanted[1])):
            yield from _window_batches(poller, listed, answers, done)
        yield from _open_batches(poller, done)


def _window(poller: Poller, window: Span) -> Iterator[tuple[Span, list[Answer]]]:
    """Yield (span, its pages) oldest first, the window split until each span is below the cap."""
    start, end = window
    url = poller.url("/actions/runs", created=f"{_text(start)}..{_text(end)}", per_page=PAGE_SIZE)
    first = poller.get(url)
    total = _total(first)
    if total > _CAP and end > start:
        for part in sliced(window, max(-(-total // _AIM), 2)):
            yield from _window(poller, part)
        return
    if total > _CAP:
        poller.is_whole = False
        poller.context.reject_file(
            poller.path(url),
            f"{total} runs were created within one second, and the vendor lists {_CAP} of them",
            "over_the_cap",
        )
    yield window, [first, *_rest(poller, first)]


def _relook(poller: Poller, window: Span) -> Iterator[tuple[Span, list[Answer]]]:
    """Yield the pages of the newest weeks, those that are unchanged since the last load left out.

    The address of the list stays the same for a week, so that its ETags are of use.
    """
    since = window[0].date().isoformat()
    url: str | None = poller.url("/actions/runs", created=f">={since}", per_page=PAGE_SIZE)
    pages: list[Answer] = []
    while url:
        etag, next_page = poller.ledger.etags([poller.path(url)]).get(
            poller.path(url), (None, None)
        )
        answer = poller.get(url, etag=etag)
        if answer.is_unchanged:
            url = poller.client.address(next_page) if next_page else None
            continue
        if not pages and _total(answer) > _CAP:
            yield from _window(poller, window)
            return
        pages.append(answer)
        url = answer.next_url
    yield window, pages


def _rest(poller: Poller, first: Answer) -> list[Answer]:
    return poller.list_pages(first.next_url) if first.next_url else []


def _window_batches(
    poller: Poller, window: Span, answers: Sequence[Answer], done: set[int]
) -> Batches:
    if not poller.are_all_found(answers):
        return
    poller.collector.enter_range(poller.repository, THINGS, *window)
    runs: dict[int, Run] = {}
    for answer in answers:
        poller.emit(answer, etag=answer.etag)
        runs.update((run.run_id, run) for run in _listed(answer.json()))
    yield from _detail_batches(poller, [run for run in runs.values() if run.run_id not in done])
    done.update(runs)


def _open_batches(poller: Poller, done: set[int]) -> Batches:
    for run_id in poller.ledger.open_runs():
        if run_id in done:
            continue
        url = poller.url(f"/actions/runs/{run_id}")
        answer = poller.get(url)
        poller.emit(answer)
        if answer.is_found:
            yield from _detail_batches(poller, _listed({"workflow_runs": [answer.json()]}))


def _detail_batches(poller: Poller, runs: Iterable[Run]) -> Batches:
    """Ask for what the list leaves out of each run: earlier attempts, jobs, artifacts."""
    ordered = sorted(runs, key=lambda run: run.run_id)
    completed = poller.ledger.completed([run.run_id for run in ordered])
    jobs = {
        (run.run_id, attempt): _jobs_url(poller, run.run_id, attempt)
        for run in ordered
        for attempt in range(1, run.attempt + 1)
    }
    read_at = poller.ledger.pages_loaded_at([poller.path(url) for url in jobs.values()])
    without_archives = poller.ledger.without_archives()
    for run in ordered:
        for attempt in range(1, run.attempt + 1):
            key = (run.run_id, attempt)
            is_latest = attempt == run.attempt
            seen_at, conclusion = completed.get(key, (None, None))
            if is_latest and not (run.is_completed and run.conclusion == conclusion):
                # a run that waits for approval is completed, and goes on in the same attempt
                seen_at = None
            is_read = seen_at is not None and read_at.get(poller.path(jobs[key]), -1) >= seen_at
            if is_latest and run.is_completed:
                if not is_read or run.run_id in without_archives:
                    collect_artifacts(poller, run.run_id)
            elif not is_latest and seen_at is None:
                poller.fetch(poller.url(f"/actions/runs/{run.run_id}/attempts/{attempt}"))
            # jobs come last, because a run whose jobs were read is done
            if not is_read:
                _collect_jobs(poller, jobs[key])
        yield from poller.batches()


def _collect_jobs(poller: Poller, url: str) -> None:
    """Ask for the jobs of an attempt, and for the reason if one of them was cancelled.

    Why it was cancelled is said by the annotations of each of its jobs alike. Tokens that may not
    read checks are refused; then the reason stays unknown, and nothing else is missed.
    """
    pages = poller.fetched(url)
    if pages is None:
        return
    cancelled = next((job for page in pages for job in _cancelled(page)), None)
    if cancelled is not None:
        url = poller.url(f"/check-runs/{cancelled}/annotations", per_page=PAGE_SIZE)
        for notes in poller.fetched(url) or ():
            if notes.is_found:
                poller.emit(notes)
    for page in pages:
        poller.emit(page)


def _cancelled(page: Answer) -> Iterator[int]:
    """Yield the ids of the jobs of a page that were cancelled; they are those of check runs."""
    document = page.json() if page.is_found else None
    items = document.get("jobs") if isinstance(document, dict) else None
    for item in items if isinstance(items, list) else []:
        if isinstance(item, dict) and str(item.get("conclusion")).lower() == "cancelled":
            job_id = item.get("id")
            if isinstance(job_id, int):
                yield job_id


def _jobs_url(poller: Poller, run_id: int, attempt: int) -> str:
    return poller.url(f"/actions/runs/{run_id}/attempts/{attempt}/jobs", per_page=PAGE_SIZE)


def _listed(document: Any) -> list[Run]:
    """Return the runs of a list page; those without a usable id were rejected as rows."""
    items = document.get("workflow_runs") if isinstance(document, dict) else None
    runs = []
    for item in items if isinstance(items, list) else []:
        if isinstance(item, dict) and isinstance(item.get("id"), int):
            attempt = item.get("run_attempt")
            runs.append(
                Run(
                    run_id=item["id"],
                    attempt=attempt if isinstance(attempt, int) and attempt > 0 else 1,
                    is_completed=str(item.get("status")).lower() == "completed",
                    conclusion=text(item.get("conclusion")),
                )
            )
    return runs


def _total(answer: Answer) -> int:
    document = answer.json() if answer.is_found else None
    total = document.get("total_count") if isinstance(document, dict) else None
    return total if isinstance(total, int) else 0


def _text(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def relook_start(now: datetime, days: int) -> datetime:
    """Return midnight of the Monday on or before the day that lies so many days back."""
    day = (now - timedelta(days=days)).replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=day.weekday())
