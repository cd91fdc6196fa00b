"""A project whose GitHub Actions source can be loaded and asked, and answers to load."""

import pytest

from tests.dlt_pipelines.github_actions.made_up_github import SHOP, Site, archive


@pytest.fixture
def source_name():
    return "github_actions"


@pytest.fixture
def make_run():
    """Make run objects of `simulated-org/shop` as the API sends them."""

    def making(run_id, attempt=1, **members):
        api = f"https://api.github.com/repos/simulated-org/shop/actions/runs/{run_id}"
        return {
            "id": run_id,
            "name": "CI",
            "run_number": run_id,
            "run_attempt": attempt,
            "workflow_id": 3,
            "event": "push",
            "status": "completed",
            "conclusion": "success",
            "head_sha": f"{run_id:040x}",
            "url": api,
            "created_at": "2026-01-02T03:00:00Z",
            "run_started_at": f"2026-01-02T03:0{attempt}:00Z",
            "updated_at": f"2026-01-02T03:3{attempt}:00Z",
            "repository": {"id": 1, "full_name": "simulated-org/shop"},
            **members,
        }

    return making


@pytest.fixture
def make_job():
    """Make job objects with two steps."""

    def making(job_id, run_id, attempt=1, **members):
        api = "https://api.github.com/repos/simulated-org/shop/actions"
        return {
            "id": job_id,
            "run_id": run_id,
            "run_attempt": attempt,
            "run_url": f"{api}/runs/{run_id}",
            "url": f"{api}/jobs/{job_id}",
            "name": "test",
            "status": "completed",
            "conclusion": "success",
            "created_at": "2026-01-02T03:01:00Z",
            "started_at": "2026-01-02T03:02:00Z",
            "completed_at": "2026-01-02T03:09:00Z",
            "labels": ["ubuntu-latest"],
            "steps": [
                {"number": number, "name": name, "status": "completed", "conclusion": "success"}
                for number, name in ((1, "Set up job"), (2, "Test"))
            ],
            **members,
        }

    return making


@pytest.fixture
def site(server):
    return Site(server)


@pytest.fixture
def saved_pages(server, project):
    """Give every answer that the server gave, wrapped with its address."""

    def saving():
        return server.saved_pages("/zip", "/storage/")

    return saving


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
        for event_id, event in ((number * 10, "labeled"), (number * 10 + 1, "closed")):
            label = {"label": {"name": "in progress"}} if event == "labeled" else {}
            at = f"2026-01-{number:02}T1{event_id % 10}:30:00Z"
            site.put_event(SHOP, event_id, 100 + number, event, at, **label)
    site.put_issue(SHOP, 1, "2026-01-01T12:00:00Z", pull_request={"url": "x"})
    site.put_deployment(SHOP, 61, "2026-01-05T00:00:00Z", "queued", "in_progress", "success")
    site.put_environment(SHOP, 81, "production", protection_rules=[{"type": "wait_timer"}])
    site.put_environment(SHOP, 82, "staging")
    site.put_deployment(SHOP, 62, "2026-01-06T00:00:00Z", "queued")
    return site
