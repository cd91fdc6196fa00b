"""Test report files arrive as reports, suites and cases, each report once."""

import csv
import gzip
import hashlib
import io
import json
import os
import subprocess
import warnings
import zipfile
from datetime import UTC, datetime, timedelta

import fsspec
import pytest

from dlt_pipelines import report_loading, report_workers
from dlt_pipelines.config import ConfigurationError
from dlt_pipelines.parsers import test_results as parser
from dlt_pipelines.parsers.errors import ParseError

PAST = datetime(2026, 1, 1, tzinfo=UTC).timestamp()


def test_a_report_becomes_rows(project, junit):
    text = junit("first")
    path = project.write("reports/123456/junit_7654321.xml", text)
    os.utime(path, (PAST, PAST))
    report = project.load()
    assert dict(report.table_rows) == {"reports": 1, "suites": 1, "cases": 3}
    assert (report.seen_count, report.loaded_count, report.byte_count) == (1, 1, len(text))
    digest = hashlib.sha256(text.encode()).hexdigest()
    locator = "reports/123456/junit_7654321.xml"
    report_id = hashlib.sha256(f"{locator}\0{digest}".encode()).hexdigest()
    assert project.query(
        "select report_id, locator, path_numbers, content_sha256, size_bytes, format, parse,"
        " test_count, passed_count, failed_count, skipped_count, declared_tests, repository,"
        " head_sha, epoch(source_modified_at) from raw_test_results.reports"
    ) == [
        (
            report_id,
            locator,
            json.dumps(["123456", "7654321"]),
            digest,
            len(text),
            "junit-xml",
            "ok",
            3,
            1,
            1,
            1,
            3,
            None,
            None,
            PAST,
        )
    ]
    assert project.query(
        "select report_id, name, status, duration_seconds from raw_test_results.cases"
        " order by case_index"
    ) == [
        (report_id, "test_a", "passed", 0.5),
        (report_id, "test_b", "failed", 1.0),
        (report_id, "test_c", "skipped", None),
    ]


def test_archives_are_looked_into(project, junit, zipped):
    inner = zipped({"deep/junit.xml": junit("inner"), "log.txt": "nothing"})
    project.write("reports/1.zip", zipped({"a/junit.xml": junit("outer"), "more.zip": inner}))
    project.write("reports/2.xml.gz", gzip.compress(junit("packed").encode()))
    report = project.load()
    assert report.table_rows["cases"] == 9
    assert project.query("select locator from raw_test_results.reports order by 1") == [
        ("reports/1.zip!a/junit.xml",),
        ("reports/1.zip!more.zip!deep/junit.xml",),
        ("reports/2.xml.gz!2.xml",),
    ]


def test_a_report_twice_in_an_archive_under_one_name_counts_once(project, junit):
    packed = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(packed, "w") as archive:
        warnings.simplefilter("ignore")
        archive.writestr("junit.xml", junit())
        archive.writestr("junit.xml", junit())
    project.write("reports/1.zip", packed.getvalue())
    assert project.load().table_rows["reports"] == 1


def test_what_is_loaded_is_not_read_again(project, junit):
    old = project.write("reports/old.xml", junit("old"))
    os.utime(old, (PAST, PAST))
    project.load()
    project.write("reports/new.xml", junit("new"))
    report = project.load()
    assert (report.seen_count, report.loaded_count, report.unchanged_count) == (2, 1, 1)
    assert report.byte_count == len(junit("new"))


def test_a_touched_file_with_the_same_content_is_not_loaded_again(project, junit):
    path = project.write("reports/a.xml", junit())
    project.load()
    os.utime(path, (PAST, PAST))
    report = project.load()
    assert (report.is_changed, report.unchanged_count) == (False, 1)
    assert project.query("select count(*) from raw_test_results.reports") == [(1,)]


def test_a_corrected_report_is_a_new_one_beside_the_old(project, junit):
    project.write("reports/a.xml", junit("wrong"))
    first = project.load().loaded_at
    project.write("reports/a.xml", junit("right"))
    second = project.load().loaded_at
    assert first < second
    assert project.query(
        "select locator, s.name from raw_test_results.reports r"
        " join raw_test_results.suites s using (report_id) order by r.loaded_at"
    ) == [("reports/a.xml", "wrong"), ("reports/a.xml", "right")]


def test_an_archive_with_a_new_member_adds_only_this(project, junit, zipped):
    members = {"a.xml": junit("a")}
    project.write("reports/1.zip", zipped(members))
    project.load()
    project.write("reports/1.zip", zipped({**members, "b.xml": junit("b")}))
    report = project.load()
    assert (report.loaded_count, report.unchanged_count) == (1, 1)
    assert project.query("select count(*) from raw_test_results.cases") == [(6,)]


