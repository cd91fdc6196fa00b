"""A project whose GitHub Actions source can be loaded and asked, and answers to load."""

import json
from urllib.request import urlopen

import duckdb
import pytest

from dlt_pipelines import http, loading
from dlt_pipelines.github_actions import TABLES
from tests.dlt_pipelines.github_actions.made_up_github import SHOP, Site, archive
from tests.replay_server import FakeClock, ReplayServer

OWN_COLUMNS = {"source_file", "loaded_at"}


class Project:
    """A project folder with one GitHub Actions source."""

    def __init__(self, folder):
        self.folder = folder

    def configure(self, **options):
        settings = self.folder / ".dlt"
        settings.mkdir(exist_ok=True)
        lines = [f"{key} = {json.dumps(value)}\n" for key, value in options.items()]
        text = "[sources.github_actions]\n" + "".join(lines)
        (settings / "config.toml").write_text(text)

    def write(self, name, content):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())

    def load(self):
        return loading.run("github_actions", project=self.folder)

    def query(self, sql):
        build = self.folder / "home" / "build.duckdb"
        with duckdb.connect(str(build), read_only=True) as connection:
            connection.execute("set timezone = 'UTC'")
            return connection.execute(sql).fetchall()

    def count(self, table):
        return self.query(f"select count(*) from raw_github_actions.{table}")[0][0]

    def rows(self, table):
        """Give the rows of a table without what tells when and from where they were loaded."""
        named = self.query(
            "select column_name from information_schema.columns"
            f" where table_schema = 'raw_github_actions' and table_name = '{table}'"
        )
        columns = ", ".join(sorted(name for (name,) in named if name not in OWN_COLUMNS))
        return sorted(self.query(f"select {columns} from raw_github_actions.{table}"), key=repr)

    def all_rows(self):
        """Give the rows of every table but the ledgers."""
        ledgers = ("pages", "collected_ranges")
        return {table: self.rows(table) for table in TABLES if table not in ledgers}


@pytest.fixture
def make_project(tmp_path, monkeypatch):
    """Make projects; the one made last is the current one."""

    def making(name="project"):
        folder = tmp_path / name
        folder.mkdir()
        monkeypatch.setenv("TESTOPS_HOME", str(folder / "home"))
        monkeypatch.setenv("TESTOPS_PROJECT", str(folder))
        return Project(folder)

    return making


@pytest.fixture
def project(make_project):
    return make_project()


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
def clock(monkeypatch):
    clock = FakeClock()
    monkeypatch.setattr(http, "SYSTEM_CLOCK", clock)
    return clock


@pytest.fixture
def server(clock):
    server = ReplayServer(clock)
    yield server
    server.close()


@pytest.fixture
def site(server):
    return Site(server)


@pytest.fixture
def saved_pages(server, project):
    """Give every answer that the server gave, wrapped with its address."""

    def saving():
        pages = {}
        for path, outcome in tuple(server.requests):
            if outcome == "200" and not path.endswith("/zip") and "/storage/" not in path:
                with urlopen(server.url + path) as answer:
                    pages[path] = {"url": server.url + path, "body": json.loads(answer.read())}
        return pages

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
