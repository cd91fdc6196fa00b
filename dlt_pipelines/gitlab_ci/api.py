"""The REST API v4 of GitLab, polled: which projects, which span of time, with what patience.

Every list is asked for by the time of the last change, from an hour before the last load on, so
that a pipeline of which a job was retried comes again. Pipelines that were running when they were
last seen are asked for one by one, because a runner that died changes nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from dlt_pipelines import http
from dlt_pipelines.build_loading import Batches, BuildLoad
from dlt_pipelines.build_polling import GONE, Polling, listed, pages_of, run_polling
from dlt_pipelines.config import ConfigurationError, path_list, secret
from dlt_pipelines.github_actions.spans import SECOND
from dlt_pipelines.gitlab_ci.pipelines import Pipelines
from dlt_pipelines.http import Answer
from dlt_pipelines.parsers.github.values import integer, moment, text
from dlt_pipelines.polling import Patience, patience

SECTION = "sources.gitlab_ci"

_API_URL = "https://gitlab.com"
_PAGE = 100
# What is asked for once for each version of an entry.
_DETAILS = {
    "merge_requests": ("commits", "notes"),
    "issues": ("resource_label_events", "resource_state_events"),
}
# Child pipelines have a list of their own, since GitLab 17.0: one of which a job is retried changes
# without its parent, unless the parent waits for it.
_PIPELINES = {"pipelines": {}, "child_pipelines": {"source": "parent_pipeline"}}
# Lists by the time of the last change; the details of an entry hang on its version.
_LISTS = {
    "merge_requests": {"state": "all", "scope": "all"},
    "issues": {"state": "all", "scope": "all"},
    "deployments": {},
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What one load is to read.

    Attributes:
        api_url: Address of the server.
        projects: Paths or numbers of single projects.
        groups: Paths of groups; all their projects, those of subgroups too.
        has_artifacts: Whether archives with reports are downloaded.
        patience: Which span of time, with what patience.
    """

    api_url: str
    projects: tuple[str, ...]
    groups: tuple[str, ...]
    has_artifacts: bool
    patience: Patience


def make_plan(options: Mapping[str, Any], now: datetime) -> Plan:
    """Return what the settings ask for.

    Raises:
        ConfigurationError: A setting is missing or wrong.
    """
    projects = path_list(options, SECTION, "projects")
    groups = path_list(options, SECTION, "groups")
    if not projects and not groups:
        raise ConfigurationError(
            f'`{SECTION}.projects` names no project; write its path as ["group/name"], or whole '
            f'groups as `{SECTION}.groups = ["group"]`'
        )
    for project in projects:
        if not project.isdigit() and ("/" not in project or not all(project.split("/"))):
            raise ConfigurationError(
                f"`{SECTION}.projects` holds `{project}`; write its whole path, `group/name`"
            )
    has_artifacts = options.get("artifacts", True)
    if not isinstance(has_artifacts, bool):
        raise ConfigurationError(f"`{SECTION}.artifacts` is `{has_artifacts}`; write true or false")
    return Plan(
        str(options.get("api_url") or _API_URL).rstrip("/").removesuffix("/api/v4"),
        projects,
        groups,
        has_artifacts,
        patience(options, SECTION, now),
    )


def read_api(load: BuildLoad, plan: Plan) -> Batches:
    """Yield the rows of everything that is new or has changed.

    Raises:
        ConfigurationError: The token is not accepted.
    """
    client = http.VendorClient(
        f"{plan.api_url}/api/v4",
        token=secret("gitlab_ci", "token"),
        request_limit=plan.patience.request_limit,
        timeout_seconds=plan.patience.timeout_seconds,
    )
    reader = _Projects(Polling(client, load, plan.patience), plan)
    yield from run_polling(reader.poll, lambda _: reader.collect())


