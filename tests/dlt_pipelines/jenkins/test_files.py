"""Saved answers, `build.xml` and notifications → raw rows."""

import gzip
import json

import pytest

from dlt_pipelines import jenkins
from dlt_pipelines.config import Settings
from dlt_pipelines.parsers.jenkins.place import place_of
from tests.dlt_pipelines.jenkins.made_up_jenkins import (
    FOLDER,
    MULTIBRANCH,
    PIPELINE_JOB,
    PIPELINE_RUN,
    cause,
    git,
    millis,
)

URL = "https://ci.example/jenkins/job/shop/job/feature%252Fcart/"
AT = "2026-01-02T03:00:00Z"


def build(number=7, **members):
    return {
        "_class": PIPELINE_RUN,
        "number": number,
        "url": f"{URL}{number}/",
        "result": "UNSTABLE",
        "building": False,
        "timestamp": millis(AT),
        "duration": 90_000,
        "actions": [],
        **members,
    }


def load(project, content, **options):
    project.write("saved/page.json", content)
    project.configure(files=["saved"], **options)
    return project.load()


def test_a_build_says_where_it_is_when_it_ran_and_what_it_built(reading):
    waited = {"_class": "jenkins.metrics.impl.TimeInQueueAction", "queuingDurationMillis": 4_000}
    user = cause("hudson.model.Cause$UserIdCause", userId="amy", shortDescription="by amy")
    reading.load({"allBuilds": [build(actions=[user, git("a" * 40, "feature/cart"), waited])]})
    assert reading.rows(
        "builds",
        *("server", "pipeline_path", "build_id", "repository", "head_branch", "head_sha"),
        *("conclusion", "is_running", "event", "actor_login", "queue_seconds"),
        *("cast(created_at as varchar)", "cast(finished_at as varchar)"),
    ) == [
        (
            *("ci.example", "shop/feature%2Fcart", "shop/feature%2Fcart#7", "simulated-org/shop"),
            *("feature/cart", "a" * 40, "UNSTABLE", False, "user", "amy", 4.0),
            *("2026-01-02 02:59:56+00", "2026-01-02 03:01:30+00"),
        )
    ]
    assert "secret" not in str(reading.rows("builds", "repository", "causes", "html_url"))
    assert reading.rows("jobs", "job_id", "build_id", "conclusion") == [
        ("shop/feature%2Fcart#7", "shop/feature%2Fcart#7", "UNSTABLE")
    ]


def test_a_build_that_is_building_is_running_whatever_its_result_says(reading):
    builds = [
        build(1, building=True, result="SUCCESS"),
        build(2, result=None, building=None),
        build(3, result="NOT_BUILT"),
        build(4, result="ABORTED"),
    ]
    reading.load({"builds": builds})
    assert reading.rows("builds", "number", "status", "conclusion", "finished_at is null") == [
        (1, "building", "SUCCESS", True),
        (2, "building", None, True),
        (3, "completed", "NOT_BUILT", False),
        (4, "completed", "ABORTED", False),
    ]


@pytest.mark.parametrize(
    "length", [-1, 10**30, 9e15, 2.53e14, float("inf"), True, "90000"], ids=str
)
def test_a_build_of_no_length_or_beyond_all_time_has_no_end(reading, length):
    waited = {"_class": "jenkins.metrics.impl.TimeInQueueAction", "queuingDurationMillis": length}
    stage = {"id": "6", "name": "Build", "status": "SUCCESS", "startTimeMillis": millis(AT)}
    run = {"name": "#7", "stages": [{**stage, "durationMillis": length}]}
    reading.load([build(duration=length, actions=[waited]), {"url": f"{URL}7/", "body": run}])
    assert reading.rows("builds", "finished_at is null", "started_at is null") == [(True, False)]
    assert reading.rows("stages", "finished_at is null", "started_at is null") == [(True, False)]


