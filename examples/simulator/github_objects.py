"""Objects in the shape of the GitHub REST API (2022-11-28), without most links."""

from functools import cache
from typing import Any

from examples.simulator import load_lab
from examples.simulator.ci import Attempt, Job, Run
from examples.simulator.deployments import DeploymentPlan, Incident
from examples.simulator.history import Commit, PullRequest, is_bot
from examples.simulator.organisation import OUTSIDER, Repository
from examples.simulator.settings import API, MINUTE, OWNER, WEB, stamp

Json = dict[str, Any]
_GROUPS: dict[tuple[str, ...], tuple[str, int]] = {
    ("self-hosted", "linux"): ("Self-hosted large", 3),
    load_lab.LABELS: (load_lab.GROUP, 4),
}


@cache
def user(login: str) -> Json:
    """A simple user; the same object each time, not to be changed."""
    number = sum(ord(letter) * (place + 7) for place, letter in enumerate(login))
    bot = is_bot(login)
    return {
        "login": login, "id": 900_000 + number, "node_id": f"U_{number:x}", "gravatar_id": "",
        "url": f"{API}/users/{login}",
        "html_url": f"{WEB}/{'apps/dependabot' if bot else login}",
        "type": "Bot" if bot else "User", "site_admin": False,
    }  # fmt: skip


@cache
def repository_brief(repository: Repository, *, fork: bool = False) -> Json:
    """A repository as it is nested in runs and pull requests; not to be changed."""
    owner = OUTSIDER if fork else OWNER
    full = f"{owner}/{repository.name}"
    number = repository.identifier + (7_000_000 if fork else 0)
    return {
        "id": number, "node_id": f"R_{number:x}", "name": repository.name, "full_name": full,
        "private": False,
        "owner": {"login": owner, "id": 7_000_001 if fork else 7_000_000,
                  "type": "User" if fork else "Organization", "site_admin": False},
        "html_url": f"{WEB}/{full}", "description": "Simulated", "fork": fork,
        "url": f"{API}/repos/{full}",
    }  # fmt: skip


def repository_object(repository: Repository, start: int, end: int) -> Json:
    """A repository as `GET /repos/{owner}/{repo}` gives it."""
    language = {"pytest": "Python", "surefire": "Java", "jest": "JavaScript", "go": "Go"}
    return repository_brief(repository) | {
        "created_at": stamp(start), "updated_at": stamp(end), "pushed_at": stamp(end),
        "default_branch": "main", "archived": False, "disabled": False, "visibility": "public",
        "is_template": False, "topics": ["simulated"], "language": language[repository.dialect],
        "forks_count": 1, "stargazers_count": 0, "open_issues_count": 0, "size": 128,
    }  # fmt: skip


def run_object(repository: Repository, run: Run, attempt: Attempt) -> Json:
    """A workflow run as it was at one of its attempts."""
    base = f"{API}/repos/{repository.full_name}/actions"
    commit = run.commit
    pulls = []
    if run.pull is not None and not run.is_fork:
        brief = {
            "id": repository.identifier,
            "name": repository.name,
            "url": f"{API}/repos/{repository.full_name}",
        }
        pulls = [{
            "url": f"{API}/repos/{repository.full_name}/pulls/{run.pull.number}",
            "id": pull_id(repository, run.pull), "number": run.pull.number,
            "head": {"ref": run.branch, "sha": commit.sha, "repo": brief},
            "base": {"ref": "main", "sha": run.pull.base.sha, "repo": brief},
        }]  # fmt: skip
    previous = f"{base}/runs/{run.id}/attempts/{attempt.number - 1}" if attempt.number > 1 else None
    return {
        "id": run.id, "name": run.workflow.name, "node_id": f"WFR_{run.id:x}",
        "head_branch": run.branch, "head_sha": commit.sha, "path": run.workflow.path,
        "display_title": run.pull.story.title if run.pull else commit.subject,
        "run_number": run.number, "event": run.event, "status": attempt.status,
        "conclusion": attempt.conclusion, "workflow_id": run.workflow.id,
        "check_suite_id": run.id + 1_000_000_000, "url": f"{base}/runs/{run.id}",
        "html_url": f"{WEB}/{repository.full_name}/actions/runs/{run.id}", "pull_requests": pulls,
        "created_at": stamp(run.created), "updated_at": stamp(attempt.updated),
        "actor": user(run.actor), "run_attempt": attempt.number, "referenced_workflows": [],
        "run_started_at": stamp(attempt.started), "triggering_actor": user(attempt.actor),
        "jobs_url": f"{base}/runs/{run.id}/jobs",
        "artifacts_url": f"{base}/runs/{run.id}/artifacts",
        "previous_attempt_url": previous, "workflow_url": f"{base}/workflows/{run.workflow.id}",
        "head_commit": {
            "id": commit.sha, "tree_id": commit.tree_sha, "message": commit.message,
            "timestamp": stamp(commit.committed), "author": _signature(commit.author),
            "committer": _signature(commit.author),
        },
        "repository": repository_brief(repository),
        "head_repository": repository_brief(repository, fork=run.is_fork),
    }  # fmt: skip


