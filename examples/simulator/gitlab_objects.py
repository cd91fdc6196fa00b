"""Objects in the shape of the GitLab REST API (v4), with the members that its answers have."""

from functools import cache
from typing import Any

from examples.simulator.ci import Attempt, Job, Run
from examples.simulator.deployments import DeploymentPlan, Incident
from examples.simulator.gitlab_execution import PARENT
from examples.simulator.history import Commit, PullRequest
from examples.simulator.organisation import OUTSIDER, Repository
from examples.simulator.settings import MINUTE, OWNER
from examples.simulator.settings import stamp as second

Json = dict[str, Any]

API = "https://gitlab.com/api/v4"
WEB = "https://gitlab.com"
_STATUSES = {
    "success": "success", "failure": "failed", "timed_out": "failed", "startup_failure": "failed",
    "cancelled": "canceled", "skipped": "skipped", "manual": "manual",
}  # fmt: skip


def stamp(moment: int | None) -> str | None:
    """The time in the form of the GitLab API, `2026-06-01T08:00:00.000Z`."""
    text = second(moment)
    return text and f"{text[:-1]}.000Z"


@cache
def user(login: str) -> Json:
    """A user as others hold it; not to be changed."""
    number = 1_000_000_000 + sum(ord(one) * (place + 7) for place, one in enumerate(login))
    name = login.replace("[bot]", "-bot")
    return {
        "id": number, "username": name, "name": login, "state": "active", "locked": False,
        "avatar_url": None, "web_url": f"{WEB}/{name}",
    }  # fmt: skip


def project_id(repository: Repository, *, fork: bool = False) -> int:
    """Id of a project or of the outsider's fork of it; long, as whoever copies rows expects it."""
    return 1_000_000_000 + repository.identifier + (7_000_000 if fork else 0)


def address(repository: Repository, path: str) -> str:
    """Where the API lists something of a project."""
    return f"{API}/projects/{project_id(repository)}/{path}"


def site(repository: Repository) -> str:
    """The page of a project."""
    return f"{WEB}/{repository.full_name}"


def project_object(repository: Repository, start: int, end: int) -> Json:
    """A project as `GET /projects/:id` gives it."""
    return {
        "id": project_id(repository), "description": "Simulated", "name": repository.name,
        "name_with_namespace": f"{OWNER} / {repository.name}", "path": repository.name,
        "path_with_namespace": repository.full_name, "created_at": stamp(start),
        "default_branch": "main", "tag_list": [], "topics": ["simulated"],
        "web_url": site(repository), "forks_count": 1, "star_count": 0,
        "last_activity_at": stamp(end),
        "namespace": {"id": 1_007_000_000, "name": OWNER, "path": OWNER, "kind": "group",
                      "full_path": OWNER, "parent_id": None, "web_url": f"{WEB}/groups/{OWNER}"},
        "updated_at": stamp(end), "visibility": "public", "archived": False,
        "merge_method": "ff", "squash_option": "always",
    }  # fmt: skip


def pipeline_object(repository: Repository, run: Run) -> Json:
    """A pipeline as `GET /projects/:id/pipelines/:id` gives it."""
    attempt = run.attempts[-1]
    is_over = attempt.status == "completed"
    starts = [job.started for job in attempt.jobs if job.started is not None]
    ends = [job.completed for job in attempt.jobs if job.completed is not None]
    is_done = is_over and attempt.conclusion != "manual" and bool(ends)
    started = min(starts, default=None)
    is_broken = attempt.conclusion == "startup_failure"
    return {
        **_pipeline(repository, run),
        "before_sha": "0" * 40, "tag": False,
        "yaml_errors": "jobs:build config contains unknown keys: scripts" if is_broken else None,
        "user": user(attempt.actor), "started_at": stamp(started),
        "finished_at": stamp(max(ends)) if is_done else None, "committed_at": None,
        "duration": attempt.running_seconds if is_over else None,
        "queued_duration": None if started is None else started - run.created,
        "coverage": None, "name": None,
    }  # fmt: skip


def _pipeline(repository: Repository, run: Run) -> Json:
    """A pipeline as others hold it."""
    attempt = run.attempts[-1]
    status = _STATUSES.get(attempt.conclusion or "")
    if attempt.status != "completed":
        status = "running" if attempt.status == "in_progress" else "pending"
    return {
        "id": run.id, "iid": 2 * run.number + (run.event == PARENT),
        "project_id": project_id(repository), "sha": run.commit.sha, "ref": _ref(run),
        "status": status, "source": run.event, "created_at": stamp(run.created),
        "updated_at": stamp(attempt.updated),
        "web_url": f"{site(repository)}/-/pipelines/{run.id}",
    }  # fmt: skip