def test_the_runs_of_a_matrix_that_its_build_holds_are_builds_of_their_own(reading):
    """As `depth=2` shows them; with less depth they are numbers and addresses alone."""
    url = "https://ci.example/job/app/"
    upstream = cause("hudson.model.Cause$UpstreamCause", upstreamProject="app", upstreamBuild=7)
    linux = build(7, url=f"{url}os=linux/7/", actions=[upstream], result="FAILURE")
    older = build(6, url=f"{url}os=mac/6/", result="SUCCESS")
    runs = [linux, older, {"number": 7, "url": f"{url}os=windows/7/"}]
    reading.load(build(7, url=f"{url}7/", _class="hudson.matrix.MatrixBuild", runs=runs))
    assert reading.rows("builds", "build_id", "conclusion", "parent_build_id") == [
        ("app#7", "UNSTABLE", None),
        ("app/os=linux#7", "FAILURE", "app#7"),
        ("app/os=mac#6", "SUCCESS", None),
    ]


def test_of_several_repositories_the_one_of_the_branch_counts_else_the_first(reading):
    library, code = git("b" * 40, "main", "simulated-org/library"), git("c" * 40, "feature/cart")
    reading.load([build(1, actions=[library, code]), build(2, actions=[library])])
    assert reading.rows("builds", "number", "repository", "head_sha") == [
        (1, "simulated-org/shop", "c" * 40),
        (2, "simulated-org/library", "b" * 40),
    ]


@pytest.mark.parametrize(
    "said",
    [
        {"url": "https://ci.example/job/shop/job/feature%252Fcart/7/"},
        {"url": "https://ci.example/job/shop/job/feature%2Fcart/7/"},
        {"url": None, "fullDisplayName": "shop » feature/cart #7"},
    ],
    ids=["as Jenkins writes it", "decoded by a proxy", "as it is shown"],
)
def test_the_job_of_a_branch_with_a_slash_is_one_job_however_it_is_written(reading, said):
    """Its branch is known by that, and so the repository among those of the libraries."""
    library, code = git("b" * 40, "main", "simulated-org/library"), git("c" * 40, "feature/cart")
    reading.load(build(7, actions=[library, code], **said))
    assert reading.rows("builds", "build_id", "repository") == [
        ("shop/feature%2Fcart#7", "simulated-org/shop")
    ]


def test_a_branch_of_blue_ocean_is_the_job_of_the_other_answers(reading):
    reading.load({"_class": "io.jenkins.blueocean.rest.impl.pipeline.BranchImpl",
                  "name": "feature%2Fcart", "fullName": "shop/feature%2Fcart",
                  "displayName": "feature/cart", "latestRun": None, "weatherScore": 100,
                  "organization": "jenkins"})  # fmt: skip
    assert reading.rows("pipelines", "pipeline_path", "name") == [
        ("shop/feature%2Fcart", "feature/cart")
    ]


def test_folders_and_multibranch_jobs_become_pipelines(reading):
    branch = {"_class": PIPELINE_JOB, "name": "PR-12", "color": "disabled", "builds": [build(1)]}
    multibranch = {
        "_class": MULTIBRANCH,
        "name": "shop",
        "url": "https://ci.example/job/team/job/shop/",
    }
    folder = {"_class": FOLDER, "name": "team", "jobs": [{**multibranch, "jobs": [branch]}]}
    folder["url"] = "https://ci.example/job/team/"
    del branch["builds"]
    reading.load({"jobs": [folder]})
    assert reading.rows("pipelines", "pipeline_path", "parent_path", "kind", "is_disabled") == [
        ("team", None, "Folder", None),
        ("team/shop", "team", "WorkflowMultiBranchProject", None),
        ("team/shop/PR-12", "team/shop", "WorkflowJob", True),
    ]


