"""A sink that remembers, and objects as the API sends them."""

import json
from collections import defaultdict
from typing import Any

import pytest

from dlt_pipelines.parsers.github import SCHEMAS, PageReport, read_file

API = "https://api.github.com/repos/simulated-org/shop"


class Remembered:
    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.rejected: list[tuple[str | None, int, str]] = []
        self.report = PageReport()

    def row(self, table, row):
        self.rows[table].append(dict(zip(SCHEMAS[table].names, row, strict=True)))

    def observe(self, kind, item):
        pass

    def reject(self, table, number, item, reason):
        self.rejected.append((table, number, reason))

    def counts(self):
        return {table: len(rows) for table, rows in self.rows.items()}


@pytest.fixture
def read():
    """Read bytes, or anything JSON can hold, as the content of one file."""

    def reading(content, name="page.json") -> Remembered:
        sink = Remembered()
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        sink.report = read_file(data, sink, name=name)
        return sink

    return reading


@pytest.fixture
def run_object():
    return {
        "id": 11,
        "name": "CI",
        "head_branch": "main",
        "head_sha": "a" * 40,
        "path": ".github/workflows/ci.yml",
        "display_title": "Add a basket",
        "run_number": 7,
        "event": "push",
        "status": "completed",
        "conclusion": "success",
        "workflow_id": 3,
        "url": f"{API}/actions/runs/11",
        "html_url": "https://github.com/simulated-org/shop/actions/runs/11",
        "pull_requests": [{"number": 5}, {"number": 6}],
        "created_at": "2026-01-02T03:04:05Z",
        "updated_at": "2026-01-02T03:14:05Z",
        "run_started_at": "2026-01-02T03:04:06Z",
        "actor": {"login": "ada", "type": "User"},
        "triggering_actor": {"login": "robot[bot]", "type": "Bot"},
        "run_attempt": 2,
        "repository": {"id": 1, "full_name": "simulated-org/shop"},
        "head_repository": {"full_name": "fork-owner/shop"},
        "a_field_of_tomorrow": {"kept": True},
    }


@pytest.fixture
def job_object():
    return {
        "id": 21,
        "run_id": 11,
        "workflow_name": "CI",
        "head_branch": "main",
        "run_url": f"{API}/actions/runs/11",
        "run_attempt": 2,
        "head_sha": "a" * 40,
        "url": f"{API}/actions/jobs/21",
        "html_url": "https://github.com/simulated-org/shop/actions/runs/11/job/21",
        "status": "completed",
        "conclusion": "failure",
        "created_at": "2026-01-02T03:04:10Z",
        "started_at": "2026-01-02T03:05:10Z",
        "completed_at": "2026-01-02T03:09:10Z",
        "name": "test (1, 3.11)",
        "steps": [
            {
                "name": "Set up job",
                "status": "completed",
                "conclusion": "success",
                "number": 1,
                "started_at": "2026-01-02T11:05:10.000+08:00",
                "completed_at": "2026-01-02T11:05:12.000+08:00",
            },
            {"name": "Test", "status": "completed", "conclusion": "failure", "number": 2},
        ],
        "labels": ["ubuntu-latest", "x64"],
        "runner_id": 9,
        "runner_name": "hosted 9",
        "runner_group_name": "Default",
    }
