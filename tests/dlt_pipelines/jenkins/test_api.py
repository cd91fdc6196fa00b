"""The API polled over real sockets, with what goes wrong on the way."""

import json
from urllib.parse import unquote

import pytest

from dlt_pipelines.config import ConfigurationError
from dlt_pipelines.jenkins import TABLES
from tests.dlt_pipelines.jenkins.made_up_jenkins import (
    FOLDER,
    MULTIBRANCH,
    PIPELINE_RUN,
    REPORT,
    TESTS,
    cause,
    git,
    millis,
)
from tests.replay_server import Reply

SHOP, TOOL = "team/shop/feature%2Fcart", "tool"


@pytest.fixture
def filled(site):
    """A folder with a multibranch job of 3 builds, and a job of 120."""
    site.add("team", FOLDER)
    site.add("team/shop", MULTIBRANCH)
    site.add(SHOP)
    site.add(TOOL)
    site.add("empty")
    timer = cause("hudson.triggers.TimerTrigger$TimerTriggerCause")
    for number, result in ((1, "SUCCESS"), (2, "UNSTABLE"), (3, None)):
        sha = git(f"{number:040x}", "feature/cart")
        at = f"2026-01-0{number}T12:00:00Z"
        site.build(SHOP, number, at, timer, sha, TESTS, kind=PIPELINE_RUN, result=result)
        site.stages(SHOP, number, ("Build", "SUCCESS"), ("Test", result or "IN_PROGRESS"))
    site.tests(SHOP, 1)
    site.tests(SHOP, 2)
    for number in range(1, 121):
        artifacts = [{"fileName": "a.zip", "relativePath": "dist/a.zip"}] if number == 7 else []
        at = f"2026-01-{1 + number // 10:02}T{number % 10:02}:00:00Z"
        site.build(TOOL, number, at, artifacts=artifacts)
    return site


def asked(server, before=0):
    return [unquote(path.split("?")[0]) for path, _ in server.requests[before:]]


def counts(project):
    return {table: project.count(table) for table in TABLES[:-1]}


# three builds are told of twice, by the REST API and by the stage view
COUNTS = {"pipelines": 5, "builds": 126, "stages": 6, "jobs": 126, "artifacts": 1}


def test_everything_is_read_and_files_of_the_same_answers_give_the_same_rows(
    api_project, filled, server, make_project, real_loads
):
    report = api_project.load()
    assert report.mode == "api"
    assert report.cursor_at is not None
    assert report.seen_count == report.loaded_count == len(server.requests)
    assert counts(api_project) == COUNTS
    finished = "select distinct build_id from raw_jenkins.builds where conclusion is not null"
    assert len(api_project.query(finished)) == 122
    # a range of 100 builds, then one that overlaps it
    assert len([path for path in asked(server) if path == "/job/tool/api/json"]) == 2

    files = make_project("files")
    files.configure(files=["saved"])
    for number, page in enumerate(server.saved_pages("testReport").values()):
        files.write(f"saved/{number:04}.json", page)
    files.load()
    assert files.all_rows() == api_project.all_rows()


def test_test_reports_land_where_report_readers_look(api_project, filled):
    api_project.load()
    landing = api_project.folder / "home" / "landing" / "jenkins"
    found = sorted(path for path in landing.rglob("*") if path.is_file())
    names = [path.relative_to(landing).as_posix() for path in found]
    folder = "team/shop/feature%252Fcart/builds"
    assert names == [f"{folder}/1/testReport.json", f"{folder}/2/testReport.json"]
    assert json.loads(found[0].read_text()) == REPORT


def test_a_load_with_nothing_new_asks_little_and_adds_nothing(api_project, filled, server):
    api_project.load()
    before = len(server.requests)
    report = api_project.load()
    assert sum(report.table_rows[table] for table in TABLES[:-1]) == 0
    # the lists of jobs; of the one job with an open build the builds, and that build's stages
    assert sorted(asked(server, before)) == sorted(
        [
            "/api/json",
            "/job/team/api/json",
            "/job/team/job/shop/api/json",
            "/job/team/job/shop/job/feature%2Fcart/api/json",
            "/job/team/job/shop/job/feature%2Fcart/3/wfapi/describe",
        ]
    )


