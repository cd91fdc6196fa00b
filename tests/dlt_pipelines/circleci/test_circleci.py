"""Saved answers and the polled API of CircleCI → raw rows."""

import pytest

from dlt_pipelines.circleci import TABLES
from dlt_pipelines.config import ConfigurationError
from tests.dlt_pipelines.circleci.made_up_circleci import (
    PROJECT,
    SLUG,
    make_job,
    make_pipeline,
    make_workflow,
    uuid,
)
from tests.replay_server import Reply


@pytest.fixture
def filled(site):
    """Six pipelines of a workflow each; the fourth has two, the last one's is running."""
    for number in range(1, 7):
        status = "running" if number == 6 else "success"
        workflow = make_workflow(number, status=status)
        site.put(make_pipeline(number), (workflow, [make_job(number, status=status)]))
    jobs = [make_job(70 + position, 4) for position in range(3)]
    site.put(make_pipeline(4), (make_workflow(44, 4, "failed", tag="rerun-single-job"), jobs))
    return site


def asked(server, before=0):
    return [path.split("?")[0] for path, _ in server.requests[before:]]


def counts(project):
    return {table: project.count(table) for table in TABLES[:-1]}


COUNTS = {"pipelines": 1, "pipeline_runs": 6, "builds": 7, "jobs": 9}


def test_files_give_what_a_pipeline_its_workflows_and_their_jobs_say(project):
    job_page = {"url": f"https://circleci.com/api/v2/workflow/{uuid(2, 1)}/job"}
    project.write(
        "saved/1.json", {"items": [make_pipeline(1, project_slug="github/simulated-org/shop")]}
    )
    project.write("saved/2.json", [make_workflow(1, status="failed"), PROJECT])
    project.write("saved/3.json", {**job_page, "body": {"items": [make_job(1)]}})
    project.write("saved/4.json", {"items": [make_job(2)]})
    project.configure(files=["saved"])
    assert project.load().rejected_count == 1, "jobs do not name their workflow"
    run = ("pipeline_path", "number", "repository", "head_repository", "event", "head_branch")
    assert project.rows("pipeline_runs", *run, "head_sha", "pull_request_numbers") == [
        (SLUG, 1, "simulated-org/shop", "amy/shop", "webhook", "main", f"{1:040x}", "[12]")
    ]
    columns = ("build_id", "pipeline_run_id", "number", "status", "is_running", "duration_seconds")
    assert project.rows("builds", *columns) == [(uuid(2, 1), uuid(1, 1), 1, "failed", False, 300.0)]
    assert project.rows("jobs", "build_id", "job_id", "status", "runnable_at") == [
        (uuid(2, 1), f"{uuid(2, 1)}:{uuid(3, 1)}", "success", None)
    ]
    assert project.rows("pipelines", "pipeline_path", "default_branch") == [(SLUG, "main")]
    assert not project.load().is_changed


def test_other_answers_and_deliveries_are_known_and_not_kept(project):
    project.write(
        "saved/other.json",
        [
            {"id": "e", "type": "workflow-completed", "happened_at": "2026-01-01", "webhook": {},
             "workflow": {"id": uuid(2, 1)}, "pipeline": {}},
            {"items": [{"path": "a.xml", "node_index": 0, "url": "https://circleci.example/a.xml"}]},
            {"items": [{"classname": "A", "name": "b", "result": "success", "run_time": 0.1}]},
            {"name": "t", "number": 7, "status": "failed", "executor": {}, "latest_workflow": {}},
            {"items": [{"name": "ci", "window_start": "2026-01-01", "metrics": {}}]},
        ],
    )  # fmt: skip
    project.write("saved/foreign.json", {"a": 1})
    project.configure(files=["saved"])
    report = project.load()
    assert (report.rejected_count, report.partial_count) == (1, 0)
    assert set(counts(project).values()) == {0}


@pytest.mark.parametrize(
    ("vcs", "expected"),
    [
        ({"branch": "pull/17"}, "[17]"),
        ({"branch": "pull/17/head"}, "[17]"),
        ({"branch": "pull/17", "review_id": "https://github.com/o/r/pull/18"}, "[18]"),
        ({"branch": "pull/request"}, None),
        ({"branch": "a/pull/17"}, None),
        ({"tag": "v1"}, None),
    ],
    ids=["fork", "started by hand", "named", "no number", "a longer name", "tag"],
)
def test_the_branch_of_a_fork_names_the_change(reading, vcs, expected):
    reading.load(make_pipeline(1, vcs=vcs))
    assert reading.rows("pipeline_runs", "pull_request_numbers", "head_branch") == [
        (expected, vcs.get("branch") or vcs["tag"])
    ]