def job_object(repository: Repository, run: Run, attempt: Attempt, job: Job) -> Json:
    """A job of a run attempt with its steps."""
    base = f"{API}/repos/{repository.full_name}/actions"
    group, group_number = _GROUPS.get(job.labels, ("GitHub Actions", 2))
    number = sum(map(ord, job.runner)) % 90 + 1 if job.runner else None
    return {
        "id": job.id, "run_id": run.id, "workflow_name": run.workflow.name,
        "head_branch": run.branch, "run_url": f"{base}/runs/{run.id}",
        "run_attempt": attempt.number,
        "node_id": f"CR_{job.id:x}", "head_sha": run.commit.sha, "url": f"{base}/jobs/{job.id}",
        "html_url": f"{WEB}/{repository.full_name}/actions/runs/{run.id}/job/{job.id}",
        "status": job.status, "conclusion": job.conclusion, "created_at": stamp(job.created),
        "started_at": stamp(job.started), "completed_at": stamp(job.completed), "name": job.name,
        "steps": [
            {"name": name, "status": "completed", "conclusion": conclusion, "number": order,
             "started_at": stamp(started), "completed_at": stamp(completed)}
            for order, (name, conclusion, started, completed) in enumerate(job.steps, 1)
        ],
        "check_run_url": f"{API}/repos/{repository.full_name}/check-runs/{job.id}",
        "labels": list(job.labels), "runner_id": number, "runner_name": job.runner,
        "runner_group_id": group_number if job.runner else None,
        "runner_group_name": group if job.runner else None,
    }  # fmt: skip


def artifact_object(
    repository: Repository,
    run: Run,
    identifier: int,
    name: str,
    size: int,
    created: int,
    *,
    expired: bool,
) -> Json:
    """An artifact of a run."""
    url = f"{API}/repos/{repository.full_name}/actions/artifacts/{identifier}"
    return {
        "id": identifier, "node_id": f"MDg_{identifier:x}", "name": name, "size_in_bytes": size,
        "url": url, "archive_download_url": f"{url}/zip", "expired": expired,
        "created_at": stamp(created), "expires_at": stamp(created + 90 * 86400),
        "updated_at": stamp(created),
        "workflow_run": {
            "id": run.id, "repository_id": repository.identifier, "head_branch": run.branch,
            "head_repository_id": repository_brief(repository, fork=run.is_fork)["id"],
            "head_sha": run.commit.sha,
        },
    }  # fmt: skip


def deployment_object(repository: Repository, plan: DeploymentPlan) -> Json:
    """A deployment."""
    url = f"{API}/repos/{repository.full_name}/deployments/{plan.id}"
    return {
        "url": url, "id": plan.id, "node_id": f"DE_{plan.id:x}", "sha": plan.commit.sha,
        "ref": "main" if plan.commit is plan.triggered_at else plan.commit.sha, "task": "deploy",
        "payload": {}, "original_environment": plan.environment, "environment": plan.environment,
        "description": f"Simulated deployment of {plan.service.name}",
        "creator": user(plan.actor), "created_at": stamp(plan.created),
        "updated_at": stamp(plan.superseded_at or plan.finished or plan.created),
        "statuses_url": f"{url}/statuses",
        "repository_url": f"{API}/repos/{repository.full_name}",
        "transient_environment": False, "production_environment": plan.is_production,
    }  # fmt: skip


