"""The REST API polled over real sockets, with what goes wrong on the way."""

from datetime import UTC

import pytest

from dlt_pipelines.buildkite import TABLES
from dlt_pipelines.config import ConfigurationError
from tests.dlt_pipelines.buildkite.made_up_buildkite import (
    ORG,
    SLUG,
    build_id,
    make_build,
    make_job,
)
from tests.replay_server import Reply

XML = b"<testsuite name='unit'/>"


@pytest.fixture
def filled(site):
    """Ten builds, the last one running; one with a report, an app and an expired report."""
    for number in range(1, 11):
        site.put(make_build(number, "running" if number == 10 else "passed"))
    site.put(
        make_build(3, "failed"),
        site.artifact(3, "a1", "out/junit.xml", XML),
        site.artifact(3, "a2", "dist/app.bin", b"app"),
        site.artifact(3, "a3", "out/old.xml", None),
    )
    return site


def asked(server, before=0):
    return [path.split("?")[0] for path, _ in server.requests[before:]]


def test_everything_is_read_and_files_of_the_same_answers_give_the_same_rows(
    api_project, filled, server, make_project, real_loads
):
    report = api_project.load()
    assert report.cursor_at is not None
    # an artifact that has expired was asked for, too
    assert report.seen_count == report.loaded_count + 1 == len(server.requests)
    assert {table: api_project.count(table) for table in TABLES[:-1]} == {
        "pipelines": 1,
        "builds": 10,
        "jobs": 10,
        "artifacts": 3,
    }
    files = make_project("files")
    files.configure(files=["saved"])
    for number, page in enumerate(server.saved_pages("/download").values()):
        files.write(f"saved/{number:04}.json", page)
    files.load()
    assert files.all_rows() == api_project.all_rows()


def test_a_page_of_which_something_is_lost_counts_once(api_project, filled, server):
    for number in (4, 5, 6):
        filled.put(make_build(number, id=None))
    report = api_project.load()
    # of three builds to a page the list has four pages, and these three lie on two of them
    assert (report.partial_count, report.rejected_count) == (2, 0)
    assert report.loaded_count + report.partial_count + 1 == report.seen_count
    assert len(api_project.query("from quarantine.rejected_rows")) == 3


def test_reports_land_where_report_readers_look_and_other_files_do_not(api_project, filled):
    api_project.load()
    landing = api_project.folder / "home" / "landing" / "buildkite"
    found = [path for path in landing.rglob("*") if path.is_file()]
    job = make_job(3)["id"]
    assert [path.relative_to(landing).as_posix() for path in found] == [
        f"{ORG}/{SLUG}/artifacts/{build_id(3)}/{job}/a1/junit.xml"
    ]
    assert found[0].read_bytes() == XML


def test_a_load_with_nothing_new_asks_little_and_adds_nothing(api_project, filled, server):
    api_project.load()
    before = len(server.requests)
    report = api_project.load()
    assert sum(report.table_rows[table] for table in TABLES[:-1]) == 0
    base = f"/v2/organizations/{ORG}"
    assert sorted(set(asked(server, before))) == [
        f"{base}/builds",
        f"{base}/pipelines",
        f"{base}/pipelines/{SLUG}/builds/10",
    ]
    assert len(asked(server, before)) <= 4


def test_open_builds_are_asked_for_until_they_are_final_or_gone(api_project, filled, server):
    filled.put(make_build(11, "scheduled", jobs=[]))
    api_project.load()
    filled.put(make_build(10, "canceled", cancel_reason="too late"))
    server.forget(f"{filled.base}/builds/11")
    del filled.builds[11]
    api_project.load()
    columns = ("status", "cancel_reason")
    found = api_project.query(
        f"select {', '.join(columns)} from raw_buildkite.builds where number = 10 order by 1"
    )
    assert found == [("canceled", "too late"), ("running", None)]
    before = len(server.requests)
    api_project.load()
    assert not [path for path in asked(server, before) if path.endswith(("/10", "/11"))]


def test_a_build_with_a_retried_job_is_found_because_it_finished_again(api_project, filled, server):
    """It finished long ago, and again now: `finished_from` lists it, with new artifacts."""
    api_project.load()
    retried = make_job(3, 1, "failed", retried=True)
    late = "2099-01-01T00:00:00.000Z"
    job = make_job(3, 2, created_at=late, finished_at=late)
    filled.put(
        make_build(3, jobs=[retried, job], finished_at=late),
        filled.artifact(3, "a4", "out/again.xml", XML),
    )
    api_project.load()
    assert api_project.query(
        "select status from raw_buildkite.builds where number = 3 order by updated_at"
    ) == [("failed",), ("passed",)]
    assert api_project.query("select count(*) from raw_buildkite.artifacts") == [(4,)]


def test_a_backfill_reads_its_span_alone(api_project, filled, server):
    api_project.configure(
        mode="api",
        api_url=server.url,
        pipelines=[f"{ORG}/{SLUG}"],
        since="2026-01-03",
        until="2026-01-05",
        artifacts=[],
    )
    report = api_project.load()
    assert report.cursor_at is None
    assert api_project.rows("builds", "number") == [(2,), (3,), (4,)]
    before = len(server.requests)
    api_project.load()
    assert asked(server, before) == [f"/v2/organizations/{ORG}/pipelines/{SLUG}"]


