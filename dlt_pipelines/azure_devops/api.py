"""The REST API 7.1 of Azure DevOps, polled: builds by when they were queued, finished, or are open.

Builds queued in a span of time are listed once. What happened to them later is found in two ways:
builds that finished since the last load are listed by that, which also finds those of which a stage
was run again; builds that were running when they were last seen are asked for one by one.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import quote

from dlt_pipelines import http
from dlt_pipelines.build_loading import Batches, BuildLoad
from dlt_pipelines.build_polling import (
    GONE,
    LAG,
    OpenBuild,
    Polling,
    listed,
    pages_of,
    run_polling,
)
from dlt_pipelines.config import ConfigurationError, path_list, secret
from dlt_pipelines.github_actions.spans import SECOND, Span
from dlt_pipelines.parsers.github.values import text
from dlt_pipelines.parsers.json_document import dicts
from dlt_pipelines.polling import Patience, patience

SECTION = "sources.azure_devops"

_API_URL = "https://dev.azure.com"
_VERSION = "7.1"
_PAGE = 200
_NAME_PARTS = 2
_NO_CONTENT = 204
_OVER = "completed"
_DETAILS = "timelines"


@dataclass(frozen=True, slots=True)
class Plan:
    """What one load is to read.

    Attributes:
        api_url: Address of the server, for one of one's own with its prefix.
        projects: `organization/project`, or `collection/project`.
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
            f'`{SECTION}.projects` names no project; write them as ["organization/project"]'
        )
    for project in projects:
        if len(project.split("/")) != _NAME_PARTS or not all(project.split("/")):
            raise ConfigurationError(
                f"`{SECTION}.projects` holds `{project}`; write `organization/project`"
            )
    url = str(options.get("api_url") or _API_URL)
    return Plan(url, projects, patience(options, SECTION, now))


def read_api(load: BuildLoad, plan: Plan) -> Batches:
    """Yield the rows of everything that is new or has changed.

    Raises:
        ConfigurationError: The token is not accepted.
    """
    client = http.VendorClient(
        plan.api_url,
        headers=_headers(secret("azure_devops", "token")),
        request_limit=plan.patience.request_limit,
        timeout_seconds=plan.patience.timeout_seconds,
    )
    reader = _Builds(Polling(client, load, plan.patience), plan)
    yield from run_polling(reader.poll, lambda _: reader.collect())


def _headers(token: str | None) -> dict[str, str]:
    """Return what opens the server, and asks it for a refusal instead of a page to sign in."""
    headers = {"X-TFS-FedAuthRedirect": "Suppress"}
    if token and token.count(".") == 2:  # of Microsoft Entra or of a job: a JSON Web Token
        headers["Authorization"] = f"Bearer {token}"
    elif token:  # a personal one is the password of nobody
        encoded = base64.b64encode(f":{token}".encode()).decode()
        headers["Authorization"] = f"Basic {encoded}"
    return headers


