"""Why a build ran or was stopped, and what of version control it says; from a build's actions."""

import re
from dataclasses import dataclass
from typing import Any

from dlt_pipelines.parsers.builds.values import branch_of_ref, repository_of_remote
from dlt_pipelines.parsers.github.documents import json_text
from dlt_pipelines.parsers.github.values import integer, text
from dlt_pipelines.parsers.jenkins.place import build_id_of
from dlt_pipelines.parsers.json_document import as_dict, as_list, dicts

# Class of a cause, without package and outer class → word. Others become snake_case.
_WORDS = {
    "TimerTriggerCause": "timer",
    "SCMTriggerCause": "scm",
    "UserIdCause": "user",
    "UserCause": "user",
    "UpstreamCause": "upstream",
    "BuildUpstreamCause": "upstream",
    "RebuildCause": "rebuild",
    "ReplayCause": "replay",
    "RestartDeclarativePipelineCause": "restart",
    "BranchIndexingCause": "branch_indexing",
    "BranchEventCause": "branch_event",
    "RemoteCause": "remote",
    "GitHubPushCause": "push",
    "GitLabWebHookCause": "push",
    "BitBucketPushCause": "push",
    "GhprbCause": "pull_request",
    "GitHubPRCause": "pull_request",
}
# Servers that hide classes still describe the cause.
_DESCRIBED = (
    (re.compile(r"^Replayed #(\d+)"), "replay"),
    (re.compile(r"^Restarted from build #(\d+)"), "restart"),
    (re.compile(r"^Started by upstream project"), "upstream"),
    (re.compile(r"^Started by timer"), "timer"),
    (re.compile(r"^Started by an SCM change"), "scm"),
    (re.compile(r"^Started by user"), "user"),
    (re.compile(r"^Started by remote host"), "remote"),
    (re.compile(r"^Branch indexing"), "branch_indexing"),
    (re.compile(r"^(Push event|Pull request #\d+)"), "branch_event"),
    (re.compile(r"^Started by (GitHub|GitLab|Bitbucket) push", re.IGNORECASE), "push"),
)
# Class of what interrupted a build → word; what stopped it goes before what followed from that.
_INTERRUPTIONS = {
    "CancelledCause": "superseded",
    "CanceledCause": "superseded",
    "UserInterruption": "user",
    "Rejection": "user",
    "ExceededTimeout": "timeout",
    "RemovedNodeCause": "runner_lost",
    "RemovedNodeTimeoutCause": "runner_lost",
    "FailFastCause": "other_job_failed",
}
_INTERRUPTED = "InterruptedBuildAction"
_FIRST = ("replay", "rebuild", "restart", "upstream")  # what names an earlier build says most
_NUMBER = re.compile(r"#(\d+)")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Origin:
    """Why a build ran.

    Attributes:
        event: Word of the cause that says most.
        causes: Words and descriptions of all causes as JSON.
        parent_build_id: Build that it follows from.
        parent_kind: `upstream`, `replay`, `rebuild` or `restart`.
        actor: Who started it.
    """

    event: str | None = None
    causes: str | None = None
    parent_build_id: str | None = None
    parent_kind: str | None = None
    actor: str | None = None


@dataclass(frozen=True, slots=True)
class Revision:
    """What was built."""

    sha: str | None = None
    branch: str | None = None
    repository: str | None = None


def origin_of(item: dict[str, Any], path: str | None) -> Origin:
    """Return why a build of a job ran; what interrupted it is no reason for that."""
    return origin_of_causes(_causes(item, is_interruption=False), path)


def interruption_of(item: dict[str, Any]) -> str | None:
    """Return why a build was stopped before its end, as a word, else in the server's words."""
    causes = _causes(item, is_interruption=True)
    names = {_simple_name(cause) for cause in causes}
    known = next((word for name, word in _INTERRUPTIONS.items() if name in names), None)
    told = (text(cause.get("shortDescription")) for cause in causes)
    return known or next((shown for shown in told if shown), None)


def _causes(item: dict[str, Any], *, is_interruption: bool) -> list[dict[str, Any]]:
    return [
        cause
        for action in dicts(item.get("actions"))
        if (_simple_name(action) == _INTERRUPTED) == is_interruption
        for cause in dicts(action.get("causes"))
    ]


def _simple_name(item: dict[str, Any]) -> str:
    """Return the class of an object without package and outer class."""
    return str(item.get("_class") or "").rpartition(".")[2].rpartition("$")[2]


def origin_of_causes(causes: list[dict[str, Any]], path: str | None) -> Origin:
    """Return why a build of a job ran."""
    worded = [(word, cause) for cause in causes if (word := _word(cause))]
    if not worded:
        return Origin()
    ordered = sorted(
        worded, key=lambda pair: _FIRST.index(pair[0]) if pair[0] in _FIRST else len(_FIRST)
    )
    event, first = ordered[0]
    parent = _parent(event, first, path)
    actors = (text(c.get("userId")) or text(c.get("userName")) for _, c in worded)
    shown = [{"event": word, "text": text(c.get("shortDescription"))} for word, c in worded]
    return Origin(
        event,
        json_text(shown),
        parent,
        event if parent else None,
        next((actor for actor in actors if actor), None),
    )


def _word(cause: dict[str, Any]) -> str | None:
    name = _simple_name(cause)
    if name in _WORDS:
        return _WORDS[name]
    shown = text(cause.get("shortDescription")) or ""
    for pattern, word in _DESCRIBED:
        if pattern.match(shown):
            return word
    if cause.get("upstreamProject"):
        return "upstream"
    if name:
        return _CAMEL.sub("_", name.removesuffix("Cause")).lower() or None
    return "other" if shown else None


def _parent(event: str, cause: dict[str, Any], path: str | None) -> str | None:
    if event not in _FIRST:
        return None
    project = text(cause.get("upstreamProject"))
    if project:
        return build_id_of(project, integer(cause.get("upstreamBuild")))
    number = integer(cause.get("originalNumber"))
    if number is None:
        found = _NUMBER.search(text(cause.get("shortDescription")) or "")
        number = integer(found[1]) if found else None
    return build_id_of(path, number)


def revision_of(item: dict[str, Any], path: str | None) -> Revision:
    """Return what a build says it built.

    Shared libraries leave the same marks as the code itself. Of several, the one of the branch
    that the job is named for counts, else the first, which is that of the Jenkinsfile.
    """
    found = [_revision(action) for action in dicts(item.get("actions"))]
    known = [revision for revision in found if revision is not None]
    last_name = (path or "").rpartition("/")[2].replace("%2F", "/")
    named = [revision for revision in known if revision.branch == last_name]
    return next(iter([*named, *known]), Revision())


def _revision(action: dict[str, Any]) -> Revision | None:
    mercurial = text(action.get("mercurialRevisionNumber"))
    if mercurial:
        return Revision(mercurial)
    last = as_dict(action.get("lastBuiltRevision"))
    sha = text(last.get("SHA1"))
    remotes = [repository_of_remote(url) for url in as_list(action.get("remoteUrls"))]
    repository = next((remote for remote in remotes if remote), None)
    if sha is None and repository is None:
        return None
    branches = [branch_of_ref(branch.get("name")) for branch in dicts(last.get("branch"))]
    return Revision(sha, next((branch for branch in branches if branch), None), repository)
