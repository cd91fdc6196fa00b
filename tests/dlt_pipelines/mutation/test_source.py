"""Mutation report files arrive as reports and mutants, beside other reports in the same folder."""

import csv
import io
import shutil
import zipfile
from pathlib import Path

import duckdb
import pytest

from dlt_pipelines import config, loading

SAMPLES = Path(__file__).parents[1] / "parsers" / "mutation" / "samples"
EXPECTED = list(csv.DictReader((SAMPLES / "expected.csv").open(encoding="utf-8")))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "project"
    (folder / ".dlt").mkdir(parents=True)
    (folder / "ci").mkdir()
    (folder / ".dlt" / "config.toml").write_text(
        "".join(
            f'[sources.{source}]\nfiles = ["ci"]\n'
            for source in ("mutation", "test_results", "coverage")
        ),
        "utf-8",
    )
    monkeypatch.setenv(config.PROJECT_VARIABLE, str(folder))
    monkeypatch.setenv(config.HOME_VARIABLE, str(tmp_path / "home"))
    return folder


def _query(project: Path, sql: str) -> list[tuple]:
    path = project.parent / "home" / "build.duckdb"
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_every_format_arrives_with_its_counts(project):
    for row in EXPECTED:
        shutil.copy(SAMPLES / row["file"], project / "ci")
    report = loading.run("mutation")
    assert report.table_rows["reports"] == len(EXPECTED)
    found = _query(
        project,
        "select locator, format, mutant_count, detected_count from raw_mutation.reports",
    )
    assert sorted(found) == sorted(
        (f"ci/{row['file']}", row["format"], int(row["mutants"]), int(row["detected"]))
        for row in EXPECTED
    )
    assert _query(
        project,
        "select count(*) from raw_mutation.reports as reports where mutant_count <>"
        " (select count(*) from raw_mutation.mutants as mutants"
        "  where mutants.report_id = reports.report_id)",
    ) == [(0,)]
    assert _query(
        project,
        "select format, file, tests.test_name, covered_mutant_count, only_covered_mutant_count,"
        " covered_files from raw_mutation.tests join raw_mutation.reports using (report_id)"
        " order by format",
    ) == [
        ("pit-xml", None, "shop.SumsTest.adds", None, None, '["shop/Sums.java"]'),
        ("stryker-json", "a.spec.ts", "adds", 1, 1, '["src/a.ts"]'),
    ]
    assert loading.run("mutation").row_count == 0


def test_others_leave_mutation_reports_alone_and_it_leaves_theirs(project):
    shutil.copy(SAMPLES / "pit.xml", project / "ci" / "mutations.xml")
    (project / "ci" / "junit.xml").write_text(
        '<testsuite name="s"><testcase name="a"/></testsuite>', "utf-8"
    )
    rows = {source: loading.run(source) for source in ("mutation", "test_results", "coverage")}
    assert [report.table_rows["reports"] for report in rows.values()] == [1, 1, 0]
    assert [report.rejected_count for report in rows.values()] == [0, 0, 0]


def test_a_broken_report_is_rejected_once_by_the_source_it_is_of(project):
    (project / "ci" / "mutations.xml").write_text("<mutations", "utf-8")
    (project / "ci" / "TEST-a.xml").write_text("no report", "utf-8")
    sources = ("mutation", "test_results", "coverage")
    assert [loading.run(source).rejected_count for source in sources] == [1, 1, 0]
    assert _query(project, "select locator from quarantine.rejected_files order by 1") == [
        ("ci/TEST-a.xml",),
        ("ci/mutations.xml",),
    ]


def test_reports_in_downloaded_archives_need_no_setting(project):
    (project / ".dlt" / "config.toml").write_text("", "utf-8")
    assert loading.run("mutation").mode == "off"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.write(SAMPLES / "stryker.json", "mutation.json")
    folder = project.parent / "home" / "landing" / "github" / "123456"
    folder.mkdir(parents=True)
    (folder / "7890123.zip").write_bytes(buffer.getvalue())
    assert loading.run("mutation").table_rows["reports"] == 1
    assert _query(project, "select locator, path_numbers from raw_mutation.reports") == [
        ("landing/github/123456/7890123.zip!mutation.json", '["123456", "7890123"]')
    ]


@pytest.mark.parametrize(
    "others", ["imports/runs/a.parquet", "recorded/incidents/1/a.json", "webhooks/github/a.json"]
)
def test_what_others_landed_is_not_read(project, others):
    (project / ".dlt" / "config.toml").write_text("", "utf-8")
    path = project.parent / "home" / "landing" / others
    path.parent.mkdir(parents=True)
    path.write_bytes(b"{}")
    assert loading.run("test_results").mode == "off"
