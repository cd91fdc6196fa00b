"""Coverage report files arrive as reports, files and lines, from the same archives as tests."""

import io
import zipfile
from pathlib import Path

import duckdb
import pytest

from dlt_pipelines import config, loading

LCOV = "TN:unit\nSF:src/a.py\nDA:1,3\nDA:2,0\nend_of_record\nSF:src/b.py\nDA:7,1\nend_of_record\n"
COBERTURA = """<?xml version="1.0"?>
<coverage line-rate="0.5" lines-valid="2" lines-covered="1" version="7"><packages>
<package name="p"><classes><class name="a" filename="p/a.py"><lines>
<line number="1" hits="1"/><line number="2" hits="0"/></lines></class></classes></package>
</packages></coverage>"""
JUNIT = '<testsuite name="s"><testcase name="a"/></testsuite>'


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "project"
    (folder / ".dlt").mkdir(parents=True)
    (folder / "ci").mkdir()
    (folder / ".dlt" / "config.toml").write_text(
        '[sources.coverage]\nfiles = ["ci"]\n[sources.test_results]\nfiles = ["ci"]\n', "utf-8"
    )
    monkeypatch.setenv(config.PROJECT_VARIABLE, str(folder))
    monkeypatch.setenv(config.HOME_VARIABLE, str(tmp_path / "home"))
    return folder


def _query(project: Path, sql: str) -> list[tuple]:
    path = project.parent / "home" / "build.duckdb"
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_a_report_becomes_files_and_lines(project):
    (project / "ci" / "lcov.info").write_text(LCOV, "utf-8")
    report = loading.run("coverage")
    assert dict(report.table_rows) == {"reports": 1, "files": 2, "lines": 3}
    assert _query(
        project,
        "select locator, format, parse, lines_valid, lines_covered, file_count"
        " from raw_coverage.reports",
    ) == [("ci/lcov.info", "lcov", "ok", 3, 2, 2)]
    assert _query(
        project,
        "select path, line, hits from raw_coverage.lines join raw_coverage.files"
        " using (report_id, file_index) order by path, line",
    ) == [("src/a.py", 1, 3), ("src/a.py", 2, 0), ("src/b.py", 7, 1)]


def test_test_reports_and_coverage_part_in_one_archive(project):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("junit.xml", JUNIT)
        archive.writestr("coverage.xml", COBERTURA)
    (project / "ci" / "1.zip").write_bytes(packed.getvalue())
    coverage = loading.run("coverage")
    tests = loading.run("test_results")
    assert (coverage.loaded_count, tests.loaded_count) == (1, 1)
    assert _query(project, "select locator from raw_coverage.reports") == [
        ("ci/1.zip!coverage.xml",)
    ]
    assert _query(project, "select locator from raw_test_results.reports") == [
        ("ci/1.zip!junit.xml",)
    ]


@pytest.mark.parametrize(
    ("name", "source"),
    [
        pytest.param("coverage.xml", "coverage", id="coverage-by-name"),
        pytest.param("lcov.info", "coverage", id="coverage-by-suffix"),
        pytest.param("TEST-a.xml", "test_results", id="anything-else"),
        pytest.param("jacoco.zip", "coverage", id="archive-by-name"),
        pytest.param("artifact.zip", "test_results", id="another-archive"),
    ],
)
def test_a_broken_file_is_rejected_by_one_source_only(project, name, source):
    content = b"PK\x03\x04broken" if name.endswith(".zip") else b"broken"
    (project / "ci" / name).write_bytes(content)
    loading.run("coverage")
    loading.run("test_results")
    assert _query(project, "select source, locator from quarantine.rejected_files") == [
        (source, f"ci/{name}")
    ]
    assert _query(project, f"select parse, locator from raw_{source}.reports") == [
        ("error", f"ci/{name}")
    ]


def test_a_file_named_by_its_source_is_rejected_by_it_whatever_its_name(project):
    (project / "ci" / "result.txt").write_bytes(b"broken")
    (project / ".dlt" / "config.toml").write_text(
        '[sources.coverage]\nfiles = ["ci/result.txt"]\n', "utf-8"
    )
    assert loading.run("coverage").rejected_count == 1


@pytest.mark.corpus
def test_recorded_reports_are_read(project, corpus):
    folder = corpus / "reports" / "files" / "coverage"
    (project / ".dlt" / "config.toml").write_text(
        f'[sources.coverage]\nfiles = ["{folder}"]\n', "utf-8"
    )
    report = loading.run("coverage")
    assert report.loaded_count > 100
    (counted,) = _query(
        project,
        "select count(*) from raw_coverage.files f left join raw_coverage.reports r"
        " on f.report_id = r.report_id where r.parse is null or r.parse = 'error'",
    )
    assert counted == (0,)
