"""Artifacts of a quality mesh arrive as reports, findings and modules, told by their keys."""

import json

import duckdb
import pytest

from dlt_pipelines import loading

QA_REPORT = {
    "run_date": "2026-03-04T02:00:00Z",
    "total": 4,
    "passed": 2,
    "failed": 1,
    "skipped": 1,
    "pass_rate": "66.7%",
    "status": "FAIL",
    "platform_logs": None,
    "log_fetch_required": True,
    "bugs": [
        {
            "test": "tests/api/test_memory.py::test_stats",
            "severity": "P1",
            "title": "[memory] stats are empty",
            "error": "AssertionError: 0 != 3",
            "traceback": "…",
            "server_log": None,
            "source_files": ["api/memory.py:35"],
            "category": "memory",
        }
    ],
}
SUMMARY = {
    "run_date": "2026-03-04T02:00:00+00:00",
    "total_tests": 3,
    "passed": 2,
    "failed": 1,
    "skipped": 0,
    "errors": 0,
    "pass_rate": 66.7,
    "duration_seconds": 12.5,
    "status": "FAIL",
    "failures": [{"nodeid": "t.py::a", "assertion_message": "no", "source_files": []}],
}
HEALTH = {**SUMMARY, "suite": "Health", "targets": ["tests/api/test_health.py"], "failures": []}
GAPS = {
    "suite": "Gap Finder",
    "generated_at": "2026-03-05T00:00:00Z",
    "total_api_test_files": 2,
    "total_api_tests": 9,
    "covered_domains": ["chat"],
    "missing_expected_domains": ["billing"],
    "journey_files": [],
    "smoke_files": ["test_chat.py"],
    "modules": [
        {
            "file": "tests/api/test_chat.py",
            "domain": "chat",
            "test_count": 9,
            "is_journey_file": False,
            "is_smoke_file": True,
        }
    ],
    "action_items": {
        "missing_domains": [{"domain": "billing", "priority": "high", "reason": "no module"}],
        "low_coverage_domains": [],
        "smoke_only_domains": [{"domain": "chat", "priority": "medium", "reason": "smoke only"}],
    },
}
PYTEST = {
    "created": 1772589600.0,
    "duration": 3.5,
    "exitcode": 1,
    "root": "/",
    "summary": {"passed": 1, "failed": 1, "total": 2},
    "tests": [{"nodeid": "t.py::a", "outcome": "passed"}, {"nodeid": "t.py::b"}],
}


@pytest.fixture
def load(tmp_path, monkeypatch):
    monkeypatch.setenv("TESTOPS_HOME", str(tmp_path / "home"))
    (tmp_path / ".dlt").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / ".dlt" / "config.toml").write_text(
        '[sources.quality_mesh]\nfiles = ["out"]\nrepository = "a/b"\n', "utf-8"
    )

    def run(**files):
        for name, content in files.items():
            text = content if isinstance(content, str) else json.dumps(content)
            path = tmp_path / "out" / f"{name.replace('_', '-')}.json"
            path.write_text(text, "utf-8")
        return loading.run("quality_mesh", project=tmp_path)

    def query(sql):
        path = str(tmp_path / "home" / "build.duckdb")
        with duckdb.connect(path, read_only=True) as connection:
            connection.execute("set timezone = 'UTC'")
            return connection.execute(sql).fetchall()

    run.query = query
    return run


def test_each_artifact_is_told_by_its_keys(load):
    load(a=QA_REPORT, b=SUMMARY, c=HEALTH, d=GAPS, e=PYTEST, f={"name": "package"})
    assert load.query(
        "select kind, repository, status, total_count, passed_count, failed_count, skipped_count,"
        " finding_count, strftime(run_at, '%Y-%m-%d'), duration_seconds"
        " from raw_quality_mesh.reports order by source_file"
    ) == [
        ("qa_report", "a/b", "FAIL", 4, 2, 1, 1, 1, "2026-03-04", None),
        ("test_summary", "a/b", "FAIL", 3, 2, 1, 0, 1, "2026-03-04", 12.5),
        ("health_regression_summary", "a/b", "FAIL", 3, 2, 1, 0, 0, "2026-03-04", 12.5),
        ("coverage_gap_summary", "a/b", None, 9, None, None, None, 2, "2026-03-05", None),
        ("test_report", "a/b", "FAIL", 2, 1, 1, None, 0, "2026-03-04", 3.5),
    ]
    assert load.query("select count(*) from quarantine.rejected_files") == [(0,)]


def test_findings_keep_what_tells_where_to_look(load):
    load(qa_report=QA_REPORT, coverage_gap_summary=GAPS)
    assert load.query(
        "select kind, test_name, domain, severity, category, message, source_files"
        " from raw_quality_mesh.findings order by kind"
    ) == [
        (
            *("bug", "tests/api/test_memory.py::test_stats", None, "P1", "memory"),
            *("AssertionError: 0 != 3", '["api/memory.py:35"]'),
        ),
        ("missing_domain", None, "billing", "high", None, "no module", None),
        ("smoke_only_domain", None, "chat", "medium", None, "smoke only", None),
    ]
    assert load.query(
        "select file, domain, test_count, is_journey, is_smoke from raw_quality_mesh.modules"
    ) == [("tests/api/test_chat.py", "chat", 9, False, True)]


def test_the_same_artifact_is_loaded_once_and_a_new_run_beside_it(load):
    assert load(qa_report=QA_REPORT).row_count == 2
    assert load().row_count == 0
    assert load(qa_report={**QA_REPORT, "bugs": [], "status": "PASS"}).row_count == 1
    assert load.query("select count(*) from raw_quality_mesh.reports") == [(2,)]


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", '"text"', '{"colour": "red"}', '{"bugs": 3}', "\x00\x01"],
    ids=["empty", "cut", "array", "text", "other keys", "bugs alone", "binary"],
)
def test_what_only_has_the_name_of_an_artifact_stops_nothing(load, content):
    report = load(qa_report=content, test_summary=SUMMARY)
    assert report.table_rows["reports"] == 1
    assert all(
        locator == "out/qa-report.json"
        for (locator,) in load.query("select locator from quarantine.rejected_files")
    )


def test_strange_values_become_null(load):
    strange = {"bugs": [1, None, {"severity": {}}], "total": "many", "failed": [], "status": 7}
    load(a=strange, b={**GAPS, "modules": {"file": 1}, "action_items": "none"})
    assert load.query(
        "select kind, total_count, failed_count, finding_count from raw_quality_mesh.reports"
        " order by 1"
    ) == [("coverage_gap_summary", 9, None, 1), ("qa_report", None, None, 1)]
