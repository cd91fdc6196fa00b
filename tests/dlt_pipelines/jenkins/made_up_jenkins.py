"""A made-up Jenkins: folders, jobs, builds, stage views and test reports on a replay server."""

import re
from datetime import datetime
from urllib.parse import quote

from tests.replay_server import Reply

FOLDER = "com.cloudbees.hudson.plugins.folder.Folder"
MULTIBRANCH = "org.jenkinsci.plugins.workflow.multibranch.WorkflowMultiBranchProject"
PIPELINE_JOB = "org.jenkinsci.plugins.workflow.job.WorkflowJob"
PIPELINE_RUN = "org.jenkinsci.plugins.workflow.job.WorkflowRun"
FREESTYLE_RUN = "hudson.model.FreeStyleBuild"
MATRIX_RUN = "hudson.matrix.MatrixBuild"
TESTS = {"_class": "hudson.tasks.junit.TestResultAction", "totalCount": 3}
REPORT = {"failCount": 0, "passCount": 1, "suites": [{"name": "s", "cases": []}]}
RANGE = re.compile(r"\{(\d+),(\d+)\}")


def millis(text):
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def git(sha, branch="main", repository="simulated-org/shop"):
    """Give the action that git leaves on a build."""
    return {
        "_class": "hudson.plugins.git.util.BuildData",
        "lastBuiltRevision": {
            "SHA1": sha,
            "branch": [{"SHA1": sha, "name": f"refs/remotes/origin/{branch}"}],
        },
        "remoteUrls": [f"https://user:secret@github.example/{repository}.git"],
    }


def cause(name, **members):
    return {"_class": "hudson.model.CauseAction", "causes": [{"_class": name, **members}]}


class Site:
    """The jobs of a replay server, as Jenkins would show them."""

    def __init__(self, server):
        self.server = server
        self.folders = {}
        self.builds = {}

    def url(self, path):
        jobs = "".join(f"/job/{quote(part, safe='')}" for part in path.split("/") if part)
        return f"{self.server.url}{jobs}/"

    def add(self, path, kind=PIPELINE_JOB):
        """Add a folder or job to its parent's list."""
        parent, _, name = path.rpartition("/")
        item = {"_class": kind, "name": name, "fullName": path, "url": self.url(path)}
        if kind == PIPELINE_JOB:
            item |= {"color": "blue", "buildable": True, "lastBuild": None}
            self.builds[path] = {}
            self._route(path, lambda query: self._list(path, query))
        else:
            self._route(path, lambda _: Reply(body={"jobs": self.folders[path]}))
            self.folders.setdefault(path, [])
        self.folders.setdefault(parent, []).append(item)
        if parent == "":
            self._route("", lambda _: Reply(body={"jobs": self.folders[""]}))
        return item

    def build(self, path, number, at, *actions, result="SUCCESS", kind=FREESTYLE_RUN, **members):
        """Add a build or give it new members."""
        item = {
            "_class": kind,
            "number": number,
            "url": f"{self.url(path)}{number}/",
            "displayName": f"#{number}",
            "fullDisplayName": f"{path.replace('/', ' » ')} #{number}",
            "result": result,
            "building": result is None,
            "timestamp": millis(at),
            "duration": 60_500 if result else 0,
            "builtOn": "agent-1",
            "actions": [{}, *actions],
            "artifacts": [],
            **members,
        }
        self.builds[path][number] = item
        self._route(f"{path}|{number}", lambda _: Reply(body=item))
        parent = path.rpartition("/")[0]
        entry = next(job for job in self.folders[parent] if job["fullName"] == path)
        newest = self.builds[path][max(self.builds[path])]
        entry["lastBuild"] = {"number": newest["number"], "timestamp": newest["timestamp"]}
        return item

    def stages(self, path, number, *stages):
        """Give a build a stage view: pairs of a name and a status."""
        begin = self.builds[path][number]["timestamp"]
        links = f"/job/{path}/{number}"
        view = {
            "_links": {"self": {"href": f"{links}/wfapi/describe"}},
            "id": str(number),
            "name": f"#{number}",
            "status": self.builds[path][number]["result"] or "IN_PROGRESS",
            "startTimeMillis": begin,
            "endTimeMillis": begin + 60_500,
            "durationMillis": 60_500,
            "queueDurationMillis": 2_000,
            "pauseDurationMillis": 0,
            "stages": [
                {
                    "_links": {"self": {"href": f"{links}/execution/node/{index}/wfapi/describe"}},
                    "id": str(index),
                    "name": name,
                    "execNode": "",
                    "status": status,
                    "startTimeMillis": begin + index * 1_000,
                    "durationMillis": 1_000,
                    "pauseDurationMillis": 0,
                }
                for index, (name, status) in enumerate(stages, start=6)
            ],
        }
        self.server.route(self._path(path, f"{number}/wfapi/describe"), Reply(body=view))
        return view

    def matrix(self, path, number, at, result="SUCCESS", **configurations):
        """Add a build of a matrix and those of its configurations: axes and their results."""
        started = {"upstreamProject": path, "upstreamBuild": number}
        runs = [
            {
                "_class": "hudson.matrix.MatrixRun",
                "number": number,
                "url": f"{self.url(path)}{axis}={value}/{number}/",
                "result": ended,
                "building": ended is None,
                "timestamp": millis(at) + 2_000,
                "duration": 30_000 if ended else 0,
                "builtOn": value,
                "actions": [cause("hudson.model.Cause$UpstreamCause", **started)],
            }
            for axis, values in configurations.items()
            for value, ended in values.items()
        ]
        for run in runs:
            address = run["url"].removeprefix(self.server.url)
            self.server.route(f"{address}api/json", Reply(body=run))
        return self.build(path, number, at, result=result, kind=MATRIX_RUN, runs=runs)

    def tests(self, path, number, report=None):
        address = self._path(path, f"{number}/testReport/api/json")
        self.server.route(address, Reply(body=report or REPORT))

    def forget(self, path, number):
        """Let a build be deleted."""
        del self.builds[path][number]
        self.server.forget(self._path(path, f"{number}/api/json"))

    def _list(self, path, query):
        start, end = RANGE.search(query["tree"]).groups()
        newest_first = sorted(self.builds[path].values(), key=lambda b: -b["number"])
        listed = [
            {name: part for name, part in build.items() if name != "runs"}
            for build in newest_first[int(start) : int(end)]
        ]
        return Reply(body={"_class": PIPELINE_JOB, "allBuilds": listed})

    def _route(self, path, answer):
        job, _, number = path.partition("|")
        self.server.route(self._path(job, f"{number}/api/json" if number else "api/json"), answer)

    def _path(self, path, rest):
        return self.url(path).removeprefix(self.server.url) + rest