def test_a_report_that_comes_back_is_the_newest_again(project, junit):
    for name in ("first", "second", "first"):
        project.write("reports/a.xml", junit(name))
        project.load()
    assert project.query(
        "select s.name from raw_test_results.reports r join raw_test_results.suites s"
        " on s.report_id = r.report_id and s.loaded_at = r.loaded_at order by r.loaded_at"
    ) == [("first",), ("second",), ("first",)]


def test_what_an_archive_holds_no_more_is_noted_once(project, junit, zipped):
    def parses():
        project.load()
        return project.query(
            "select locator, parse from raw_test_results.reports"
            " where loaded_at = (select max(loaded_at) from quality.source_loads) order by all"
        )

    path = project.write("reports/1.zip", zipped({"a.xml": junit("a"), "b.xml": junit("b")}))
    assert parses() == [("reports/1.zip!a.xml", "ok"), ("reports/1.zip!b.xml", "ok")]
    project.write("reports/1.zip", zipped({"c.xml": junit("b"), "a.xml": junit("a")}))
    assert parses() == [("reports/1.zip!b.xml", "gone"), ("reports/1.zip!c.xml", "ok")]
    os.utime(path, (PAST, PAST))
    assert parses() == []
    project.write("reports/1.zip", zipped({"a.xml": junit("a"), "b.xml": junit("b")}))
    assert parses() == [("reports/1.zip!b.xml", "ok"), ("reports/1.zip!c.xml", "gone")]
    # Of an archive that can't be read nobody knows what it holds.
    project.write("reports/1.zip", b"PK\x03\x04 cut off")
    assert ("reports/1.zip!a.xml", "gone") not in parses()


def test_a_report_that_became_another_thing_is_noted(project, junit):
    project.write("reports/a.xml", junit())
    project.load()
    project.write("reports/a.xml", "<note/>")
    assert project.load().loaded_count == 0
    sql = "select parse from raw_test_results.reports order by loaded_at"
    assert project.query(sql) == [("ok",), ("gone",)]


def test_a_lost_warehouse_is_loaded_again(project, junit):
    os.utime(project.write("reports/a.xml", junit()), (PAST, PAST))
    project.load()
    (project.home / "build.duckdb").unlink()
    assert project.load().loaded_count == 1


def test_a_newer_version_tries_again_what_could_not_be_read(project, junit, monkeypatch):
    def refuse(*_, **__):
        raise ParseError("this version cannot read it")

    os.utime(project.write("reports/a.xml", junit()), (PAST, PAST))
    with monkeypatch.context() as old:
        old.setattr(parser, "read", refuse)
        first = project.load()
        old.setattr(report_loading, "_reader_version", lambda: "as-bad")
        second = project.load()
    third = project.load()
    assert [report.table_rows["reports"] for report in (first, second, third)] == [1, 0, 1]
    assert third.table_rows["cases"] == 3
    assert project.query("select parse from raw_test_results.reports order by loaded_at") == [
        ("error",),
        ("ok",),
    ]
    assert project.query("select count(*) from quarantine.rejected_files") == [(1,)]


@pytest.mark.corpus
def test_recorded_runs_have_the_counts_their_project_states(project, corpus):
    folder = corpus / "ci" / "github" / "tt_actions"
    project.configure(f'files = ["{folder}"]')
    project.load()
    with (folder / "EXPECTED_COUNTS.csv").open(encoding="utf-8") as file:
        expected = {row["run_id"]: int(row["tests_cnt"]) for row in csv.DictReader(file)}
    counted = dict(
        project.query(
            "select path_numbers ->> 0, count(*) from raw_test_results.reports"
            " join raw_test_results.cases using (report_id) where is_final group by 1"
        )
    )
    assert {run: counted.get(run, 0) for run in expected} == expected


def test_other_files_are_passed_over(project, junit):
    project.write("reports/junit.xml", junit())
    project.write("reports/pom.xml", "<project><name>x</name></project>")
    project.write("reports/data.json", '{"a": 1}')
    project.write("reports/picture.png", b"\x89PNG\r\n\x1a\n\0\0")
    project.write("reports/lcov.info", "SF:a.py\nDA:1,1\nend_of_record\n")
    report = project.load()
    assert (report.seen_count, report.loaded_count, report.rejected_count) == (5, 1, 0)


def test_nothing_configured_loads_nothing_and_makes_the_tables(project):
    project.configure("")
    report = project.load()
    assert (report.seen_count, report.is_changed) == (0, False)
    for table in ("reports", "suites", "cases"):
        assert project.query(f"select count(*) from raw_test_results.{table}") == [(0,)]


def test_what_a_vendor_source_downloaded_is_read_without_a_setting(project, junit, zipped):
    landed = project.home / "landing" / "github_actions" / "o" / "r" / "artifacts" / "1234567"
    landed.mkdir(parents=True)
    (landed / "765432.zip").write_bytes(zipped({"junit.xml": junit()}))
    assert project.load().table_rows["cases"] == 3
    [(locator, numbers)] = project.query(
        "select locator, path_numbers from raw_test_results.reports"
    )
    assert locator == "landing/github_actions/o/r/artifacts/1234567/765432.zip!junit.xml"
    assert numbers == '["1234567", "765432"]'


