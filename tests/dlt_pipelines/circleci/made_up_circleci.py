"""A made-up project of CircleCI: pipelines, workflows, jobs on a replay server."""

from tests.replay_server import Reply

SLUG = "gh/simulated-org/shop"
PROJECT = {
    "slug": SLUG,
    "name": "shop",
    "id": "project-1",
    "organization_slug": "gh/simulated-org",
    "vcs_info": {
        "vcs_url": "https://github.com/simulated-org/shop",
        "default_branch": "main",
        "provider": "GitHub",
    },
}
PAGE = 2


def uuid(kind, number):
    return f"{kind:08}-0000-4000-8000-{number:012}"


def make_pipeline(number, **members):
    at = f"2026-01-{number:02}T03:00:00.000Z"
    return {
        "id": uuid(1, number),
        "number": number,
        "state": "created",
        "errors": [],
        "project_slug": SLUG,
        "created_at": at,
        "updated_at": at,
        "trigger": {"type": "webhook", "received_at": at, "actor": {"login": "amy"}},
        "vcs": {
            "branch": "main",
            "revision": f"{number:040x}",
            "target_repository_url": "https://github.com/simulated-org/shop",
            "origin_repository_url": "https://github.com/amy/shop",
            "review_id": "12",
        },
        **members,
    }


def make_workflow(number, pipeline=None, status="success", **members):
    pipeline = number if pipeline is None else pipeline
    return {
        "id": uuid(2, number),
        "pipeline_id": uuid(1, pipeline),
        "pipeline_number": pipeline,
        "name": "build",
        "project_slug": SLUG,
        "status": status,
        "created_at": f"2026-01-{pipeline:02}T03:00:01Z",
        "stopped_at": None if status == "running" else f"2026-01-{pipeline:02}T03:05:01Z",
        **members,
    }


def make_job(number, pipeline=None, status="success", **members):
    day = f"2026-01-{number if pipeline is None else pipeline:02}"
    return {
        "id": uuid(3, number),
        "job_number": number,
        "name": "test",
        "type": "build",
        "project_slug": SLUG,
        "status": status,
        "dependencies": [],
        "started_at": f"{day}T03:00:05Z",
        "stopped_at": None if status == "running" else f"{day}T03:05:00Z",
        **members,
    }


class Site:
    """The pipelines of a replay server, listed with page tokens."""

    def __init__(self, server):
        self.server = server
        self.pipelines = {}
        self.workflows = {}
        server.route(f"/api/v2/project/{SLUG}", Reply(body=PROJECT))
        self._paged(f"/api/v2/project/{SLUG}/pipeline", self._newest_first)

    def put(self, pipeline, *pairs):
        """Add a pipeline with pairs of a workflow and its jobs."""
        self.pipelines[pipeline["number"]] = pipeline
        found = self.workflows.setdefault(pipeline["id"], {})
        for workflow, jobs in pairs:
            found[workflow["id"]] = workflow
            path = f"/api/v2/workflow/{workflow['id']}"
            self.server.route(path, lambda _, workflow=workflow: Reply(body=workflow))
            self._paged(f"{path}/job", lambda jobs=jobs: jobs)
        self._paged(f"/api/v2/pipeline/{pipeline['id']}/workflow", lambda: list(found.values()))

    def _newest_first(self):
        return [self.pipelines[number] for number in sorted(self.pipelines, reverse=True)]

    def _paged(self, path, items):
        def answer(query):
            start = int(query.get("page-token", 0))
            found = items()
            token = str(start + PAGE) if start + PAGE < len(found) else None
            return Reply(body={"items": found[start : start + PAGE], "next_page_token": token})

        self.server.route(path, answer)
