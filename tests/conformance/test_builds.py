"""Recorded builds of Jenkins, Buildkite and CircleCI against the tables that DevLake makes of them.

Deviations are meant and named: the rules are DevLake's, the words are the vendor's.
"""

import csv
import json
from collections import Counter
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from urllib.parse import urlsplit

import pytest

from dlt_pipelines.parsers.buildkite import BuildkiteReader
from dlt_pipelines.parsers.builds.schema import NAMES
from dlt_pipelines.parsers.circleci import CircleciReader
from dlt_pipelines.parsers.jenkins import JenkinsReader
from tests.conftest import REPOSITORY
from tests.dlt_pipelines.source_projects import SourceProject
from tests.replay_server import FakeClock, ReplayServer, Reply

pytestmark = pytest.mark.corpus

# Where a result of DevLake is not ours: (word of the vendor, our result) → why.
DEVIATIONS = {
    ("ABORTED", "cancelled"): "a failure there; nobody says here that the code was at fault",
    ("UNSTABLE", "unstable"): "no result there",
    ("NOT_BUILD", "neutral"): "no result there; a spelling of DevLake's that no server sends",
}
NOT_ANSWERS = ("INDEX.csv", "expected_modelData", "env-info", "log_start_0")


class Rows:
    """Keeps rows as dicts and counts what could not become one."""

    def __init__(self):
        self.tables = {}
        self.reasons = Counter()

    def row(self, table, row):
        self.tables.setdefault(table, []).append(dict(zip(NAMES[table], row, strict=True)))

    def reject(self, table, number, item, reason):
        self.reasons[reason] += 1


@pytest.fixture(scope="module")
def words():
    table = REPOSITORY / "dbt_project" / "seeds" / "result_words.csv"
    with table.open(encoding="utf-8", newline="") as lines:
        return {(row["vendor"], row["vendor_word"]): row["result"] for row in csv.DictReader(lines)}


def result_of(words, vendor, status, conclusion):
    """Give our result by the rule of `int_ci_runs_united`."""
    by_status = words.get((vendor, (status or "").lower()))
    if by_status == "running":
        return "running"
    by_conclusion = words.get((vendor, (conclusion or "").lower()))
    return by_conclusion or by_status or ("running" if conclusion is None else "neutral")