def test_artifacts_of_the_stage_view_are_no_jobs(reading):
    base = "/ci/job/shop/7"
    artifact = {"id": "n3", "name": "app.jar", "path": "out/app.jar", "size": 6}
    described = {"_links": {"self": {"href": "/ci/job/shop/wfapi"}}, "name": "shop", "runCount": 17}
    waiting = {"id": "E", "proceedUrl": f"{base}/input/E/proceed", "abortUrl": f"{base}/input/E/a"}
    log = {"nodeId": "6", "nodeStatus": "FAILED", "text": "x", "consoleUrl": f"{base}/node/6/log"}
    artifact["url"] = f"{base}/artifact/out/app.jar"
    reading.load([artifact, described, waiting, log])
    assert reading.rejected == []
    assert reading.rows("artifacts", "build_id", "path", "size_bytes") == [
        ("shop#7", "out/app.jar", 6)
    ]
    assert reading.rows("pipelines", "name") == []


def test_a_view_is_not_the_folder_that_it_shows(reading):
    folder = "https://ci.example/job/team/"
    job = {"_class": PIPELINE_JOB, "name": "shop", "url": f"{folder}job/shop/", "color": "blue"}
    view = {"_class": "hudson.model.AllView", "name": "All", "url": folder}
    reading.load([view, {**view, "jobs": [job]}])
    assert reading.rows("pipelines", "pipeline_path", "name") == [("team/shop", "shop")]
    assert reading.rejected == []


def test_stages_keep_their_own_status(reading):
    stages = [
        {"id": "6", "name": "Build", "status": "SUCCESS", "startTimeMillis": millis(AT)},
        {"id": "9", "name": "Test", "status": "UNSTABLE", "startTimeMillis": millis(AT)},
        {"id": "12", "name": "Deploy", "status": "NOT_EXECUTED", "startTimeMillis": 0},
        {"id": "15", "name": "Wait", "status": None, "error": {"type": "x.Interrupted"}},
    ]
    run = {"name": "#7", "status": "UNSTABLE", "startTimeMillis": millis(AT), "stages": stages}
    # not the queue: it is counted from when the build left it
    run["queueDurationMillis"] = 2_000
    reading.load({"url": f"{URL}7/wfapi/describe", "body": run})
    assert reading.rows("stages", "stage_index", "name", "conclusion", "error_type") == [
        (0, "Build", "SUCCESS", None),
        (1, "Test", "UNSTABLE", None),
        (2, "Deploy", "NOT_EXECUTED", None),
        (3, "Wait", None, "x.Interrupted"),
    ]
    assert reading.rows("stages", "distinct build_id") == [("shop/feature%2Fcart#7",)]
    assert reading.rows("builds", "queue_seconds", "created_at = started_at") == [(None, True)]


def test_blue_ocean_runs_and_nodes_are_builds_and_stages(reading):
    href = "/blue/rest/organizations/jenkins/pipelines/shop/branches/feature%252Fcart/runs/7/"
    package = "io.jenkins.blueocean.rest.impl.pipeline."
    run = {
        "_class": f"{package}PipelineRunImpl",
        "_links": {"self": {"href": href}},
        "enQueueTime": "2026-01-02T03:00:00.000+0000",
        "startTime": "2026-01-02T03:00:05.000+0000",
        "endTime": "2026-01-02T03:01:05.000+0000",
        "state": "FINISHED",
        "result": "FAILURE",
        "commitId": "d" * 40,
        "branch": {"url": "https://github.com/simulated-org/shop/tree/feature/cart"},
        "durationInMillis": 60_000,
    }
    node = {
        "_class": f"{package}PipelineNodeImpl",
        "_links": {"self": {"href": f"{href}nodes/9/"}},
        "id": "9",
        "displayName": "linux",
        "type": "PARALLEL",
        "firstParent": "6",
        "state": "FINISHED",
        "result": "FAILURE",
        "startTime": "2026-01-02T03:00:05.000+0000",
        "durationInMillis": 1_000,
    }
    reading.load([run, node], server="ci.example")
    columns = ("server", "build_id", "repository", "head_branch", "head_sha", "queue_seconds")
    assert reading.rows("builds", *columns) == [
        (
            "ci.example",
            "shop/feature%2Fcart#7",
            "simulated-org/shop",
            "feature/cart",
            "d" * 40,
            None,
        )
    ]
    assert reading.rows("stages", "stage_id", "kind", "parent_stage_id", "conclusion") == [
        ("9", "parallel", "6", "FAILURE")
    ]