GIT = {"checkout_sha": f"{7:040x}", "ref": "refs/heads/main", "branch": "main", "tag": ""}


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"git": {**GIT, "checkout_url": "git@gitlab.com:o/r.git"}}, ("o/r", "main")),
        ({"git": GIT, "gitlab": {"repo_url": "git@gitlab.com:o/g/r.git"}}, ("o/g/r", "main")),
        (
            {
                "git": {"branch": "", "tag": "v1"},
                "github_app": {"repo_url": "https://github.com/o/r"},
            },
            ("o/r", "v1"),
        ),
        ({"git": {**GIT, "checkout_url": ""}, "webhook": {"body": "{}"}}, (None, "main")),
        ({"webhook": "none"}, (None, None)),
    ],
    ids=["checkout", "gitlab", "github app, tag", "not told", "nothing"],
)
def test_pipelines_without_vcs_say_in_their_parameters_what_they_build(
    reading, parameters, expected
):
    pipeline = make_pipeline(1, project_slug="circleci/1/2", trigger_parameters=parameters)
    del pipeline["vcs"]
    reading.load(pipeline)
    assert reading.rows("pipeline_runs", "repository", "head_branch") == [expected]


def delivery(number, *, job=None, status="success"):
    """What CircleCI tells of the end of a workflow, or of a job of it, of `make_workflow`."""
    pipeline, workflow = make_pipeline(number), make_workflow(number, status=status)
    told = {
        "id": "delivery",
        "type": "job-completed" if job else "workflow-completed",
        "happened_at": workflow["stopped_at"],
        "webhook": {"id": "w", "name": "all"},
        "project": {"id": "p", "name": "shop", "slug": SLUG.replace("gh/", "github/")},
        "organization": {"id": "o", "name": "simulated-org"},
        "pipeline": {
            **{name: pipeline[name] for name in ("id", "number", "created_at", "vcs")},
            "trigger": {"type": "webhook"},
        },
        "workflow": {name: workflow[name] for name in ("id", "name", "created_at", "stopped_at")},
    }
    del told["pipeline"]["vcs"]["review_id"]
    if job is None:
        told["workflow"]["status"] = status
    else:
        told["job"] = {
            **{name: job[name] for name in ("id", "name", "status", "stopped_at")},
            "started_at": job["started_at"],
            "number": job["job_number"],
        }
    return told


def test_deliveries_say_what_the_api_says_of_the_same_things(project, make_project):
    job = make_job(1, status="failed")
    project.configure()
    project.deliver(1, delivery(1, job=job, status="failed"), event="job-completed")
    project.deliver(2, delivery(1, status="failed"), event="workflow-completed")
    project.deliver(3, delivery(1, status="failed"), event="workflow-completed")
    project.deliver(4, {"type": "ping", "happened_at": "2026-01-01", "webhook": {}}, event="ping")
    report = project.load()
    assert (report.loaded_count, report.rejected_count) == (4, 0)
    polled = make_project("polled")
    polled.write("saved/1.json", [make_pipeline(1), make_workflow(1, status="failed")])
    page = f"https://circleci.com/api/v2/workflow/{uuid(2, 1)}/job"
    polled.write("saved/2.json", {"url": page, "body": {"items": [job]}})
    polled.configure(files=["saved"])
    polled.load()
    for table, columns in {
        "pipeline_runs": "pipeline_path, pipeline_run_id, number, repository, event, head_branch,"
        " head_sha, head_repository, created_at",
        "builds": "pipeline_path, build_id, number, pipeline_run_id, name, repository, status,"
        " is_running, created_at, started_at, finished_at, updated_at, duration_seconds, html_url",
        "jobs": "pipeline_path, build_id, job_id, name, status, is_running, started_at,"
        " finished_at, updated_at",
    }.items():
        delivered = project.query(f"select distinct {columns} from raw_circleci.{table}")
        assert delivered == polled.query(f"select {columns} from raw_circleci.{table}"), table
    assert project.rows("builds", "detail_rank") == [(0,)]
    assert project.count("pipelines") == 0
    assert not project.load().is_changed


