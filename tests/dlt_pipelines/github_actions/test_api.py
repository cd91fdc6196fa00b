"""The API polled over real sockets."""

from datetime import UTC, datetime, timedelta

from dlt_pipelines.destination import Destination
from tests.dlt_pipelines.github_actions.made_up_github import COUNTS, SHOP, archive, counts
from tests.replay_server import Reply


def test_everything_is_read_and_files_of_the_same_answers_give_the_same_rows(
    api_project, shop, server, saved_pages, make_project, real_loads
):
    report = api_project.load()
    assert counts(api_project) == COUNTS
    assert report.mode == "api"
    assert report.cursor_at is not None
    attempts = api_project.query(
        "select run_attempt, count(*) from raw_github_actions.workflow_jobs"
        " where run_id = 11 group by 1 order by 1"
    )
    assert attempts == [(1, 1), (2, 1), (3, 1)]

    by_api = api_project.all_rows()
    files = make_project("files")
    files.configure(files=["saved"])
    for number, page in enumerate(saved_pages().values()):
        files.write(f"saved/{number:04}.json", page)
    files.load()
    assert files.all_rows() == by_api


def test_archives_land_where_reports_are_looked_for_and_expired_ones_are_noted(
    api_project, shop, server
):
    api_project.load()
    landing = api_project.folder / "home" / "landing" / "github_actions"
    found = [path.relative_to(landing).as_posix() for path in landing.rglob("*") if path.is_file()]
    assert found == [f"{SHOP}/artifacts/3/31.zip"]
    assert (landing / found[0]).read_bytes() == archive()
    notes = api_project.query(
        "select source_file, error from raw_github_actions.pages where error is not null"
    )
    assert notes == [(f"/repos/{SHOP}/actions/artifacts/32/zip", "the archive is gone (410)")]
    asked = [path for path, _ in server.requests if path.endswith("/zip")]
    assert len(asked) == 2, "what the list calls expired is not asked for"


def test_a_load_with_nothing_new_asks_little_and_adds_nothing(api_project, shop, server):
    api_project.load()
    before = len(server.requests)
    report = api_project.load()
    assert (
        report.row_count - report.table_rows["pages"] - report.table_rows["collected_ranges"] == 0
    )
    asked = [
        path.split("?")[0].removeprefix(f"/repos/{SHOP}") for path, _ in server.requests[before:]
    ]
    # the list of runs, the one unfinished run with its jobs, the one unfinished deployment
    assert sorted(asked) == sorted(
        [
            "",
            *["/actions/runs"] * 3,
            "/actions/runs/12",
            "/actions/runs/12/attempts/1/jobs",
            "/deployments",
            "/deployments/62/statuses",
            "/pulls",
            "/issues",
            "/issues/events",
            "/environments",
        ]
    )
    assert server.counts()["304"] == 7


def test_a_branch_that_is_pushed_back_holds_again_what_it_held_before(api_project, shop, server):
    """The places of its list tell by what was loaded last what there is now."""
    list_of = f"/repos/{SHOP}/pulls/1/commits"
    newest = (
        "select arg_max(sha, loaded_at) from raw_github_actions.pull_request_commits"
        " where number = 1 group by position order by position"
    )

    def push(hour, *names):
        shop.put_pull(SHOP, 1, f"2099-01-01T{hour:02}:00:00Z")
        items = [{"sha": name * 40, "commit": {}, "parents": []} for name in names]
        server.route(list_of, Reply(items=items))
        loaded = api_project.load().table_rows["pull_request_commits"]
        return loaded, [sha[0] for (sha,) in api_project.query(newest)]

    api_project.load()
    assert push(1, "a", "b") == (2, ["a", "b", "0"])
    assert push(2, "c", "d", "e") == (3, ["c", "d", "e"])
    assert push(3, "a", "b") == (2, ["a", "b", "e"])
    assert push(4, "a", "b") == (0, ["a", "b", "e"])
    assert push(5, "a", "f") == (1, ["a", "f", "e"])


def test_unfinished_runs_are_asked_again_until_they_are_final(
    api_project, shop, server, make_run, make_job
):
    api_project.load()
    shop.put_run(
        SHOP,
        make_run(12, created_at="2026-01-12T00:00:00Z"),
        jobs=[make_job(1200, 12), make_job(1201, 12)],
    )
    shop.put_artifact(SHOP, 12, 121, archive("<testsuite name='late'/>"))
    api_project.load()
    assert api_project.query(
        "select job_id, status from raw_github_actions.workflow_jobs where run_id = 12 order by all"
    ) == [(1200, "completed"), (1200, "in_progress"), (1201, "completed")]
    assert api_project.query(
        "select artifact_id from raw_github_actions.artifacts where run_id = 12"
    )
    before = len(server.requests)
    api_project.load()
    assert not [path for path, _ in server.requests[before:] if "/runs/12" in path]


