"""The API polled over real sockets when not everything goes well."""

import pytest

from dlt_pipelines import http
from dlt_pipelines.config import ConfigurationError
from dlt_pipelines.github_actions import runs
from dlt_pipelines.loading import LoadError
from tests.dlt_pipelines.github_actions.made_up_github import COUNTS, SHOP, archive, counts
from tests.replay_server import Reply


@pytest.mark.parametrize("answered", [1, 2, 6, 9, 14, 25, 40])
def test_a_repository_that_is_away_for_a_load_is_read_when_it_is_back(
    api_project, shop, server, answered
):
    def one_thing_less(_, left=[answered]):  # noqa: B006 - counts the requests
        left[0] -= 1
        return left[0] < 0

    kept = {path: server.forget(path) for path in server.paths()}
    for path, route in kept.items():
        server.route(path, lambda query, route=route: (
            Reply(404, {"message": "Not Found"}) if one_thing_less(query) else route(query)
        ))  # fmt: skip
    assert api_project.load().rejected_count > 0
    for path, route in kept.items():
        server.route(path, route)
    api_project.load()
    assert counts(api_project) == COUNTS


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


@pytest.mark.parametrize("request_number", [60])
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


@pytest.mark.parametrize("seed", [1])
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


def test_many_things_that_cannot_be_had_do_not_end_a_load(api_project, site, server, make_run):
    site.add_repository(SHOP)
    for run_id in range(1, 12):
        site.put_run(SHOP, make_run(run_id))
    damaged = [
        f"/repos/{SHOP}/actions/runs/{run_id}/{things}"
        for run_id in range(2, 6)
        for things in ("artifacts", "attempts/1/jobs")
    ]
    sound = {path: server.forget(path) for path in damaged}
    for path in damaged:
        server.route(path, Reply(500, {}))
    api_project.configure(
        mode="api", api_url=server.url, repositories=[SHOP], since="2026-01-01",
        lookback_days=20_000,
    )  # fmt: skip
    assert api_project.load().cursor_at is None
    assert len(api_project.query("from quarantine.rejected_files")) == 8
    asked = {path.partition("?")[0] for path, _ in server.requests}
    assert f"/repos/{SHOP}/actions/runs/11/attempts/1/jobs" in asked
    assert f"/repos/{SHOP}/environments" in asked
    for path, answer in sound.items():
        server.route(path, answer)
    assert api_project.load().cursor_at is not None


def test_an_attempt_that_cannot_be_had_is_asked_for_though_the_list_stays_the_same(
    api_project, site, server, make_run
):
    site.add_repository(SHOP)
    site.put_run(SHOP, *[make_run(7, run_attempt=attempt) for attempt in (1, 2, 3)])
    attempts = "select run_attempt from raw_github_actions.workflow_runs order by 1"
    path = f"/repos/{SHOP}/actions/runs/7/attempts/{{}}"
    had = {number: server.forget(path.format(number)) for number in (1, 2)}
    server.route(path.format(1), Reply(500, {}))
    server.route(path.format(2), Reply(404, {}))
    api_project.configure(
        mode="api", api_url=server.url, repositories=[SHOP], since="2026-01-01",
        lookback_days=20_000,
    )  # fmt: skip
    api_project.load()
    assert api_project.query(attempts) == [(3,)]
    server.route(path.format(1), had[1])
    server.requests.clear()
    api_project.load()
    lists = [outcome for asked, outcome in server.requests if "created=" in asked]
    assert lists == ["304"]
    assert api_project.query(attempts) == [(1,), (3,)]
    server.requests.clear()
    api_project.load()
    assert not [asked for asked, _ in server.requests if "/actions/runs/7" in asked], "2 is gone"