def test_an_open_build_is_asked_for_until_it_is_final_or_gone(api_project, filled, server):
    filled.build(TOOL, 200, "2026-01-20T00:00:00Z", result=None)
    filled.build(TOOL, 201, "2026-01-20T00:00:01Z", result=None)
    api_project.load()
    filled.build(SHOP, 3, "2026-01-03T12:00:00Z", kind=PIPELINE_RUN, result="ABORTED")
    filled.build(TOOL, 200, "2026-01-20T00:00:00Z", result="FAILURE")
    filled.forget(TOOL, 201)
    api_project.load()
    latest = "select arg_max(conclusion, loaded_at) from raw_jenkins.builds where build_id = '{}'"
    assert api_project.query(latest.format(f"{SHOP}#3")) == [("ABORTED",)]
    assert api_project.query(latest.format("tool#200")) == [("FAILURE",)]
    before = len(server.requests)
    api_project.load()
    assert not [path for path in asked(server, before) if "/201/" in path or "/3/" in path]


def test_a_build_that_was_over_at_once_or_told_of_late_is_not_open(api_project, filled, server):
    filled.build(TOOL, 200, "2026-01-20T00:00:00Z", result=None)
    filled.build(TOOL, 201, "2026-01-20T00:00:01Z", result=None)
    api_project.load()
    filled.build(TOOL, 200, "2026-01-20T00:00:00Z", result="ABORTED", duration=0)
    filled.build(TOOL, 201, "2026-01-20T00:00:01Z", duration=20)
    started = {"full_url": f"{filled.url(TOOL)}201/", "number": 201, "phase": "STARTED"}
    body = {"name": TOOL, "build": {**started, "timestamp": millis("2026-01-20T00:00:01Z")}}
    api_project.deliver(1, body, received_at="2026-01-20T00:00:09Z")
    api_project.load()
    before = len(server.requests)
    api_project.load()
    assert not [path for path in asked(server, before) if "/200/" in path or "/201/" in path]


def test_the_builds_of_a_job_that_was_made_anew_are_read_with_their_stages(api_project, filled):
    api_project.load()
    filled.builds[SHOP].clear()
    filled.build(SHOP, 1, "2026-02-01T12:00:00Z", kind=PIPELINE_RUN, result="FAILURE")
    filled.stages(SHOP, 1, ("Lint", "FAILED"))
    api_project.load()
    names = f"select name from raw_jenkins.stages where build_id = '{SHOP}#1' order by started_at"
    assert api_project.query(names) == [("Build",), ("Test",), ("Lint",)]


def test_what_a_matrix_built_of_its_configurations_is_read_until_it_is_over(
    api_project, site, server
):
    site.add("team", FOLDER)
    site.add("team/app")
    site.matrix("team/app", 1, "2026-01-01T00:00:00Z", os={"linux": "SUCCESS", "mac": "FAILURE"})
    site.matrix("team/app", 2, "2026-01-02T00:00:00Z", None, os={"linux": "SUCCESS", "mac": None})
    api_project.load()
    builds = (
        "select build_id, arg_max(coalesce(conclusion, status), loaded_at),"
        " arg_max(parent_build_id, loaded_at) from raw_jenkins.builds group by 1 order by 1"
    )
    before = [
        ("team/app#1", "SUCCESS", None),
        ("team/app#2", "building", None),
        ("team/app/os=linux#1", "SUCCESS", "team/app#1"),
        ("team/app/os=linux#2", "SUCCESS", "team/app#2"),
        ("team/app/os=mac#1", "FAILURE", "team/app#1"),
        ("team/app/os=mac#2", "building", "team/app#2"),
    ]
    assert api_project.query(builds) == before
    assert api_project.query("select count(*) from raw_jenkins.builds") == [(6,)]

    site.matrix("team/app", 2, "2026-01-02T00:00:00Z", os={"linux": "SUCCESS", "mac": "ABORTED"})
    seen = len(server.requests)
    api_project.load()
    assert [path for path in asked(server, seen) if "/1/" in path or "=" in path] == []
    after = [*before[:5], ("team/app/os=mac#2", "ABORTED", "team/app#2")]
    after[1] = ("team/app#2", "SUCCESS", None)
    assert api_project.query(builds) == after
    seen = len(server.requests)
    api_project.load()
    assert asked(server, seen) == ["/api/json", "/job/team/api/json"]


