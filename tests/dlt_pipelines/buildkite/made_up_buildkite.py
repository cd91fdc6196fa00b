"""A made-up organisation of Buildkite: pipelines, builds, artifacts on a replay server."""

from datetime import datetime

from tests.replay_server import Reply

ORG, SLUG = "simulated-org", "shop"
API = "https://api.buildkite.com/v2/organizations"
SITE = "https://buildkite.com"
SMALL = 10
PIPELINE = {
    "id": "p-1",
    "url": f"{API}/{ORG}/pipelines/{SLUG}",
    "web_url": f"{SITE}/{ORG}/{SLUG}",
    "name": "Shop",
    "slug": SLUG,
    "repository": "git@github.com:simulated-org/shop.git",
    "default_branch": "main",
    "provider": {"id": "github", "webhook_url": "https://webhook.buildkite.com/deliver/hidden"},
    "created_at": "2025-01-01T00:00:00.000Z",
    "archived_at": None,
}


def build_id(number):
    return f"00000000-0000-4000-8000-{number:012}"


def make_job(number, position=1, state="passed", **members):
    """Make a job of a build; a script unless told."""
    job_id = f"00000000-0000-4000-9000-{number:06}{position:06}"
    day = f"2026-01-{number % 28 + 1:02}T03"
    return {
        "id": job_id,
        "graphql_id": f"g-{job_id}",
        "type": "script",
        "name": f"test {position}",
        "step_key": f"test-{position}",
        "agent_query_rules": ["queue=linux"],
        "state": state,
        "build_url": f"{API}/{ORG}/pipelines/{SLUG}/builds/{number}",
        "web_url": f"{SITE}/{ORG}/{SLUG}/builds/{number}#{job_id}",
        "soft_failed": False,
        "exit_status": 0,
        "agent": {"id": "a", "name": "agent-1", "access_token": "hidden", "meta_data": []},
        "created_at": f"{day}:00:00.000Z",
        "scheduled_at": f"{day}:00:00.000Z",
        "runnable_at": f"{day}:00:10.000Z",
        "started_at": f"{day}:00:30.500Z",
        "finished_at": f"{day}:05:00.000Z",
        "retried": False,
        "retried_in_job_id": None,
        "retries_count": None,
        "retry_source": None,
        "parallel_group_index": None,
        "parallel_group_total": None,
        **members,
    }


def make_build(number, state="passed", jobs=None, **members):
    """Make a build as REST shows it."""
    day = f"2026-01-{number % 28 + 1:02}T03"
    finished = None if state in ("running", "scheduled") else f"{day}:05:01.000Z"
    return {
        "id": build_id(number),
        "graphql_id": f"g-{number}",
        "url": f"{API}/{ORG}/pipelines/{SLUG}/builds/{number}",
        "web_url": f"{SITE}/{ORG}/{SLUG}/builds/{number}",
        "number": number,
        "state": state,
        "cancel_reason": None,
        "blocked": False,
        "message": "Sell more",
        "commit": f"{number:040x}",
        "branch": "main",
        "source": "webhook",
        "creator": {"id": "u-1", "name": "Amy"},
        "jobs": [make_job(number)] if jobs is None else jobs,
        "created_at": f"{day}:00:00.000Z",
        "scheduled_at": f"{day}:00:00.000Z",
        "started_at": f"{day}:00:30.000Z",
        "finished_at": finished,
        "pull_request": {},
        "rebuilt_from": None,
        "triggered_from": None,
        "pipeline": PIPELINE,
        **members,
    }


def _at(text):
    return datetime.fromisoformat(text)


class Site:
    """The builds of a replay server, as the REST API would list them."""

    def __init__(self, server):
        self.server = server
        self.builds = {}
        self.deepest = None  # how many builds a list goes down to
        self.heavy = None  # number of a build that fails every page of more than ten
        base = f"/v2/organizations/{ORG}"
        self.base = f"{base}/pipelines/{SLUG}"
        server.route(f"{base}/pipelines", Reply(items=[PIPELINE]))
        server.route(f"{base}/builds", self._list)
        server.route(self.base, Reply(body=PIPELINE))
        server.route(f"{self.base}/builds", self._list)

    def put(self, build, *artifacts):
        """Add a build or replace it."""
        number = build["number"]
        self.builds[number] = build
        self.server.route(f"{self.base}/builds/{number}", lambda _: Reply(body=build))
        self.server.route(f"{self.base}/builds/{number}/artifacts", Reply(items=list(artifacts)))
        return build

    def artifact(self, number, artifact_id, path, content):
        """Make an artifact of the first job of a build; None is one that has expired."""
        job = make_job(number)["id"]
        address = f"{self.base}/builds/{number}/jobs/{job}/artifacts/{artifact_id}"
        reply = Reply(status=404, body={}) if content is None else Reply(body=content)
        self.server.route(f"{address}/download", reply)
        return {
            "id": artifact_id,
            "job_id": job,
            "url": f"https://api.buildkite.com{address}",
            "download_url": f"https://api.buildkite.com{address}/download",
            "state": "finished",
            "path": path,
            "filename": path.rpartition("/")[2],
            "file_size": len(content or b""),
        }

    def _list(self, query):
        assert query["include_retried_jobs"] == "true"
        size = min(int(query["per_page"]), self.server.largest_page)
        skipped = (int(query.get("page", 1)) - 1) * size
        if self.deepest is not None and skipped >= self.deepest:
            message = "Listing builds this deep is not supported. Please narrow your query"
            return Reply(400, {"message": message})
        found = []
        for build in sorted(self.builds.values(), key=lambda build: -build["number"]):
            moment = build["finished_at" if "finished_from" in query else "created_at"]
            since = query.get("finished_from") or query["created_from"]
            until = query.get("created_to", "9999-01-01T00:00:00Z")
            if moment and _at(since) <= _at(moment) and _at(build["created_at"]) < _at(until):
                found.append(build)
        shown = found[skipped : skipped + size]
        is_heavy = any(build["number"] == self.heavy for build in shown)
        if is_heavy and int(query["per_page"]) > SMALL:
            return Reply(504, {"message": "Gateway Timeout"})
        return Reply(items=found)