def _ref(run: Run) -> str:
    return f"refs/merge-requests/{run.pull.number}/head" if run.pull else run.branch


def job_object(
    repository: Repository, run: Run, attempt: Attempt, job: Job, artifacts: list[Json]
) -> Json:
    """A job; one that calls a child pipeline is a bridge, which has no runner."""
    status = _STATUSES.get(job.conclusion or "")
    if status is None:
        # What waits for earlier stages is made, but not yet offered to a runner.
        is_made = job.created == attempt.started
        status = "running" if job.started is not None else "created" if is_made else "pending"
    # All jobs are made with their pipeline, but for those that are tried again.
    made = run.created if job.replaces is None else job.created
    waited = job.started is not None and job.conclusion != "skipped"
    over = job.completed is not None and job.started is not None
    found = {
        "id": job.id, "status": status, "stage": job.stage, "name": job.name, "ref": _ref(run),
        "tag": False, "coverage": None, "allow_failure": job.may_fail,
        "created_at": stamp(made), "started_at": stamp(job.started),
        "finished_at": stamp(job.completed), "erased_at": None,
        "duration": float((job.completed or 0) - (job.started or 0)) if over else None,
        "queued_duration": float((job.started or 0) - job.created) if waited else None,
        "user": user(attempt.actor), "commit": _commit(repository, run.commit),
        "pipeline": _pipeline(repository, run),
        "web_url": f"{site(repository)}/-/jobs/{job.id}",
        "project": {"ci_job_token_scope_enabled": False},
    }  # fmt: skip
    if job.reason:
        found["failure_reason"] = job.reason
    if job.stage == "scan" and run.event != PARENT:
        child = job.child
        return {**found, "downstream_pipeline": child and _pipeline(repository, child)}
    runner = None
    if job.runner is not None:
        runner = {
            "id": 1_000_000_000 + sum(map(ord, job.runner)), "description": job.runner,
            "ip_address": None, "active": True, "paused": False, "is_shared": False,
            "runner_type": "group_type", "name": "gitlab-runner", "online": True,
            "status": "online",
        }  # fmt: skip
    return {
        **found, "artifacts": artifacts, "runner": runner, "artifacts_expire_at": None,
        "tag_list": list(job.labels),
    }  # fmt: skip


def _commit(repository: Repository, commit: Commit) -> Json:
    mail = f"{commit.author.replace('[', '').replace(']', '')}@simulated.example"
    return {
        "id": commit.sha, "short_id": commit.sha[:8], "created_at": stamp(commit.committed),
        "parent_ids": [parent.sha for parent in commit.parents], "title": commit.subject,
        "message": commit.message + "\n", "author_name": commit.author, "author_email": mail,
        "authored_date": stamp(commit.authored), "committer_name": commit.author,
        "committer_email": mail, "committed_date": stamp(commit.committed), "trailers": {},
        "web_url": f"{site(repository)}/-/commit/{commit.sha}",
    }  # fmt: skip


def merge_request_id(repository: Repository, pull: PullRequest) -> int:
    """Id of a merge request."""
    return repository.identifier * 10_000 + pull.number


def merge_request_object(repository: Repository, pull: PullRequest) -> Json:
    """A merge request as the list shows it; what was merged was squashed."""
    story = pull.story
    state = "opened"
    if pull.closed_at is not None:
        state = "closed" if pull.merge is None else "merged"
    return {
        "id": merge_request_id(repository, pull), "iid": pull.number,
        "project_id": project_id(repository), "title": story.title,
        "description": "Simulated change.", "state": state,
        "created_at": stamp(pull.heads[0].committed + 2), "updated_at": stamp(pull.updated_at + 2),
        "merged_by": None, "merge_user": None, "merged_at": stamp(pull.merged_at),
        "closed_by": None, "closed_at": stamp(pull.closed_at) if state == "closed" else None,
        "target_branch": "main", "source_branch": story.branch,
        "user_notes_count": len(story.reviewers), "upvotes": 0, "downvotes": 0,
        "author": user(story.author), "assignees": [], "assignee": None,
        "reviewers": [user(one) for one in story.reviewers],
        "source_project_id": project_id(repository, fork=story.author == OUTSIDER),
        "target_project_id": project_id(repository), "labels": list(story.labels),
        "draft": story.is_draft, "work_in_progress": story.is_draft, "milestone": None,
        "merge_when_pipeline_succeeds": False, "merge_status": "can_be_merged",
        "sha": pull.heads[-1].sha, "merge_commit_sha": None,
        "squash_commit_sha": pull.merge.sha if pull.merge else None, "discussion_locked": None,
        "reference": f"!{pull.number}",
        "web_url": f"{site(repository)}/-/merge_requests/{pull.number}",
        "squash": True, "has_conflicts": False, "blocking_discussions_resolved": True,
    }  # fmt: skip


