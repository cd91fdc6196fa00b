"""The vendors' files are well-formed, agree with each other and hold every phenomenon."""

import json
import subprocess
from collections import Counter

import pytest

from tests.examples.conftest import Organisation, seconds


def test_pages_tell_their_totals(small: Organisation) -> None:
    for repository in small.repositories:
        runs = list(small.pages(repository, "runs"))
        first = json.loads((repository / "runs-0001.json").read_text())
        assert first["total_count"] == len(runs) == len({run["id"] for run in runs})
        for page in small.lines(repository, "jobs-"):
            assert page["total_count"] == len(page["jobs"])


def test_jobs_belong_to_attempts_and_times_are_in_order(small: Organisation) -> None:
    for repository in small.repositories:
        known = {(run["id"], run["run_attempt"]): run for run in small.attempts(repository)}
        assert len(known) == len(small.attempts(repository))
        for job in small.jobs(repository):
            run = known[(job["run_id"], job["run_attempt"])]
            assert job["head_sha"] == run["head_sha"]
            assert job["created_at"] >= run["run_started_at"]
            if job["completed_at"] and job["started_at"]:
                assert job["completed_at"] >= job["started_at"]
            for step in job["steps"]:
                assert job["started_at"] <= step["started_at"] <= step["completed_at"]


def test_earlier_attempts_come_before_the_last(small: Organisation) -> None:
    for repository in small.repositories:
        last = {run["id"]: run for run in small.pages(repository, "runs")}
        for run in small.lines(repository, "attempts"):
            assert run["run_attempt"] < last[run["id"]]["run_attempt"]
            assert run["created_at"] == last[run["id"]]["created_at"]
            assert run["conclusion"] in ("failure", "timed_out")


def test_head_commits_are_in_git_with_their_trees(small: Organisation) -> None:
    for repository in small.repositories:
        git = small.root / "git" / f"simulated-org__{repository.name}.git"
        done = subprocess.run(
            ["git", "--git-dir", str(git), "log", "--all", "--format=%H %T %ct"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        known = dict(line.split(" ", 1) for line in done.stdout.splitlines())
        for run in small.attempts(repository):
            tree, committed = known[run["head_sha"]].split()
            assert run["head_commit"]["tree_id"] == tree
            assert seconds(run["head_commit"]["timestamp"]) == int(committed)
        for pull in small.pages(repository, "pulls"):
            assert pull["head"]["sha"] in known
            if pull["merged_at"]:
                assert pull["merge_commit_sha"] in known
        check = subprocess.run(
            ["git", "--git-dir", str(git), "fsck", "--strict"], capture_output=True, check=False
        )
        assert check.returncode == 0, check.stderr


def test_every_report_names_a_known_job(small: Organisation) -> None:
    for repository in small.repositories:
        jobs = {str(job["id"]): job for job in small.jobs(repository)}
        seen = 0
        for run, member, _ in small.reports(repository):
            name = member.split("/")[0].removeprefix("report_").removesuffix(".xml")
            assert jobs[name]["run_id"] == run
            seen += 1
        assert seen > 10


def test_suites_declare_what_they_hold(small: Organisation) -> None:
    for repository in small.repositories:
        for _, _, root in small.reports(repository):
            for suite in root.iter("testsuite"):
                cases = suite.findall("testcase")
                assert int(suite.get("tests", "-1")) == len(cases)
                assert int(suite.get("failures", "-1")) == len(suite.findall("testcase/failure"))
                assert int(suite.get("errors", "-1")) == len(suite.findall("testcase/error"))
                assert int(suite.get("skipped", "-1")) == len(suite.findall("testcase/skipped"))
                spent = sum(float(case.get("time", "nan")) for case in cases)
                assert float(suite.get("time", "nan")) == pytest.approx(spent, abs=1e-6)


def test_every_phenomenon_is_there(small: Organisation) -> None:
    conclusions: Counter[str] = Counter()
    events: set[str] = set()
    formats: set[str] = set()
    elements: set[str] = set()
    states: set[str] = set()
    pulls: Counter[str] = Counter()
    for repository in small.repositories:
        for run in small.attempts(repository):
            conclusions[str(run["conclusion"])] += 1
            events.add(run["event"])
            if run["head_repository"]["full_name"] != small.name(repository):
                pulls["run of a fork"] += not run["pull_requests"]
            pulls["bot"] += run["actor"]["type"] == "Bot"
        for pull in small.pages(repository, "pulls"):
            pulls["draft"] += pull["draft"]
            pulls["merged"] += pull["merged_at"] is not None
            pulls["open"] += pull["state"] == "open"
        for statuses in small.lines(repository, "deployment_statuses"):
            states.update(status["state"] for status in statuses)
        for _, _, member, _ in small.members(repository):
            formats.add(member.rsplit("/", 1)[-1].split("_")[0].split("-")[0])
        for _, _, root in small.reports(repository):
            elements.update(element.tag for element in root.iter())
    wanted = {
        "success", "failure", "cancelled", "skipped", "startup_failure", "action_required", "None",
    }  # fmt: skip
    assert wanted <= set(conclusions)
    assert {"push", "pull_request", "schedule", "workflow_dispatch"} <= events
    assert {"lcov.info", "coverage.xml", "jacoco.xml", "TEST", "report", "merged.xml"} <= formats
    assert {"flakyFailure", "rerunFailure", "failure", "error", "skipped"} <= elements
    assert {"success", "failure", "queued", "in_progress", "inactive"} <= states
    assert all(pulls[what] for what in ("run of a fork", "bot", "draft", "merged", "open"))


def test_accidents_of_reports_are_there_and_known(small: Organisation) -> None:
    counts: Counter[str] = Counter()
    for row in small.truth("counts"):
        counts[row["table"]] += int(row["row_count"])
    assert counts["test_reports_partial"] == counts["test_reports_rejected"] == 1
    assert counts["test_report_copies"] > 2
