"""The polled API of Azure DevOps → raw rows."""

import base64

import pytest

from dlt_pipelines.azure_devops import TABLES
from dlt_pipelines.config import ConfigurationError
from tests.dlt_pipelines.azure_devops.made_up_azure_devops import (
    PROJECT,
    make_build,
    make_timeline,
    moment,
    timeline_id,
)
from tests.replay_server import Reply

BUILDS = f"/{PROJECT}/_apis/build/builds"


@pytest.fixture
def filled(site):
    """Six builds: a stage of the fourth was run again, the fifth never began, the last one runs."""
    for number in (1, 2, 3):
        site.put(make_build(number), make_timeline(number))
    again = make_timeline(4, attempt=2, is_retried=True)
    site.put(make_build(4), again, make_timeline(4, result="failed"))
    site.put(make_build(5, result="canceled", startTime=None))
    site.put(make_build(6, "inProgress"), make_timeline(6, result=None))
    return site


def asked(server, before=0):
    return [path.split("?")[0] for path, _ in server.requests[before:]]


def timelines(server, before=0):
    return sorted(path.removeprefix(BUILDS) for path in asked(server, before) if "timeline" in path)


def counts(project):
    return {table: project.count(table) for table in TABLES[:-1]}


COUNTS = {"pipelines": 1, "builds": 6, "stages": 12, "jobs": 6, "steps": 6}


def test_the_api_gives_the_rows_of_its_saved_answers(
    api_project, filled, server, make_project, real_loads
):
    report = api_project.load()
    assert report.cursor_at is not None
    assert counts(api_project) == COUNTS
    attempts = "select attempt, conclusion from raw_azure_devops.jobs where build_id = '4'"
    assert sorted(api_project.query(attempts)) == [(1, "failed"), (2, "succeeded")]
    files = make_project("files")
    files.configure(files=["saved"])
    for number, page in enumerate(server.saved_pages().values()):
        files.write(f"saved/{number:04}.json", page)
    files.load()
    assert files.all_rows() == api_project.all_rows()


def test_only_open_and_newly_finished_builds_are_asked_for_again(api_project, filled, server):
    api_project.load()
    done = make_build(6, result="failed")
    filled.put(done, make_timeline(6, result="failed"))
    before = len(server.requests)
    api_project.load()
    assert timelines(server, before) == ["/6/timeline"]
    conclusions = "select conclusion from raw_azure_devops.builds where build_id = '6' order by 1"
    assert api_project.query(conclusions) == [("failed",), (None,)]
    before, rows = len(server.requests), api_project.all_rows()
    api_project.load()
    assert timelines(server, before) == []
    assert api_project.all_rows() == rows


def test_a_stage_that_was_run_again_is_found_by_the_new_end_of_its_build(
    api_project, filled, server, clock
):
    api_project.configure(
        mode="api", api_url=server.url, projects=[PROJECT], since="2026-01-01",
        until="2026-01-10T00:00:00",
    )  # fmt: skip
    api_project.load()
    api_project.configure(mode="api", api_url=server.url, projects=[PROJECT], since="2026-01-01")
    late = make_build(2, finishTime=moment(11), lastChangedDate=moment(11))
    again = make_timeline(2, attempt=2, is_retried=True)
    filled.put(late, again, make_timeline(2, result="failed"))
    before = len(server.requests)
    api_project.load()
    earlier = f"/2/timeline/{timeline_id(2, 1)}"
    assert [path for path in timelines(server, before) if path.startswith("/2/")] == [
        "/2/timeline",
        earlier,
    ]
    before = len(server.requests)
    filled.put({**late, "finishTime": moment(12)}, again, make_timeline(2, result="failed"))
    api_project.load()
    assert earlier not in timelines(server, before), "an earlier attempt does not change"