def test_what_may_not_be_read_at_first_is_read_when_it_may(api_project, shop, server):
    paths = [f"/repos/{SHOP}/{things}" for things in ("actions/runs", "deployments", "pulls")]
    lists = [server.forget(path) for path in paths]
    for path in paths:
        server.route(path, Reply(403, {"message": "Resource not accessible by integration"}))
    assert api_project.load().cursor_at is None
    assert api_project.count("issues") == COUNTS["issues"]
    reasons = api_project.query("select error_class, reason from quarantine.rejected_files")
    assert reasons == [("http_403", "the vendor refuses the list with status 403")] * 3
    for path, listed in zip(paths, lists, strict=True):
        server.route(path, listed)
    assert api_project.load().cursor_at is not None
    assert counts(api_project) == COUNTS


def test_notes_that_cannot_be_had_stop_nothing(api_project, shop, server, make_run, make_job):
    cancelled = {"conclusion": "cancelled"}
    run = make_run(13, created_at="2026-01-13T00:00:00Z", **cancelled)
    shop.put_run(SHOP, run, jobs=[make_job(1301, 13, **cancelled)])
    server.route(f"/repos/{SHOP}/check-runs/1301/annotations", Reply(500, {}))
    assert api_project.load().cursor_at is None
    more = {"workflow_runs": 15, "workflow_jobs": 75, "job_steps": 150}
    assert counts(api_project) == {**COUNTS, **more}


def test_answers_of_another_shape_stop_nothing(api_project, shop, server):
    shop.add_repository("simulated-org/odd", repository_id=2)
    server.route("/repos/simulated-org/odd", Reply(body=[]))
    server.route(f"/repos/{SHOP}/actions/runs/4/artifacts", Reply(body=[]))
    api_project.configure(
        mode="api", api_url=server.url, since="2026-01-01", lookback_days=20_000,
        repositories=["simulated-org/odd", SHOP],
    )  # fmt: skip
    assert api_project.load().cursor_at is None
    assert counts(api_project) == {**COUNTS, "artifacts": COUNTS["artifacts"] - 1}
    classes = api_project.query("select error_class from quarantine.rejected_files")
    assert classes == [("no_repository",)]


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


def test_a_token_that_is_not_accepted_is_said_plainly(api_project, shop, server):
    server.route(f"/repos/{SHOP}", Reply(401, {"message": "Bad credentials"}))
    with pytest.raises(ConfigurationError, match="does not accept the token"):
        api_project.load()


def test_without_a_token_everything_but_archives_is_read(api_project, shop, server):
    refusal = {"message": "You must have the actions scope to download artifacts."}
    server.route(f"/repos/{SHOP}/actions/artifacts/31/zip", Reply(401, refusal))
    api_project.load()
    assert counts(api_project) == COUNTS
    assert api_project.query("select error_class from quarantine.rejected_files") == [("http_401",)]


def test_jobs_do_not_wait_for_archives_out_of_reach(api_project, shop, server):
    """Archives lie on another server, which a firewall may keep away."""
    nowhere = Reply(302, {}, headers={"Location": "http://127.0.0.1:9/archive"})
    paths = []
    for run_id in range(4, 12):
        shop.put_artifact(SHOP, run_id, run_id * 10 + 5, archive(str(run_id)))
        paths.append(f"/repos/{SHOP}/actions/artifacts/{run_id * 10 + 5}/zip")
    routes = [server.forget(path) for path in paths]
    for path in paths:
        server.route(path, nowhere)
    report = api_project.load()
    assert report.cursor_at is None
    assert counts(api_project) == {**COUNTS, "artifacts": COUNTS["artifacts"] + 8}
    asked = [path for path, _ in server.requests if path in paths]
    assert len(set(asked)) == 5, "a server that never answers is left alone"
    for path, route in zip(paths, routes, strict=True):
        server.route(path, route)
    before = len(server.requests)
    assert api_project.load().cursor_at is not None
    asked = [path for path, _ in server.requests[before:] if "/actions/runs/" in path]
    assert not [path for path in asked if "/jobs" in path and "/12/" not in path]
    landing = api_project.folder / "home" / "landing" / "github_actions"
    assert len(list(landing.rglob("*5.zip"))) == 8
    before = len(server.requests)
    api_project.load()
    assert not [path for path, _ in server.requests[before:] if "/artifacts" in path]


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