def status_objects(repository: Repository, plan: DeploymentPlan) -> list[Json]:
    """Statuses of a deployment, newest first, as the API lists them."""
    steps: list[tuple[str, int]] = [("queued", plan.created)]
    if plan.outcome == "inactive":
        steps.append(("inactive", plan.created + 40 * MINUTE))
    if plan.finished is not None:
        steps += [("in_progress", plan.created + 6), (plan.outcome, plan.finished)]
    if plan.superseded_at is not None:
        steps.append(("inactive", plan.superseded_at))
    base = f"{API}/repos/{repository.full_name}/deployments/{plan.id}"
    log = ""
    if plan.run_id:
        log = f"{WEB}/{repository.full_name}/actions/runs/{plan.run_id}/job/{plan.job_id}"
    return [
        {
            "url": f"{base}/statuses/{plan.id * 10 + order}", "id": plan.id * 10 + order,
            "node_id": f"DES_{plan.id * 10 + order:x}", "state": state, "creator": user(plan.actor),
            "description": "", "environment": plan.environment, "target_url": log,
            "created_at": stamp(at), "updated_at": stamp(at), "deployment_url": base,
            "repository_url": f"{API}/repos/{repository.full_name}", "environment_url": "",
            "log_url": log,
        }
        for order, (state, at) in reversed(list(enumerate(steps)))
    ]  # fmt: skip


def issue_object(repository: Repository, incident: Incident) -> Json:
    """An incident as a GitHub issue."""
    plan = incident.deployment
    body = {
        "deployment": f"Simulated.\n\nService: {plan.service.name}\nDeployment: {plan.id}\n",
        "service": f"Simulated.\n\nService: {plan.service.name}\n",
        "nothing": "Simulated incident. Customers see errors.\n",
    }[incident.names]
    labels = (
        ("incident",)
        if incident.names == "nothing"
        else ("incident", f"service:{plan.service.name}")
    )
    return issue(repository, incident.number, f"Errors in production ({plan.service.name})", body,
                 labels, "hana-simulated", incident.opened, incident.closed)  # fmt: skip


def issue(
    repository: Repository, number: int, title: str, body: str, labels: tuple[str, ...],
    author: str, opened: int, closed: int | None,
) -> Json:  # fmt: skip
    """An issue."""
    base = f"{API}/repos/{repository.full_name}/issues/{number}"
    return {
        "url": base, "repository_url": f"{API}/repos/{repository.full_name}",
        "labels_url": f"{base}/labels{{/name}}", "comments_url": f"{base}/comments",
        "events_url": f"{base}/events",
        "html_url": f"{WEB}/{repository.full_name}/issues/{number}",
        "id": repository.identifier * 1000 + number, "node_id": f"I_{number:x}", "number": number,
        "title": title, "user": user(author),
        "labels": [_label(repository, name) for name in labels],
        "state": "open" if closed is None else "closed", "locked": False, "assignee": None,
        "assignees": [], "milestone": None, "comments": 0, "created_at": stamp(opened),
        "updated_at": stamp(closed or opened), "closed_at": stamp(closed),
        "author_association": "MEMBER", "body": body,
        "state_reason": None if closed is None else "completed",
    }  # fmt: skip


def pull_id(repository: Repository, pull: PullRequest) -> int:
    """Id of a pull request."""
    return repository.identifier * 10_000 + pull.number