def test_a_build_that_is_gone_is_not_asked_for_again(api_project, filled, server):
    api_project.load()
    server.forget(f"{BUILDS}/6")
    del filled.builds[6]
    before = len(server.requests)
    api_project.load()
    assert f"{BUILDS}/6" in asked(server, before)
    before = len(server.requests)
    api_project.load()
    assert f"{BUILDS}/6" not in asked(server, before)


def test_a_backfill_reads_its_span_alone(api_project, filled, options):
    api_project.configure(**{**options, "since": "2026-01-02", "until": "2026-01-03"})
    assert api_project.load().cursor_at is None
    assert api_project.rows("builds", "number") == [(2,), (3,)]


def test_trouble_on_the_line_changes_nothing(api_project, filled, server, make_project, options):
    api_project.load()
    rows = api_project.all_rows()
    clean = len(server.requests)
    troubled = make_project("troubled")
    troubled.configure(**options)
    server.requests.clear()
    server.fail_next("429", "502", "cut", None, "reset", "not json", "slow")
    server.fail_by_chance(0.05, seed=5)
    troubled.load()
    assert len(server.requests) <= 1.25 * clean + 6, "what fails is asked again, nothing else"
    assert troubled.all_rows() == rows
    assert 7.0 in server.clock.slept, "what Retry-After asks for is kept"


def test_a_load_that_is_cut_off_goes_on_where_it_was(api_project, filled, server, options):
    whole = {**options, "request_limit": 20_000}
    for _ in range(6):
        api_project.configure(**{**options, "request_limit": 6})
        api_project.load()
    api_project.configure(**whole)
    api_project.load()
    assert counts(api_project) == COUNTS


def test_an_answer_that_asks_for_rest_is_taken_and_rested_after(api_project, site, server):
    """So the vendor slows down who asks too much, before it refuses."""
    site.put(make_build(1))
    body = {"count": 0, "value": []}
    server.route(
        f"/{PROJECT}/_apis/build/definitions", Reply(body=body, headers={"Retry-After": "11"})
    )
    api_project.load()
    assert server.clock.slept == [11.0]
    assert api_project.count("builds") == 1


@pytest.mark.parametrize(
    ("token", "sent"),
    [
        ("very-secret", "Basic " + base64.b64encode(b":very-secret").decode()),
        ("very.secret.token", "Bearer very.secret.token"),
    ],
    ids=["personal", "of Entra or a job"],
)
def test_the_token_is_sent_and_stored_nowhere(
    api_project, filled, server, monkeypatch, token, sent
):
    monkeypatch.setenv("SOURCES__AZURE_DEVOPS__TOKEN", token)
    api_project.load()
    assert {headers.get("authorization") for headers in server.seen_headers} == {sent}
    secrets = [token.encode(), sent.partition(" ")[2].encode()]
    for path in (path for path in (api_project.folder / "home").rglob("*") if path.is_file()):
        assert not any(secret in path.read_bytes() for secret in secrets), path


@pytest.mark.parametrize("status", [401, 203])
def test_a_page_to_sign_in_is_no_answer(api_project, site, server, status):
    server.route("/simulated/_apis/projects/shop", Reply(status=status, body=b"<html>Sign in"))
    with pytest.raises(ConfigurationError, match="does not accept the token"):
        api_project.load()


def test_a_project_that_is_refused_is_on_record(api_project, server, site):
    server.route("/simulated/_apis/projects/shop", Reply(status=404, body={"message": "no"}))
    assert api_project.load().cursor_at is None
    assert api_project.query("select error_class from quarantine.rejected_files") == [("http_404",)]


def test_wrong_settings_are_said_and_missing_ones_load_nothing(project):
    project.configure(mode="api", projects=["shop"])
    with pytest.raises(ConfigurationError, match="organization/project"):
        project.load()
    project.configure(mode="api")
    assert project.load().mode == "off"
    project.configure(mode="sideways")
    with pytest.raises(ConfigurationError, match="write one of files, api"):
        project.load()
