"""Recorded answers of GitLab against what Apache DevLake makes of them, and that every file loads.

Every difference is deliberate, named here and told in `docs/sources/gitlab-ci.md`.
"""

import csv
import json
from datetime import datetime

import duckdb
import pytest

from dlt_pipelines import loading

pytestmark = pytest.mark.corpus

# DevLake knows two results; ours that it has no word for, and what it says instead.
RESULTS = {
    "success": "SUCCESS",
    "failure": "FAILURE",
    "timed_out": "FAILURE",
    "startup_failure": "FAILURE",
    "cancelled": "FAILURE",
}
STATES = {"merged": "MERGED", "closed": "CLOSED", "opened": "OPEN", "locked": "OPEN"}
# Numbers of merge requests whose own object the upstream test of commits did not have.
WITHOUT_CHANGE = {6, 7}
# Id of a merge request that only the page of that test has.
OF_ANOTHER_TEST = 34300715
FILES_WITHOUT_ROWS = {
    "commits.json": "commits of a branch: the git history has them",
    "get_commit.json": "a commit of a branch",
    "get_pipeline_testreport.json": "read by the source test_results",
    "list_merge_request_diff.json": "the git history has the changes",
    "push.json": "the git history has the commits",
    "release.json": "not kept",
    "tag_push.json": "the git history has the tags",
}


def words():
    path = loading.__file__.rsplit("/", 2)[0] + "/dbt_project/seeds/result_words.csv"
    with open(path, encoding="utf-8") as lines:  # noqa: PTH123
        rows = [row for row in csv.DictReader(lines) if row["vendor"] == "gitlab_ci"]
    return {row["vendor_word"]: row["result"] for row in rows}


def result(status):
    return RESULTS.get(words().get(status, ""), "")


def instant(text):
    return datetime.fromisoformat(text) if text else None


def number(identity):
    return int(identity.rsplit(":", 1)[1])


def table(corpus, name):
    path = corpus / "ci" / "gitlab" / "devlake" / "expected" / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def loaded(folder, monkeypatch, pages):
    """Load pages in a project of their own; give a function that asks for rows."""
    home = folder / "home"
    monkeypatch.setenv("TESTOPS_HOME", str(home))
    monkeypatch.setenv("TESTOPS_PROJECT", str(folder))
    (folder / ".dlt").mkdir()
    (folder / ".dlt" / "config.toml").write_text('[sources.gitlab_ci]\nfiles = ["pages"]\n')
    (folder / "pages").mkdir()
    for name, content in pages.items():
        (folder / "pages" / name).write_bytes(content)
    report = loading.run("gitlab_ci", project=folder)
    assert report.table_rows

    def ask(sql):
        with duckdb.connect(str(home / "build.duckdb"), read_only=True) as build:
            build.execute("set timezone = 'UTC'")
            return build.execute(sql).fetchall()

    return ask


@pytest.fixture
def devlake(corpus, tmp_path, monkeypatch):
    folder = corpus / "ci" / "gitlab" / "devlake" / "api_pages"
    pages = {}
    for index in sorted(folder.glob("*__INDEX.csv")):
        with index.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                body = json.loads((folder / row["page"]).read_bytes())
                wrapped = {"url": row["recorded_url"], "body": body}
                pages[row["page"]] = json.dumps(wrapped).encode()
    return loaded(tmp_path, monkeypatch, pages)


def test_listed_pipelines(corpus, devlake):
    expected = {
        (int(row["pipeline_id"]), row["ref"], row["sha"])
        for row in table(corpus, "_tool_gitlab_pipeline_projects")
    }
    found = set(devlake("select pipeline_id, ref, sha from raw_gitlab_ci.pipelines"))
    assert len(expected) == 29
    assert expected <= found


def test_pipelines(corpus, devlake):
    found = {
        row[0]: row[1:]
        for row in devlake(
            "select pipeline_id, html_url, status, duration_seconds, queued_seconds, created_at,"
            " started_at, finished_at from raw_gitlab_ci.pipelines where started_at is not null"
            " or duration_seconds is not null or coverage is not null"
        )
    }
    rows = table(corpus, "cicd_pipelines")
    assert len(rows) == 16
    for row in rows:
        url, status, duration, queued, *times = found[number(row["id"])]
        assert (url, status, result(status)) == (row["url"], row["original_status"], row["result"])
        # an empty duration is 0 there and not observed here
        assert (duration or 0, queued or 0) == (
            float(row["duration_sec"] or 0),
            float(row["queued_duration_sec"] or 0),
        )
        names = ("created_date", "started_date", "finished_date")
        assert times == [instant(row[name]) for name in names]


