"""Saved answers and events of Azure DevOps → raw rows."""

import pytest

from dlt_pipelines.parsers.azure_devops.place import place_of
from tests.dlt_pipelines.azure_devops.made_up_azure_devops import (
    PATH,
    PROJECT_ID,
    SITE,
    WHOLE_DEFINITION,
    make_build,
    make_record,
    make_timeline,
    moment,
    uuid,
)

SERVER = "dev.azure.com/simulated"


def test_files_give_what_a_definition_its_builds_and_their_timelines_say(project):
    project.write("saved/1.json", {"count": 1, "value": [make_build(1, result="failed")]})
    project.write("saved/2.json", make_timeline(1, result="failed"))
    project.write("saved/3.json", {"count": 1, "value": [WHOLE_DEFINITION]})
    project.configure(files=["saved"])
    assert project.load().rejected_count == 0
    assert project.rows("pipelines", "server", "pipeline_path", "name", "default_branch") == [
        (SERVER, PATH, "team/shop", "main")
    ]
    columns = ("server", "pipeline_path", "build_id", "name", "repository", "status", "conclusion")
    assert project.rows("builds", *columns) == [
        (SERVER, PATH, "1", "team/shop", "simulated-org/shop", "completed", "failed")
    ]
    columns = ("event", "head_branch", "head_sha", "actor_login", "queue_seconds")
    assert project.rows("builds", *columns, "duration_seconds") == [
        ("individualCI", "main", f"{1:040x}", "amy@example.org", 60.0, 480.0)
    ]
    assert project.rows("stages", "kind", "name", "conclusion", "attempt") == [
        ("Phase", "Unit", "failed", 1),
        ("Stage", "Test", "failed", 1),
    ]
    columns = ("server", "build_id", "job_id", "name", "stage_name", "agent_name", "queue_name")
    assert project.rows("jobs", *columns) == [
        (SERVER, "1", f"1:{uuid(3)}", "Unit linux", "Test", "agent-1", "9")
    ]
    [(queued,)] = project.query("select started_at - runnable_at from raw_azure_devops.jobs")
    assert queued.total_seconds() == 60, "a job waits from where its phase begins"
    columns = ("job_id", "number", "name", "kind", "conclusion", "error_message")
    assert project.rows("steps", *columns) == [
        (f"1:{uuid(3)}", 3, "Run tests", "Bash", "failed", "Bash exited with code '1'.")
    ]
    assert not project.load().is_changed


def test_approvals_are_jobs_and_other_checks_are_kept_beside_the_stages(reading):
    stage, check = make_record("Stage", "Ship", None, 1), make_record("Checkpoint", "c", uuid(1), 1)
    approval = make_record("Checkpoint.Approval", "Checkpoint.Approval", uuid(5), 1, result=None)
    reading.load({**make_timeline(1), "records": [stage, check, approval]})
    columns = ("name", "kind", "stage_name", "is_running", "finished_at")
    assert reading.rows("jobs", *columns) == [
        ("Checkpoint.Approval", "approval", "Ship", True, None)
    ]
    assert reading.rows("stages", "kind", "parent_stage_id") == [
        ("Checkpoint", f"1:{uuid(1)}"),
        ("Stage", None),
    ]


def test_stages_of_one_name_say_what_they_are_and_the_only_one_of_a_pipeline_has_none(reading):
    stages = [
        make_record("Stage", "Ship", None, 1, identifier=name, id=name)
        for name in ("north", "south")
    ]
    stages.append(make_record("Stage", "__default", None, 1))
    reading.load({**make_timeline(1), "records": stages})
    assert reading.rows("stages", "name") == [("Ship (north)",), ("Ship (south)",), (None,)]


@pytest.mark.parametrize("junk", [None, True, 1e300, "x", [[]], {"id": {}}], ids=repr)
def test_members_of_another_type_are_not_told(reading, junk):
    for document in (make_build(1), make_timeline(1, result="failed"), WHOLE_DEFINITION):
        for name in document.keys() - {"url"}:
            reading.load({**document, name: junk})
    record = make_record("Stage", "Test", None, 1)
    for name in record:
        records = [{**record, name: junk}, make_record("Job", "a", uuid(1), 1)]
        reading.load({**make_timeline(1), "records": records})
    assert len(reading.rows("builds", "build_id")) > 10


def test_a_record_without_an_id_is_put_aside_and_the_rest_is_read(reading):
    timeline = make_timeline(1)
    del timeline["records"][1]["id"]
    reading.load(timeline)
    assert reading.rejected == ["`id` is missing or no id"]
    assert [len(reading.rows(table, "*")) for table in ("stages", "jobs", "steps")] == [1, 1, 1]