def test_no_build_falls_between_two_backfills(api_project, site, server):
    for number, at in enumerate(("28T23:59:59.000", "28T23:59:59.999"), start=1):
        site.put(make_build(number, created_at=f"2026-02-{at}Z"))
    site.put(make_build(3, created_at="2026-03-01T00:00:00.000Z"))
    for day in ("2026-02-28", "2026-03-01"):
        span = {"since": day, "until": day}
        api_project.configure(mode="api", api_url=server.url, organizations=[ORG], **span)
        api_project.load()
    assert api_project.rows("builds", "number") == [(1,), (2,), (3,)]


def test_a_build_that_comes_into_the_list_late_is_found_before_it_ends(api_project, site, server):
    site.put(make_build(1))
    api_project.load()
    last = api_project.query("select max(until_at) - interval 1 minute from raw_buildkite."
                             "collected_ranges where things = 'builds'")[0][0]  # fmt: skip
    site.put(make_build(2, "running", created_at=last.astimezone(UTC).isoformat()))
    api_project.load()
    assert api_project.rows("builds", "number") == [(1,), (2,)]


def test_a_list_that_the_vendor_cuts_short_is_gone_on_with_where_it_ended(
    api_project, filled, server
):
    """Two pages may be had of a list; what is older is asked for as a list of its own."""
    filled.deepest = 6
    report = api_project.load()
    assert (report.rejected_count, report.cursor_at is None) == (0, False)
    numbers = "select number from raw_buildkite.builds order by number"
    assert api_project.query(numbers) == [(number,) for number in range(1, 11)]
    before = len(server.requests)
    api_project.load()
    assert len(asked(server, before)) <= 4, "the list counts as read to its end"


def test_a_page_that_the_vendor_fails_on_is_asked_for_in_small_parts(api_project, filled, server):
    filled.heavy = 5
    report = api_project.load()
    assert (report.rejected_count, report.cursor_at is None) == (0, False)
    numbers = "select number from raw_buildkite.builds order by number"
    assert api_project.query(numbers) == [(number,) for number in range(1, 11)]
    failed = [path for path, outcome in server.requests if outcome == "504"]
    assert len(set(failed)) == 1, "what is left of the list is asked for in small pages"


def test_a_list_that_fails_in_small_parts_too_is_left_to_the_next_load(api_project, filled, server):
    server.route(f"/v2/organizations/{ORG}/builds", Reply(504, {"message": "Gateway Timeout"}))
    report = api_project.load()
    assert report.cursor_at is None
    assert api_project.query("select error_class from quarantine.rejected_files") == [
        ("unreachable",)
    ]


def test_builds_of_one_second_beyond_the_depth_of_a_list_are_told(api_project, site):
    for number in range(1, 9):
        site.put(make_build(number, created_at=f"2026-01-02T03:00:00.{number:03}Z"))
    site.deepest = 6
    report = api_project.load()
    assert report.cursor_at is None
    assert api_project.rows("builds", "number") == [(number,) for number in range(3, 9)]
    assert api_project.query("select error_class from quarantine.rejected_files") == [("http_400",)]


def test_trouble_on_the_line_changes_nothing(api_project, filled, server, make_project):
    api_project.load()
    rows = api_project.all_rows()
    clean = len(server.requests)
    troubled = make_project("troubled")
    troubled.configure(
        mode="api",
        api_url=server.url,
        organizations=[ORG],
        since="2026-01-01",
        timeout_seconds=0.2,
    )
    server.requests.clear()
    server.fail_next("429", "502", "cut", None, "reset", "not json", "503", "slow")
    server.fail_by_chance(0.05, seed=5)
    troubled.load()
    assert len(server.requests) <= 1.25 * clean + 7, "what fails is asked again, nothing else"
    assert troubled.all_rows() == rows
    assert 7.0 in server.clock.slept, "what Retry-After asks for is kept"


def test_a_load_whose_requests_are_used_up_is_continued_by_the_next(api_project, filled, server):
    options = {
        "mode": "api",
        "api_url": server.url,
        "organizations": [ORG],
        "since": "2026-01-01",
    }
    api_project.configure(**options, request_limit=8)
    assert api_project.load().cursor_at is None
    api_project.configure(**options)
    assert api_project.load().cursor_at is not None
    assert api_project.query("select count(distinct number) from raw_buildkite.builds") == [(10,)]
    assert api_project.query("select count(*) from raw_buildkite.artifacts") == [(3,)]


def test_a_token_that_is_not_accepted_is_a_wrong_setting(api_project, server, site):
    server.route(f"/v2/organizations/{ORG}/pipelines", Reply(status=401, body={}))
    with pytest.raises(ConfigurationError, match="does not accept the token"):
        api_project.load()


def test_an_organization_that_is_refused_is_on_record(api_project, server, site):
    server.route(f"/v2/organizations/{ORG}/pipelines", Reply(status=404, body={}))
    report = api_project.load()
    assert report.cursor_at is None
    assert api_project.query("select error_class from quarantine.rejected_files") == [("http_404",)]


def test_builds_of_other_organizations_that_were_delivered_are_not_asked_for(
    api_project, filled, server
):
    elsewhere = make_build(99, "running")
    elsewhere["url"] = elsewhere["url"].replace(ORG, "elsewhere")
    delivery = {"event": "build.running", "build": elsewhere, "pipeline": {}, "sender": {}}
    api_project.deliver(1, delivery, event="build.running")
    api_project.load()
    report = api_project.load()
    assert report.cursor_at is not None
    assert api_project.rows("builds", "count(*) filter (where number = 99)") == [(1,)]
    assert not [path for path in asked(server) if "elsewhere" in path]
