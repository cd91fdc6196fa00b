"""The API of Jenkins, polled: which jobs, which builds of them, and what hangs on a build.

Jenkins has neither pages nor an order by change. Folders are walked; the builds of a job are asked
for in ranges from the newest on (`allBuilds{0,100}`), until what is known already is reached.
"""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import quote

from dlt_pipelines import http
from dlt_pipelines.build_loading import Batches, BuildLoad
from dlt_pipelines.build_polling import GONE, OpenBuild, Polling, listed, run_polling
from dlt_pipelines.config import ConfigurationError, path_list, secret
from dlt_pipelines.files import to_regex
from dlt_pipelines.parsers.builds.values import millis
from dlt_pipelines.parsers.github.values import text
from dlt_pipelines.parsers.jenkins.place import place_of
from dlt_pipelines.parsers.json_document import dicts
from dlt_pipelines.polling import Patience, patience
from dlt_pipelines.whole_files import appearing, file_name

SECTION = "sources.jenkins"

_PAGE = 100
_OVERLAP = 10  # builds that are deleted meanwhile move the others up
_JOBS_TREE = (
    "jobs[_class,name,fullName,displayName,url,color,buildable,lastBuild[number,timestamp]]"
)
_BUILD_TREE = (
    "_class,number,url,displayName,fullDisplayName,result,building,timestamp,duration,builtOn,"
    "actions[_class,causes[*],lastBuiltRevision[SHA1,branch[name]],remoteUrls,"
    "mercurialRevisionNumber,queuingDurationMillis,waitingDurationMillis,blockedDurationMillis,"
    "buildableDurationMillis,totalCount],artifacts[fileName,relativePath]"
)
_MATRIX_TREE = f"{_BUILD_TREE},runs[{_BUILD_TREE}]"
_CONTAINERS = ("Folder", "MultiBranchProject")
_PIPELINE, _MATRIX = "WorkflowRun", "MatrixBuild"
_TEST_ACTION = "TestResultAction"
_DETAILS = "details"


@dataclass(frozen=True, slots=True)
class Plan:
    """What one load is to read.

    Attributes:
        api_url: Address of the server.
        jobs: Globs of full names; all jobs when there are none.
        patience: Which span of time, with what patience.
    """

    api_url: str
    jobs: tuple[str, ...]
    patience: Patience


@dataclass(frozen=True, slots=True)
class Job:
    """A job that has builds."""

    path: str
    last_number: int | None
    last_at: datetime | None
    last_version: str


def make_plan(options: Mapping[str, Any], now: datetime) -> Plan:
    """Return what the settings ask for.

    Raises:
        ConfigurationError: A setting is missing or wrong.
    """
    api_url = options.get("api_url")
    if not isinstance(api_url, str) or "://" not in api_url:
        raise ConfigurationError(
            f"`{SECTION}.api_url` is `{api_url}`; write the server's address, such as "
            "https://ci.example.org"
        )
    return Plan(api_url, path_list(options, SECTION, "jobs"), patience(options, SECTION, now))


def read_api(load: BuildLoad, plan: Plan) -> Batches:
    """Yield the rows of everything that is new or has changed.

    Raises:
        ConfigurationError: User and token are not accepted.
    """
    client = http.VendorClient(
        plan.api_url,
        headers=_authorization(),
        request_limit=plan.patience.request_limit,
        timeout_seconds=plan.patience.timeout_seconds,
    )
    server = _Server(Polling(client, load, plan.patience), plan)
    yield from run_polling(server.poll, lambda _: server.collect())


def _authorization() -> dict[str, str]:
    user, token = secret("jenkins", "user"), secret("jenkins", "token")
    if not token:
        return {}
    encoded = base64.b64encode(f"{user or ''}:{token}".encode()).decode()
    return {"Authorization": f"Basic {encoded}"}