def test_a_part_of_a_job_that_a_delivery_told_of_is_asked_for_where_it_is(
    api_project, site, server
):
    """Its notification of the end was lost, and the build of the whole matrix is older."""
    site.add("app")
    at = "2025-01-01T00:00:00Z"
    site.matrix("app", 1, at, os={"linux": "SUCCESS"})
    url = f"{site.url('app')}os%3Dlinux/1/"
    started = {"full_url": url, "number": 1, "phase": "STARTED", "timestamp": millis(at)}
    api_project.deliver(1, {"name": "app", "build": started}, received_at=at)
    for _ in range(2):
        api_project.load()
    assert api_project.query(
        "select build_id, bool_or(conclusion = 'SUCCESS') from raw_jenkins.builds group by 1"
    ) == [("app/os=linux#1", True)]


def test_jobs_are_chosen_by_their_full_names(api_project, filled, server):
    api_project.configure(mode="api", api_url=server.url, since="2026-01-01", jobs=["team/**"])
    api_project.load()
    assert api_project.rows("builds", "distinct pipeline_path") == [(SHOP,)]


def test_a_backfill_reads_its_span_alone_and_leaves_the_present(api_project, filled, server):
    span = {"since": "2026-01-02", "until": "2026-01-03"}
    api_project.configure(mode="api", api_url=server.url, jobs=["tool"], **span)
    report = api_project.load()
    assert report.cursor_at is None
    assert api_project.rows("builds", "min(number)", "max(number)", "count(*)") == [(10, 29, 20)]
    api_project.configure(mode="api", api_url=server.url, jobs=["tool"], since="2026-01-01")
    api_project.load()
    assert api_project.query("select count(distinct number) from raw_jenkins.builds") == [(120,)]


def test_no_build_falls_between_two_backfills(api_project, site, server):
    site.add(TOOL)
    for number, at in enumerate(("23:59:59.000", "23:59:59.999"), start=1):
        site.build(TOOL, number, f"2026-02-28T{at}Z")
    site.build(TOOL, 3, "2026-03-01T00:00:00Z")
    for span in (("2026-03-01", "2026-03-01"), ("2026-02-28", "2026-02-28")):
        since, until = span
        api_project.configure(mode="api", api_url=server.url, since=since, until=until)
        api_project.load()
    assert api_project.rows("builds", "number") == [(1,), (2,), (3,)]


def test_a_password_in_the_address_is_refused_and_not_said(api_project, filled, server):
    address = server.url.replace("://", "://robot:very-secret@")
    api_project.configure(mode="api", api_url=address, since="2026-01-01")
    with pytest.raises(ConfigurationError, match="holds a user or password") as refused:
        api_project.load()
    assert "very-secret" not in str(refused.value)
    home = api_project.folder / "home"
    for path in (path for path in home.rglob("*") if path.is_file()):
        assert b"very-secret" not in path.read_bytes()


def test_a_token_that_is_not_accepted_is_a_wrong_setting(api_project, server):
    server.route("/api/json", Reply(status=401, body={}))
    with pytest.raises(ConfigurationError, match="does not accept the token"):
        api_project.load()


def test_trouble_on_the_line_changes_nothing(api_project, filled, server, make_project):
    api_project.load()
    rows = api_project.all_rows()
    clean = len(server.requests)
    troubled = make_project("troubled")
    troubled.configure(mode="api", api_url=server.url, since="2026-01-01", timeout_seconds=0.2)
    server.requests.clear()
    server.fail_next("429", "502", "cut", None, "reset", "not json", "503", "slow")
    server.fail_by_chance(0.05, seed=5)
    troubled.load()
    assert len(server.requests) <= 1.25 * clean + 7, "what fails is asked again, nothing else"
    assert troubled.all_rows() == rows
    assert 7.0 in server.clock.slept, "what Retry-After asks for is kept"


def test_a_load_whose_requests_are_used_up_is_continued_by_the_next(api_project, filled, server):
    options = {"mode": "api", "api_url": server.url, "since": "2026-01-01", "request_limit": 7}
    api_project.configure(**options)
    first = api_project.load()
    assert first.cursor_at is None
    api_project.configure(**{**options, "request_limit": 20})
    second = api_project.load()
    assert second.cursor_at is not None
    numbers = "select count(distinct build_id) from raw_jenkins.builds"
    assert api_project.query(numbers) == [(123,)]
    again = api_project.load()
    assert sum(again.table_rows[table] for table in TABLES[:-1]) == 0


