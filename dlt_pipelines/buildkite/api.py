"""The REST API v2 of Buildkite, polled: builds by when they were made, finished, or are open.

Builds made in a span of time are listed once. What happened to them later is found in two ways:
builds that finished since the last load are listed by that, which also finds those of which a job
was retried; builds that were running when they were last seen are asked for one by one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import quote, unquote

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
from dlt_pipelines.files import to_regex
from dlt_pipelines.github_actions.spans import SECOND, Span
from dlt_pipelines.parsers.buildkite.place import place_of
from dlt_pipelines.parsers.github.values import instant, integer, text
from dlt_pipelines.polling import Patience, patience
from dlt_pipelines.whole_files import file_name

SECTION = "sources.buildkite"

_API_URL = "https://api.buildkite.com"
_PAGE = 100
_SMALL_PAGE = 10
_TOO_DEEP = 400
_SIZE_LIMIT = 200 * 1024 * 1024
_NAME_PARTS = 2
# Names under which test and coverage reports usually go.
_REPORTS = (
    "**/*.xml", "**/*.trx", "**/*.tap", "**/*.ctrf", "**/*.lcov", "**/lcov.info",
    "**/*junit*.json", "**/*test-results*.json", "**/*coverage*.json", "**/*reports*.zip",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """What one load is to read.

    Attributes:
        api_url: Where the API is.
        organizations: Slugs; all their pipelines.
        pipelines: `organization/slug` of single ones.
        artifacts: Globs of the paths of artifacts to download.
        patience: Which span of time, with what patience.
    """

    api_url: str
    organizations: tuple[str, ...]
    pipelines: tuple[str, ...]
    artifacts: tuple[str, ...]
    patience: Patience


def make_plan(options: Mapping[str, Any], now: datetime) -> Plan:
    """Return what the settings ask for.

    Raises:
        ConfigurationError: A setting is missing or wrong.
    """
    organizations = path_list(options, SECTION, "organizations")
    pipelines = path_list(options, SECTION, "pipelines")
    if not organizations and not pipelines:
        raise ConfigurationError(
            f'`{SECTION}.organizations` names no organization; write the slug as ["acme"], or '
            f'pipelines as `{SECTION}.pipelines = ["acme/shop"]`'
        )
    for pipeline in pipelines:
        if len(pipeline.split("/")) != _NAME_PARTS or not all(pipeline.split("/")):
            raise ConfigurationError(
                f"`{SECTION}.pipelines` holds `{pipeline}`; write `organization/slug`"
            )
    artifacts = path_list(options, SECTION, "artifacts") if "artifacts" in options else _REPORTS
    return Plan(
        str(options.get("api_url") or _API_URL),
        organizations,
        pipelines,
        artifacts,
        patience(options, SECTION, now),
    )


def read_api(load: BuildLoad, plan: Plan) -> Batches:
    """Yield the rows of everything that is new or has changed.

    Raises:
        ConfigurationError: The token is not accepted.
    """
    client = http.VendorClient(
        plan.api_url,
        token=secret("buildkite", "token"),
        request_limit=plan.patience.request_limit,
        timeout_seconds=plan.patience.timeout_seconds,
    )
    reader = _Builds(Polling(client, load, plan.patience), plan)
    yield from run_polling(reader.poll, lambda _: reader.collect())


class _Builds:
    """The builds of some organisations in one load."""

    def __init__(self, poll: Polling, plan: Plan) -> None:
        self.poll = poll
        self._plan = plan
        self._wanted_files = [to_regex(pattern) for pattern in plan.artifacts]
        self._had = poll.had("artifacts")
        self._done: set[str] = set()

    def collect(self) -> Batches:
        """Yield the rows of every organisation and pipeline, then of what is open elsewhere."""
        scopes = [f"organizations/{quote(name)}" for name in self._plan.organizations]
        for pipeline in self._plan.pipelines:
            organization, slug = pipeline.split("/")
            scopes.append(f"organizations/{quote(organization)}/pipelines/{quote(slug)}")
        for scope in scopes:
            yield from self._scope(scope)
        if not self.poll.patience.is_backfill:
            for build in self.poll.open_builds():
                if build.build_id not in self._done and self._is_wanted(build.pipeline_path):
                    self.poll.attempt(build.build_id, partial(self._open, build))
                    yield from self.poll.load.full_batches()

    def _is_wanted(self, pipeline_path: str) -> bool:
        organization = pipeline_path.partition("/")[0]
        return organization in self._plan.organizations or pipeline_path in self._plan.pipelines

    def _scope(self, scope: str) -> Batches:
        if not self._pipelines(scope):
            return
        before = self.poll.covered("builds", scope)
        for gap in self.poll.spans("builds", scope):
            yield from self._list(scope, gap, "created_from", "created_to")
        if before and not self.poll.patience.is_backfill:
            since = max(before[-1][1] - LAG, self.poll.wanted[0])
            yield from self._list(scope, (since, self.poll.wanted[1]), "finished_from", None)

    def _pipelines(self, scope: str) -> bool:
        """Read what the pipelines are; tell whether the token may."""
        if "/pipelines/" in scope:
            url = self.poll.client.address(f"v2/{scope}")
            document = self.poll.document(url)
            if document is not None:
                self.poll.load.document(document, url)
            return document is not None
        url = self.poll.client.address(f"v2/{scope}/pipelines", per_page=_PAGE)
        is_found = False
        for answer in pages_of(self.poll, url):
            self.poll.load.document(answer.json(), answer.url)
            is_found = True
        return is_found

    def _list(self, scope: str, span: Span, from_name: str, until_name: str | None) -> Batches:
        """Read the builds of a span of time; it counts as read when the last page was."""
        parameters = {from_name: _text(span[0]), "include_retried_jobs": "true"}
        if until_name:
            parameters[until_name] = _text(span[1] + SECOND)
        is_whole = True
        refused = not self.poll.is_whole
        self.poll.is_whole = True
        for answer in self._pages(f"v2/{scope}/builds", parameters):
            for item in listed(answer.json()):
                is_whole &= self._build(item, answer.url)
            yield from self.poll.load.full_batches()
        is_whole &= self.poll.is_whole
        self.poll.is_whole &= not refused
        if is_whole and until_name:
            self.poll.load.collected("builds", scope, *span)

    def _pages(self, path: str, parameters: Mapping[str, Any]) -> Iterator[http.Answer]:
        """Yield the pages of a list of builds, which is ordered from the newest on.

        The vendor refuses to page deep into a list. What is left of it is then asked for as a list
        of its own: the builds up to the oldest that was seen. So is what is left where it fails,
        as it may on a page of builds with thousands of jobs, but in small pages.
        """
        until: str | None = parameters.get("created_to")
        size = _PAGE
        while True:
            oldest: datetime | None = None
            narrowed = {**parameters, "created_to": until, "per_page": size}
            try:
                for answer in self.poll.client.pages(self.poll.client.address(path, **narrowed)):
                    self.poll.heard(answer)
                    if answer.status == _TOO_DEEP and _end(oldest, until) != until:
                        break
                    if not answer.is_found:
                        self.poll.refuse(answer)
                        return
                    made = (instant(item.get("created_at")) for item in listed(answer.json()))
                    oldest = min((at for at in (oldest, *made) if at is not None), default=None)
                    yield answer
                else:
                    return
            except (http.RequestLimitError, http.UnauthorizedError):
                raise
            except http.HttpError:
                if size == _SMALL_PAGE:
                    raise
                size = _SMALL_PAGE
            until = _end(oldest, until)

    def _open(self, build: OpenBuild) -> None:
        organization, _, slug = build.pipeline_path.partition("/")
        url = self.poll.client.address(
            f"v2/organizations/{quote(organization)}/pipelines/{quote(slug)}/builds/{build.number}",
            include_retried_jobs="true",
        )
        answer = self.poll.get(url)
        if answer.status in GONE:
            self.poll.load.collected("gone", build.build_id)
        elif not answer.is_found:
            self.poll.refuse(answer)
        else:
            self._build(answer.json(), answer.url)

    def _build(self, item: dict[str, Any], page: str) -> bool:
        """Read a build of a page with its jobs, and its artifacts once it has finished."""
        address = text(item.get("url")) or ""
        build_id = text(item.get("id")) or ""
        place = place_of(address)
        if place.number is None:
            self.poll.load.document(item, address, page)
            return True
        finished = text(item.get("finished_at"))
        version = f"{build_id}@{finished}"  # a retried job finishes its build once more
        is_whole = True
        if finished and version not in self._had and self._wanted_files:
            path = "organizations/{}/pipelines/{}/builds/{}".format(
                *(quote(part) for part in str(place.pipeline_path).split("/")), place.number
            )
            is_whole = self.poll.attempt(version, lambda: self._artifacts(path, build_id))
            if is_whole:
                self.poll.load.collected("artifacts", version)
                self._had.add(version)
        self.poll.load.document(item, address, page)
        self._done.add(build_id)
        return is_whole

    def _artifacts(self, path: str, build_id: str) -> None:
        url = self.poll.client.address(f"v2/{path}/artifacts", per_page=_PAGE)
        for answer in pages_of(self.poll, url):
            for item in listed(answer.json()):
                self._download(path, build_id, item)
            self.poll.load.document(answer.json(), answer.url)

    def _download(self, path: str, build_id: str, item: dict[str, Any]) -> None:
        artifact_id, name = text(item.get("id")), text(item.get("path")) or ""
        is_wanted = any(wanted.fullmatch(name) for wanted in self._wanted_files)
        if not artifact_id or not is_wanted or item.get("state") != "finished":
            return
        size = integer(item.get("file_size"))
        if size is not None and size > _SIZE_LIMIT:
            reason = f"the artifact has {size} bytes, more than {_SIZE_LIMIT}"
            self.poll.load.context.reject_file(
                f"{path}/artifacts/{artifact_id}", reason, "too_large", size_bytes=size
            )
            return
        _, organization, _, slug, *_ = path.split("/")
        job_id = text(item.get("job_id"))
        parts = [unquote(organization), unquote(slug), "artifacts", build_id, job_id or "build"]
        parts += [artifact_id, name.rpartition("/")[2]]
        folder = self.poll.load.context.settings.landing_folder / "buildkite"
        target = folder.joinpath(*map(file_name, parts))
        if target.is_file():
            return
        job = quote(job_id or "")
        url = self.poll.client.address(f"v2/{path}/jobs/{job}/artifacts/{artifact_id}/download")
        digest = text(item.get("sha256sum")) or None
        answer = self.poll.client.download(url, target, size_limit=_SIZE_LIMIT, sha256=digest)
        audit = self.poll.load.context.audit
        audit.seen_count += 1
        if answer.is_found:
            audit.loaded_count += 1
            audit.byte_count += target.stat().st_size
        elif answer.status not in GONE:  # artifacts expire, and the list may be older than that
            self.poll.refuse(answer)


def _end(oldest: datetime | None, until: str | None) -> str | None:
    """Return the end, itself no part, of the list of what is not newer than a build."""
    return _text(oldest + SECOND) if oldest else until


def _text(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
