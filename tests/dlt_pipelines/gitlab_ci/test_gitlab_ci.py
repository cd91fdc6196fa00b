"""GitLab by saved answers, by its API and by deliveries: the same rows, whatever goes wrong."""

import json

import pytest

from dlt_pipelines import http
from dlt_pipelines.config import ConfigurationError
from tests.dlt_pipelines.gitlab_ci.made_up_gitlab import (
    PROJECT,
    SHOP,
    archive,
    job,
    merge_request,
    pipeline,
    polled,
    project,
)
from tests.replay_server import Reply

THINGS = (
    "projects", "pipelines", "jobs", "merge_requests", "merge_request_commits",
    "merge_request_reviews", "deployments", "environments", "issues",
    "issue_events",
)  # fmt: skip


def saved(make_project, site):
    """Save the answers that the poller asks for, wrapped with their addresses."""
    found = make_project("saved")
    address = "https://gitlab.example.com/api/v4/"
    found.write("gitlab/project.json", project())
    for number, (path, body) in enumerate(site.pages().items()):
        if path != f"projects/{PROJECT}/pipelines":
            found.write(f"gitlab/{number}.json", {"url": address + path, "body": body})
    found.configure(files=["gitlab/**"])
    return found


def test_files_and_api_give_the_same_rows(make_project, server, site, real_loads):
    from_api = polled(make_project, server, site)
    server.largest_page = 2
    report = from_api.load()
    assert report.seen_count == report.loaded_count == len(server.requests)
    from_files = saved(make_project, site)
    from_files.load()
    for table in THINGS:
        assert from_api.count(table) > 0, table
    rows = from_files.all_rows()
    for table, expected in from_api.all_rows().items():
        # the address of the replay server is not that of the site
        same = [[str(value).replace(server.url[7:], "gitlab.example.com") for value in row]
                for row in expected]  # fmt: skip
        assert sorted(same) == sorted([str(value) for value in row] for row in rows[table]), table
    assert len(server.requests) < 60


def test_trouble_on_the_line_changes_nothing(make_project, server, site):
    server.largest_page = 2
    calm = polled(make_project, server, site)
    calm.load()
    rows, clean = calm.all_rows(), len(server.requests)
    troubled = polled(make_project, server, site, name="troubled", timeout_seconds=0.2)
    server.requests.clear()
    server.fail_next("429", "502", "cut", None, "reset", "not json", "503", "slow")
    server.fail_by_chance(0.05, seed=5)
    troubled.load()
    assert troubled.all_rows() == rows
    assert 7.0 in server.clock.slept, "what Retry-After asks for is kept"
    assert len(server.requests) <= 1.25 * clean + 7, "what fails is asked again, nothing else"


def test_nothing_new_costs_little_and_adds_nothing(make_project, server, site):
    found = polled(make_project, server, site)
    found.load()
    before = found.all_rows()
    first = len(server.requests)
    found.load()
    assert found.all_rows() == before
    # the lists, the project, and what is still running with its jobs
    assert len(server.requests) - first <= 10


def test_running_pipelines_are_asked_for_again_until_they_end(make_project, server, site):
    found = polled(make_project, server, site)
    found.load()
    site.pipelines[500_002] = pipeline(500_002, sha="d" * 40, updated_at="2026-01-02T10:10:00.000Z")
    site.jobs[500_002] = [job(600_005, 500_002, "unit")]
    site.serve(server)
    found.load()
    newest = "select status from raw_gitlab_ci.pipelines where pipeline_id = 500002 and {}"
    assert found.query(newest.format("finished_at is not null")) == [("success",)]
    assert len(found.query("from raw_gitlab_ci.jobs where job_id = 600005")) == 2
    server.requests.clear()
    found.load()
    assert not [path for path, _ in server.requests if "/pipelines/500002" in path]


def test_a_pipeline_that_was_deleted_is_not_asked_for_for_ever(make_project, server, site):
    found = polled(make_project, server, site)
    found.load()
    del site.pipelines[500_002]
    server.forget(f"/api/v4/projects/{PROJECT}/pipelines/500002")
    site.serve(server)
    found.load()
    server.requests.clear()
    found.load()
    assert not [path for path, _ in server.requests if "/pipelines/500002" in path]


def test_child_pipelines_and_retries_are_there(make_project, server, site):
    found = polled(make_project, server, site)
    found.load()
    bridges = "select pipeline_id, downstream_pipeline_id from raw_gitlab_ci.jobs"
    assert found.query(f"{bridges} where kind = 'bridge'") == [(500_001, 500_003)]
    assert found.query("select event from raw_gitlab_ci.pipelines where pipeline_id = 500003") == [
        ("parent_pipeline",)
    ]
    asked = [path for path, _ in server.requests if "/jobs?" in path]
    assert asked
    assert all("include_retried=true" in path for path in asked)


