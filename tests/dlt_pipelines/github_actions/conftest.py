"""A project whose GitHub Actions source can be loaded and asked, and answers to load."""

import json

import duckdb
import pytest

from dlt_pipelines import loading
from dlt_pipelines.github_actions import TABLES

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
        """Give the rows of every table but the ledger of pages."""
        return {table: self.rows(table) for table in TABLES if table != "pages"}


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
