"""One pipeline with all that hangs on it: jobs, bridges, child pipelines, archives with reports."""

import os
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dlt_pipelines.build_loading import Batches
from dlt_pipelines.build_polling import GONE, Polling, listed, pages_of
from dlt_pipelines.http import Answer
from dlt_pipelines.parsers.github.values import integer, text
from dlt_pipelines.parsers.json_document import as_dict

_PAGE = 100
_SIZE_LIMIT = 200 * 1024 * 1024
_OPEN = [
    "created", "waiting_for_resource", "waiting_for_callback", "preparing", "pending", "running",
    "canceling", "scheduled",
]  # fmt: skip
_DEEPEST_CHILD = 4
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
        """Read the pipelines that were running when they were last seen."""
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
            having arg_max(
                status,
                cast(coalesce(updated_at, loaded_at) as text) || '|' || cast(loaded_at as text)
            ) in (select unnest(?))
            order by pipeline_id
            """,
            (project_id, _OPEN),
        )
        for (pipeline_id,) in found:
            if pipeline_id not in self._done:
                self._done.add(pipeline_id)
                self._read(base, path, pipeline_id, 0)
                yield from self._poll.load.full_batches()

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
            self._reports(what, path, base, items)
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

    def _reports(self, what: str, path: str, base: str, jobs: list[dict[str, Any]]) -> None:
        """Download the archives of jobs with reports, or else the report that GitLab made of them.

        Archives come first, because they hold what the tests wrote themselves; only the report of
        GitLab is left where a job declares its reports without archiving them. Both together would
        count every test twice.
        """
        folder = self._poll.load.context.settings.landing_folder / "gitlab_ci" / Path(path)
        pipeline_id = what.rpartition("/")[2]
        tested, archived = 0, 0
        for job in jobs:
            artifacts = listed(job.get("artifacts"))
            kinds = {text(artifact.get("file_type")) for artifact in artifacts}
            archive = as_dict(job.get("artifacts_file"))
            job_id = integer(job.get("id"))
            if job_id is None or not kinds - _NO_REPORTS:
                continue
            target = folder / "artifacts" / pipeline_id / f"{job_id}.zip"
            if "archive" in kinds or archive:
                self._download(base, job, artifacts, target)
            if "junit" in kinds:
                tested += 1
                archived += _holds_xml(target)
        if tested and not archived:
            self._test_report(what, folder / "test_reports" / f"{pipeline_id}.json")

    def _download(
        self, base: str, job: Mapping[str, Any], artifacts: list[dict[str, Any]], target: Path
    ) -> None:
        if target.is_file():
            return
        what = f"{base}/jobs/{job['id']}/artifacts"
        sizes = [artifact.get("size") for artifact in artifacts]
        size = max((part for part in sizes if isinstance(part, int)), default=0)
        if size > _SIZE_LIMIT:
            reason = f"the archive has {size} bytes, more than {_SIZE_LIMIT}"
            self._poll.load.context.reject_file(what, reason, "too_large", size_bytes=size)
            return
        url = self._poll.client.address(what)
        answer = self._poll.client.download(url, target, size_limit=_SIZE_LIMIT, sha256=None)
        audit = self._poll.load.context.audit
        audit.seen_count += 1
        if answer.is_found:
            audit.loaded_count += 1
            audit.byte_count += target.stat().st_size
        elif answer.status not in GONE:  # artifacts expire, and the job keeps their names
            self._poll.refuse(answer)

    def _test_report(self, what: str, target: Path) -> None:
        if target.is_file():
            return
        answer = self._poll.get(self._poll.client.address(f"{what}/test_report"))
        if answer.is_found:
            target.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=target.parent, prefix=".part-")
            with os.fdopen(handle, "wb") as file:
                file.write(answer.content)
            Path(name).replace(target)
        elif answer.status not in GONE:
            self._poll.refuse(answer)


def _holds_xml(archive: Path) -> bool:
    """Tell whether an archive was had and has a file that may be a report of tests."""
    try:
        with zipfile.ZipFile(archive) as opened:
            return any(name.lower().endswith(".xml") for name in opened.namelist())
    except (OSError, zipfile.BadZipFile):
        return False