def test_a_job_that_is_refused_does_not_stop_the_others(api_project, filled, server):
    server.route("/job/tool/api/json", Reply(status=403, body={}))
    report = api_project.load()
    assert report.cursor_at is None
    assert api_project.rows("builds", "distinct pipeline_path") == [(SHOP,)]
    assert ("http_403",) in api_project.query("select error_class from quarantine.rejected_files")


def test_a_build_whose_stages_fail_for_good_does_not_hide_the_builds_before_it(
    api_project, filled, server
):
    stages = server.forget("/job/team/job/shop/job/feature%252Fcart/2/wfapi/describe")
    server.route(
        "/job/team/job/shop/job/feature%252Fcart/2/wfapi/describe", Reply(status=500, body={})
    )
    report = api_project.load()
    assert report.cursor_at is None
    shops = f"select distinct number from raw_jenkins.builds where pipeline_path = '{SHOP}'"
    assert sorted(api_project.query(shops)) == [(1,), (2,), (3,)]
    staged = "select distinct build_number from raw_jenkins.stages order by 1"
    assert api_project.query(staged) == [(1,), (3,)]
    assert ("unreachable",) in api_project.query(
        "select error_class from quarantine.rejected_files"
    )
    server.route("/job/team/job/shop/job/feature%252Fcart/2/wfapi/describe", stages)
    assert api_project.load().cursor_at is not None
    assert api_project.query(staged) == [(1,), (2,), (3,)]


def test_many_damaged_builds_do_not_end_a_load(api_project, site, server):
    """Their stages can't be had, and the server answers everything else."""
    site.add("shop")
    for number in range(1, 10):
        site.build("shop", number, f"2026-01-02T0{number}:00:00Z", kind=PIPELINE_RUN)
        site.stages("shop", number, ("test", "SUCCESS"))
    site.add("zoo")
    site.build("zoo", 1, "2026-01-02T01:00:00Z")
    damaged = {f"/job/shop/{number}/wfapi/describe" for number in range(2, 9)}
    sound = {path: server.forget(path) for path in damaged}
    for path in damaged:
        server.route(path, Reply(status=500, body={}))
    assert api_project.load().cursor_at is None
    builds = "select count(distinct build_id) from raw_jenkins.builds"
    stages = "select count(distinct build_id) from raw_jenkins.stages"
    assert api_project.query(builds) == [(10,)]
    assert api_project.query(stages) == [(2,)]
    rejected = "select locator from quarantine.rejected_files order by 1"
    assert api_project.query(rejected) == [(f"shop#{number}",) for number in range(2, 9)]
    # a server that fails is asked seven times, and twice once it went on failing
    assert len([path for path, _ in server.requests if path in damaged]) == 5 * 7 + 2 * 2
    for path, answer in sound.items():
        server.route(path, answer)
    server.requests.clear()
    assert api_project.load().cursor_at is not None
    assert api_project.query(stages) == [(9,)]
    assert api_project.query(builds) == [(10,)]
    details = [path for path, _ in server.requests if "wfapi" in path]
    assert sorted(details) == sorted(damaged), "and only what could not be had"


def test_a_server_that_is_down_ends_a_load_soon(api_project, site, server):
    site.add("shop")
    for number in range(1, 10):
        site.build("shop", number, f"2026-01-02T0{number}:00:00Z", kind=PIPELINE_RUN)
        server.route(f"/job/shop/{number}/wfapi/describe", Reply(status=500, body={}))
    lists = server.forget("/job/shop/api/json")

    def once(query):
        server.route("/job/shop/api/json", Reply(status=503, body={}))
        return lists(query)

    server.route("/job/shop/api/json", once)
    assert api_project.load().cursor_at is None
    assert len(server.requests) < 45


@pytest.mark.parametrize("url", [None, "", "ci.example"], ids=["none", "empty", "no scheme"])
def test_a_wrong_server_is_said(project, url):
    project.configure(mode="api", **({"api_url": url} if url is not None else {"user": "x"}))
    if url == "ci.example":
        with pytest.raises(ConfigurationError, match="api_url"):
            project.load()
    else:
        assert project.load().mode == "off"