def test_build_xml_gives_what_the_disk_knows(project):
    xml = (
        "<?xml version='1.1' encoding='UTF-8'?><flow-build><actions><hudson.model.CauseAction>"
        "<causeBag class='linked-hash-map'><entry><hudson.model.Cause_-UpstreamCause>"
        "<upstreamProject>libs</upstreamProject><upstreamBuild>3</upstreamBuild>"
        "</hudson.model.Cause_-UpstreamCause><int>1</int></entry></causeBag>"
        "</hudson.model.CauseAction>{}</actions><timestamp>1767322800000</timestamp>"
        "<startTime>1767322800004</startTime><result>SUCCESS</result><duration>60000</duration>"
        "<completed>{}</completed></flow-build>"
    )
    waited = (
        "<jenkins.metrics.impl.TimeInQueueAction plugin='metrics@4.2'>"
        "<queuingDurationMillis>4000</queuingDurationMillis>"
        "</jenkins.metrics.impl.TimeInQueueAction>"
    )
    builds = "home-of-jenkins/jobs/team/jobs/shop/builds"
    project.write(f"{builds}/5/build.xml", xml.format(waited, "true").encode())
    project.write(f"{builds}/6/build.xml", xml.format("", "false").encode())
    project.configure(files=["home-of-jenkins"], server="ci.example")
    project.load()
    columns = ("build_id", "conclusion", "event", "parent_build_id", "queue_seconds", "is_running")
    assert project.rows("builds", *columns) == [
        ("team/shop#5", "SUCCESS", "upstream", "libs#3", 4.0, False),
        ("team/shop#6", "SUCCESS", "upstream", "libs#3", None, True),
    ]


def notification(number, phase, at, **members):
    build = {
        "full_url": f"https://ci.example/job/shop/{number}/",
        "number": number,
        "phase": phase,
        "timestamp": millis(at),
        "scm": {"url": "https://github.com/simulated-org/shop.git", "branch": "origin/main",
                "commit": "e" * 40},
        **members,
    }  # fmt: skip
    return {"name": "shop", "url": "job/shop/", "build": build}


def test_notifications_land_and_become_the_build(project):
    project.deliver(1, notification(4, "QUEUED", "2026-01-02T02:59:00Z"))
    project.deliver(2, notification(3, "COMPLETED", "2026-01-02T03:05:00Z", status="FAILURE"))
    project.deliver(3, notification(3, "STARTED", "2026-01-02T03:00:00Z"))
    project.load()
    columns = ("build_id", "status", "conclusion", "cast(started_at as varchar)",
               "cast(finished_at as varchar)", "head_branch", "repository")  # fmt: skip
    assert project.rows("builds", *columns) == [
        ("shop#3", "building", None, "2026-01-02 03:00:00+00", None, "main", "simulated-org/shop"),
        ("shop#3", "completed", "FAILURE", None, "2026-01-02 03:05:00+00", "main",
         "simulated-org/shop"),
    ]  # fmt: skip
    assert not project.load().is_changed


@pytest.mark.parametrize(
    ("phase", "members", "expected"),
    [
        # what the plugin sends of the events `failed` and `failedAndFirstSuccess`
        ("FINALIZED", {"status": "FAILURE", "duration": 60000}, (False, "FAILURE", 2, 3, 0)),
        ("FINALIZED", {"status": "FAILURE"}, (False, "FAILURE", None, 3, 0)),
        # what a step of a pipeline sends that runs on
        ("COMPLETED", {"duration": 0}, (True, None, None, None, 1)),
        ("NONE", {}, (True, None, None, None, 1)),
        ("STARTED", {}, (True, None, 3, None, 1)),
    ],
    ids=["over", "over, of unknown length", "no result yet", "any moment", "begun"],
)
def test_a_notification_says_whether_the_build_is_over(reading, phase, members, expected):
    reading.load(notification(1, phase, "2026-01-02T03:03:00Z", **members))
    columns = ("is_running", "conclusion", "minute(started_at)", "minute(finished_at)")
    assert reading.rows("builds", *columns, "detail_rank") == [expected]