def test_a_timeline_without_its_build_is_none_and_one_in_a_circle_ends(reading):
    looped = make_record("Job", "x", "b", 1, id="a")
    other = make_record("Phase", "y", "a", 1, id="b")
    reading.load({"records": [looped, other]})
    assert reading.rejected == ["the timeline does not name its build, and neither does its page"]
    page = f"{SITE}/_apis/build/builds/7/timeline"
    reading.load({"url": page, "body": {"records": [looped, other]}}, {"url": page, "body": looped})
    assert reading.rows("jobs", "build_id", "job_id", "stage_name") == [("7", "7:a", None)] * 2


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"sourceBranch": "refs/heads/a/b"}, ("a/b", None, f"{1:040x}")),
        ({"sourceBranch": "refs/tags/v1"}, ("tags/v1", None, f"{1:040x}")),
        ({"sourceBranch": "refs/pull/17/merge"}, ("pull/17/merge", "[17]", f"{1:040x}")),
        (
            {
                "sourceBranch": "refs/pull/17/merge",
                "triggerInfo": {"pr.number": "18", "pr.sourceBranch": "fix", "pr.sourceSha": "abc"},
            },
            ("fix", "[18]", "abc"),
        ),
        ({"sourceBranch": None, "triggerInfo": None}, (None, None, f"{1:040x}")),
        ({"sourceVersion": ""}, ("main", None, None)),
    ],
    ids=["branch", "tag", "change", "change of GitHub", "nothing", "no commit"],
)
def test_a_change_is_built_as_its_merge_and_counts_as_its_own_commit(reading, members, expected):
    reading.load(make_build(1, **members))
    columns = ("head_branch", "pull_request_numbers", "head_sha")
    assert reading.rows("builds", *columns) == [expected]


@pytest.mark.parametrize(
    ("repository", "expected"),
    [
        ({"id": "o/r", "type": "GitHub"}, "o/r"),
        ({"id": "o/r", "type": "GitHub", "url": "https://github.com/o/r.git"}, "o/r"),
        ({"id": uuid(9), "url": "https://a@dev.azure.com/a/p/_git/r"}, "a/p/_git/r"),
        ({"id": uuid(9), "type": "TfsGit"}, None),
        ({"id": "$/x", "type": "TfsVersionControl", "url": ""}, "$/x"),
        (None, None),
    ],
    ids=["github", "github with url", "azure", "azure without url", "other", "none"],
)  # fmt: skip
def test_a_repository_is_called_as_the_address_of_its_clones_calls_it(
    reading, repository, expected
):
    reading.load(make_build(1, repository=repository))
    assert reading.rows("builds", "repository") == [(expected,)]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (f"{SITE}/_apis/build/Builds/12", (SERVER, PROJECT_ID, "12")),
        ("https://acme.visualstudio.com/DefaultCollection/p/_apis/build/builds/3/timeline",
         ("dev.azure.com/acme", "p", "3")),
        ("https://dev.azure.com/acme/DefaultCollection/p/_apis/build/builds/3",
         ("dev.azure.com/acme", "p", "3")),
        ("https://Tfs.example/tfs/Main/a%20b/_build/results?view=x&buildId=4",
         ("tfs.example/tfs/Main", "a b", "4")),
        ("https://dev.azure.com/acme/_apis/projects/p", ("dev.azure.com/acme", None, None)),
        ("https://dev.azure.com/acme/p/_apis/Pipelines/2/runs/11?x",
         ("dev.azure.com/acme", "p", "11")),
        ("saved/page.json", (None, None, None)),
    ],
)  # fmt: skip
def test_addresses_of_one_place_are_one(address, expected):
    place = place_of(address)
    assert (place.server, place.pipeline_path, place.build_id) == expected


def event(kind, resource, **members):
    return {
        "id": "delivery",
        "eventType": kind,
        "publisherId": "pipelines",
        "message": {"text": "something happened"},
        "resource": resource,
        "resourceContainers": {"project": {"id": PROJECT_ID}},
        "createdDate": moment(1, 9),
        **members,
    }


