"""A made-up project of Azure DevOps: builds and their timelines on a replay server."""

from datetime import datetime, timedelta

from tests.replay_server import Reply

PROJECT = "simulated/shop"
PROJECT_ID = "11111111-0000-4000-8000-000000000001"
ROOT = f"/simulated/{PROJECT_ID}"
SITE = f"https://dev.azure.com{ROOT}"
PATH = f"{PROJECT_ID}/5"
DEFINITION = {
    "id": 5,
    "name": "shop",
    "path": "\\team",
    "type": "build",
    "queueStatus": "enabled",
    "revision": 1,
    "url": f"{SITE}/_apis/build/Definitions/5?revision=1",
    "project": {"id": PROJECT_ID, "name": "shop"},
}
WHOLE_DEFINITION = {
    **DEFINITION,
    "process": {"type": 2, "yamlFilename": "azure-pipelines.yml"},
    "repository": {
        "id": "simulated-org/shop",
        "type": "GitHub",
        "url": "https://github.com/simulated-org/shop.git",
        "defaultBranch": "refs/heads/main",
    },
}
PAGE = 2
KINDS = {"Stage": 1, "Phase": 2, "Job": 3, "Task": 4, "Checkpoint": 5, "Checkpoint.Approval": 6}


def moment(day, minutes=0):
    return f"2026-01-{day:02}T03:{minutes:02}:00.1234567Z"


def uuid(kind, attempt=1):
    """The id of a record, which is the same in every build."""
    return f"{kind:08}-0000-4000-8000-{attempt:012}"


def make_build(number, status="completed", result="succeeded", **members):
    is_over = status == "completed"
    return {
        "_links": {"web": {"href": f"{SITE}/_build/results?buildId={number}"}},
        "id": number,
        "buildNumber": f"202601{number:02}.1",
        "status": status,
        **({"result": result, "finishTime": moment(number, 9)} if is_over else {}),
        "queueTime": moment(number, 0),
        "startTime": moment(number, 1),
        "url": f"{SITE}/_apis/build/Builds/{number}",
        "definition": DEFINITION,
        "project": {"id": PROJECT_ID, "name": "shop"},
        "sourceBranch": "refs/heads/main",
        "sourceVersion": f"{number:040x}",
        "queue": {"id": 9, "name": "Azure Pipelines", "pool": {"id": 9, "isHosted": True}},
        "reason": "individualCI",
        "requestedFor": {"displayName": "Amy", "uniqueName": "amy@example.org"},
        "lastChangedDate": moment(number, 9 if is_over else 1),
        "repository": {"id": "simulated-org/shop", "type": "GitHub"},
        "triggerInfo": {"ci.sourceBranch": "refs/heads/main"},
        "validationResults": [],
        **members,
    }


def make_record(kind, name, parent, number, *, attempt=1, result="succeeded", **members):
    """A record of a timeline; `number` is the build's, which is the day, too."""
    return {
        "previousAttempts": [],
        "id": uuid(KINDS[kind], attempt),
        "parentId": parent,
        "type": kind,
        "name": name,
        "startTime": moment(number, 10 * attempt - 9 + (kind == "Job")),
        "finishTime": moment(number, 10 * attempt - 2) if result else None,
        "state": "completed" if result else "inProgress",
        "result": result,
        "lastModified": "0001-01-01T00:00:00",
        "order": 1,
        "attempt": attempt,
        "identifier": name,
        "url": None,
        "issues": [],
        "log": None,
        "task": None,
        **members,
    }


def make_timeline(number, *, attempt=1, result="succeeded", is_retried=False):
    """The timeline of an attempt; that of a later one names the earlier."""
    earlier = []
    if is_retried:
        earlier = [{"attempt": 1, "timelineId": timeline_id(number, 1)}]

    def record(kind, name, parent, **members):
        return make_record(
            kind, name, parent, number, attempt=attempt, result=result,
            previousAttempts=[{**part, "recordId": uuid(KINDS[kind])} for part in earlier],
            **members,
        )  # fmt: skip

    failed = [{"type": "error", "category": "General", "message": "Bash exited with code '1'."}]
    return {
        "id": timeline_id(number, attempt),
        "changeId": 7,
        "url": f"{SITE}/_apis/build/Builds/{number}/Timeline/{timeline_id(number, attempt)}",
        "records": [
            record("Stage", "Test", None),
            record("Phase", "Unit", uuid(1, attempt)),
            record("Job", "Unit linux", uuid(2, attempt), workerName="agent-1", queueId=9),
            make_record(
                "Task", "Run tests", uuid(3, attempt), number, attempt=attempt, result=result,
                order=3, task={"name": "Bash"}, issues=failed if result == "failed" else [],
            ),
        ],
    }  # fmt: skip


def timeline_id(number, attempt):
    return f"aaaaaaaa-0000-4000-8000-{number:06}{attempt:06}"


class Site:
    """The builds of a replay server, in lists that continue by token."""

    def __init__(self, server):
        self.server = server
        self.builds = {}
        root = f"/{PROJECT}/_apis/build"
        server.route(
            "/simulated/_apis/projects/shop",
            Reply(body={"id": PROJECT_ID, "name": "shop", "visibility": "private"}),
        )
        server.route(
            f"{root}/definitions",
            Reply(body={"count": 1, "value": [self._local(WHOLE_DEFINITION)]}),
        )
        server.route(f"{root}/builds", self._list)

    def put(self, build, *timelines):
        """Add a build with its timelines, the newest first; or change one."""
        number = build["id"]
        self.builds[number] = build
        path = f"/{PROJECT}/_apis/build/builds/{number}"
        self.server.route(path, lambda _: Reply(body=self._local(self.builds[number])))
        if not timelines:
            self.server.route(f"{path}/timeline", Reply(204, b""))
        for position, timeline in enumerate(timelines):
            name = f"/{timeline['id']}" if position else ""
            self.server.route(f"{path}/timeline{name}", Reply(body=self._local(timeline)))

    def _list(self, query):
        by = {"queueTimeAscending": "queueTime", "finishTimeAscending": "finishTime"}[
            query["queryOrder"]
        ]
        since, until = (datetime.fromisoformat(query[name]) for name in ("minTime", "maxTime"))
        found = sorted(
            (build for build in self.builds.values() if by in build), key=lambda build: build[by]
        )
        found = [
            build for build in found
            if since <= datetime.fromisoformat(build[by]) <= until + timedelta(seconds=1)
        ]  # fmt: skip
        start = int(query.get("continuationToken", 0))
        headers = {}
        if start + PAGE < len(found):
            headers["x-ms-continuationtoken"] = str(start + PAGE)
        part = [self._local(build) for build in found[start : start + PAGE]]
        return Reply(body={"count": len(part), "value": part}, headers=headers)

    def _local(self, item):
        """Let the addresses lead to this server."""
        here = f"{self.server.url}{ROOT}"
        return {
            name: value.replace(SITE, here) if name == "url" and value else value
            for name, value in item.items()
        }
