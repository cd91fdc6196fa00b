"""Deployed-version files of delivery pipelines (`state/*.json`) → which version runs where.

Such a file is written by a pipeline after a deployment. There is no standard, so the content tells
by itself what it is:

* an object with one of the members `version`, `sha`, `commit`, `image`, `tag`, … is one deployed
  version; it may name its own `service`, `environment`, `repository`, `deployed_at`;
* a text below a name that is none of those is the version of the service of that name;
* what an entry does not say itself it takes from the objects around it, then from the names on the
  way to it (`{"production": {"checkout": {…}}}`), then from the name of the file.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from dlt_pipelines.parsers.github.values import integer, moment, text

_SHA_MEMBERS = (
    *("sha", "commit", "commit_sha", "git_sha", "git_commit", "commit_id", "revision"),
    *("commitsha", "gitsha", "gitcommit", "head_sha"),
)
_VERSION_MEMBERS = ("version", "deployed_version", "release", "tag", "image_tag", "image", "build")
_SERVICE_MEMBERS = ("service", "service_name", "application", "app", "component", "name")
_ENVIRONMENT_MEMBERS = ("environment", "env", "stage")
_REPOSITORY_MEMBERS = ("repository", "repo", "project")
_AT_MEMBERS = (
    *("deployed_at", "deployedat", "deployment_time", "finished_at", "updated_at", "updatedat"),
    *("timestamp", "deployed_on", "date", "time"),
)
_ENTRY_MEMBERS = frozenset((*_SHA_MEMBERS, *_VERSION_MEMBERS))
_KNOWN = frozenset(
    (
        *_SHA_MEMBERS,
        *_VERSION_MEMBERS,
        *_SERVICE_MEMBERS,
        *_ENVIRONMENT_MEMBERS,
        *_REPOSITORY_MEMBERS,
        *_AT_MEMBERS,
        *("schema", "$schema", "schema_version", "deployed_by", "actor", "author", "url", "id"),
        *("branch", "ref", "status", "result", "message", "description", "notes", "pipeline"),
    )
)
_ENVIRONMENT_WORDS = (
    "prod|production|live|staging|stage|stg|preprod|pre-prod|uat|qa|test|testing|int|integration|"
    "dev|development|sandbox|canary|demo"
)
_ENVIRONMENT = re.compile(rf"(?:{_ENVIRONMENT_WORDS})[0-9]*", re.IGNORECASE)
_ENVIRONMENTS = re.compile(rf"(?:^|[-_.])(?:{_ENVIRONMENT_WORDS})(?:$|[-_.0-9])", re.IGNORECASE)
_SHA = re.compile(r"[0-9a-f]{7,64}")
_SHA_INSIDE = re.compile(r"(?:^|[-_.:@+/])(?:sha-|g)?([0-9a-f]{40}|[0-9a-f]{7,12})$")
_DEEPEST = 12
_FIRST_MILLISECONDS = 100_000_000_000  # as seconds in the year 5138


@dataclass(frozen=True, slots=True)
class DeployedVersion:
    """One service in one environment, as a file says it.

    Attributes:
        environment: Such as `production`; None where nothing says it.
        service: Name of the service; None where the file is about the repository itself.
        repository: `owner/name` of the code where the entry says it.
        version: The version as written; an image's tag where only an image is given.
        sha: Commit of the code, also when it is part of the version; None where nothing says it.
        deployed_at: When, UTC, where the entry or what is around it says so.
        has_own_time: True when the entry itself says when; a time around several entries changes
            with each of them.
    """

    environment: str | None
    service: str | None
    repository: str | None
    version: str | None
    sha: str | None
    deployed_at: datetime | None
    has_own_time: bool = False


@dataclass(frozen=True, slots=True)
class _Around:
    """What the objects around an entry say."""

    environment: str | None
    service: str | None = None
    repository: str | None = None
    deployed_at: datetime | None = None


def read_versions(document: Any, stem: str) -> list[DeployedVersion]:
    """Return what a file says is deployed, each service and environment once, in file order.

    Args:
        document: The file's content as JSON.
        stem: Name of the file without folders and ending; it names the environment where it is the
            name of one, else the service.
    """
    is_environment = bool(_ENVIRONMENTS.search(stem))
    around = _Around(
        environment=stem if is_environment else None, service=None if is_environment else stem
    )
    found: dict[tuple[str | None, str | None], DeployedVersion] = {}
    for entry in _walk(document, around, (), 0):
        found[entry.environment, entry.service] = entry  # the last word in a file counts
    return list(found.values())


def _walk(
    value: Any, around: _Around, path: tuple[str, ...], depth: int
) -> Iterator[DeployedVersion]:
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for item in value:
            yield from _walk(item, around, path, depth + 1)
    elif isinstance(value, dict):
        members = {str(name).lower().replace("-", "_"): item for name, item in value.items()}
        around = _within(members, around)
        if _is_entry(members):
            yield _entry(members, _placed(path, around))
            return
        for name, item in value.items():
            key = str(name)
            if isinstance(item, dict | list):
                is_list_name = key.lower() in ("services", "apps", "applications", "components")
                is_list_name = is_list_name or key.lower() in ("environments", "deployments")
                yield from _walk(item, around, path if is_list_name else (*path, key), depth + 1)
            elif key.lower().replace("-", "_") not in _KNOWN and (version := text(item)):
                yield _entry({"version": version}, _placed((*path, key), around))


def _is_entry(members: Mapping[str, Any]) -> bool:
    return any(text(members.get(name)) for name in _ENTRY_MEMBERS)


def _within(members: Mapping[str, Any], around: _Around) -> _Around:
    return replace(
        around,
        environment=_first(members, _ENVIRONMENT_MEMBERS) or around.environment,
        service=_first(members, _SERVICE_MEMBERS) or around.service,
        repository=_first(members, _REPOSITORY_MEMBERS) or around.repository,
        deployed_at=_first_moment(members) or around.deployed_at,
    )


def _placed(path: tuple[str, ...], around: _Around) -> _Around:
    """Take from the names on the way what nothing said: one environment, and the service.

    A name that merely holds the word of an environment, such as `test-runner`, is that of a service
    where the environment is known.
    """
    names = list(path)
    for name in path:
        if _ENVIRONMENT.fullmatch(name) or (
            around.environment is None and _ENVIRONMENTS.search(name)
        ):
            names.remove(name)
            around = replace(around, environment=name)
            break
    return replace(around, service=names[-1]) if names else around


def _entry(members: Mapping[str, Any], around: _Around) -> DeployedVersion:
    version = _first(members, _VERSION_MEMBERS)
    if version and "image" in members and version == text(members["image"]):
        version = version.rpartition(":")[2].rpartition("/")[2] or version
    sha = _first(members, _SHA_MEMBERS)
    sha = sha.lower() if sha and _SHA.fullmatch(sha.lower()) else _sha_inside(version)
    return DeployedVersion(
        environment=around.environment,
        service=_first(members, _SERVICE_MEMBERS) or around.service,
        repository=around.repository,
        version=version,
        sha=sha,
        deployed_at=around.deployed_at,
        has_own_time=_first_moment(members) is not None,
    )


def _sha_inside(version: str | None) -> str | None:
    """Return the hash at the end of a version such as `1.4.2-3f2a9bc`; mere digits are none."""
    found = _SHA_INSIDE.search(version.lower()) if version else None
    if found is None or found[1].isdigit() or found[1].isalpha():
        return None
    return found[1]


def _first(members: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    for name in names:
        value = text(members.get(name))
        if value and value.strip():
            return value.strip()
    return None


def _first_moment(members: Mapping[str, Any]) -> datetime | None:
    for name in _AT_MEMBERS:
        value = members.get(name)
        seconds = integer(value)
        if seconds is not None and seconds >= _FIRST_MILLISECONDS:
            seconds //= 1000
        found = moment(seconds if seconds is not None else value)
        if found is not None:
            return found
    return None