def test_what_happened_to_issues_is_read_once_a_version(make_project, server, site):
    found = polled(make_project, server, site)
    found.load()
    assert found.query(
        "select kind, event, label, number, issue_id, actor_login, strftime(created_at, '%H:%M')"
        " from raw_gitlab_ci.issue_events order by kind, event_id"
    ) == [
        ("label", "add", "In progress", 1, 800_001, "eve", "11:10"),
        ("label", "remove", "In progress", 1, 800_001, "eve", "11:40"),
        ("label", "remove", None, 1, 800_001, "eve", "11:50"),
        ("state", "closed", None, 1, 800_001, "eve", "11:20"),
        ("state", "reopened", None, 1, 800_001, "eve", "11:30"),
        ("state", "closed", None, 1, 800_001, "eve", "12:00"),
    ]
    server.requests.clear()
    found.load()
    assert not [path for path, _ in server.requests if "/resource_" in path]
    site.issues[0]["updated_at"] = "2099-01-03T00:10:00.000Z"  # after the last load
    doing = {"id": 6, "name": "Done"}
    site.label_events.append({**site.label_events[0], "id": 4, "label": doing})
    site.serve(server)
    found.load()
    assert len([path for path, _ in server.requests if "/resource_" in path]) == 2
    assert found.count("issue_events") == 7


def test_archives_are_downloaded_and_else_the_report_that_gitlab_made(make_project, server, site):
    found = polled(make_project, server, site)
    found.load()
    landing = found.folder / "home" / "landing" / "gitlab_ci" / SHOP
    assert (landing / "artifacts" / "500001" / "600002.zip").is_file()
    report = json.loads((landing / "test_reports" / "500003.json").read_text())
    assert report["total_count"] == 1
    assert sorted(
        str(path.relative_to(landing)) for path in landing.rglob("*") if path.is_file()
    ) == [
        "artifacts/500001/600002.zip",
        "test_reports/500003.json",
    ]


@pytest.mark.parametrize("path", ["{outside}", "../../../outside/shop"], ids=["absolute", "up"])
def test_no_name_of_a_project_leads_out_of_the_landing_folder(
    make_project, server, site, tmp_path, path
):
    found = polled(make_project, server, site, projects=[str(PROJECT)])
    outside = tmp_path / "outside"
    named = {**project(), "path_with_namespace": path.format(outside=outside)}
    server.route(f"/api/v4/projects/{PROJECT}", Reply(body=named))
    found.load()
    landing = found.folder / "home" / "landing" / "gitlab_ci"
    kept = [file for file in tmp_path.rglob("*") if file.name in ("600002.zip", "500003.json")]
    assert len(kept) == 2
    assert all(landing in file.parents for file in kept)


def test_pipelines_do_not_wait_for_archives_out_of_reach(make_project, server, site):
    """Archives may lie on another server, which a firewall may keep away."""
    report = [{"file_type": "archive"}, {"file_type": "junit"}]
    for number in range(7):
        site.jobs[500_001].append(job(610_000 + number, 500_001, f"t{number}", artifacts=report))
    found = polled(make_project, server, site)
    address = f"/api/v4/projects/{PROJECT}/jobs/{{}}/artifacts"
    paths = [address.format(number) for number in (600_002, *range(610_000, 610_007))]
    for path in paths:
        server.route(path, Reply(302, {}, headers={"Location": "http://127.0.0.1:9/archive"}))
    found.load()
    assert found.count("pipelines") == 3
    assert found.query("select count(*) from raw_gitlab_ci.jobs where pipeline_id = 500001") == [
        (12,)
    ]
    asked = {path for path, _ in server.requests if path in paths}
    assert len(asked) == 5, "a server that never answers is left alone"
    landing = found.folder / "home" / "landing" / "gitlab_ci" / SHOP
    assert not list(landing.rglob("*.json")), "the report of GitLab would count tests twice"
    for path in paths:
        server.route(path, Reply(body=archive()))
    found.load()
    assert len(list(landing.rglob("*.zip"))) == 8
    server.requests.clear()
    found.load()
    assert not [path for path, _ in server.requests if "/pipelines/500001" in path]


def test_archives_that_are_refused_are_not_asked_for_for_ever(make_project, server, site):
    found = polled(make_project, server, site)
    path = f"/api/v4/projects/{PROJECT}/jobs/600002/artifacts"
    server.route(path, Reply(403, {"message": "403 Forbidden"}))
    found.load()
    assert found.query("select locator, error_class from quarantine.rejected_files") == [
        (f"projects/{PROJECT}/jobs/600002/artifacts", "http_403")
    ]
    server.requests.clear()
    found.load()
    assert not [path for path, _ in server.requests if "/pipelines/500001" in path]


