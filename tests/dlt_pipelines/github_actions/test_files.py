"""Saved answers in files → raw tables."""

import csv
import gzip
import json

import pytest

from dlt_pipelines.config import ConfigurationError


def test_all_tables_exist_even_when_there_is_nothing_to_load(project):
    project.write("notes.txt", b"no page")
    project.configure(files=["*.json"])
    report = project.load()
    assert (report.seen_count, report.is_changed) == (0, False)
    assert project.count("workflow_runs") == project.count("pages") == 0


def test_unchanged_files_are_skipped_and_changed_ones_add_only_new_rows(
    project, make_run, make_job
):
    project.configure(files=["saved"])
    project.write("saved/runs.json", {"workflow_runs": [make_run(1), make_run(2)]})
    project.write("saved/jobs.json", {"jobs": [make_job(10, 1), make_job(20, 2)]})
    first = project.load()
    assert (first.loaded_count, first.table_rows["job_steps"]) == (2, 4)

    again = project.load()
    assert (again.unchanged_count, again.row_count) == (2, 0)

    project.write("saved/runs.json", {"workflow_runs": [make_run(2, 2), make_run(1), make_run(3)]})
    project.write("saved/jobs-2.json", {"jobs": [make_job(10, 1), make_job(30, 3)]})
    report = project.load()
    assert report.unchanged_count == 1
    assert {table: rows for table, rows in report.table_rows.items() if rows} == {
        "workflow_runs": 2, "workflow_jobs": 1, "job_steps": 2, "pages": 2,
    }  # fmt: skip
    found = project.query(
        "select run_id, run_attempt, source_file from raw_github_actions.workflow_runs order by all"
    )
    assert found == [
        (1, 1, "saved/runs.json"),
        (2, 1, "saved/runs.json"),
        (2, 2, "saved/runs.json"),
        (3, 1, "saved/runs.json"),
    ]


def test_the_same_rows_whatever_the_order_and_the_number_of_loads(make_project, make_run, make_job):
    pages = {
        "a.json": {"workflow_runs": [make_run(1), make_run(2)]},
        "b.json": [make_run(2), make_run(2, 2)],
        "c.json": {"jobs": [make_job(10, 1), make_job(11, 1, status="queued")]},
        "d.json": {"jobs": [make_job(11, 1), make_job(10, 1)]},
    }
    together = make_project("together")
    together.configure(files=["*.json"])
    for name, page in pages.items():
        together.write(name, page)
    together.load()
    expected = together.all_rows()
    one_by_one = make_project("one_by_one")
    one_by_one.configure(files=["*.json"])
    for name, page in reversed(pages.items()):
        one_by_one.write(name, page)
        one_by_one.load()
    assert one_by_one.all_rows() == expected
    assert len(expected["workflow_runs"]) == 3
    assert len(expected["workflow_jobs"]) == 3


def test_versions_of_rows_without_payload_are_told_apart(project):
    def review(state):
        return {
            "id": 1,
            "state": state,
            "commit_id": "c",
            "submitted_at": "2026-01-02T03:00:00.5Z",
            "pull_request_url": "https://api.github.com/repos/simulated-org/shop/pulls/4",
        }

    project.configure(files=["*.json"])
    for state in ("APPROVED", "APPROVED", "DISMISSED", "DISMISSED"):
        project.write("reviews.json", [review(state), {"node_id": f"new content {state}"}])
        project.write("copy.json", [review(state)])
        project.load()
    assert project.query(
        "select state from raw_github_actions.pull_request_reviews order by 1"
    ) == [
        ("APPROVED",),
        ("DISMISSED",),
    ]


def test_bad_files_are_kept_with_their_reason_and_stop_nothing(project, make_run):
    project.configure(files=["."])
    whole = json.dumps(make_run(1)).encode()
    project.write("good.json.gz", gzip.compress(whole) + gzip.compress(b"\n" + whole))
    project.write("partial.jsonl", whole + b"\n" + whole[:50])
    project.write("one_bad_row.json", [make_run(2), make_run(2, id=None)])
    project.write("cut.json", whole[:50])
    project.write("report.json", {"tests": 3, "suites": []})
    project.write("cut.json.gz", gzip.compress(whole)[:-20])
    project.write("no_gzip.json.gz", b"PK\x03\x04")
    project.write("ignored.xml", b"<testsuites/>")
    report = project.load()
    assert (report.seen_count, report.loaded_count) == (7, 1)
    assert (report.partial_count, report.rejected_count) == (2, 4)
    assert project.count("workflow_runs") == 2
    reasons = dict(project.query("select locator, reason from quarantine.rejected_files"))
    assert "cut off" in reasons["cut.json"]
    assert "`tests`, `suites`" in reasons["report.json"]
    assert "can't be unpacked" in reasons["cut.json.gz"]
    assert "can't be unpacked" in reasons["no_gzip.json.gz"]
    rows = project.query("select table_name, reason from quarantine.rejected_rows order by all")
    assert [table for table, _ in rows] == ["pages", "workflow_runs"]
    assert project.load().rejected_count == 0, "known files are not rejected again"


def test_mistyped_members_do_not_stop_a_load(project, make_run):
    project.configure(files=["*.json"])
    project.write("runs.json", [make_run(1, created_at="soon", run_number=2**70, name=["x"])])
    project.load()
    assert project.query(
        "select created_at, run_number, workflow_name, json_extract_string(payload, '$.created_at')"
        " from raw_github_actions.workflow_runs"
    ) == [(None, None, None, "soon")]


def test_of_folders_and_globs_json_is_read_and_what_is_named_always(project, make_run):
    for number, name in enumerate(("a/x.json", "a/b/y.jsonl", "a/b/z.NDJSON", "a/n.txt", "w.txt")):
        project.write(name, make_run(number + 1))
    project.configure(files=["a/**", "a/x.json", "w.txt"])
    assert project.load().seen_count == 4
    found = project.query("select run_id from raw_github_actions.workflow_runs order by 1")
    assert found == [(1,), (2,), (3,), (5,)]


def test_an_unknown_mode_is_named(project):
    project.configure(mode="magic")
    with pytest.raises(ConfigurationError, match="`magic`"):
        project.load()


@pytest.mark.corpus
def test_tt_actions_load(project, corpus):
    folder = corpus / "ci" / "github" / "tt_actions"
    project.configure(files=[str(folder)])
    project.load()
    counts = dict(
        project.query("select run_id, count(*) from raw_github_actions.workflow_jobs group by 1")
    )
    with (folder / "EXPECTED_COUNTS.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            assert counts[int(row["run_id"])] == int(row["jobs_cnt"])
    unjoined = project.query(
        "select job_id from raw_github_actions.workflow_jobs anti join"
        " raw_github_actions.workflow_runs using (repository, run_id, run_attempt)"
    )
    assert unjoined == []