def commit_page(repository: Repository, pull: PullRequest) -> Json:
    """The commits of a merge request, newest first, wrapped with their address."""
    return {
        "url": address(repository, f"merge_requests/{pull.number}/commits?per_page=100"),
        "body": [_commit(repository, head) for head in reversed(pull.heads)],
    }


def note_objects(repository: Repository, pull: PullRequest) -> list[Json]:
    """What reviewers said and did, newest first; of approvals GitLab itself makes a note."""
    made = []
    last = pull.heads[-1].committed
    limit = pull.closed_at or last + 40 * MINUTE
    reviewers = pull.story.reviewers
    for order, reviewer in enumerate(reviewers):
        at = last + (limit - last) * (order + 1) // (len(reviewers) + 1)
        is_final = order == len(reviewers) - 1 and pull.merge is not None
        body = "Why is this needed?"
        if is_final:
            body = "approved this merge request"
        elif pull.number % 2:
            body = "requested changes"
        made.append({
            "id": merge_request_id(repository, pull) * 10 + order, "type": None, "body": body,
            "attachment": None, "author": user(reviewer), "created_at": stamp(at),
            "updated_at": stamp(at), "system": is_final or bool(pull.number % 2),
            "noteable_id": merge_request_id(repository, pull), "noteable_type": "MergeRequest",
            "project_id": project_id(repository), "resolvable": False, "confidential": False,
            "internal": False, "noteable_iid": pull.number,
        })  # fmt: skip
    return made[::-1]


def environment_object(repository: Repository, name: str, start: int) -> Json:
    """An environment."""
    return {
        "id": _environment_id(repository, name), "name": name, "slug": name, "external_url": None,
        "created_at": stamp(start), "updated_at": stamp(start), "tier": name,
        "state": "available",
    }  # fmt: skip


def _environment_id(repository: Repository, name: str) -> int:
    return project_id(repository) * 10 + (name == "production")


def deployment_object(
    repository: Repository, plan: DeploymentPlan, number: int, job: Json | None
) -> Json:
    """A deployment, by a job or by the API alone."""
    status = {"queued": "created", "inactive": "canceled", "error": "failed", "failure": "failed"}
    ended = plan.finished
    if job is not None and ended is None and plan.outcome == "inactive":
        ended = plan.created + 4 * MINUTE
    return {
        "id": plan.id, "iid": number, "ref": "main", "sha": plan.commit.sha,
        "created_at": stamp(plan.created), "updated_at": stamp(ended or plan.created),
        "user": user(plan.actor),
        "environment": {"id": _environment_id(repository, plan.environment),
                        "name": plan.environment, "slug": plan.environment, "external_url": None},
        "deployable": job, "status": status.get(plan.outcome, plan.outcome),
    }  # fmt: skip


def issue_object(repository: Repository, incident: Incident) -> Json:
    """An incident as GitLab's type of issue."""
    plan = incident.deployment
    body = {
        "deployment": f"Simulated.\n\nService: {plan.service.name}\nDeployment: {plan.id}\n",
        "service": f"Simulated.\n\nService: {plan.service.name}\n",
        "nothing": "Simulated incident. Customers see errors.\n",
    }[incident.names]
    return {
        "id": repository.identifier * 1000 + incident.number, "iid": incident.number,
        "project_id": project_id(repository),
        "title": f"Errors in production ({plan.service.name})", "description": body,
        "state": "opened" if incident.closed is None else "closed",
        "created_at": stamp(incident.opened),
        "updated_at": stamp(incident.closed or incident.opened),
        "closed_at": stamp(incident.closed), "closed_by": None, "labels": [], "milestone": None,
        "assignees": [], "author": user("hana-simulated"), "type": "INCIDENT", "assignee": None,
        "user_notes_count": 0, "issue_type": "incident", "severity": "UNKNOWN",
        "web_url": f"{site(repository)}/-/issues/{incident.number}",
    }  # fmt: skip
