"""The API polled over real sockets."""

import io
import zipfile

import pytest

from dlt_pipelines import http
from dlt_pipelines.config import ConfigurationError
from dlt_pipelines.github_actions import runs
from dlt_pipelines.loading import LoadError
from tests.replay_server import Reply

SHOP = "simulated-org/shop"


def archive(text="<testsuite/>"):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr(zipfile.ZipInfo("junit.xml"), text)
    return buffer.getvalue()


@pytest.fixture
def api_project(project, server):
    server.largest_page = 5
    project.configure(
        mode="api",
        api_url=server.url,
        repositories=[SHOP],
        since="2026-01-01",
        lookback_days=20_000,
        timeout_seconds=0.3,
    )
    return project


@pytest.fixture
def shop(site, make_run, make_job):
    """A repository with 12 runs, one of three attempts, one unfinished, and everything around."""
    site.add_repository(SHOP)
    for run_id in range(1, 11):
        created = f"2026-01-{run_id:02}T00:00:00Z"
        run = make_run(run_id, created_at=created)
        site.put_run(SHOP, run, jobs=[make_job(run_id * 100 + job, run_id) for job in range(7)])
    created = "2026-01-11T00:00:00Z"
    site.put_run(
        SHOP,
        *[make_run(11, attempt, created_at=created) for attempt in (1, 2, 3)],
        jobs=[make_job(1100 + attempt, 11, attempt) for attempt in (1, 2, 3)],
    )
    unfinished = {"status": "in_progress", "conclusion": None}
    site.put_run(
        SHOP,
        make_run(12, created_at="2026-01-12T00:00:00Z", **unfinished),
        jobs=[make_job(1200, 12, **unfinished)],
    )
    site.put_artifact(SHOP, 3, 31, archive())
    site.put_artifact(SHOP, 3, 32, None)
    site.put_artifact(SHOP, 4, 41, None, expired=True)
    for number in range(1, 9):
        site.put_pull(SHOP, number, f"2026-01-{number:02}T12:00:00Z")
        site.put_issue(SHOP, 100 + number, f"2026-01-{number:02}T13:00:00Z")
    site.put_issue(SHOP, 1, "2026-01-01T12:00:00Z", pull_request={"url": "x"})
    site.put_deployment(SHOP, 61, "2026-01-05T00:00:00Z", "queued", "in_progress", "success")
    site.put_deployment(SHOP, 62, "2026-01-06T00:00:00Z", "queued")
    return site


COUNTS = {
    "repositories": 1,
    "workflow_runs": 14,
    "workflow_jobs": 74,
    "job_steps": 148,
    "artifacts": 3,
    "deployments": 2,
    "deployment_statuses": 4,
    "pull_requests": 8,
    "pull_request_commits": 24,
    "pull_request_reviews": 8,
    "issues": 8,
}


def counts(project):
    return {table: project.count(table) for table in COUNTS}


def test_everything_is_read_and_files_of_the_same_answers_give_the_same_rows(
    api_project, shop, server, saved_pages, make_project
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
        ]
    )
    assert server.counts()["304"] == 5


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


def test_lists_over_the_cap_are_asked_in_smaller_windows(
    api_project, site, server, make_run, monkeypatch
):
    monkeypatch.setattr(runs, "_CAP", 20)
    monkeypatch.setattr(runs, "_AIM", 16)
    site.add_repository(SHOP)
    site.cap = 20
    for run_id in range(1, 61):
        # two thirds of the runs fall into two minutes
        created = f"2026-01-03T05:0{run_id % 2}:{run_id % 60:02}Z"
        if run_id % 3 == 0:
            created = f"2026-01-{run_id % 28 + 1:02}T00:00:00Z"
        site.put_run(SHOP, make_run(run_id, created_at=created))
    api_project.configure(
        mode="api", api_url=server.url, repositories=[SHOP], since="2026-01-01", until="2026-01-31"
    )
    api_project.load()
    assert api_project.query(
        "select count(*), count(distinct run_id) from raw_github_actions.workflow_runs"
    ) == [(60, 60)]
    listed = [outcome for path, outcome in server.requests if "created=" in path]
    assert set(listed) == {"200"}, "the vendor is never asked beyond its cap"
    assert len(listed) < 60


def test_more_runs_in_a_second_than_the_vendor_lists_are_missed_aloud(
    api_project, site, server, make_run, monkeypatch
):
    monkeypatch.setattr(runs, "_CAP", 20)
    site.add_repository(SHOP)
    for run_id in range(1, 31):
        site.put_run(SHOP, make_run(run_id, created_at="2026-01-03T05:00:00Z"))
    api_project.configure(
        mode="api", api_url=server.url, repositories=[SHOP], since="2026-01-03", until="2026-01-03"
    )
    assert api_project.load().cursor_at is None
    reasons = api_project.query("select reason from quarantine.rejected_files")
    assert [reason for (reason,) in reasons if reason.startswith("30 runs were created within")]


