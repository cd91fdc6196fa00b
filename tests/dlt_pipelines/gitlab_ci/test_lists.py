"""What GitLab lists: read from change to change, child pipelines and commits of requests too."""

import duckdb
import pytest

from tests.dlt_pipelines.gitlab_ci.made_up_gitlab import (
    PROJECT,
    changed,
    commit,
    issue,
    job,
    pipeline,
    polled,
)
from tests.replay_server import Reply


def test_a_retried_job_of_a_child_is_seen_though_its_parent_stays_the_same(
    make_project, server, site
):
    found = polled(make_project, server, site)
    found.load()
    later = {"updated_at": "2099-01-02T12:00:00.000Z"}
    site.pipelines[500_003] = pipeline(500_003, source="parent_pipeline", **later)
    site.jobs[500_003].append(job(600_016, 500_003, "unit"))
    site.serve(server)
    found.load()
    jobs = "select count(*) from raw_gitlab_ci.jobs where job_id = 600016"
    assert found.query(jobs) == [(1,)]


@pytest.mark.parametrize("span", [{"until": "2026-01-01"}, {}], ids=["back-fill", "present"])
def test_a_list_that_changes_while_it_is_read_misses_nothing(make_project, server, site, span):
    """An entry that changes leaves its place, and those behind it move up."""
    site.issues = [
        {**issue(number), "updated_at": f"2026-01-01T10:{number // 2:02}:00.{number:03}Z"}
        for number in range(20)
    ]
    path = f"/api/v4/projects/{PROJECT}/issues"
    asked = []

    def moving(query):
        if asked:  # one that was read
            site.issues[len(asked) - 1]["updated_at"] = "2026-01-02T12:00:00.000Z"
        asked.append(query)
        return Reply(items=changed(site.issues, query))

    server.largest_page = 4
    found = polled(make_project, server, site, **span)
    server.route(path, moving)
    found.load()
    counts = (
        "select count(*), count(distinct number) from raw_gitlab_ci.issues"
        " where updated_at < '2026-01-02'"
    )
    assert found.query(counts) == [(20, 20)]
    assert len(asked) < 15


def test_lists_are_not_asked_beyond_the_offset_that_the_vendor_allows(make_project, server, site):
    site.issues = [
        {**issue(number), "updated_at": f"2026-01-01T10:{number:02}:00.000Z"}
        for number in range(30)
    ]
    found = polled(make_project, server, site)
    server.largest_page = 3
    path = f"/api/v4/projects/{PROJECT}/issues"

    def limited(query):
        if int(query.get("page", 1)) > 2:
            message = "Offset pagination has a maximum allowed offset of 6"
            return Reply(405, {"error": message})
        return Reply(items=changed(site.issues, query))

    server.route(path, limited)
    assert found.load().cursor_at is not None
    assert found.count("issues") == 30


def test_pages_in_another_order_than_asked_for_are_followed_by_their_links(
    make_project, server, site
):
    site.issues = [
        {**issue(number), "updated_at": f"2026-01-01T10:{59 - number:02}:00.000Z"}
        for number in range(10)
    ]
    found = polled(make_project, server, site)
    server.largest_page = 3
    path = f"/api/v4/projects/{PROJECT}/issues"
    server.route(path, lambda query: Reply(items=changed(site.issues, {**query, "sort": "desc"})))
    found.load()
    assert found.count("issues") == 10


def test_commits_say_of_which_head_they_were_listed(make_project, server, site):
    found = polled(make_project, server, site)
    server.largest_page = 2
    path = f"/api/v4/projects/{PROJECT}/merge_requests/4/commits"

    def listed(*shas):
        return Reply(items=[{**commit(), "id": sha * 40, "short_id": sha * 8} for sha in shas])

    server.route(path, listed(*"cba"))
    found.load()
    # the newest is amended, and then the branch is pushed as it was before
    for day, shas in enumerate(("dba", "cba"), start=1):
        site.merge_requests[0]["updated_at"] = f"2099-01-0{day}T00:00:00.000Z"
        site.serve(server)
        server.route(path, listed(*shas))
        found.load()
    lists = found.query(
        "select left(list_head_sha, 1), string_agg(left(sha, 1), '' order by sha desc)"
        " from raw_gitlab_ci.merge_request_commits group by 1 order by 1"
    )
    assert lists == [
        ("c", "cba"),
        ("d", "dba"),
    ]


def test_a_later_page_of_commits_tells_no_head(make_project):
    found = make_project()
    path = f"api/v4/projects/{PROJECT}/merge_requests/4/commits"
    for page in (1, 2):
        address = f"https://gitlab.example.com/{path}?per_page=1&page={page}"
        item = {**commit(), "id": str(page) * 40}
        found.write(f"gitlab/{page}.json", {"url": address, "body": [item]})
    found.configure(files=["gitlab"])
    found.load()
    heads = "select left(sha, 1), left(list_head_sha, 1) from raw_gitlab_ci.merge_request_commits"
    assert found.query(f"{heads} order by 1") == [("1", "1"), ("2", None)]


def test_tables_from_before_a_column_of_the_key_are_read_on(make_project, server, site):
    found = polled(make_project, server, site)
    found.load()
    with duckdb.connect(str(found.folder / "home" / "build.duckdb")) as build:
        build.execute("alter table raw_gitlab_ci.merge_request_commits drop column list_head_sha")
    site.merge_requests[0]["updated_at"] = "2099-01-01T00:00:00.000Z"
    site.serve(server)
    found.load()
    heads = "select left(list_head_sha, 1) from raw_gitlab_ci.merge_request_commits"
    assert found.query(f"{heads} order by loaded_at") == [(None,), ("b",)]


def test_a_clock_that_is_ahead_hides_nothing(make_project, server, site):
    """The span counts as read up to now of the server, not of the machine."""
    server.clock.sleep(1_767_400_000 - server.clock.now())  # 2026-01-03; the machine is later
    found = polled(make_project, server, site)
    found.load()
    server.clock.sleep(86_400)
    site.pipelines[500_010] = pipeline(500_010, updated_at="2026-01-03T06:00:00.000Z")
    site.jobs[500_010] = []
    site.serve(server)
    found.load()
    listed = "select count(*) from raw_gitlab_ci.pipelines where pipeline_id = 500010"
    assert found.query(listed) == [(1,)]