def pull_object(repository: Repository, pull: PullRequest) -> Json:
    """A pull request."""
    story = pull.story
    base = f"{API}/repos/{repository.full_name}/pulls/{pull.number}"
    head = repository_brief(repository, fork=story.is_fork)
    added, deleted, changed = changed_lines(pull.base, pull.heads[-1])
    return {
        "url": base, "id": pull_id(repository, pull), "node_id": f"PR_{pull.number:x}",
        "html_url": f"{WEB}/{repository.full_name}/pull/{pull.number}", "number": pull.number,
        "state": "open" if pull.closed_at is None else "closed", "locked": False,
        "title": story.title, "user": user(story.author), "body": "Simulated change.",
        "created_at": stamp(pull.heads[0].committed + 2), "updated_at": stamp(pull.updated_at + 2),
        "closed_at": stamp(pull.closed_at), "merged_at": stamp(pull.merged_at),
        "merge_commit_sha": pull.merge.sha if pull.merge else None,
        "assignee": None, "assignees": [],
        "requested_reviewers": [], "requested_teams": [],
        "labels": [_label(repository, name) for name in story.labels], "milestone": None,
        "draft": story.is_draft,
        "head": {"label": f"{head['owner']['login']}:{story.branch}", "ref": story.branch,
                 "sha": pull.heads[-1].sha, "user": user(story.author if story.is_fork else OWNER),
                 "repo": head},
        "base": {"label": f"{OWNER}:main", "ref": "main", "sha": pull.base.sha,
                 "user": user(OWNER), "repo": repository_brief(repository)},
        "author_association": "NONE" if story.is_fork else "MEMBER", "auto_merge": None,
        "merged": pull.merge is not None, "commits": len(pull.heads), "additions": added,
        "deletions": deleted, "changed_files": changed,
    }  # fmt: skip


def changed_lines(base: Commit, head: Commit) -> tuple[int, int, int]:
    """(added, deleted, files) between two commits, by line ids."""
    added = deleted = changed = 0
    for uid, new in head.state.files.items():
        old = base.state.files.get(uid)
        if old is new or old == new:
            continue
        changed += 1
        before = set(old.lines) if old else set()
        added += len(set(new.lines) - before)
        deleted += len(before - set(new.lines))
    return added, deleted, changed


def pull_commit_objects(repository: Repository, pull: PullRequest) -> Json:
    """The page of a pull request's commits, wrapped with its address."""
    base = f"{API}/repos/{repository.full_name}"
    body = [
        {
            "sha": head.sha, "node_id": f"C_{head.mark:x}",
            "commit": {
                "author": _signature(head.author) | {"date": stamp(head.authored)},
                "committer": _signature(head.author) | {"date": stamp(head.committed)},
                "message": head.message, "tree": {"sha": head.tree_sha}, "comment_count": 0,
            },
            "url": f"{base}/commits/{head.sha}", "author": user(head.author),
            "committer": user(head.author),
            "parents": [{"sha": parent.sha} for parent in head.parents],
        }
        for head in pull.heads
    ]  # fmt: skip
    return {"url": f"{base}/pulls/{pull.number}/commits?per_page=100&page=1", "body": body}


def review_objects(repository: Repository, pull: PullRequest) -> list[Json]:
    """Reviews of a pull request, oldest first."""
    base = f"{API}/repos/{repository.full_name}/pulls/{pull.number}"
    page = f"{WEB}/{repository.full_name}/pull/{pull.number}"
    made = []
    last = pull.heads[-1].committed
    limit = pull.closed_at or last + 40 * MINUTE
    for order, reviewer in enumerate(pull.story.reviewers):
        at = last + (limit - last) * (order + 1) // (len(pull.story.reviewers) + 1)
        identifier = pull_id(repository, pull) * 10 + order
        is_final = order == len(pull.story.reviewers) - 1 and pull.merge is not None
        other = "CHANGES_REQUESTED" if pull.number % 2 else "COMMENTED"
        made.append({
            "id": identifier, "node_id": f"PRR_{identifier:x}", "user": user(reviewer), "body": "",
            "state": "APPROVED" if is_final else other,
            "html_url": f"{page}#pullrequestreview-{identifier}",
            "pull_request_url": base, "author_association": "MEMBER", "submitted_at": stamp(at),
            "commit_id": pull.heads[-1].sha,
        })  # fmt: skip
    return made


def _label(repository: Repository, name: str) -> Json:
    return {
        "id": repository.identifier + sum(map(ord, name)), "name": name, "color": "ededed",
        "url": f"{API}/repos/{repository.full_name}/labels/{name}", "default": False,
        "description": None,
    }  # fmt: skip


def _signature(login: str) -> Json:
    return {"name": login, "email": f"{login.replace('[', '').replace(']', '')}@simulated.example"}
