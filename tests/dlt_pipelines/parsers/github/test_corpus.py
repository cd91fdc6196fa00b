"""Recorded answers of the real API, read where they lie."""

import csv
import json
from collections import Counter
from datetime import UTC, datetime

import pytest

pytestmark = pytest.mark.corpus

# DevLake's own words for the vendor's conclusions, as its expected tables were made with.
DEVLAKE_RESULTS = {
    "success": "SUCCESS",
    "failure": "FAILURE",
    "cancelled": "FAILURE",
    "timed_out": "FAILURE",
    "startup_failure": "FAILURE",
}


def rows_of(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def devlake_pages(folder, kind):
    """Give each recorded page with the address it was recorded from."""
    addresses = {
        row["page"]: row["recorded_url"]
        for row in rows_of(folder / f"github_api_{kind}__INDEX.csv")
    }
    return [
        {"url": address, "body": json.loads((folder / page).read_text())}
        for page, address in addresses.items()
    ]


def moment(text):
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


@pytest.fixture
def ants(corpus):
    return corpus / "ci" / "github" / "devlake_ants"


def test_tt_actions_have_the_stated_number_of_jobs(corpus, read):
    folder = corpus / "ci" / "github" / "tt_actions"
    for expected in rows_of(folder / "EXPECTED_COUNTS.csv"):
        run = folder / expected["run_id"]
        sink = read((run / "workflow_jobs.json").read_bytes())
        assert len(sink.rows["workflow_jobs"]) == int(expected["jobs_cnt"])
        assert {row["run_id"] for row in sink.rows["workflow_jobs"]} == {int(expected["run_id"])}
        (row,) = read((run / "workflow.json").read_bytes()).rows["workflow_runs"]
        assert row["run_id"] == int(expected["run_id"])


def test_every_recorded_page_is_read_without_trouble(corpus, read):
    seen = Counter()
    github = corpus / "ci" / "github"
    for name in (
        "hub4j",
        "devlake_ants/api_pages",
        "faros",
        "pytorch_test_infra",
        "octokit_webhooks",
        "rest_api_description",
        "gh_cli",
    ):
        for path in sorted((github / name).rglob("*.json")):
            sink = read(path.read_bytes(), name=path.as_posix())
            assert sink.report.error is None, path
            seen.update(sink.counts())
    assert {"workflow_runs", "workflow_jobs", "job_steps", "artifacts", "deployments"} <= set(seen)


def test_runs_equal_the_expected_pipelines(ants, read):
    """35 of 35 on result, finish, start and duration.

    Deviations kept on purpose: `cancelled` stays its own word (DevLake: FAILURE), the vendor's
    status and conclusion stay as sent, and a run's finish comes from its jobs, not `updated_at`.
    """
    sink = read(devlake_pages(ants / "api_pages", "runs"))
    runs = {str(row["run_id"]): row for row in sink.rows["workflow_runs"]}
    expected = rows_of(ants / "expected" / "cicd_pipelines.csv")
    assert len(runs) == len(expected) == 35
    for pipeline in expected:
        run = runs[pipeline["id"].rsplit(":", 1)[1]]
        assert DEVLAKE_RESULTS.get((run["conclusion"] or "").lower(), "") == pipeline["result"]
        assert (run["status"] or "") == pipeline["original_status"]
        assert (run["conclusion"] or "") == pipeline["original_result"]
        assert run["workflow_name"] == pipeline["name"]
        assert run["created_at"] == moment(pipeline["created_date"])
        assert run["run_started_at"] == moment(pipeline["started_date"])
        assert run["updated_at"] == moment(pipeline["finished_date"])
        seconds = int((run["updated_at"] - run["run_started_at"]).total_seconds())
        assert seconds == int(float(pipeline["duration_sec"]))


def test_runs_carry_commit_branch_and_repository(ants, read):
    sink = read(devlake_pages(ants / "api_pages", "runs"))
    found = {
        (str(run["run_id"]), run["head_sha"], run["head_branch"])
        for run in sink.rows["workflow_runs"]
    }
    expected = rows_of(ants / "expected" / "cicd_pipeline_commits.csv")
    assert found == {
        (row["pipeline_id"].rsplit(":", 1)[1], row["commit_sha"], row["branch"]) for row in expected
    }
    assert {run["repository"] for run in sink.rows["workflow_runs"]} == {"panjf2000/ants"}


def test_jobs_equal_the_expected_tasks(ants, read):
    """35 of 35 on result, start, finish and duration."""
    sink = read(devlake_pages(ants / "api_pages", "jobs"))
    jobs = {str(row["job_id"]): row for row in sink.rows["workflow_jobs"]}
    expected = rows_of(ants / "expected" / "cicd_tasks.csv")
    assert len(jobs) == len(expected) == 35
    for task in expected:
        job = jobs[task["id"].rsplit(":", 1)[1]]
        assert str(job["run_id"]) == task["pipeline_id"].rsplit(":", 1)[1]
        assert DEVLAKE_RESULTS.get((job["conclusion"] or "").lower(), "") == task["result"]
        # DevLake writes the words of jobs in capitals
        assert (job["status"] or "").upper() == task["original_status"]
        assert (job["conclusion"] or "").upper() == task["original_result"]
        assert job["name"] == task["name"]
        assert job["started_at"] == moment(task["started_date"])
        assert job["completed_at"] == moment(task["finished_date"])
        if job["completed_at"] and job["started_at"]:
            seconds = int((job["completed_at"] - job["started_at"]).total_seconds())
            assert seconds == int(float(task["duration_sec"]))


def test_pull_requests_commits_and_issues_equal_the_expected_tables(ants, read):
    """49 pull requests (one recorded twice), 90 commits of them, 26 issues."""
    pages, expected = ants / "api_pages", ants / "expected"
    pulls = read(devlake_pages(pages, "pull_requests")).rows["pull_requests"]
    by_id = {str(pull["pull_request_id"]): pull for pull in pulls}
    listed = rows_of(expected / "pull_requests.csv")
    assert by_id.keys() == {row["id"].rsplit(":", 1)[1] for row in listed}
    for row in listed:
        pull = by_id[row["id"].rsplit(":", 1)[1]]
        assert str(pull["number"]) == row["pull_request_key"]
        assert (pull["merge_commit_sha"] or "") == row["merge_commit_sha"]
        assert (pull["head_sha"], pull["base_sha"]) == (
            row["head_commit_sha"],
            row["base_commit_sha"],
        )
        assert pull["created_at"] == moment(row["created_date"])
        assert pull["merged_at"] == moment(row["merged_date"])
        assert pull["closed_at"] == moment(row["closed_date"])

    numbers = {pull["number"]: number for number, pull in by_id.items()}
    commits = read(devlake_pages(pages, "pull_request_commits")).rows["pull_request_commits"]
    wanted = {
        (row["commit_sha"], row["pull_request_id"].rsplit(":", 1)[1])
        for row in rows_of(expected / "pull_request_commits.csv")
    }
    found = {
        (commit["sha"], numbers[commit["number"]])
        for commit in commits
        if commit["number"] in numbers
    }
    assert found == wanted

    issues = read(devlake_pages(pages, "issues")).rows["issues"]
    wanted = {row["issue_key"]: row for row in rows_of(expected / "issues.csv")}
    assert {str(issue["number"]) for issue in issues} == wanted.keys()
    for issue in issues:
        row = wanted[str(issue["number"])]
        assert issue["created_at"] == moment(row["created_date"])
        assert issue["closed_at"] == moment(row["resolution_date"])