def test_a_missing_folder_is_named(project):
    project.configure('files = ["nowhere"]')
    with pytest.raises(ConfigurationError, match=r"sources\.test_results\.files.*nowhere"):
        project.load()


def test_reports_in_a_bucket_are_read(project, junit):
    fsspec.filesystem("memory").pipe("/ci-bucket/run/junit.xml", junit("far").encode())
    project.configure('files = ["memory://ci-bucket/**"]')
    assert project.load().loaded_count == 1
    assert project.load().unchanged_count == 1
    ((locator,),) = project.query("select locator from raw_test_results.reports")
    assert locator.startswith("memory://")
    assert locator.endswith("/ci-bucket/run/junit.xml")


def test_worker_processes_give_the_same_rows(project, junit, monkeypatch):
    for number in range(12):
        project.write(f"reports/{number}.xml", junit(f"suite-{number}"))
    project.write("reports/broken.xml", "no report")
    monkeypatch.setattr(report_workers, "_WORTH_WORKERS_BYTES", 0)
    monkeypatch.setattr(report_workers, "_CHUNK_FILES", 2)
    report = project.load()
    assert dict(report.table_rows) == {"reports": 13, "suites": 12, "cases": 36}
    assert report.rejected_count == 1
    assert project.query(
        "select count(*) from raw_test_results.cases join raw_test_results.reports"
        " using (report_id) where parse = 'ok'"
    ) == [(36,)]


class TestCheckout:
    """Reports in a git checkout belong to its repository."""

    @pytest.fixture
    def commit(self, project):
        def git(*arguments):
            done = subprocess.run(
                ["git", "-C", str(project.folder), *arguments],
                check=True,
                capture_output=True,
                text=True,
                env={
                    **os.environ,
                    "GIT_AUTHOR_DATE": "2026-02-01T00:00:00Z",
                    "GIT_COMMITTER_DATE": "2026-02-01T00:00:00Z",
                    "GIT_CONFIG_GLOBAL": os.devnull,
                },
            )
            return done.stdout.strip()

        git("init", "-q")
        git("remote", "add", "origin", "git@git.example.org:team/thing.git")
        git(
            "-c", "user.name=A", "-c", "user.email=a@example.org",
            "commit", "-q", "--allow-empty", "-m", "first",
        )  # fmt: skip
        return git("rev-parse", "HEAD")

    @pytest.mark.parametrize(
        ("name", "days", "has_repository", "has_commit"),
        [
            pytest.param("reports/junit.xml", 1, True, True, id="written-after-the-commit"),
            pytest.param("reports/junit.xml", -1, True, False, id="written-before-it"),
            pytest.param("reports/12345/junit.xml", 1, False, False, id="may-be-of-a-run"),
        ],
    )
    def test_repository_and_commit(
        self, project, junit, commit, name, days, has_repository, has_commit
    ):
        path = project.write(name, junit())
        written = (datetime(2026, 2, 1, tzinfo=UTC) + timedelta(days=days)).timestamp()
        os.utime(path, (written, written))
        project.load()
        assert project.query("select repository, head_sha from raw_test_results.reports") == [
            ("team/thing" if has_repository else None, commit if has_commit else None)
        ]

    @pytest.mark.parametrize(
        ("origin", "name"),
        [
            ("https://gitlab.example.org/group/sub/thing.git", "group/sub/thing"),
            ("/srv/git/team__thing.git", "team/thing"),
        ],
    )
    def test_the_repository_has_the_name_that_its_history_has(
        self, project, junit, commit, origin, name
    ):
        subprocess.run(
            ["git", "-C", str(project.folder), "remote", "set-url", "origin", origin], check=True
        )
        project.write("reports/junit.xml", junit())
        project.load()
        assert project.query("select repository from raw_test_results.reports") == [(name,)]

    def test_a_member_of_an_archive_is_not_claimed(self, project, junit, zipped, commit):
        project.write("reports/a.zip", zipped({"junit.xml": junit()}))
        project.load()
        assert project.query("select repository, head_sha from raw_test_results.reports") == [
            (None, None)
        ]


def test_a_checkout_above_the_project_is_not_asked(project, junit):
    subprocess.run(["git", "init", "-q", str(project.folder.parent)], check=True)
    project.write("reports/junit.xml", junit())
    project.load()
    assert project.query("select repository from raw_test_results.reports") == [(None,)]


def test_the_setting_repository_names_the_owner_of_all_files(project, junit):
    project.configure('files = ["reports"]\nrepository = "team/named"')
    project.write("reports/12345.xml", junit())
    project.load()
    assert project.query("select repository from raw_test_results.reports") == [("team/named",)]