def test_an_old_run_that_is_open_is_asked_for_though_it_is_listed_no_more(
    api_project, shop, server, make_run, make_job
):
    """A run outside the weeks that are listed again, and one that was deleted meanwhile."""
    shop.put_run(SHOP, make_run(13, status="queued", created_at="2026-01-01T00:00:00Z"))
    api_project.load()
    api_project.configure(
        mode="api", api_url=server.url, repositories=[SHOP], since="2026-01-01", lookback_days=1
    )
    shop.put_run(SHOP, make_run(12), jobs=[make_job(1200, 12)])
    server.forget(f"/repos/{SHOP}/actions/runs/13")
    before = len(server.requests)
    api_project.load()
    asked = [path for path, _ in server.requests[before:] if "/actions/runs" in path]
    assert not [path for path in asked if "/runs/11/" in path]
    assert api_project.query(
        "select status from raw_github_actions.workflow_jobs where job_id = 1200 order by 1"
    ) == [("completed",), ("in_progress",)]
    before = len(server.requests)
    api_project.load()
    assert not [path for path, _ in server.requests[before:] if "/runs/1" in path]


def test_a_rerun_of_a_run_known_already_adds_its_attempt(api_project, shop, make_run, make_job):
    api_project.load()
    created = "2026-01-02T00:00:00Z"
    shop.put_run(
        SHOP,
        make_run(2, 1, created_at=created),
        make_run(2, 2, created_at=created),
        jobs=[*(make_job(200 + job, 2) for job in range(7)), make_job(290, 2, 2)],
    )
    report = api_project.load()
    assert report.table_rows["workflow_runs"] == 1
    assert report.table_rows["workflow_jobs"] == 1


def test_a_rerun_is_found_though_no_load_ran_for_weeks(
    api_project, shop, server, make_run, make_job, monkeypatch
):
    """A run of 20 days before a load is started again after it; the next one is 25 days late."""
    now = datetime.now(UTC)
    created = (now - timedelta(days=20)).strftime("%Y-%m-%dT%H:%M:%SZ")
    options = {"mode": "api", "api_url": server.url, "repositories": [SHOP], "since": "2026-01-01"}
    api_project.configure(**options, lookback_days=31)
    shop.put_run(SHOP, make_run(13, created_at=created), jobs=[make_job(1300, 13)])
    api_project.load()
    shop.put_run(
        SHOP,
        *[make_run(13, attempt, created_at=created) for attempt in (1, 2)],
        jobs=[make_job(1300, 13), make_job(1301, 13, 2)],
    )
    loaded_at = Destination.next_loaded_at
    monkeypatch.setattr(
        Destination, "next_loaded_at", lambda self, at: loaded_at(self, at + timedelta(days=25))
    )
    api_project.load()
    assert api_project.query(
        "select job_id from raw_github_actions.workflow_jobs where run_id = 13 order by 1"
    ) == [(1300,), (1301,)]


def test_a_run_that_was_approved_late_has_its_jobs(api_project, shop, server, make_run, make_job):
    """Until a maintainer allows it, a run from a fork is completed without jobs."""
    created = "2026-01-13T00:00:00Z"
    shop.put_run(SHOP, make_run(13, created_at=created, conclusion="action_required"))
    api_project.load()
    before = len(server.requests)
    api_project.load()
    assert not [path for path, _ in server.requests[before:] if "/runs/13" in path]
    for day, state in ((14, {"status": "in_progress", "conclusion": None}), (15, {})):
        approved = make_run(13, created_at=created, updated_at=f"2026-01-{day}T00:00:00Z", **state)
        shop.put_run(SHOP, approved, jobs=[make_job(1300, 13, **state)])
        api_project.load()
    assert api_project.query(
        "select status from raw_github_actions.workflow_jobs where run_id = 13 order by 1"
    ) == [("completed",), ("in_progress",)]
    before = len(server.requests)
    api_project.load()
    assert not [path for path, _ in server.requests[before:] if "/runs/13" in path]


def test_a_renamed_repository_is_followed_and_not_read_anew(
    api_project, shop, server, make_run, make_job
):
    api_project.load()
    new = "simulated-org/store"
    shop.add_repository(new, repository_id=1)
    for things in (shop.runs, shop.pulls, shop.issues, shop.deployments):
        things[new] = things.pop(SHOP)
    server.route(f"/repos/{SHOP}", Reply(301, {}, headers={"Location": "/repositories/1"}))
    server.route("/repositories/1", Reply(body=shop.repositories[new]))
    for path in (f"/repos/{SHOP}/actions/runs", f"/repos/{SHOP}/pulls"):
        server.route(path, Reply(404, {}))
    shop.put_run(
        new,
        make_run(14, repository={"full_name": new}, created_at="2026-01-14T00:00:00Z"),
        jobs=[make_job(1400, 14, run_url=f"{server.url}/repos/{new}/actions/runs/14")],
    )
    api_project.load()
    assert api_project.query(
        "select repository, repository_id from raw_github_actions.repositories order by loaded_at"
    ) == [(SHOP, 1), (new, 1)]
    assert api_project.query(
        "select repository from raw_github_actions.workflow_jobs where job_id = 1400"
    ) == [(new,)]