class _Projects:
    """The projects of one server in one load."""

    def __init__(self, poll: Polling, plan: Plan) -> None:
        self.poll = poll
        self._plan = plan
        self._pipelines = Pipelines(poll, has_artifacts=plan.has_artifacts)
        self._had = {things: poll.had(things.removesuffix("s")) for things in _DETAILS}

    def collect(self) -> Batches:
        """Yield the rows of every project."""
        done: set[int] = set()
        for project in self._projects():
            project_id = integer(project.get("id"))
            if project_id is None or project_id in done:
                continue
            done.add(project_id)
            url = self.poll.client.address(f"projects/{project_id}")
            self.poll.load.document(project, url)
            path = text(project.get("path_with_namespace")) or str(project_id)
            yield from self._project(project_id, path)

    def _projects(self) -> Iterator[dict[str, Any]]:
        for name in self._plan.projects:
            url = self.poll.client.address(f"projects/{quote(name, safe='')}")
            found = self.poll.document(url)
            if isinstance(found, dict):
                yield found
        for name in self._plan.groups:
            url = self.poll.client.address(
                f"groups/{quote(name, safe='')}/projects",
                include_subgroups="true",
                order_by="id",
                sort="asc",
                per_page=_PAGE,
            )
            for answer in pages_of(self.poll, url):
                yield from listed(answer.json())

    def _project(self, project_id: int, path: str) -> Batches:
        base = f"projects/{project_id}"
        for things, parameters in _PIPELINES.items():
            for span in self.poll.spans(things, base):
                was_whole, self.poll.is_whole = self.poll.is_whole, True
                for answer in self._pages(base, "pipelines", span, parameters):
                    for item in listed(answer.json()):
                        self._pipelines.collect(base, path, item)
                        yield from self.poll.load.full_batches()
                self._close(things, base, span, was_whole=was_whole)
        if not self.poll.patience.is_backfill:
            yield from self._pipelines.collect_open(base, path, project_id)
        for things, parameters in _LISTS.items():
            for span in self.poll.spans(things, base):
                was_whole, self.poll.is_whole = self.poll.is_whole, True
                for answer in self._pages(base, things, span, parameters):
                    if things in _DETAILS:
                        for item in listed(answer.json()):
                            self._details(base, things, item)
                    self.poll.load.document(answer.json(), answer.url)
                    yield from self.poll.load.full_batches()
                self._close(things, base, span, was_whole=was_whole)
        self._environments(base)

    def _pages(
        self, base: str, things: str, span: tuple[datetime, datetime], parameters: Mapping[str, str]
    ) -> Iterator[Answer]:
        """Yield the pages of a list, oldest change first; a refusal ends it and is on record.

        Each page begins at the second in which the one before ended: an entry that changes while
        the list is read leaves its place, and those behind it would slip over the edge of a page.
        The vendor counts pages to 50,000 entries only, which a second never has.
        """
        start, end = span
        url: str | None = self._list_url(base, things, (start, end), parameters)
        seen: set[str] = set()
        while url:
            if url in seen:
                raise http.HttpError(f"the pages of `{base}/{things}` lead in a circle")
            seen.add(url)
            answer = self.poll.get(url)
            if not answer.is_found:
                self.poll.refuse(answer)
                return
            yield answer
            url = answer.next_url
            last = _last_change(listed(answer.json()))
            if url and last is not None and last > start:
                start = last
                url = self._list_url(base, things, (start, end), parameters)

    def _list_url(
        self, base: str, things: str, span: tuple[datetime, datetime], parameters: Mapping[str, str]
    ) -> str:
        has_end = span[1] < self.poll.wanted[1] or self.poll.patience.is_backfill
        return self.poll.client.address(
            f"{base}/{things}",
            **parameters,
            order_by="updated_at",
            sort="asc",
            updated_after=_text(span[0]),
            updated_before=_text(span[1] + SECOND) if has_end else None,
            per_page=_PAGE,
        )

    def _close(
        self, things: str, base: str, span: tuple[datetime, datetime], *, was_whole: bool
    ) -> None:
        if self.poll.is_whole:
            self.poll.load.collected(things, base, *span)
        self.poll.is_whole &= was_whole

    def _details(self, base: str, things: str, item: dict[str, Any]) -> None:
        """Read what hangs on a merge request or an issue, once a version of it."""
        number = integer(item.get("iid"))
        sign = "!" if things == "merge_requests" else "#"
        version = f"{base}{sign}{number}@{text(item.get('updated_at'))}"
        had = self._had[things]
        if number is None or version in had:
            return

        def read() -> None:
            for part in _DETAILS[things]:
                url = self.poll.client.address(f"{base}/{things}/{number}/{part}", per_page=_PAGE)
                # together, because the first commit of the first page is the head of all
                pages = [answer.json() for answer in pages_of(self.poll, url)]
                self.poll.load.document(pages, url)

        was_whole, self.poll.is_whole = self.poll.is_whole, True
        if self.poll.attempt(version, read) and self.poll.is_whole:
            self.poll.load.collected(things.removesuffix("s"), version)
            had.add(version)
        self.poll.is_whole &= was_whole

    def _environments(self, base: str) -> None:
        url = self.poll.client.address(f"{base}/environments", per_page=_PAGE)
        for answer in self.poll.client.pages(url):
            self.poll.heard(answer)
            if answer.is_found:
                self.poll.load.document(answer.json(), answer.url)
            elif answer.status not in (*GONE, 403):  # a project may have none, or keep them closed
                self.poll.refuse(answer)


def _last_change(items: list[dict[str, Any]]) -> datetime | None:
    """Return the second of the last change on a page; None unless the page is in this order."""
    changes = [moment(item.get("updated_at")) for item in items]
    known = [change for change in changes if change is not None]
    if not known or len(known) < len(changes) or known != sorted(known):
        return None
    return known[-1].replace(microsecond=0)


def _text(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