def run_of(build):
    """What an event calls a run, of the build that the API shows."""
    number = build["id"]
    return {
        "_links": {"web": build["_links"]["web"]},
        "pipeline": {"id": 5, "name": "shop", "folder": "\\team",
                     "url": f"{SITE}/_apis/pipelines/5?revision=1"},
        "state": build["status"],
        "result": build.get("result"),
        "createdDate": build["queueTime"],
        "finishedDate": build.get("finishTime"),
        "url": f"{SITE}/_apis/pipelines/5/runs/{number}",
        "id": number,
        "name": build["buildNumber"],
        "resources": {"repositories": {"self": {"refName": "refs/heads/main", "version": build[
            "sourceVersion"]}}},
    }  # fmt: skip


def test_events_say_what_the_api_says_of_the_same_things(project, make_project):
    build, timeline = make_build(1, result="failed"), make_timeline(1, result="failed")
    stage, _, job, _ = timeline["records"]
    run = run_of(build)
    remotes = [{"type": "GitHub", "url": "https://github.com/simulated-org/shop"}]
    whole = {"run": run, "pipeline": run["pipeline"], "repositories": remotes}
    told = ("id", "name", "state", "result", "startTime", "finishTime", "attempt")
    of_job, of_stage = ({name: item[name] for name in told} for item in (job, stage))
    changed = "ms.vss-pipelines.{}-state-changed-event"
    project.configure()
    project.deliver(1, event(changed.format("job"), {**whole, "job": of_job, "stage": of_stage}))
    project.deliver(2, event(changed.format("stage"), {**whole, "stage": of_stage}))
    project.deliver(3, event(changed.format("run"), whole))
    project.deliver(4, event(changed.format("run"), whole, id="again"))
    project.deliver(5, event("build.complete", build, publisherId="tfs"))
    project.deliver(6, event("ms.vss-pipelinechecks-events.approval-pending", {"approval": {}}))
    report = project.load()
    assert (report.loaded_count, report.rejected_count) == (6, 0)
    polled = make_project("polled")
    polled.write("saved/1.json", [build, timeline])
    polled.configure(files=["saved"])
    polled.load()
    ends = "status, conclusion, is_running, started_at, finished_at"
    named = "server, pipeline_path, build_id, name, repository, head_branch, head_sha, html_url"
    for table, columns, condition in (
        (
            "builds",
            f"{named}, status, conclusion, is_running, created_at, finished_at, updated_at",
            "",
        ),
        (
            "stages",
            f"server, build_id, stage_id, name, kind, attempt, {ends}",
            "where kind = 'Stage'",
        ),
        ("jobs", f"server, build_id, job_id, name, kind, stage_name, attempt, {ends}", ""),
    ):
        question = f"select distinct {columns} from raw_azure_devops.{table} {condition}"
        delivered = project.query(question)
        assert delivered == polled.query(question), table
        assert len(delivered) == 1
    assert {rank for (rank,) in project.rows("builds", "detail_rank")} == {0}
    assert not project.load().is_changed


def test_the_first_version_of_an_event_says_its_result_in_the_status(reading):
    resource = {
        "id": 2,
        "buildNumber": "20260101.1",
        "url": f"{SITE}/_apis/build/Builds/2",
        "startTime": moment(2, 1),
        "finishTime": moment(2, 9),
        "reason": "manual",
        "status": "partiallySucceeded",
        "definition": {"id": 5, "name": "shop", "url": f"{SITE}/_apis/build/Definitions/5"},
    }
    reading.load(event("build.complete", resource, publisherId="tfs"))
    columns = ("server", "pipeline_path", "status", "conclusion", "is_running", "duration_seconds")
    assert reading.rows("builds", *columns) == [
        (SERVER, PATH, "completed", "partiallySucceeded", False, 480.0)
    ]


def test_other_answers_are_known_and_not_kept_and_errors_are_refused(project):
    project.write(
        "saved/other.json",
        [
            {"count": 1, "value": [{"id": 1, "name": "drop", "source": "x", "resource": {}}]},
            {"count": 1, "value": [{"id": 1, "testCaseTitle": "a", "outcome": "Passed"}]},
            {"id": 1, "name": "tests", "totalTests": 3},
            {"id": PROJECT_ID, "name": "shop", "visibility": "private"},
            {},
        ],
    )
    project.write("saved/error.json", {"$id": "1", "message": "TF400813: no", "typeKey": "Denied"})
    project.write("saved/foreign.json", {"a": 1})
    project.configure(files=["saved"])
    report = project.load()
    assert (report.rejected_count, report.partial_count) == (2, 0)
    reasons = project.query("select reason from quarantine.rejected_files order by locator")
    assert [reason for (reason,) in reasons] == [
        "the saved answer is an error of the vendor: TF400813: no",
        "no object of Azure DevOps; its first members: `a`",
    ]