def test_loads_that_use_up_their_requests_go_on_where_they_were(
    api_project, shop, server, make_project
):
    api_project.load()
    expected = api_project.all_rows()
    small = make_project("small")
    small.configure(
        mode="api", api_url=server.url, repositories=[SHOP], since="2026-01-01",
        lookback_days=20_000, request_limit=30,
    )  # fmt: skip
    loads = 0
    while small.load().cursor_at is None:
        loads += 1
        assert loads < 20
    assert loads >= 2
    assert small.all_rows() == expected


@pytest.mark.parametrize("request_number", [9, 60])
def test_a_load_that_is_cut_off_leaves_nothing_and_the_next_reads_all(
    api_project, shop, server, monkeypatch, request_number
):
    asked = http.VendorClient.get

    def dying(client, url, **options):
        if len(server.requests) == request_number:
            raise SystemExit
        return asked(client, url, **options)

    with monkeypatch.context() as patched:
        patched.setattr(http.VendorClient, "get", dying)
        with pytest.raises((SystemExit, LoadError)):
            api_project.load()
    api_project.load()
    assert counts(api_project) == COUNTS


@pytest.mark.parametrize("seed", [1, 2])
def test_five_percent_of_faults_change_nothing(api_project, shop, server, make_project, seed):
    api_project.load()
    clean = len(server.requests)
    expected = api_project.all_rows()
    server.fail_by_chance(0.05, seed, ("429", "403", "502", "cut", "reset", "slow", "not json"))
    faulty = make_project("faulty")
    faulty.configure(
        mode="api", api_url=server.url, repositories=[SHOP], since="2026-01-01",
        lookback_days=20_000, timeout_seconds=0.2,
    )  # fmt: skip
    server.requests.clear()
    faulty.load()
    assert faulty.all_rows() == expected
    faults = [outcome for _, outcome in server.requests if not outcome.isdigit()]
    assert faults or server.counts()["429"] or server.counts()["502"]
    assert len(server.requests) <= clean * 1.25


def test_what_cannot_be_had_is_recorded_and_asked_for_again(api_project, shop, server, make_job):
    server.route(f"/repos/{SHOP}/actions/runs/5/attempts/1/jobs", Reply(500, {}))
    first = api_project.load()
    assert first.cursor_at is None
    assert api_project.count("workflow_jobs") == 67
    rejected = api_project.query("select locator, reason from quarantine.rejected_files")
    assert len(rejected) == 1
    assert "in vain" in rejected[0][1]
    jobs = [make_job(500 + job, 5) for job in range(7)]
    shop.put_run(SHOP, shop.runs[SHOP][5], jobs=jobs)
    second = api_project.load()
    assert second.cursor_at is not None
    assert counts(api_project) == COUNTS


def test_repositories_that_are_gone_do_not_stop_the_others(api_project, shop, server):
    api_project.configure(
        mode="api", api_url=server.url, since="2026-01-01", lookback_days=20_000,
        repositories=["simulated-org/gone", SHOP],
    )  # fmt: skip
    report = api_project.load()
    assert counts(api_project) == COUNTS
    assert report.rejected_count == 1
    reason = api_project.query("select reason from quarantine.rejected_files")[0][0]
    assert "`simulated-org/gone` was deleted" in reason


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


def test_the_token_is_sent_and_stored_nowhere(api_project, shop, server, monkeypatch):
    token = "ghp_0123456789abcdef"
    monkeypatch.setenv("SOURCES__GITHUB_ACTIONS__TOKEN", token)
    api_project.load()
    assert {seen.get("authorization") for seen in server.seen_headers} == {f"Bearer {token}"}
    files = [path for path in (api_project.folder / "home").rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if token.encode() in path.read_bytes()]


def test_a_token_that_is_not_accepted_is_said_plainly(api_project, shop, server):
    server.route(f"/repos/{SHOP}", Reply(401, {"message": "Bad credentials"}))
    with pytest.raises(ConfigurationError, match="does not accept the token"):
        api_project.load()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "names no repository"),
        ({"repositories": ["shop"]}, "write `owner/name`"),
        ({"repositories": [SHOP], "since": "yesterday"}, "`sources.github_actions.since`"),
        ({"repositories": [SHOP], "since": "2026-02-01", "until": "2026-01-01"}, "later than"),
        ({"repositories": [SHOP], "lookback_days": 0}, "above 0"),
    ],
    ids=["none", "no owner", "no day", "end before start", "no lookback"],
)
def test_wrong_settings_are_named(project, options, message):
    project.configure(mode="api", **options)
    with pytest.raises(ConfigurationError, match=message):
        project.load()
