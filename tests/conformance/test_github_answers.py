"""Recorded answers of GitHub against the tables that DevLake's own tests expect of them.

What pipelines, tasks, pull requests, commits and issues hold is compared row by row in
`tests/dlt_pipelines/parsers/github/test_corpus.py`; here is everything else that hangs on them.
Every deliberate deviation is told below.
"""

import csv
import json
from datetime import UTC, datetime

import pytest

from dlt_pipelines.parsers.github import SCHEMAS, Reader, read_file

pytestmark = pytest.mark.corpus

DEVIATIONS = {
    "_tool_github_reviewers.csv": "whoever reviewed; those of other repositories' pull requests "
    "are no rows upstream because their pull request is not in the list",
    "issue_assignees.csv": "made by hand upstream, of no recorded page",
    "_tool_github_issue_assignees.csv": "made by hand upstream, of no recorded page",
    "pull_request_issues.csv": "issues named in a pull request's text: read from the text in SQL",
    "repos.csv": "the repository's page was not recorded; its name is that of every row",
    "cicd_scopes.csv": "the repository once more",
    "pull_request_comments.csv": "comments are not kept: nothing is counted on them",
    "pull_request_review_comments.csv": "comments are not kept: nothing is counted on them",
    "issue_comments.csv": "comments are not kept: nothing is counted on them",
    "_tool_github_issue_comments.csv": "comments are not kept: nothing is counted on them",
    "_tool_github_pull_request_comments.csv": "comments are not kept: nothing is counted on them",
}
"""Expected table → why it is not reproduced."""

COMPARED = {
    *("_tool_github_issue_events.csv", "_tool_github_pull_request_reviews.csv"),
    *("issue_labels.csv", "_tool_github_issue_labels.csv"),
    *("pull_request_labels.csv", "_tool_github_pull_request_labels.csv"),
    *("cicd_pipeline_commits.csv", "_tool_github_issues.csv"),
    # in tests/dlt_pipelines/parsers/github/test_corpus.py, or the same rows before DevLake's words
    *("cicd_pipelines.csv", "cicd_tasks.csv", "pull_requests.csv", "pull_request_commits.csv"),
    *("issues.csv", "_tool_github_runs.csv", "_tool_github_runs_no_prod_regex.csv"),
    *("_tool_github_jobs.csv", "_tool_github_jobs_no_prod_env.csv", "_tool_github_commits.csv"),
    *("_tool_github_pull_requests.csv", "_tool_github_pull_request_commits.csv"),
    *("_tool_github_pull_request_issues.csv", "_tool_github_repos.csv"),
}

FOLDERS = (
    *("devlake_ants/api_pages", "faros", "gh_cli", "hub4j", "octokit_webhooks"),
    *("pytorch_test_infra", "rest_api_description", "tt_actions"),
)


class Rows:
    """Keeps rows as dicts, by table."""

    def __init__(self):
        self.rows = {table: [] for table in SCHEMAS}
        self.rejected = []

    def row(self, table, row):
        self.rows[table].append(dict(zip(SCHEMAS[table].names, row, strict=True)))

    def reject(self, table, number, item, reason):
        self.rejected.append((table, number, reason))

    def observe(self, *_):
        """Objects are not looked at for members that nobody knows."""


@pytest.fixture
def ants(corpus):
    return corpus / "ci" / "github" / "devlake_ants"


def table_of(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def read(ants):
    """Read the recorded pages of a kind and give the rows of a table."""

    def reading(kind, table):
        sink = Rows()
        reader = Reader(sink, "")
        for row in table_of(ants / "api_pages" / f"github_api_{kind}__INDEX.csv"):
            page = json.loads((ants / "api_pages" / row["page"]).read_text())
            reader.read(page, row["recorded_url"])
        assert sink.rejected == []
        return sink.rows[table]

    return reading


def expected(ants, name):
    return table_of(ants / "expected" / f"{name}.csv")


def moment(text):
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def test_every_expected_table_is_compared_or_explained(ants):
    names = {path.name for path in (ants / "expected").glob("*.csv")}
    assert names == COMPARED | DEVIATIONS.keys()


def test_events_of_issues(ants, read):
    events = {str(row["event_id"]): row for row in read("events", "issue_events")}
    wanted = expected(ants, "_tool_github_issue_events")
    assert events.keys() >= {row["github_id"] for row in wanted}
    for row in wanted:
        event = events[row["github_id"]]
        assert event["event"] == row["type"]
        assert (event["actor_login"] or "") == row["author_username"]
        assert event["created_at"] == moment(row["github_created_at"])
        assert event["number"] is not None


def test_reviews_of_pull_requests(ants, read):
    reviews = {
        str(row["review_id"]): row for row in read("pull_request_reviews", "pull_request_reviews")
    }
    wanted = expected(ants, "_tool_github_pull_request_reviews")
    assert reviews.keys() >= {row["github_id"] for row in wanted}
    for row in wanted:
        review = reviews[row["github_id"]]
        assert (review["reviewer_login"] or "") == row["author_username"]
        assert (review["state"], review["commit_sha"]) == (row["state"], row["commit_sha"])
        assert review["submitted_at"] == moment(row["github_submit_at"])


def test_labels_of_issues(ants, read):
    issues = {str(row["issue_id"]): row for row in read("issues", "issues")}
    found = {
        (issue_id, label)
        for issue_id, row in issues.items()
        for label in json.loads(row["labels"] or "[]")
    }
    assert found == {
        (row["issue_id"].rsplit(":", 1)[1], row["label_name"])
        for row in expected(ants, "issue_labels")
    }


def test_issues_themselves(ants, read):
    issues = {str(row["issue_id"]): row for row in read("issues", "issues")}
    wanted = expected(ants, "_tool_github_issues")
    assert issues.keys() == {row["github_id"] for row in wanted}
    for row in wanted:
        issue = issues[row["github_id"]]
        assert (str(issue["number"]), issue["state"]) == (row["number"], row["state"])
        assert issue["author_login"] == row["author_name"]
        assert issue["updated_at"] == moment(row["github_updated_at"])
        if row["lead_time_minutes"] and issue["closed_at"]:
            minutes = (issue["closed_at"] - issue["created_at"]).total_seconds() // 60
            assert int(minutes) == int(row["lead_time_minutes"])


def test_labels_of_pull_requests(ants, read):
    found = {
        (str(row["pull_request_id"]), label)
        for row in read("pull_requests", "pull_requests")
        for label in json.loads(row["labels"] or "[]")
    }
    assert found == {
        (row["pull_request_id"].rsplit(":", 1)[1], row["label_name"])
        for row in expected(ants, "pull_request_labels")
    }


def test_runs_name_their_commit(ants, read):
    found = {
        (str(row["run_id"]), row["head_sha"], row["head_branch"] or "", row["repository"])
        for row in read("runs", "workflow_runs")
    }
    assert found == {
        (
            row["pipeline_id"].rsplit(":", 1)[1],
            row["commit_sha"],
            row["branch"],
            row["repo_url"].removeprefix("https://github.com/"),
        )
        for row in expected(ants, "cicd_pipeline_commits")
    }


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_recorded_answer_is_read(corpus, folder):
    """None stops in the middle, and what is an object of the API is kept or known as not kept."""
    files = list((corpus / "ci" / "github" / folder).rglob("*.json"))
    assert files
    troubles = {}
    for path in files:
        if path.name.endswith("package.json"):
            continue
        report = read_file(path.read_bytes(), Rows(), name=path.as_posix())
        if report.error:
            troubles[path.name] = report.error
    assert troubles == {}
