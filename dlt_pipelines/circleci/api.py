"""The API v2 of CircleCI, polled: pipelines from the newest on, their workflows, their jobs.

The list of pipelines knows no span of time and does not say when a workflow of one was started
again, so those of the last days are asked for their workflows every time.
"""

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
from dlt_pipelines.parsers.circleci.reader import slug_of
from dlt_pipelines.parsers.github.values import moment, text
from dlt_pipelines.polling import Patience, patience

SECTION = "sources.circleci"

_API_URL = "https://circleci.com"
_SLUG_PARTS = 3
_RUNNING = ("running", "failing", "on_hold")
_DETAILS = "details"


@dataclass(frozen=True, slots=True)
class Plan:
    """What one load is to read.

    Attributes:
        api_url: Address of the server.
        projects: Slugs.
        patience: Which span of time, with what patience.
    """

    api_url: str
    projects: tuple[str, ...]
    patience: Patience


def make_plan(options: Mapping[str, Any], now: datetime) -> Plan:
    """Return what the settings ask for.

    Raises:
        ConfigurationError: A setting is missing or wrong.
    """
    projects = path_list(options, SECTION, "projects")
    if not projects:
        raise ConfigurationError(
            f'`{SECTION}.projects` names no project; write them as ["gh/owner/name"]'
        )
    for project in projects:
        if len(project.split("/")) != _SLUG_PARTS or not all(project.split("/")):
            raise ConfigurationError(
                f"`{SECTION}.projects` holds `{project}`; write its slug, such as `gh/owner/name`"
            )
    url = str(options.get("api_url") or _API_URL)
    return Plan(url, projects, patience(options, SECTION, now))


def read_api(load: BuildLoad, plan: Plan) -> Batches:
    """Yield the rows of everything that is new or has changed.

    Raises:
        ConfigurationError: The token is not accepted.
    """
    token = secret("circleci", "token")
    client = http.VendorClient(
        plan.api_url,
        headers={"Circle-Token": token} if token else {},
        request_limit=plan.patience.request_limit,
        timeout_seconds=plan.patience.timeout_seconds,
    )
    reader = _Pipelines(Polling(client, load, plan.patience), plan)
    yield from run_polling(reader.poll, lambda _: reader.collect())


class _Pipelines:
    """The pipelines of some projects in one load."""

    def __init__(self, poll: Polling, plan: Plan) -> None:
        self.poll = poll
        self._plan = plan
        self._had = poll.had(_DETAILS)
        self._done: set[str] = set()

    def collect(self) -> Batches:
        """Yield the rows of every project, then of the workflows that are open elsewhere."""
        for project in self._plan.projects:
            self.poll.attempt(project, partial(self._project, project))
            yield from self.poll.load.full_batches()
        if self.poll.patience.is_backfill:
            return
        wanted = {slug_of(project) for project in self._plan.projects}
        for build in self.poll.open_builds():
            if build.build_id not in self._done and build.pipeline_path in wanted:
                self.poll.attempt(build.build_id, partial(self._open, build))
                yield from self.poll.load.full_batches()

    def _project(self, project: str) -> None:
        url = self.poll.client.address(f"api/v2/project/{quote(project)}")
        document = self.poll.document(url)
        if document is None:
            return
        self.poll.load.document(document, url)
        slug = slug_of(project) or project
        patience = self.poll.patience
        stop_at = patience.since
        if not patience.is_backfill:
            # pipelines of the last days are read again for the sake of new workflows
            recent = max(patience.until - patience.lookback, patience.since)
            stop_at = min(self.poll.stop_at("pipelines", slug), recent)
        is_whole = True
        for item in self._items(f"api/v2/project/{quote(project)}/pipeline"):
            at = moment(item.get("created_at"))
            if at is not None and at < stop_at:
                break
            if at is None or at < patience.before:
                is_whole &= self._pipeline(item)
        if is_whole and not patience.is_backfill:
            self.poll.load.collected("pipelines", slug, *self.poll.wanted)

    def _pipeline(self, item: dict[str, Any]) -> bool:
        """Read a pipeline and its workflows; tell whether all of it could be had."""
        pipeline_id = text(item.get("id")) or ""
        path = f"api/v2/pipeline/{quote(pipeline_id)}/workflow"

        def workflows() -> None:
            for workflow in self._items(path):
                self._workflow(workflow)

        is_whole = self.poll.attempt(path, workflows)
        self.poll.load.document(item, path)
        return is_whole

    def _workflow(self, item: dict[str, Any]) -> None:
        """Read a workflow and, unless they are known to be final, its jobs."""
        workflow_id = text(item.get("id")) or ""
        path = f"api/v2/workflow/{quote(workflow_id)}"
        is_running = item.get("status") in _RUNNING
        if workflow_id not in self._had:
            jobs = list(self._items(f"{path}/job"))
            self.poll.load.document({"items": jobs}, f"{path}/job")
            if not is_running:
                self.poll.load.collected(_DETAILS, workflow_id)
        self.poll.load.document(item, path)
        self._done.add(workflow_id)

    def _open(self, build: OpenBuild) -> None:
        answer = self.poll.get(self.poll.client.address(f"api/v2/workflow/{quote(build.build_id)}"))
        if answer.status in GONE:
            self.poll.load.collected("gone", build.build_id)
        elif not answer.is_found:
            self.poll.refuse(answer)
        else:
            self._workflow(answer.json())

    def _items(self, path: str) -> Iterator[dict[str, Any]]:
        """Yield the elements of a list, whose pages name the token of the next."""
        token: str | None = None
        seen: set[str] = set()
        while True:
            url = self.poll.client.address(path, **({"page-token": token} if token else {}))
            answer = self.poll.get(url)
            if not answer.is_found:
                raise http.HttpError(f"`{path}` is refused with status {answer.status}")
            document = answer.json()
            yield from listed(document, "items")
            token = text(document.get("next_page_token")) if isinstance(document, dict) else None
            if not token:
                return
            if token in seen:
                raise http.HttpError(f"the pages of `{path}` lead in a circle")
            seen.add(token)