def table(folder, name):
    with (folder / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def pages(folder, name):
    """Yield the recorded pages of an index: its row and the document."""
    for row in table(folder, f"{name}__INDEX.csv"):
        yield row, json.loads((folder / row["page"]).read_text(encoding="utf-8"))


def instant(text):
    return datetime.fromisoformat(text) if text else None


def to_seconds(moment):
    return moment.replace(microsecond=0) if moment else None


@pytest.fixture(scope="module")
def jenkins(corpus):
    folder = corpus / "ci" / "jenkins" / "devlake_folder_job"
    rows = Rows()
    for row, document in pages(folder / "api_pages", "jenkins_api_builds"):
        JenkinsReader(rows, row["page"]).read(document)
    # the recorded stages were given to other builds than those of their links
    for row in table(folder / "raw_tables", "_raw_jenkins_api_stages.csv"):
        path, _, number = json.loads(row["input"])["FullName"].partition("#")
        jobs = "".join(f"job/{part}/" for part in path.split("/"))
        page = {"stages": [json.loads(row["data"])]}
        JenkinsReader(rows, "").read(page, f"https://ci.example/{jobs}{number}/wfapi/describe")
    return folder / "expected", rows


def test_jenkins_builds_are_those_of_devlake(jenkins, words):
    expected, rows = jenkins
    ours = {row["build_id"]: row for row in rows.tables["builds"]}
    theirs = table(expected, "_tool_jenkins_builds.csv")
    assert len(theirs) == 13
    assert len(ours) == 14, "the 14th is of a job that is out of DevLake's scope"
    for row in theirs:
        build = ours[row["full_name"]]
        assert build["number"] == int(row["number"])
        assert (build["conclusion"] or "") == row["result"]
        assert build["started_at"] == datetime.fromtimestamp(int(row["timestamp"]) / 1000, UTC)


def test_jenkins_results_are_those_of_devlake_but_for_the_words_it_has_no_result_for(
    jenkins, words
):
    expected, rows = jenkins
    ours = {row["build_id"]: row for row in rows.tables["builds"]}
    meaning = {"SUCCESS": "success", "FAILURE": "failure"}
    deviating = set()
    for row in table(expected, "cicd_pipelines.csv"):
        build = ours[row["name"]]
        result = result_of(words, "jenkins", build["status"], build["conclusion"])
        assert (result == "running") == (row["status"] == "IN_PROGRESS"), row["name"]
        assert to_seconds(build["started_at"]) == instant(row["created_date"]), row["name"]
        if result == "running":
            assert row["result"] == ""
            assert build["finished_at"] is None
            continue
        assert build["duration_seconds"] == float(row["duration_sec"])
        assert abs((build["finished_at"] - instant(row["finished_date"])).total_seconds()) < 1
        if result != meaning.get(row["result"]):
            deviating.add((row["original_result"], result))
    assert deviating == DEVIATIONS.keys()


def test_jenkins_commits_are_those_of_devlake(jenkins):
    expected, rows = jenkins
    ours = {
        (row["build_id"], row["head_sha"], f"refs/remotes/origin/{row['head_branch']}")
        for row in rows.tables["builds"]
        if row["head_sha"]
    }
    theirs = table(expected, "_tool_jenkins_build_commits.csv")
    assert ours == {(row["build_name"], row["commit_sha"], row["branch"]) for row in theirs}
    assert {row["repository"] for row in rows.tables["builds"] if row["head_sha"]} == {
        "merico-dev/lake"
    }


def test_jenkins_stages_are_those_of_devlake_with_their_own_status(jenkins, words):
    expected, rows = jenkins
    ours = {(row["build_id"], row["stage_id"]): row for row in rows.tables["stages"]}
    theirs = table(expected, "_tool_jenkins_stages.csv")
    assert len(theirs) == 21
    assert len(ours) == 24, "three are of builds that are out of DevLake's scope"
    for row in theirs:
        stage = ours[row["build_name"], row["id"]]
        assert stage["name"] == row["name"]
        assert (stage["conclusion"] or "") == row["status"]
        assert stage["duration_seconds"] == int(row["duration_millis"]) / 1000
        assert stage["started_at"] == datetime.fromtimestamp(
            int(row["start_time_millis"]) / 1000, UTC
        )
    done = {row["id"].rpartition(":JenkinsStage:1:")[2]: row for row in _tasks(expected)}
    results = {
        (row["original_status"], result_of(words, "jenkins", "completed", row["original_status"]))
        for row in done.values()
    }
    assert results == {
        ("SUCCESS", "success"),
        ("FAILED", "failure"),
        ("ABORTED", "cancelled"),
        ("", "neutral"),
    }


def _tasks(expected):
    return table(expected, "cicd_tasks_after_stages.csv")


@pytest.fixture(scope="module")
def circleci(corpus):
    folder = corpus / "ci" / "circleci" / "devlake"
    rows = Rows()
    for name in ("projects", "pipelines", "workflows", "jobs"):
        for row, document in pages(folder / "api_pages", f"circleci_api_{name}"):
            CircleciReader(rows, row["page"]).read(document, row["recorded_url"])
    assert not rows.reasons
    return folder / "expected", rows


def test_circleci_workflows_are_the_builds_of_devlake(circleci, words):
    expected, rows = circleci
    assert len(rows.tables["pipeline_runs"]) == len(table(expected, "_tool_circleci_pipelines.csv"))
    ours = {row["build_id"]: row for row in rows.tables["builds"]}
    theirs = table(expected, "cicd_pipelines.csv")
    assert len(theirs) == 9
    assert set(ours) >= {row["id"].rpartition(":")[2] for row in theirs}
    for row in theirs:
        build = ours[row["id"].rpartition(":")[2]]
        result = result_of(words, "circleci", build["status"], None)
        assert {"success": "SUCCESS", "failure": "FAILURE"}[result] == row["result"]
        assert f"{build['name']}#{build['number']}" == row["display_title"]
        assert build["started_at"] == instant(row["started_date"])
        if row["duration_sec"] != "0":
            assert build["duration_seconds"] == float(row["duration_sec"])


def test_circleci_jobs_are_those_of_devlake(circleci, words):
    expected, rows = circleci
    ours = {row["job_id"]: row for row in rows.tables["jobs"]}
    theirs = table(expected, "cicd_tasks.csv")
    assert len(theirs) == len(ours) == 9
    for row in theirs:
        job = ours[":".join(row["id"].split(":")[-2:])]
        result = result_of(words, "circleci", job["status"], None)
        assert {"success": "SUCCESS", "failure": "FAILURE"}[result] == row["result"]
        assert (job["started_at"], job["finished_at"]) == (
            instant(row["started_date"]),
            instant(row["finished_date"]),
        )
        assert job["build_id"] == row["pipeline_id"].rpartition(":")[2]


def test_a_load_since_an_hour_of_circleci_holds_what_devlakes_second_load_holds(
    corpus, tmp_path, monkeypatch
):
    """The recorded pages, polled from a server from 2023-03-25 17:45 on."""
    monkeypatch.setenv("TESTOPS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TESTOPS_PROJECT", str(tmp_path))
    folder = corpus / "ci" / "circleci" / "devlake" / "api_pages"
    server = ReplayServer(FakeClock())
    try:
        for name in ("projects", "pipelines", "workflows", "jobs"):
            for row, document in pages(folder, f"circleci_api_{name}"):
                server.route(urlsplit(row["recorded_url"]).path, Reply(body=document))
        # its configuration could not be read, so it has no workflow
        errored = "/api/v2/pipeline/d323f088-02fa-4ed5-9696-fc2f89a27150/workflow"
        server.route(errored, Reply(body={"items": [], "next_page_token": None}))
        project = SourceProject(tmp_path, "circleci")
        project.configure(
            mode="api",
            api_url=server.url,
            projects=["github/coldgust/coldgust.github.io"],
            since="2023-03-25T17:45:00",
        )
        project.load()
    finally:
        server.close()
    assert [project.count(name) for name in ("pipeline_runs", "builds", "jobs")] == [7, 6, 6]


def test_every_recorded_answer_of_jenkins_is_understood(corpus):
    """Answers give rows or are of a kind that has no table; errors and traces of others do not."""
    rows, not_kept, unread = Rows(), Counter(), []
    for path in sorted((corpus / "ci" / "jenkins").rglob("*")):
        if not path.is_file() or "devlake" in str(path) or any(p in path.name for p in NOT_ANSWERS):
            continue
        address = str(path)
        if path.suffix == ".xml":  # a flattened path of a server's disk
            name, _, number = path.name.removesuffix("_build.xml").rpartition("_builds_")
            address = f"jobs/{name.rpartition('_jobs_')[2]}/builds/{number}/build.xml"
        elif "jobHistory" in path.name or "rest_api_runs" in path.name:
            address = "https://ci.example/job/cd/wfapi/runs"
        reader = JenkinsReader(rows, address)
        report = reader.read_bytes(path.read_bytes())
        not_kept.update(report.not_kept)
        if report.error or (report.rejected and not report.rows):
            unread.append(path.name)
    counts = {name: len(found) for name, found in rows.tables.items()}
    # HTML that says 404, the error `no tests` of Blue Ocean, stages of a forerunner of wfapi
    assert not [n for n in unread if not any(w in n for w in ("cobertura", "_tests_"))]
    assert set(rows.reasons) == {
        "the saved answer is an error of the vendor: no tests",
        "no build of Jenkins: neither `timestamp` nor `startTime` is in it",
        "`id` is missing or no id",
    }
    assert counts["builds"] >= 78
    assert counts["stages"] >= 36
    xml = [row for row in rows.tables["builds"] if row["pipeline_path"] == "downstream"]
    assert {row["parent_build_id"] for row in xml} == {"upstream#1", "upstream#2"}


def test_every_recorded_answer_of_buildkite_is_understood(corpus):
    """The documents of Buildkite's docs; those of webhooks leave the objects out as `...`."""
    rows, unread = Rows(), []
    folder = corpus / "ci" / "buildkite"
    for path in sorted(folder.rglob("*.json")):
        report = BuildkiteReader(rows, path.name).read_bytes(path.read_bytes())
        if report.error or (report.rejected and not report.rows):
            unread.append(path.relative_to(folder).as_posix())
    counts = {name: len(found) for name, found in rows.tables.items()}
    outlines = [name for name in unread if "webhooks" in name]
    assert sorted(set(unread) - set(outlines)) == [
        "docs/apis__rest_api__jobs__021.json",  # a block step alone: nothing names its build
        "docs/apis__rest_api__test_engine__runs__037.json",  # an execution of a test
        "faros/pipelines_all.json",  # a slug and nothing else
    ]
    assert counts == {"artifacts": 4, "builds": 9, "jobs": 9, "pipelines": 4}
    assert {row["repository"] for row in rows.tables["builds"]} == {
        "buildkite/cli",
        "huongtn/ECHTMen",
        "my-great-org/my-pipeline",
    }


def test_the_green_rate_of_nodejs_is_that_of_its_reliability_reports(corpus, words):
    """Each day's builds as Jenkins would list them, read and given results, make the day's rate."""
    report = corpus / "ci" / "scale" / "nodejs_reliability"
    days = table(report, "green_rate_daily.csv")
    kinds = {
        "running": {"result": None, "building": True},
        "success": {"result": "SUCCESS", "building": False},
        "unstable": {"result": "UNSTABLE", "building": False},
        "aborted": {"result": "ABORTED", "building": False},
        "failure": {"result": "FAILURE", "building": False},
    }
    exact = 0
    for day in days:
        rows, builds = Rows(), []
        for kind, members in kinds.items():
            for _ in range(int(day[kind] or 0)):
                builds.append({"number": len(builds) + 1, "timestamp": 1, "duration": 1, **members})
        JenkinsReader(rows, "https://ci.nodejs.org/job/node-test-pull-request/").read(
            {"allBuilds": builds}
        )
        results = Counter(
            result_of(words, "jenkins", row["status"], row["conclusion"])
            for row in rows.tables["builds"]
        )
        decided = results["success"] + results["unstable"] + results["failure"]
        assert results["running"] == int(day["running"] or 0)
        assert results["cancelled"] == int(day["aborted"] or 0)
        rate = Decimal(100 * results["success"]) / decided
        exact += rate.quantize(Decimal("0.01"), ROUND_HALF_UP) == Decimal(day["green_rate_pct"])
    assert exact == len(days) == 688
