"""The API of a made-up GitHub, served by a replay server."""

import io
import zipfile

from tests.replay_server import Reply

SHOP = "simulated-org/shop"

# Rows that a load of the shop of the fixtures gives.
COUNTS = {
    "repositories": 1,
    "workflow_runs": 14,
    "workflow_jobs": 74,
    "job_steps": 148,
    "artifacts": 3,
    "deployments": 2,
    "deployment_statuses": 4,
    "pull_requests": 8,
    "pull_request_commits": 24,
    "pull_request_reviews": 8,
    "issues": 8,
    "issue_events": 16,
    "environments": 2,
    "job_annotations": 0,
}


def counts(project):
    return {table: project.count(table) for table in COUNTS}


def archive(text="<testsuite/>"):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr(zipfile.ZipInfo("junit.xml"), text)
    return buffer.getvalue()


class Site:
    """The API of a made-up GitHub for a few repositories, on a replay server.

    What it serves can be changed between loads; `cap` is the vendor's limit of a list of runs.
    """

    def __init__(self, server):
        self.server = server
        self.repositories = {}
        self.runs = {}
        self.jobs = {}
        self.artifacts = {}
        self.archives = {}
        self.deployments = {}
        self.statuses = {}
        self.pulls = {}
        self.reviews = {}
        self.commits = {}
        self.issues = {}
        self.events = {}
        self.environments = {}
        self.cap = 1000

    def add_repository(self, name, repository_id=1, **members):
        self.repositories[name] = {
            "id": repository_id,
            "full_name": name,
            "owner": {"login": name.split("/")[0]},
            "default_branch": "main",
            "private": False,
            **members,
        }
        base = f"/repos/{name}"
        self.server.route(base, lambda _: Reply(body=self.repositories[name]))
        self.server.route(f"{base}/actions/runs", lambda query: self._list_runs(name, query))
        self.server.route(
            f"{base}/deployments", lambda _: Reply(items=self._newest(self.deployments, name, "id"))
        )
        self.server.route(
            f"{base}/issues/events",
            lambda _: Reply(items=self._newest(self.events, name, "created_at")),
        )
        self.server.route(
            f"{base}/environments",
            lambda _: Reply(items=self.environments.get(name, []), member="environments"),
        )
        for path, things in (("pulls", self.pulls), ("issues", self.issues)):
            self.server.route(
                f"{base}/{path}",
                lambda _, things=things: Reply(items=self._newest(things, name, "updated_at")),
            )

    def put_run(self, name, *attempts, jobs=()):
        """Serve a run with all its attempts, the last one in lists; `jobs` by attempt."""
        latest = attempts[-1]
        run_id = latest["id"]
        self.runs.setdefault(name, {})[run_id] = latest
        base = f"/repos/{name}/actions/runs/{run_id}"
        self.server.route(base, Reply(body=latest))
        self.server.route(
            f"{base}/artifacts",
            lambda _: Reply(items=self.artifacts.get(run_id, []), member="artifacts"),
        )
        for attempt in attempts:
            number = attempt["run_attempt"]
            self.server.route(f"{base}/attempts/{number}", Reply(body=attempt))
            self.server.route(
                f"{base}/attempts/{number}/jobs",
                Reply(items=[job for job in jobs if job["run_attempt"] == number], member="jobs"),
            )

    def put_artifact(self, name, run_id, artifact_id, archive, **members):
        api = f"{self.server.url}/repos/{name}/actions/artifacts/{artifact_id}"
        self.artifacts.setdefault(run_id, []).append(
            {
                "id": artifact_id,
                "name": f"reports-{artifact_id}",
                "size_in_bytes": len(archive or b""),
                "url": api,
                "archive_download_url": f"{api}/zip",
                "expired": False,
                "created_at": "2026-01-02T03:10:00Z",
                "workflow_run": {"id": run_id, "head_sha": "a" * 40},
                **members,
            }
        )
        path = f"/repos/{name}/actions/artifacts/{artifact_id}/zip"
        if archive is None:
            self.server.route(path, Reply(410, {"message": "Artifact has expired"}))
        else:
            # archives lie on another host, as with the vendor
            self.server.route(f"/storage/{artifact_id}", Reply(body=archive))
            self.server.route(path, Reply(302, {}, headers={"Location": f"/storage/{artifact_id}"}))

    def put_pull(self, name, number, updated_at, **members):
        api = f"{self.server.url}/repos/{name}"
        self.pulls.setdefault(name, {})[number] = {
            "id": 900 + number,
            "number": number,
            "state": "open",
            "title": f"Change {number}",
            "url": f"{api}/pulls/{number}",
            "head": {"ref": "topic", "sha": f"{number:040x}", "repo": None},
            "base": {"ref": "main", "sha": "0" * 40, "repo": {"full_name": name}},
            "created_at": "2026-01-02T00:00:00Z",
            "updated_at": updated_at,
            "labels": [{"name": "bug"}],
            **members,
        }
        base = f"/repos/{name}/pulls/{number}"
        commits = [
            {
                "sha": f"{number:039x}{position}",
                "url": f"{api}/commits/{number:039x}{position}",
                "commit": {"message": "m", "author": {"date": "2026-01-02T00:00:00Z"}},
                "parents": [],
            }
            for position in range(3)
        ]
        self.server.route(f"{base}/commits", Reply(items=commits))
        reviews = [
            {
                "id": 7000 + number,
                "state": "APPROVED",
                "commit_id": f"{number:040x}",
                "user": {"login": "grace"},
                "submitted_at": "2026-01-02T01:00:00Z",
                "pull_request_url": f"{api}/pulls/{number}",
            }
        ]
        self.server.route(f"{base}/reviews", Reply(items=reviews))

    def put_issue(self, name, number, updated_at, **members):
        api = f"{self.server.url}/repos/{name}"
        self.issues.setdefault(name, {})[number] = {
            "id": 500 + number,
            "number": number,
            "title": f"Issue {number}",
            "state": "open",
            "labels": [],
            "repository_url": api,
            "events_url": f"{api}/issues/{number}/events",
            "created_at": "2026-01-02T00:00:00Z",
            "updated_at": updated_at,
            **members,
        }

    def put_event(self, name, event_id, number, event, created_at, **members):
        """Serve what happened to an issue, with the issue as it is now, as the vendor does."""
        api = f"{self.server.url}/repos/{name}/issues"
        self.events.setdefault(name, {})[event_id] = {
            "id": event_id,
            "url": f"{api}/events/{event_id}",
            "event": event,
            "actor": {"login": "ada"},
            "created_at": created_at,
            "issue": self.issues[name][number],
            **members,
        }

    def put_environment(self, name, environment_id, environment, **members):
        self.environments.setdefault(name, []).append(
            {
                "id": environment_id,
                "name": environment,
                "url": f"{self.server.url}/repos/{name}/environments/{environment}",
                "created_at": "2026-01-01T00:00:00Z",
                "updated_at": "2026-01-01T00:00:00Z",
                "protection_rules": [],
                **members,
            }
        )

    def put_deployment(self, name, deployment_id, created_at, *states, updated_at=None):
        api = f"{self.server.url}/repos/{name}/deployments/{deployment_id}"
        self.deployments.setdefault(name, {})[deployment_id] = {
            "id": deployment_id,
            "url": api,
            "statuses_url": f"{api}/statuses",
            "sha": "b" * 40,
            "ref": "main",
            "task": "deploy",
            "environment": "production",
            "created_at": created_at,
            "updated_at": updated_at or created_at,
        }
        statuses = [
            {
                "id": deployment_id * 10 + position,
                "state": state,
                "deployment_url": api,
                "created_at": created_at,
                "updated_at": created_at,
            }
            for position, state in enumerate(states)
        ]
        path = f"/repos/{name}/deployments/{deployment_id}/statuses"
        self.server.route(path, Reply(items=statuses[::-1]))

    @staticmethod
    def _newest(things, name, ordered_by):
        found = things.get(name, {}).values()
        return sorted(found, key=lambda item: (item[ordered_by], item["id"]), reverse=True)

    def _list_runs(self, name, query):
        runs = self._newest(self.runs, name, "created_at")
        created = query.get("created", "")
        if created.startswith(">="):
            runs = [run for run in runs if run["created_at"] >= created[2:]]
        elif created:
            start, end = created.split("..")
            runs = [run for run in runs if start <= run["created_at"] <= end]
        reply = Reply(items=runs, member="workflow_runs")
        size = min(int(query["per_page"]), self.server.largest_page)
        if int(query.get("page", 1)) * size > self.cap + size - 1:
            return Reply(422, {"message": "Only the first results are available"})
        return reply