def test_deployments(corpus, devlake):
    found = {
        row[0]: row[1:]
        for row in devlake(
            "select deployment_id, status, environment, sha, ref, started_at, finished_at"
            " from raw_gitlab_ci.deployments"
        )
    }
    commits = {row["id"]: row for row in table(corpus, "cicd_deployment_commits")}
    rows = table(corpus, "cicd_deployments")
    assert len(rows) == 8
    for row in rows:
        status, environment, sha, ref, *times = found[number(row["id"])]
        commit = commits[row["id"]]
        assert (status, result(status)) == (row["original_status"], row["result"])
        assert (environment, sha, ref) == (
            row["original_environment"],
            commit["commit_sha"],
            commit["ref_name"],
        )
        assert times == [instant(row["started_date"]), instant(row["finished_date"])]


def test_merge_requests(corpus, devlake):
    found = {
        row[0]: row[1:]
        for row in devlake(
            "select merge_request_id, state, title, html_url, author_login, number, source_branch,"
            " target_branch, coalesce(source_project_id, 0), created_at, merged_at, closed_at,"
            " merge_commit_sha, squash_commit_sha, sha from raw_gitlab_ci.merge_requests"
        )
    }
    rows = table(corpus, "pull_requests")
    assert len(rows) == 18
    assert found.keys() - {number(row["id"]) for row in rows} == {OF_ANOTHER_TEST}
    for row in rows:
        state, title, url, author, iid, head, base, source, *rest = found[number(row["id"])]
        assert (state, STATES[state], title) == (
            row["original_status"],
            row["status"],
            row["title"],
        )
        assert (url, author, str(iid), head, base) == (
            row["url"],
            row["author_name"],
            row["pull_request_key"],
            row["head_ref"],
            row["base_ref"],
        )
        assert source == number(row["head_repo_id"])
        names = ("created_date", "merged_date", "closed_date")
        assert rest[:3] == [instant(row[name]) for name in names]
        assert row["merge_commit_sha"] in rest[3:]


def test_commits_and_labels_of_merge_requests(corpus, devlake):
    numbers = dict(devlake("select merge_request_id, number from raw_gitlab_ci.merge_requests"))
    found = {
        (sha, iid): rest
        for sha, iid, *rest in devlake(
            "select sha, number, author_name, author_email, authored_at"
            " from raw_gitlab_ci.merge_request_commits"
        )
    }
    rows = table(corpus, "pull_request_commits")
    assert len(rows) == 34
    for row in rows:
        key = row["commit_sha"], numbers[number(row["pull_request_id"])]
        assert found.pop(key) == [
            row["commit_author_name"],
            row["commit_author_email"],
            instant(row["commit_authored_date"]),
        ]
    assert {iid for _, iid in found} == WITHOUT_CHANGE
    assert len(found) == 3
    labels = {
        (change, label)
        for change, text in devlake(
            "select merge_request_id, labels from raw_gitlab_ci.merge_requests"
            f" where merge_request_id <> {OF_ANOTHER_TEST}"
        )
        for label in json.loads(text)
    }
    assert labels == {
        (number(row["pull_request_id"]), row["label_name"])
        for row in table(corpus, "pull_request_labels")
    }


def test_every_recorded_file_loads(corpus, tmp_path, monkeypatch):
    folder = corpus / "ci" / "gitlab"
    found = [
        path
        for part in ("devlake/api_pages", "faros", "go_gitlab")
        for path in sorted((folder / part).rglob("*.json"))
    ]
    assert len(found) > 40
    pages = {f"{number}-{path.name}": path.read_bytes() for number, path in enumerate(found)}
    ask = loaded(tmp_path, monkeypatch, pages)
    assert ask("from quarantine.rejected_files") == []
    assert ask("from quarantine.rejected_rows") == []
    tables = ("projects", "pipelines", "jobs", "merge_requests", "deployments", "issues")
    with_rows = {
        name
        for table_name in tables
        for (name,) in ask(f"select distinct source_file from raw_gitlab_ci.{table_name}")
    }
    silent = {name for name in pages if f"pages/{name}" not in with_rows}
    assert all(
        "merge_request_commits" in name
        or "get_merge_requests_" in name
        or name.split("-", 1)[1] in FILES_WITHOUT_ROWS
        for name in silent
    ), silent
