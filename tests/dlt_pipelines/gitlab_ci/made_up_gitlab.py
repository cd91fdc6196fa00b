"""A small GitLab: a project, pipelines with retries and a child, merge requests, deployments."""

import io
import zipfile
from datetime import datetime

from tests.replay_server import ReplayServer, Reply

SHOP = "acme/web/shop"
PROJECT = 77_001
SITE = f"https://gitlab.example.com/{SHOP}"
HEAD = "a" * 40
JUNIT = b'<testsuite name="unit"><testcase classname="c" name="works" time="0.5"/></testsuite>'


def archive(name: str = "report.xml") -> bytes:
    """Give a zip file with a report of one test."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as opened:
        opened.writestr(name, JUNIT)
    return buffer.getvalue()


def project() -> dict:
    return {
        "id": PROJECT,
        "path_with_namespace": SHOP,
        "namespace": {"full_path": "acme/web"},
        "default_branch": "main",
        "visibility": "private",
        "archived": False,
        "web_url": SITE,
        "created_at": "2025-01-01T00:00:00.000Z",
        "last_activity_at": "2026-01-02T00:00:00.000Z",
    }


def pipeline(pipeline_id: int, status: str = "success", **members) -> dict:
    return {
        "id": pipeline_id,
        "iid": pipeline_id - 500_000,
        "project_id": PROJECT,
        "sha": HEAD,
        "ref": "main",
        "status": status,
        "source": "push",
        "tag": False,
        "created_at": "2026-01-02T10:00:00.000Z",
        "updated_at": "2026-01-02T10:10:00.000Z",
        "started_at": "2026-01-02T10:00:05.000Z",
        "finished_at": None if status == "running" else "2026-01-02T10:09:59.000Z",
        "duration": None if status == "running" else 120,
        "queued_duration": 5,
        "coverage": "81.5",
        "yaml_errors": None,
        "user": {"id": 1, "username": "ann"},
        "web_url": f"{SITE}/-/pipelines/{pipeline_id}",
        **members,
    }


def job(job_id: int, pipeline_id: int, name: str, status: str = "success", **members) -> dict:
    return {
        "id": job_id,
        "name": name,
        "stage": "test",
        "status": status,
        "ref": "main",
        "tag": False,
        "coverage": None,
        "allow_failure": False,
        "created_at": "2026-01-02T10:00:00.000Z",
        "started_at": "2026-01-02T10:01:00.000Z",
        "finished_at": "2026-01-02T10:02:00.000Z",
        "duration": 60.0,
        "queued_duration": 2.5,
        "user": {"id": 1, "username": "ann"},
        "commit": {"id": HEAD},
        "pipeline": {"id": pipeline_id, "project_id": PROJECT, "sha": HEAD},
        "runner": {"id": 9, "description": "docker-1", "runner_type": "project_type"},
        "tag_list": ["docker"],
        "artifacts": [],
        "web_url": f"{SITE}/-/jobs/{job_id}",
        **members,
    }


def merge_request(number: int, **members) -> dict:
    return {
        "id": 900_000 + number,
        "iid": number,
        "project_id": PROJECT,
        "title": f"Change {number}",
        "state": "merged",
        "author": {"id": 2, "username": "bob"},
        "source_branch": f"topic-{number}",
        "target_branch": "main",
        "source_project_id": PROJECT,
        "target_project_id": PROJECT,
        "sha": "b" * 40,
        "merge_commit_sha": None,
        "squash_commit_sha": "c" * 40,
        "labels": ["backend"],
        "draft": False,
        "created_at": "2026-01-01T09:00:00.000Z",
        "updated_at": "2026-01-02T09:00:00.000Z",
        "merged_at": "2026-01-02T09:00:00.000Z",
        "closed_at": None,
        "web_url": f"{SITE}/-/merge_requests/{number}",
        **members,
    }


def commit() -> dict:
    return {
        "id": "b" * 40,
        "short_id": "bbbbbbbb",
        "author_name": "Bob",
        "author_email": "bob@example.com",
        "authored_date": "2026-01-01T08:00:00.000Z",
        "committed_date": "2026-01-01T08:30:00.000Z",
        "web_url": f"{SITE}/-/commit/{'b' * 40}",
    }


def note(note_id: int, body: str, *, system: bool = False, at: str = "12") -> dict:
    return {
        "id": note_id,
        "body": body,
        "system": system,
        "author": {"id": 3, "username": "eve"},
        "noteable_type": "MergeRequest",
        "noteable_iid": 4,
        "created_at": f"2026-01-01T{at}:00:00.000Z",
    }


def deployment(deployment_id: int, status: str = "success") -> dict:
    return {
        "id": deployment_id,
        "iid": 1,
        "ref": "main",
        "sha": HEAD,
        "status": status,
        "created_at": "2026-01-02T10:05:00.000Z",
        "updated_at": "2026-01-02T10:06:00.000Z",
        "user": {"id": 1, "username": "ann"},
        "environment": {"id": 5, "name": "production"},
        "deployable": {
            **job(600_009, 500_001, "deploy", stage="deploy"),
            "finished_at": "2026-01-02T10:05:59.000Z",
        },
    }


def issue(number: int) -> dict:
    return {
        "id": 800_000 + number,
        "iid": number,
        "project_id": PROJECT,
        "title": "Shop is down",
        "description": "Deployment: 700001",
        "state": "closed",
        "issue_type": "incident",
        "severity": "CRITICAL",
        "labels": ["incident"],
        "author": {"id": 3, "username": "eve"},
        "created_at": "2026-01-02T11:00:00.000Z",
        "updated_at": "2026-01-02T12:00:00.000Z",
        "closed_at": "2026-01-02T12:00:00.000Z",
        "web_url": f"{SITE}/-/issues/{number}",
    }


def event(event_id: int, at: str, **members) -> dict:
    return {
        "id": event_id,
        "user": {"id": 3, "username": "eve"},
        "created_at": f"2026-01-02T{at}:00.000Z",
        "resource_type": "Issue",
        "resource_id": 800_001,
        **members,
    }


def changed(items: list[dict], query: dict[str, str]) -> list[dict]:
    """Give what changed in a span of time, in the order that is asked for."""
    after, before = query.get("updated_after"), query.get("updated_before")

    def at(item: dict) -> datetime:
        return datetime.fromisoformat(item["updated_at"])

    if after is None:
        return items
    found = [
        item
        for item in items
        if at(item) >= datetime.fromisoformat(after)
        and (before is None or at(item) <= datetime.fromisoformat(before))
    ]
    return sorted(found, key=at, reverse=query.get("sort") == "desc")


class Site:
    """The GitLab as lists of objects, served by a replay server or written as saved answers."""

    def __init__(self) -> None:
        child = {"id": 500_003, "project_id": PROJECT, "status": "success",
                 "updated_at": "2026-01-02T10:10:00.000Z"}  # fmt: skip
        self.pipelines = {
            500_001: pipeline(500_001),
            500_002: pipeline(500_002, "running", sha="d" * 40),
            500_003: pipeline(500_003, source="parent_pipeline"),
        }
        self.children = {500_003}
        reports = [
            {"file_type": "archive", "size": 300, "filename": "artifacts.zip"},
            {"file_type": "junit", "size": 200, "filename": "junit.xml.gz"},
        ]
        self.jobs = {
            500_001: [
                job(600_001, 500_001, "unit", "failed", failure_reason="script_failure"),
                job(600_002, 500_001, "unit", artifacts=reports),
                job(600_003, 500_001, "lint", "failed", allow_failure=True, stage="check"),
                job(
                    600_004, 500_001, "approve", "manual", started_at=None, finished_at=None,
                    queued_duration=None, duration=None, runner=None, stage="deploy",
                ),
            ],
            500_002: [
                job(600_005, 500_002, "unit", "running", finished_at=None, duration=None),
            ],
            500_003: [job(600_006, 500_003, "unit", artifacts=reports[1:])],
        }  # fmt: skip
        self.bridges = {
            500_001: [
                {
                    **job(600_007, 500_001, "call", runner=None, stage="call"),
                    "downstream_pipeline": child,
                }
            ],
        }
        self.merge_requests = [merge_request(4), merge_request(5, state="opened", merged_at=None)]
        self.notes = [
            note(41, "what is this?"),
            note(42, "approved this merge request", system=True, at="13"),
            note(43, "changed the description", system=True, at="14"),
        ]
        self.deployments = [deployment(700_001), deployment(700_002, "running")]
        self.issues = [issue(1)]
        doing = {"id": 6, "name": "In progress"}
        self.label_events = [
            event(1, "11:10", label=doing, action="add"),
            event(2, "11:40", label=doing, action="remove"),
            event(3, "11:50", label=None, action="remove"),
        ]
        self.state_events = [
            event(1, "11:20", state="closed", source_commit=None),
            event(2, "11:30", state="reopened", source_commit=None),
            event(3, "12:00", state="closed", source_commit=None),
        ]
        self.environments = [
            {"id": 5, "name": "production", "slug": "production", "external_url": None,
             "tier": "production", "state": "available"},
        ]  # fmt: skip

    @property
    def listed(self) -> list[dict]:
        """Pipelines as the list shows them: with few members, without children."""
        return [one for one in self._shown() if one["id"] not in self.children]

    def _shown(self) -> list[dict]:
        few = ("id", "iid", "project_id", "sha", "ref", "status", "source", "created_at")
        return [
            {name: found[name] for name in (*few, "updated_at", "web_url")}
            for _, found in sorted(self.pipelines.items(), reverse=True)
        ]

    def pages(self) -> dict[str, object]:
        """Give every answer by its path below the API."""
        base = f"projects/{PROJECT}"
        found: dict[str, object] = {
            f"{base}/pipelines": self.listed,
            f"{base}/merge_requests": self.merge_requests,
            f"{base}/issues": self.issues,
            f"{base}/deployments": self.deployments,
            f"{base}/environments": self.environments,
        }
        for key, item in self.pipelines.items():
            found[f"{base}/pipelines/{key}"] = item
            found[f"{base}/pipelines/{key}/jobs"] = self.jobs[key]
            found[f"{base}/pipelines/{key}/bridges"] = self.bridges.get(key, [])
        for one in self.issues:
            path = f"{base}/issues/{one['iid']}"
            found[f"{path}/resource_label_events"] = self.label_events
            found[f"{path}/resource_state_events"] = self.state_events
        for change in self.merge_requests:
            path = f"{base}/merge_requests/{change['iid']}"
            found[f"{path}/commits"] = [commit()] if change["iid"] == 4 else []
            found[f"{path}/notes"] = self.notes if change["iid"] == 4 else []
        return found

    def serve(self, server: ReplayServer) -> None:
        """Let a server answer as this GitLab does."""

        def since(items: list[dict]):
            def route(query: dict[str, str]) -> Reply:
                return Reply(items=changed(items, query))

            return route

        for name in (f"projects/{PROJECT}", f"projects/{SHOP.replace('/', '%2F')}"):
            server.route(f"/api/v4/{name}", Reply(body=project()))
        server.route("/api/v4/groups/acme/projects", Reply(items=[project()]))
        for path, answer in self.pages().items():
            is_list = isinstance(answer, list)
            server.route(f"/api/v4/{path}", since(answer) if is_list else Reply(body=answer))
        children = [one for one in self._shown() if one["id"] in self.children]
        parents = self.listed
        server.route(
            f"/api/v4/projects/{PROJECT}/pipelines",
            lambda query: Reply(
                items=changed(
                    children if query.get("source") == "parent_pipeline" else parents, query
                )
            ),
        )
        zipped = f"/api/v4/projects/{PROJECT}/jobs/600002/artifacts"
        server.route(zipped, Reply(body=archive()))
        suite = {"name": "unit", "total_count": 1, "test_cases": [{"name": "t"}]}
        report = {"total_count": 1, "test_suites": [suite]}
        server.route(f"/api/v4/projects/{PROJECT}/pipelines/500003/test_report", Reply(body=report))


def polled(make_project, server, site, name="polled", **options):
    """Make a project that polls this GitLab."""
    site.serve(server)
    found = make_project(name)
    settings = {"mode": "api", "api_url": server.url, "projects": [SHOP], "since": "2026-01-01"}
    found.configure(**{**settings, **options})
    return found