class _Server:
    """One server in one load."""

    def __init__(self, poll: Polling, plan: Plan) -> None:
        self.poll = poll
        self._wanted_jobs = [to_regex(pattern) for pattern in plan.jobs]
        self._had = poll.had(_DETAILS)
        self._done: set[str] = set()
        self._walked: set[str] = set()  # jobs that were met, as opposed to folders
        self._incomplete: set[str] = set()  # jobs of which a build's details could not be had

    def collect(self) -> Batches:
        """Yield the rows of all jobs, then of the builds that are still open elsewhere."""
        for job in self._jobs(""):
            whole = self.poll.attempt(job.path, partial(self._builds, job))
            whole = whole and job.path not in self._incomplete
            if whole and not self.poll.patience.is_backfill:
                self.poll.load.collected("builds", job.path, *self.poll.wanted)
            yield from self.poll.load.full_batches()
        if self.poll.patience.is_backfill:
            return
        for build in self.poll.open_builds():
            job_path = self._whole_of(build.pipeline_path) or build.pipeline_path
            if build.build_id not in self._done and self._is_wanted(job_path):
                self.poll.attempt(build.build_id, partial(self._open, build))
                yield from self.poll.load.full_batches()

    def _jobs(self, folder: str) -> Iterator[Job]:
        """Walk a folder; a job is handed out with what its folder's list says of it."""
        url = self._address(folder, "api/json", tree=_JOBS_TREE)
        document = self.poll.document(url)
        if document is None:
            return
        self.poll.load.document(document, url)
        for item in listed(document, "jobs"):
            name = text(item.get("name"))
            path = text(item.get("fullName")) or "/".join(filter(None, (folder, name)))
            if any(word in str(item.get("_class")) for word in _CONTAINERS):
                yield from self._jobs(path)
            elif isinstance(item.get("lastBuild"), dict) and self._is_wanted(path):
                last = item["lastBuild"]
                number, at = last.get("number"), millis(last.get("timestamp"))
                self._walked.add(path)
                yield Job(path, number, at, _version(path, last))

    def _whole_of(self, path: str) -> str | None:
        """Return the job that a configuration or module is a part of, None for other jobs."""
        whole = path.rpartition("/")[0]
        return whole if whole in self._walked else None

    def _is_wanted(self, path: str) -> bool:
        return not self._wanted_jobs or any(wanted.fullmatch(path) for wanted in self._wanted_jobs)

    def _builds(self, job: Job) -> None:
        """Read the builds of a job, from the newest to the first that is old enough."""
        since, before = self.poll.patience.since, self.poll.patience.before
        stop_at = since if self.poll.patience.is_backfill else self.poll.stop_at("builds", job.path)
        finished = self.poll.finished(job.path)
        is_unchanged = job.last_number in finished and job.last_version in self._had
        if is_unchanged and job.last_at is not None and job.last_at < stop_at:
            return
        start = 0
        while True:
            tree = f"allBuilds[{_BUILD_TREE}]{{{start},{start + _PAGE}}}"
            url = self._address(job.path, "api/json", tree=tree)
            document = self.poll.document(url)
            if document is None:
                raise http.HttpError(f"the builds of `{job.path}` are refused")
            builds = listed(document, "allBuilds")
            moments = [millis(build.get("timestamp")) for build in builds]
            for build, at in zip(builds, moments, strict=True):
                if at is None or since <= at < before:
                    self._build(job.path, build, url)
            oldest = min((at for at in moments if at is not None), default=None)
            if len(builds) < _PAGE or (oldest is not None and oldest < stop_at):
                return
            start += _PAGE - _OVERLAP

    def _open(self, build: OpenBuild) -> None:
        path, rest = build.pipeline_path, f"{build.number}/api/json"
        whole = self._whole_of(path)
        if whole is not None:
            part = path.rpartition("/")[2].replace(":", "$")
            path, rest = whole, f"{quote(part, safe='=,$')}/{rest}"
        answer = self.poll.get(self._address(path, rest, tree=_BUILD_TREE))
        if answer.status in GONE:
            self.poll.load.collected("gone", build.build_id)
        elif not answer.is_found:
            self.poll.refuse(answer)
        else:
            self._build(build.pipeline_path, answer.json(), answer.url)

    def _build(self, path: str, item: dict[str, Any], page: str) -> None:
        """Read a build, its stages and its test report; details of a finished one only once.

        A server may fail for good on the stages or tests of one damaged build, so the build and
        those after it are read without them, and the details are asked for again by the next load.
        """
        number = item.get("number")
        build_id = f"{path}#{number}"
        if build_id in self._done:
            return
        address = text(item.get("url")) or self._address(path, f"{number}/")
        version = _version(path, item)
        is_new = version not in self._had
        if is_new and not self.poll.attempt(
            build_id, partial(self._read_details, path, item, address)
        ):
            self._incomplete.add(path)
        elif is_new and item.get("building") is not True:
            self.poll.load.collected(_DETAILS, version)
        self.poll.load.document(item, address, page)
        self._done.add(build_id)

    def _read_details(self, path: str, item: dict[str, Any], address: str) -> None:
        number = item.get("number")
        if _PIPELINE in str(item.get("_class")):
            self._stages(path, f"{number}/", address)
        elif _MATRIX in str(item.get("_class")):
            self._configurations(path, f"{number}/")
        if item.get("building") is not True and _has_tests(item):
            self._tests(path, f"{number}/")

    def _stages(self, path: str, build: str, address: str) -> None:
        answer = self.poll.get(self._address(path, f"{build}wfapi/describe"))
        if answer.is_found:
            self.poll.load.document(answer.json(), f"{address.rstrip('/')}/wfapi/describe")
        elif answer.status not in GONE:  # a server without the plugin has no such address
            self.poll.refuse(answer)

    def _configurations(self, path: str, build: str) -> None:
        """Read what a matrix built of its configurations.

        They are asked for with their build and not in lists: the server reads each from its disk.
        """
        url = self._address(path, f"{build}api/json", tree=_MATRIX_TREE)
        answer = self.poll.get(url)
        if answer.is_found:
            document = answer.json()
            self.poll.load.document(document, url)
            for run in listed(document, "runs"):
                self._done.add(place_of(text(run.get("url")) or "").build_id or "")
        elif answer.status not in GONE:
            self.poll.refuse(answer)

    def _tests(self, path: str, build: str) -> None:
        answer = self.poll.get(self._address(path, f"{build}testReport/api/json"))
        if answer.is_found:
            parts = [*path.split("/"), "builds", build.rstrip("/"), "testReport.json"]
            folder = self.poll.load.context.settings.landing_folder / "jenkins"
            with appearing(folder.joinpath(*map(file_name, parts))) as file:
                file.write(answer.content)
        elif answer.status not in GONE:
            self.poll.refuse(answer)

    def _address(self, path: str, rest: str, **parameters: str) -> str:
        jobs = "".join(f"job/{quote(part, safe='')}/" for part in path.split("/") if part)
        return self.poll.client.address(jobs + rest, **parameters)


def _version(path: str, build: Mapping[str, Any]) -> str:
    """Name a build for the ledger: a job that was deleted and made anew counts from 1 again."""
    return f"{path}#{build.get('number')}@{build.get('timestamp')}"


def _has_tests(item: dict[str, Any]) -> bool:
    return any(
        _TEST_ACTION in str(action.get("_class")) or action.get("totalCount")
        for action in dicts(item.get("actions"))
    )