def test_a_backfill_reads_its_span_only(api_project, shop, server):
    api_project.configure(
        mode="api", api_url=server.url, repositories=[SHOP], since="2026-01-03", until="2026-01-05"
    )
    api_project.load()
    run_ids = "select distinct run_id from raw_github_actions.workflow_runs order by 1"
    assert api_project.query(run_ids) == [(3,), (4,), (5,)]
    api_project.configure(
        mode="api", api_url=server.url, repositories=[SHOP], since="2026-01-01", until="2026-01-06"
    )
    before = len(server.requests)
    api_project.load()
    assert api_project.query(run_ids) == [(1,), (2,), (3,), (4,), (5,), (6,)]
    asked = [path for path, _ in server.requests[before:] if "/actions/runs/" in path]
    assert not [path for path in asked if "/runs/4/" in path], "what is there is not asked again"


def test_events_of_issues_are_read_once_whatever_their_issue_becomes(api_project, shop):
    api_project.load()
    shop.put_issue(SHOP, 101, "2026-02-01T00:00:00Z", state="closed")
    # lists are read down to the last load, whenever the test runs
    shop.put_event(SHOP, 500, 101, "closed", "2100-01-01T00:00:00Z", state_reason="completed")
    shop.events[SHOP][10]["issue"] = shop.issues[SHOP][101]
    report = api_project.load()
    assert report.table_rows["issue_events"] == 1
    assert api_project.query(
        "select number, event, label, actor_login, state_reason, is_pull_request"
        " from raw_github_actions.issue_events where number = 101 order by event_id"
    ) == [
        (101, "labeled", "in progress", "ada", None, False),
        (101, "closed", None, "ada", None, False),
        (101, "closed", None, "ada", "completed", False),
    ]


def test_events_tell_from_whom_a_review_was_asked(api_project, shop):
    shop.put_issue(SHOP, 3, "2026-02-01T00:00:00Z", pull_request={"url": "x"})
    at = "2026-02-01T00:00:00Z"
    someone = {"requested_reviewer": {"login": "grace"}}
    shop.put_event(SHOP, 600, 3, "review_requested", at, **someone)
    shop.put_event(SHOP, 601, 3, "review_request_removed", at, requested_team={"slug": "core"})
    api_project.load()
    assert api_project.query(
        "select number, event, subject_login, is_pull_request"
        " from raw_github_actions.issue_events where event_id >= 600 order by event_id"
    ) == [(3, "review_requested", "grace", True), (3, "review_request_removed", "core", True)]


def test_a_repository_without_environments_is_whole(api_project, shop, server):
    server.forget(f"/repos/{SHOP}/environments")
    report = api_project.load()
    assert report.cursor_at is not None
    assert report.table_rows["environments"] == 0


def test_a_repository_without_issues_is_whole(api_project, shop, server):
    path = f"/repos/{SHOP}/issues"
    listed = server.forget(path)
    server.route(path, Reply(410, {"message": "Issues are disabled for this repo"}))
    assert api_project.load().cursor_at is not None
    assert api_project.query("from quarantine.rejected_files") == []
    server.route(path, listed)
    api_project.load()
    assert counts(api_project) == COUNTS


def test_why_a_run_was_cancelled_is_asked_once(api_project, shop, server, make_run, make_job):
    shop.put_run(
        SHOP,
        make_run(13, created_at="2026-01-13T00:00:00Z", conclusion="cancelled"),
        jobs=[make_job(1300 + job, 13, conclusion="cancelled") for job in (1, 2)],
    )
    message = "Canceling since a higher priority waiting request for 'main' exists"
    notes = [
        {"path": ".github", "annotation_level": "failure", "title": "", "message": text}
        for text in (message, "The operation was canceled.")
    ]
    server.route(f"/repos/{SHOP}/check-runs/1301/annotations", Reply(items=notes))
    api_project.load()
    api_project.load()
    assert api_project.query(
        "select job_id, position, message from raw_github_actions.job_annotations order by all"
    ) == [(1301, 0, message), (1301, 1, "The operation was canceled.")]
    assert sum("/annotations" in path for path, _ in server.requests) == 1


def test_a_token_that_may_not_read_checks_misses_reasons_only(
    api_project, shop, server, make_run, make_job
):
    shop.put_run(
        SHOP,
        make_run(13, created_at="2026-01-13T00:00:00Z", conclusion="cancelled"),
        jobs=[make_job(1301, 13, conclusion="cancelled")],
    )
    refusal = Reply(403, {"message": "Resource not accessible by personal access token"})
    server.route(f"/repos/{SHOP}/check-runs/1301/annotations", refusal)
    report = api_project.load()
    assert report.cursor_at is not None
    assert api_project.query(
        "select conclusion from raw_github_actions.workflow_jobs where job_id = 1301"
    ) == [("cancelled",)]