class _Builds:
    """The builds of some projects in one load."""

    def __init__(self, poll: Polling, plan: Plan) -> None:
        self.poll = poll
        self._plan = plan
        self._had = poll.had(_DETAILS)
        self._done: set[tuple[str, str]] = set()
        self._scopes: dict[str, str] = {}

    def collect(self) -> Batches:
        """Yield the rows of every project, then of the builds that are open elsewhere."""
        for project in self._plan.projects:
            organization, name = (quote(part) for part in project.split("/"))
            if self._project(organization, name):
                yield from self._scope(f"{organization}/{name}")
        if self.poll.patience.is_backfill:
            return
        for build in self.poll.open_builds():
            scope = self._scopes.get(build.pipeline_path.partition("/")[0])
            if scope is not None and (scope, build.build_id) not in self._done:
                self.poll.attempt(build.build_id, partial(self._open, scope, build))
                yield from self.poll.load.full_batches()

    def _project(self, organization: str, name: str) -> bool:
        """Learn the id of a project and what its definitions are; tell whether the token may."""
        project = self.poll.document(self._address(f"{organization}/_apis/projects/{name}"))
        if not isinstance(project, dict):
            return False
        self._scopes[text(project.get("id")) or name] = f"{organization}/{name}"
        url = self._address(
            f"{organization}/{name}/_apis/build/definitions",
            {"includeAllProperties": "true", "$top": _PAGE},
        )
        for answer in pages_of(self.poll, url):
            self.poll.load.document(answer.json(), answer.url)
        return True

    def _scope(self, scope: str) -> Batches:
        before = self.poll.covered("builds", scope)
        for gap in self.poll.spans("builds", scope):
            yield from self._list(scope, gap, "queueTimeAscending")
        if before and not self.poll.patience.is_backfill:
            since = max(before[-1][1] - LAG, self.poll.wanted[0])
            yield from self._list(scope, (since, self.poll.wanted[1]), "finishTimeAscending")

    def _list(self, scope: str, span: Span, order: str) -> Batches:
        """Read the builds of a span of time; it counts as read when the last page was."""
        times = {"minTime": _text(span[0]), "maxTime": _text(span[1] + SECOND), "queryOrder": order}
        url = self._address(f"{scope}/_apis/build/builds", {**times, "$top": _PAGE})
        is_whole, refused = True, not self.poll.is_whole
        self.poll.is_whole = True
        for answer in pages_of(self.poll, url):
            for item in listed(answer.json(), "value"):
                is_whole &= self._build(scope, item, answer.url)
            yield from self.poll.load.full_batches()
        is_whole &= self.poll.is_whole
        self.poll.is_whole &= not refused
        if is_whole and order == "queueTimeAscending":
            self.poll.load.collected("builds", scope, *span)

    def _open(self, scope: str, build: OpenBuild) -> None:
        url = self._address(f"{scope}/_apis/build/builds/{quote(build.build_id)}")
        answer = self.poll.get(url)
        if answer.status in GONE:
            self.poll.load.collected("gone", build.build_id)
        elif not answer.is_found:
            self.poll.refuse(answer)
        else:
            self._build(scope, answer.json(), answer.url)

    def _build(self, scope: str, item: dict[str, Any], page: str) -> bool:
        """Read a build of a page and, unless it is known to be as it was, its timelines."""
        build_id = text(item.get("id")) or ""
        path = f"{scope}/_apis/build/builds/{quote(build_id)}"
        # a stage that is run again finishes its build once more
        version = f"{scope}/{build_id}@{text(item.get('finishTime'))}"
        is_whole = True
        if version not in self._had and (scope, build_id) not in self._done:
            is_whole = self.poll.attempt(path, partial(self._timelines, scope, build_id))
            if is_whole and item.get("status") == _OVER:
                self._collected(version)
        self.poll.load.document(item, self._address(path), page)
        self._done.add((scope, build_id))
        return is_whole

    def _timelines(self, scope: str, build_id: str) -> None:
        """Read the timeline of a build, and those of its earlier attempts that were not read."""
        path = f"{scope}/_apis/build/builds/{quote(build_id)}/timeline"
        for record in self._records(path):
            for attempt in dicts(record.get("previousAttempts")):
                earlier = text(attempt.get("timelineId")) or ""
                name = f"{scope}/{build_id}/{earlier}"
                if earlier and name not in self._had:
                    self._records(f"{path}/{quote(earlier)}")
                    self._collected(name)

    def _records(self, path: str) -> list[dict[str, Any]]:
        """Read a timeline; what never began has none."""
        answer = self.poll.get(self._address(path))
        if answer.status == _NO_CONTENT or answer.status in GONE:
            return []
        if not answer.is_found:
            raise http.HttpError(f"`{path}` is refused with status {answer.status}")
        document = answer.json()
        if not isinstance(document, dict):
            return []
        self.poll.load.document(document, answer.url)
        return dicts(document.get("records"))

    def _collected(self, name: str) -> None:
        self.poll.load.collected(_DETAILS, name)
        self._had.add(name)

    def _address(self, path: str, parameters: Mapping[str, Any] | None = None) -> str:
        return self.poll.client.address(path, **{**(parameters or {}), "api-version": _VERSION})


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