def test_the_api_gives_the_rows_of_its_saved_answers(
    api_project, filled, server, make_project, real_loads
):
    report = api_project.load()
    assert report.cursor_at is not None
    assert report.seen_count == report.loaded_count == len(server.requests)
    assert counts(api_project) == COUNTS
    files = make_project("files")
    files.configure(files=["saved"])
    for number, page in enumerate(server.saved_pages().values()):
        files.write(f"saved/{number:04}.json", page)
    files.load()
    assert files.all_rows() == api_project.all_rows()


def test_only_the_jobs_of_open_and_new_workflows_are_asked_for_again(api_project, filled, server):
    api_project.load()
    rerun = make_workflow(11, 1, "running")
    filled.put(make_pipeline(1), (rerun, [make_job(11, 1, "running")]))
    done = make_workflow(6)
    filled.put(make_pipeline(6), (done, [make_job(6)]))
    before = len(server.requests)
    api_project.load()
    jobs = sorted(path for path in asked(server, before) if path.endswith("/job"))
    assert jobs == [f"/api/v2/workflow/{uuid(2, number)}/job" for number in (6, 11)]
    assert api_project.query(
        f"select status from raw_circleci.builds where build_id = '{done['id']}' order by 1"
    ) == [("running",), ("success",)]


def test_an_open_workflow_of_an_old_pipeline_is_asked_for(api_project, filled, server):
    api_project.load()
    api_project.configure(
        mode="api", api_url=server.url, projects=[SLUG], since="2026-01-01", lookback_days=1
    )
    filled.put(make_pipeline(6), (make_workflow(6, status="failed"), [make_job(6)]))
    before = len(server.requests)
    api_project.load()
    workflow = f"/api/v2/workflow/{uuid(2, 6)}"
    project = f"/api/v2/project/{SLUG}"
    assert asked(server, before) == [project, f"{project}/pipeline", workflow, f"{workflow}/job"]


def test_a_backfill_reads_its_span_alone(api_project, filled, server):
    api_project.configure(
        mode="api", api_url=server.url, projects=[SLUG], since="2026-01-02", until="2026-01-03"
    )
    assert api_project.load().cursor_at is None
    assert api_project.rows("pipeline_runs", "number") == [(2,), (3,)]


def test_the_last_second_of_a_backfill_is_read_whole(api_project, site, server):
    for number, at in ((1, "02T23:59:59.999"), (2, "03T00:00:00.000")):
        site.put(make_pipeline(number, created_at=f"2026-01-{at}Z"))
    api_project.configure(
        mode="api", api_url=server.url, projects=[SLUG], since="2026-01-02", until="2026-01-02"
    )
    api_project.load()
    assert api_project.rows("pipeline_runs", "number") == [(1,)]


def test_trouble_on_the_line_changes_nothing(api_project, filled, server, make_project):
    api_project.load()
    rows = api_project.all_rows()
    clean = len(server.requests)
    troubled = make_project("troubled")
    troubled.configure(
        mode="api",
        api_url=server.url,
        projects=[SLUG],
        since="2026-01-01",
        lookback_days=20_000,
        timeout_seconds=0.2,
    )
    server.requests.clear()
    server.fail_next("429", "502", "cut", None, "reset", "not json", "slow")
    server.fail_by_chance(0.05, seed=5)
    troubled.load()
    assert len(server.requests) <= 1.25 * clean + 6, "what fails is asked again, nothing else"
    assert troubled.all_rows() == rows
    assert 7.0 in server.clock.slept, "what Retry-After asks for is kept"


def test_a_project_that_is_refused_is_on_record(api_project, server, site):
    server.route(f"/api/v2/project/{SLUG}", Reply(status=404, body={"message": "not found"}))
    assert api_project.load().cursor_at is None
    assert api_project.query("select error_class from quarantine.rejected_files") == [("http_404",)]


def test_wrong_settings_are_said_and_missing_ones_load_nothing(project):
    project.configure(mode="api", projects=["shop"])
    with pytest.raises(ConfigurationError, match="gh/owner/name"):
        project.load()
    project.configure(mode="api")
    assert project.load().mode == "off"
    project.configure(mode="sideways")
    with pytest.raises(ConfigurationError, match="write one of files, api"):
        project.load()