def test_pages_are_also_found_by_the_number_of_the_next_one(server):
    def numbered(query):
        page = int(query.get("page", "1"))
        return Reply(body=[page], headers={"x-next-page": str(page + 1) if page < 3 else ""})

    server.route("/api/v4/things", numbered)
    client = http.VendorClient(f"{server.url}/api/v4")
    pages = list(client.pages(client.address("things", per_page=1)))
    assert [answer.json() for answer in pages] == [[1], [2], [3]]
    assert pages[1].next_url == f"{server.url}/api/v4/things?per_page=1&page=3"
    client.close()


def test_the_limit_is_waited_for_as_gitlab_says_it(server):
    until = server.clock.now() + 30
    limit = {"RateLimit-Remaining": "0", "RateLimit-Reset": str(int(until))}
    replies = iter([Reply(status=429, body={}, headers=limit), Reply(body=[])])
    server.route("/api/v4/things", lambda _: next(replies))
    client = http.VendorClient(f"{server.url}/api/v4", clock=server.clock)
    assert client.get(client.address("things")).is_found
    assert server.clock.now() >= until
    assert len(server.clock.slept) == 1
    client.close()


def test_groups_are_read_with_their_subgroups(make_project, server, site):
    found = polled(make_project, server, site, projects=[], groups=["acme"])
    found.load()
    assert found.count("pipelines") == 3
    path = next(path for path, _ in server.requests if "groups" in path)
    assert "include_subgroups=true" in path


def test_requests_that_run_out_are_taken_up_by_the_next_load(make_project, server, site):
    found = polled(make_project, server, site, request_limit=10)
    loads = 1
    while found.load().cursor_at is None:
        loads += 1
        assert loads < 12
    assert loads > 2
    whole = polled(make_project, server, site, name="whole")
    whole.load()
    assert found.all_rows() == whole.all_rows()


def test_a_backfill_leaves_the_present_alone(make_project, server, site):
    found = polled(make_project, server, site, since="2026-01-01", until="2026-01-01")
    found.load()
    lists = [path for path, _ in server.requests if "updated_after" in path]
    assert lists
    # the last second of a day has parts
    assert all("updated_before=2026-01-02T00%3A00%3A00Z" in path for path in lists)


def test_no_pipeline_falls_between_two_backfills(make_project, server, site):
    for number, at in enumerate(("28T23:59:59.000", "28T23:59:59.999"), start=500_001):
        site.pipelines[number] = pipeline(number, updated_at=f"2026-02-{at}Z")
    site.pipelines[500_004] = pipeline(500_004, updated_at="2026-03-01T00:00:00.000Z")
    site.jobs[500_004] = []
    found = polled(make_project, server, site, since="2026-02-28", until="2026-02-28")
    found.load()
    settings = {"api_url": server.url, "projects": [SHOP]}
    found.configure(mode="api", since="2026-03-01", until="2026-03-01", **settings)
    found.load()
    listed = found.query("select distinct pipeline_id from raw_gitlab_ci.pipelines order by 1")
    assert listed == [(500_001,), (500_002,), (500_003,), (500_004,)]


def test_without_a_token_what_is_public_is_read(make_project, server, site):
    found = polled(make_project, server, site)
    for things in ("deployments", "environments"):
        path = f"/api/v4/projects/{PROJECT}/{things}"
        server.route(path, Reply(401, {"message": "401 Unauthorized"}))
    found.load()
    assert found.count("pipelines") == 3
    assert found.count("issues") == 1
    classes = found.query("select error_class from quarantine.rejected_files")
    assert classes == [("http_401",)] * 2


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"mode": "api"}, "projects"),
        ({"mode": "api", "projects": ["shop"]}, "whole path"),
        ({"mode": "api", "projects": ["a/b"], "artifacts": "some"}, "true or false"),
        ({"mode": "cloud"}, "mode"),
    ],
    ids=["no project", "no path", "artifacts", "mode"],
)
def test_a_wrong_setting_is_named(make_project, options, told):
    found = make_project()
    found.configure(**{"files": ["x"], **options})
    if options == {"mode": "api"}:
        assert found.load().row_count == 0  # nothing to read: nothing is started
        return
    with pytest.raises(ConfigurationError, match=told):
        found.load()


def test_what_is_no_object_of_gitlab_goes_to_quarantine(make_project):
    found = make_project()
    found.write("gitlab/mixed.json", [merge_request(4), {"id": "x", "weather": "fine"}, 7])
    found.write("gitlab/cut.json", b'[{"id": 1')
    found.configure(files=["gitlab"])
    found.load()
    assert found.count("merge_requests") == 1
    reasons = [reason for (reason,) in found.query("select reason from quarantine.rejected_rows")]
    assert len(reasons) == 2
    assert any("`weather`" in reason for reason in reasons)
    assert len(found.query("from quarantine.rejected_files")) == 1