def test_what_is_known_is_left_out_and_a_correction_is_a_new_version(project):
    assert load(project, {"builds": [build(1), build(2)]}).table_rows["builds"] == 2
    assert not project.load().is_changed
    project.write("saved/copy.json.gz", gzip.compress(json.dumps([build(1)]).encode()))
    assert project.load().table_rows["builds"] == 0
    project.write("saved/copy.json", [build(1, description="mended")])
    assert project.load().table_rows["builds"] == 1


def test_what_is_no_answer_of_jenkins_goes_to_quarantine_and_the_rest_is_loaded(project):
    project.write("saved/cut.json", b'[{"number": 1, "result": "SUC')
    project.write("saved/other.json", {"hello": "world"})
    report = load(project, [build(1), {"hello": "world"}, {"suites": [], "failCount": 0}])
    assert report.table_rows["builds"] == 1
    assert project.query("select error_class from quarantine.rejected_files order by 1") == [
        ("no_known_object",),
        ("unreadable",),
    ]
    assert project.query("select count(*) from quarantine.rejected_rows") == [(1,)]


def test_a_job_without_a_name_anywhere_is_rejected(project):
    load(project, [build(1, url=None)])
    assert project.query("select reason from quarantine.rejected_files") == [
        ("neither `url` nor the address of the page says which job was built",)
    ]


def test_a_reference_is_no_build(project):
    report = load(project, {"name": "x", "url": URL, "builds": [{"number": 1, "url": URL + "1/"}]})
    assert report.table_rows["builds"] == 0
    assert report.table_rows["pipelines"] == 1


def test_it_is_configured_by_files_by_a_server_or_by_deliveries(tmp_path):
    settings = Settings(tmp_path, tmp_path, None, is_simulated=False, business_time_zone="UTC")
    assert not jenkins.is_configured({}, settings)
    assert not jenkins.is_configured({"mode": "api"}, settings)
    assert jenkins.is_configured({"mode": "api", "api_url": "https://ci.example"}, settings)
    assert jenkins.is_configured({"files": ["x"]}, settings)
    (tmp_path / "landing" / "webhooks" / "jenkins" / "2026-01-02").mkdir(parents=True)
    assert jenkins.is_configured({}, settings)
    assert tuple(jenkins.TABLE_SCHEMAS) == jenkins.TABLES


_APP = "https://ci.example/jenkins/job/team/job/app/"


@pytest.mark.parametrize(
    ("address", "path", "number"),
    [
        (f"{_APP}7/", "team/app", 7),
        (f"{_APP}7", "team/app", 7),
        (f"{_APP}jdk=8,os=linux/7/api/json", "team/app/jdk=8,os=linux", 7),
        (f"{_APP}jdk%3D8/7/", "team/app/jdk=8", 7),
        (f"{_APP}org.example$core/7/", "team/app/org.example:core", 7),
        (f"{_APP}promotion/process/Ship%20it/7/", "team/app/promotion/Ship it", 7),
        (f"{_APP}promotion/", "team/app", None),
        (f"{_APP}lastBuild/api/json", "team/app", None),
        (f"{_APP}view/1/", "team/app", None),
        ("jobs/app/builds/7/build.xml", "app", 7),
        ("jobs/app/configurations/axis-jdk/8/axis-os/linux/builds/7/build.xml",
         "app/jdk=8,os=linux", 7),
        ("jobs/app/modules/org.example$core/builds/7/build.xml", "app/org.example:core", 7),
        ("jobs/app/promotions/Ship it/builds/7/build.xml", "app/promotion/Ship it", 7),
    ],
)  # fmt: skip
def test_parts_of_a_job_have_builds_of_their_own(address, path, number):
    """Numbers of a matrix's configurations, promotions and modules are not those of the job."""
    place = place_of(address)
    assert (place.pipeline_path, place.number) == (path, number)
