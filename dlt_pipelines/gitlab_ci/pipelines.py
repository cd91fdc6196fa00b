"""One pipeline with all that hangs on it: jobs, bridges, child pipelines, archives with reports."""

import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from dlt_pipelines.build_loading import COLLECTED, Batches
from dlt_pipelines.build_polling import GONE, Polling, listed, pages_of
from dlt_pipelines.http import Answer, HttpError, RequestLimitError, UnauthorizedError
from dlt_pipelines.parsers.github.values import integer, text
from dlt_pipelines.parsers.json_document import as_dict
from dlt_pipelines.whole_files import appearing, file_name

_PAGE = 100
_SIZE_LIMIT = 200 * 1024 * 1024
_OPEN = [
    "created", "waiting_for_resource", "waiting_for_callback", "preparing", "pending", "running",
    "canceling", "scheduled",
]  # fmt: skip
_DEEPEST_CHILD = 4
_FAILURES_IN_A_ROW = 5
# The newest of both says whether an archive of a pipeline is still to be had.
_MISSED, _HAD = "archives missed", "archives had"
# Whatever else a job keeps is a report that it declared.
_NO_REPORTS = frozenset({"archive", "trace", "metadata", None})


class Pipelines:
    """The pipelines of one server in one load.

    Args:
        poll: The load.
        has_artifacts: Whether archives with reports are downloaded.
    """

    def __init__(self, poll: Polling, *, has_artifacts: bool) -> None:
        self._poll = poll
        self._has_artifacts = has_artifacts
        self._had = poll.had("pipeline")
        self._done: set[int] = set()
        self._failures = 0
        self._missed = self._without_archives()

    def collect(self, base: str, path: str, item: Mapping[str, Any], depth: int = 0) -> None:
        """Read a pipeline that was listed, unless this version of it was read."""
        pipeline_id = integer(item.get("id"))
        if pipeline_id is None or pipeline_id in self._done:
            return
        version = f"{base}#{pipeline_id}@{text(item.get('updated_at'))}"
        if version in self._had:
            return  # where it is still running, it is asked for after what is new
        self._done.add(pipeline_id)
        self._read(base, path, pipeline_id, depth)

    def collect_open(self, base: str, path: str, project_id: int) -> Batches:
        """Read the pipelines that were running when last seen, or without all their archives."""
        context = self._poll.load.context
        if not context.has_table("pipelines"):
            return
        found = context.query(
            """
            select pipeline_id
            from raw_gitlab_ci.pipelines
            where project_id = ? and pipeline_id not in (
                select try_cast(name as bigint) from raw_gitlab_ci.collected_ranges
                where things = 'gone'
            )
            group by pipeline_id
            having pipeline_id in (select unnest(?)) or arg_max(
                status,
                cast(coalesce(updated_at, loaded_at) as text) || '|' || cast(loaded_at as text)
                || '|' || source_file
            ) in (select unnest(?))
            order by pipeline_id
            """,
            (project_id, sorted(self._missed), _OPEN),
        )
        for (pipeline_id,) in found:
            if pipeline_id not in self._done:
                self._done.add(pipeline_id)
                self._read(base, path, pipeline_id, 0)
                yield from self._poll.load.full_batches()

    def _without_archives(self) -> set[int]:
        """Return the pipelines of which an archive could not be had when it was last asked for."""
        context = self._poll.load.context
        if not context.has_table(COLLECTED):
            return set()
        found = context.query(
            """
            select try_cast(name as bigint)
            from raw_gitlab_ci.collected_ranges
            where things in (?, ?)
            group by name
            having arg_max(things, loaded_at) = ?
            """,
            (_MISSED, _HAD, _MISSED),
        )
        return {pipeline_id for (pipeline_id,) in found}

    def _read(self, base: str, path: str, pipeline_id: int, depth: int) -> None:
        was_whole, self._poll.is_whole = self._poll.is_whole, True
        version: list[str] = []
        what = f"{base}/pipelines/{pipeline_id}"
        done = self._poll.attempt(
            what, lambda: version.extend(self._parts(what, path, base, depth))
        )
        if done and self._poll.is_whole and version:
            self._poll.load.collected("pipeline", version[0])
            self._had.add(version[0])
        self._poll.is_whole &= was_whole

    def _parts(self, what: str, path: str, base: str, depth: int) -> list[str]:
        """Read a pipeline whole; return the mark of its version, nothing where it is gone."""
        poll = self._poll
        answer = poll.get(poll.client.address(what))
        if answer.status in GONE:
            poll.load.collected("gone", what.rpartition("/")[2])
            return []
        if not answer.is_found:
            poll.refuse(answer)
            return []
        pipeline = as_dict(answer.json())
        jobs = self._pages(f"{what}/jobs", include_retried="true")
        bridges = self._pages(f"{what}/bridges")
        is_over = text(pipeline.get("status")) not in _OPEN
        if self._has_artifacts and is_over and poll.is_whole:
            items = [job for page in jobs for job in listed(page.json())]
            pipeline_id = what.rpartition("/")[2]
            if not self._reports(what, path, base, items):
                poll.load.collected(_MISSED, pipeline_id)
            elif int(pipeline_id) in self._missed:
                poll.load.collected(_HAD, pipeline_id)
        for page in bridges:
            for bridge in listed(page.json()):
                self._child(base, path, bridge, depth)
        for page in (*jobs, *bridges, answer):
            poll.load.document(page.json(), page.url)
        return [f"{base}#{pipeline.get('id')}@{text(pipeline.get('updated_at'))}"]

    def _pages(self, path: str, **parameters: str) -> list[Answer]:
        url = self._poll.client.address(path, **parameters, per_page=_PAGE)
        return list(pages_of(self._poll, url))

    def _child(self, base: str, path: str, bridge: Mapping[str, Any], depth: int) -> None:
        """Read a child pipeline, which the list of pipelines leaves out."""
        child = as_dict(bridge.get("downstream_pipeline"))
        is_own = integer(child.get("project_id")) == integer(base.rpartition("/")[2])
        if child and is_own and depth < _DEEPEST_CHILD:
            self.collect(base, path, child, depth + 1)

    def _reports(self, what: str, path: str, base: str, jobs: list[dict[str, Any]]) -> bool:
        """Download the archives of jobs with reports, or else the report that GitLab made of them.

        Archives come first, because they hold what the tests wrote themselves; only the report of
        GitLab is left where a job declares its reports without archiving them. Both together would
        count every test twice. Archives may lie on a server of their own, which not everybody can
        reach: nothing else waits for them.

        Returns:
            False when something could not be had this time.
        """
        folder = self._poll.load.context.settings.landing_folder / "gitlab_ci"
        folder = folder.joinpath(*map(file_name, path.split("/")))
        pipeline_id = what.rpartition("/")[2]
        tested, archived, is_whole = 0, 0, True
        for job in jobs:
            artifacts = listed(job.get("artifacts"))
            kinds = {text(artifact.get("file_type")) for artifact in artifacts}
            archive = as_dict(job.get("artifacts_file"))
            job_id = integer(job.get("id"))
            if job_id is None or not kinds - _NO_REPORTS:
                continue
            target = folder / "artifacts" / pipeline_id / f"{job_id}.zip"
            if "archive" in kinds or archive:
                is_whole &= self._download(base, job, artifacts, target)
            if "junit" in kinds:
                tested += 1
                archived += _holds_xml(target)
        if is_whole and tested and not archived:
            return self._test_report(what, folder / "test_reports" / f"{pipeline_id}.json")
        return is_whole

    def _download(
        self, base: str, job: Mapping[str, Any], artifacts: list[dict[str, Any]], target: Path
    ) -> bool:
        """Download an archive; tell whether there is nothing left to be had."""
        if target.is_file():
            return True
        what = f"{base}/jobs/{job['id']}/artifacts"
        sizes = [artifact.get("size") for artifact in artifacts]
        size = max((part for part in sizes if isinstance(part, int)), default=0)
        context = self._poll.load.context
        if size > _SIZE_LIMIT:
            reason = f"the archive has {size} bytes, more than {_SIZE_LIMIT}"
            context.reject_file(what, reason, "too_large", size_bytes=size)
            return True
        url = self._poll.client.address(what)

        def ask() -> Answer:
            return self._poll.client.download(url, target, size_limit=_SIZE_LIMIT, sha256=None)

        answer = self._asked(what, ask)
        if answer is None:
            return False
        context.audit.seen_count += 1
        if answer.is_found:
            context.audit.loaded_count += 1
            context.audit.byte_count += target.stat().st_size
        else:
            self._refuse(what, answer)
        return True

    def _test_report(self, what: str, target: Path) -> bool:
        """Save the report that GitLab made; tell whether there is nothing left to be had."""
        if target.is_file():
            return True
        address = f"{what}/test_report"
        url = self._poll.client.address(address)
        answer = self._asked(address, lambda: self._poll.get(url))
        if answer is None:
            return False
        if answer.is_found:
            with appearing(target) as file:
                file.write(answer.content)
        else:
            self._refuse(address, answer)
        return True

    def _asked(self, what: str, ask: Callable[[], Answer]) -> Answer | None:
        """Return what is answered, None where nothing was; a silent server is soon left alone."""
        if self._failures >= _FAILURES_IN_A_ROW:
            return None
        try:
            answer = ask()
        except (RequestLimitError, UnauthorizedError):
            raise
        except HttpError as error:
            self._failures += 1
            self._poll.load.context.reject_file(what, str(error), "unreachable")
            return None
        if answer.is_found:
            self._failures = 0
        return answer

    def _refuse(self, what: str, answer: Answer) -> None:
        """Record a refusal: the pipeline was read nevertheless, and would be no other next time."""
        if answer.status not in GONE:  # artifacts expire, and the job keeps their names
            reason = f"the vendor refuses it with status {answer.status}"
            self._poll.load.context.reject_file(what, reason, f"http_{answer.status}")


def _holds_xml(archive: Path) -> bool:
    """Tell whether an archive was had and has a file that may be a report of tests."""
    try:
        with zipfile.ZipFile(archive) as opened:
            return any(name.lower().endswith(".xml") for name in opened.namelist())
    except (OSError, zipfile.BadZipFile):
        return False
