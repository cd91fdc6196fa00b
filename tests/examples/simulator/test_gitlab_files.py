"""The saved answers of GitLab hold what only it has, and the truth of it follows from them."""

import json
import subprocess
import zipfile
from collections import Counter, defaultdict
from datetime import date
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from examples.simulator.settings import Settings
from examples.simulator.simulation import simulate
from tests.examples.conftest import Organisation, seconds, week

OPEN = {"created", "pending", "running"}


class Project:
    """What the files of one project say; tries of a job stand in the order of their ids."""

    def __init__(self, small: Organisation, folder: Path) -> None:
        self.folder, self.name = folder, small.name(folder)
        self._git = small.root / "git" / f"simulated-org__{folder.name}.git"
        self.pipelines = {one["id"]: one for one in small.lines(folder, "pipelines")}
        self.jobs: dict[int, list[Any]] = defaultdict(list)
        for kind in ("jobs", "bridges"):
            for page in small.lines(folder, kind):
                for job in page:
                    self.jobs[job["pipeline"]["id"]].append(job)
        for found in self.jobs.values():
            found.sort(key=lambda job: job["id"])

    def git(self, *arguments: str) -> str:
        command = ["git", "--git-dir", str(self._git), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def tries(self, pipeline: int) -> dict[str, list[Any]]:
        """Tries of each job of a pipeline by its name."""
        found: dict[str, list[Any]] = defaultdict(list)
        for job in self.jobs[pipeline]:
            found[job["name"]].append(job)
        return found

    def last(self, pipeline: int) -> list[Any]:
        return [tries[-1] for tries in self.tries(pipeline).values()]

    def was_tried_again(self, pipeline: int) -> bool:
        """Whether a job that may not fail failed and was tried again."""
        return any(
            job["status"] == "failed" and not job["allow_failure"]
            for tries in self.tries(pipeline).values()
            for job in tries[:-1]
        )

    def verdicts(self, pipeline: int, job: int) -> dict[tuple[str, str], str] | None:
        """Last verdict of each test in the report of a job, None without a readable one."""
        path = self.folder / "artifacts" / str(pipeline) / f"{job}.zip"
        if not path.is_file():
            return None
        with zipfile.ZipFile(path) as opened:
            (name,) = [one for one in opened.namelist() if one.endswith(".xml")]
            try:
                root = ET.fromstring(opened.read(name))
            except ET.ParseError:
                return None
        found = {}
        for case in root.iter("testcase"):
            tags = {child.tag for child in case}
            verdict = "failed" if tags & {"failure", "error"} else "passed"
            key = (str(case.get("classname")), str(case.get("name")))
            found[key] = "skipped" if "skipped" in tags else verdict
        return found


@pytest.fixture(scope="module")
def project(small: Organisation) -> Project:
    (folder,) = small.projects
    return Project(small, folder)


def test_jobs_belong_to_pipelines_and_times_are_in_order(project: Project) -> None:
    assert set(project.jobs) <= set(project.pipelines)
    for key, found in project.jobs.items():
        pipeline = project.pipelines[key]
        assert len({job["id"] for job in found}) == len(found)
        for job in found:
            assert job["commit"]["id"] == pipeline["sha"]
            assert job["created_at"] >= pipeline["created_at"]
            if job["finished_at"] and job["started_at"]:
                assert job["finished_at"] >= job["started_at"] >= job["created_at"]
        for tries in project.tries(key).values():
            for earlier, later in pairwise(tries):
                assert earlier["status"] == "failed"
                assert later["created_at"] > earlier["finished_at"]


def test_a_pipeline_has_the_result_of_the_last_tries_that_may_not_fail(project: Project) -> None:
    for key, pipeline in project.pipelines.items():
        last = project.last(key)
        words = {job["status"] for job in last if not job["allow_failure"]}
        if pipeline["yaml_errors"] or pipeline["status"] == "skipped":
            assert not last
        elif {job["status"] for job in last} & OPEN:
            assert pipeline["status"] in OPEN
            assert pipeline["duration"] is None
        else:
            order = ("failed", "canceled", "manual", "success")
            assert pipeline["status"] == next(word for word in order if word in words)


def test_every_phenomenon_is_there(project: Project) -> None:
    found: Counter[str] = Counter()
    for key, pipeline in project.pipelines.items():
        is_green = pipeline["status"] == "success"
        found[pipeline["source"]] += 1
        found[pipeline["status"]] += 1
        found["wrong configuration"] += pipeline["yaml_errors"] is not None
        for name, tries in project.tries(key).items():
            found["passed by a later try"] += len(tries) > 1 and tries[-1]["status"] == "success"
            found["failed again"] += len(tries) > 1 and tries[-1]["status"] == "failed"
            found["third try"] += len(tries) == 3
            for job in tries:
                found[str(job.get("failure_reason"))] += 1
                found["soft failure"] += (
                    is_green and job["status"] == "failed" and (job["allow_failure"])
                )
            found["waits for a person"] += name == "preview" and tries[-1]["status"] == "manual"
            found["begun by a person"] += name == "preview" and tries[-1]["status"] == "success"
    wanted = {
        "push", "merge_request_event", "web", "parent_pipeline", "success", "failed", "canceled",
        "manual", "running", "wrong configuration", "passed by a later try", "failed again",
        "third try", "script_failure", "job_execution_timeout", "runner_system_failure",
        "soft failure", "waits for a person", "begun by a person",
    }  # fmt: skip
    assert {what for what in wanted if not found[what]} == set()


def test_bridges_name_their_child_pipelines(project: Project) -> None:
    children = {
        job["downstream_pipeline"]["id"]: project.pipelines[key]
        for key, found in project.jobs.items()
        for job in found
        if job.get("downstream_pipeline")
    }
    assert children
    for key, parent in children.items():
        child = project.pipelines[key]
        assert child["source"] == "parent_pipeline"
        assert child["sha"] == parent["sha"]
        assert child["created_at"] >= parent["created_at"]
    sources = {key for key, one in project.pipelines.items() if one["source"] == "parent_pipeline"}
    assert sources == set(children)


def test_archives_are_those_of_jobs_that_name_them(project: Project) -> None:
    declared, expired = set(), []
    for key, found in project.jobs.items():
        for job in found:
            kinds = {one["file_type"] for one in job.get("artifacts", ())}
            if "archive" in kinds:
                declared.add((str(key), str(job["id"])))
            elif job["name"] == "go-test" and job["status"] == "success":
                expired.append(job)
    paths = (project.folder / "artifacts").rglob("*.zip")
    assert declared == {(path.parent.name, path.stem) for path in paths}
    assert len(expired) == 1


def test_merge_requests_are_in_git_and_squashed(small: Organisation, project: Project) -> None:
    commits = {
        int(page["url"].split("/merge_requests/")[1].split("/")[0]): page["body"]
        for page in small.lines(project.folder, "merge_request_commits")
    }
    states: Counter[str] = Counter()
    for change in small.pages(project.folder, "merge_requests"):
        states[change["state"]] += 1
        states["fork"] += change["source_project_id"] != change["target_project_id"]
        assert commits[change["iid"]][0]["id"] == change["sha"]
        head = project.git("rev-parse", f"refs/merge-requests/{change['iid']}/head")
        assert head.strip() == change["sha"]
        if change["state"] == "merged":
            landed = change["squash_commit_sha"]
            subject = project.git("log", "-1", "--format=%s", landed).strip()
            assert subject == change["title"]
    assert states["merged"] > 3
    assert states["opened"]
    notes = [one for page in small.lines(project.folder, "merge_request_notes") for one in page]
    words = {(one["body"], one["system"]) for one in notes}
    assert ("approved this merge request", True) in words


def test_ratios_of_pipelines_follow_from_their_jobs(small: Organisation, project: Project) -> None:
    pipelines = list(project.pipelines.items())
    assert any(project.was_tried_again(key) for key, _ in pipelines)
    seen: set[tuple[str, str]] = set()
    runs, decided, good, at_first, again = 0, 0, 0, 0, 0
    weeks: dict[str, list[bool]] = defaultdict(list)
    for key, pipeline in sorted(pipelines, key=lambda pair: (pair[1]["created_at"], pair[0])):
        tried = project.was_tried_again(key)
        same = (pipeline["sha"], pipeline["source"])
        is_again = same in seen and pipeline["source"] != "parent_pipeline"
        seen.add(same)
        runs += 1
        again += tried or is_again
        if pipeline["status"] in ("success", "failed"):
            is_good = pipeline["status"] == "success"
            decided += 1
            good += is_good
            at_first += is_good and not tried
            weeks[week(pipeline["created_at"])].append(is_good and not tried)
    assert at_first < good

    def value(metric: str) -> float:
        return small.metric(metric)[("repository", project.name, "")]

    assert value("pipeline_success_ratio") == pytest.approx(good / decided)
    assert value("first_attempt_success_ratio") == pytest.approx(at_first / decided)
    assert value("rerun_ratio") == pytest.approx(again / runs)
    weekly = small.metric("first_attempt_success_ratio", "week")
    for monday, words in weeks.items():
        found = weekly[("repository", project.name, monday)]
        assert found == pytest.approx(sum(words) / len(words))


def test_durations_and_the_cost_of_later_tries(small: Organisation, project: Project) -> None:
    durations, queues, burden = [], [], 0
    for key, pipeline in project.pipelines.items():
        busy: set[int] = set()
        queues += [
            job["queued_duration"]
            for job in project.jobs[key]
            if job["queued_duration"] is not None
        ]
        for tries in project.tries(key).values():
            burden += sum(job["duration"] or 0 for job in tries[1:])
            if tries[-1]["started_at"] and tries[-1]["finished_at"]:
                start, end = (seconds(tries[-1][name]) for name in ("started_at", "finished_at"))
                busy.update(range(start or 0, end or 0))
        if pipeline["duration"] is not None:
            assert pipeline["duration"] == len(busy)
            durations.append(len(busy))
        elif pipeline["status"] == "canceled" and pipeline["finished_at"]:
            # Nothing began: from its making to its end.
            ended, made = seconds(pipeline["finished_at"]), seconds(pipeline["created_at"])
            durations.append((ended or 0) - (made or 0))
    one = ("repository", project.name, "")
    assert burden
    assert small.metric("rerun_burden_seconds")[one] == burden
    assert small.metric("pipeline_duration_median_seconds")[one] == median(durations)
    assert small.metric("queue_time_median_seconds")[one] == median(queues)


def test_the_last_try_has_the_last_word_on_its_tests(small: Organisation, project: Project) -> None:
    """Passes and failures of last tries; a pass needed a retry where an earlier try failed it."""
    check_last_words(small, project)


def test_a_try_without_results_leaves_the_word_to_the_one_before(tmp_path: Path) -> None:
    simulate(tmp_path / "made", Settings(31, 0.05, 60, date(2026, 3, 2)))
    made = Organisation(tmp_path / "made")
    (folder,) = made.projects
    found = Project(made, folder)
    assert any(
        found.verdicts(key, tries[-2]["id"]) and not found.verdicts(key, tries[-1]["id"])
        for key in found.pipelines
        for tries in found.tries(key).values()
        if len(tries) > 1
    )
    check_last_words(made, found)


def check_last_words(small: Organisation, project: Project) -> None:
    counts = {
        row["table"]: int(row["row_count"])
        for row in small.truth("counts")
        if row["repository"] == project.name
    }
    trees = dict(
        line.split() for line in project.git("log", "--all", "--format=%H %T").splitlines()
    )
    passed = failed = needed = rows = 0
    verdicts_of_states: dict[tuple[str, tuple[str, str]], set[str]] = defaultdict(set)
    for key, pipeline in project.pipelines.items():
        for tries in project.tries(key).values():
            # A try that broke before its tests began says nothing of them.
            told = [found for job in tries if (found := project.verdicts(key, job["id"]))]
            before: set[tuple[str, str]] = set()
            for verdicts in told:
                rows += len(verdicts)
                for test, verdict in verdicts.items():
                    verdicts_of_states[trees[pipeline["sha"]], test].add(verdict)
                if verdicts is told[-1]:
                    passed += sum(one == "passed" for one in verdicts.values())
                    failed += sum(one == "failed" for one in verdicts.values())
                    needed += sum(verdicts.get(test) == "passed" for test in before)
                before |= {test for test, verdict in verdicts.items() if verdict == "failed"}
    one = ("repository", project.name, "")
    assert needed
    assert counts["fct_test_results"] == rows
    assert small.metric("test_pass_ratio")[one] == pytest.approx(passed / (passed + failed))
    assert small.metric("retry_dependency_ratio")[one] == pytest.approx(needed / passed)
    both = {
        test for (_, test), found in verdicts_of_states.items() if {"passed", "failed"} <= found
    }
    flaky = {
        (row["class_name"], row["name"])
        for row in small.truth("flaky_tests")
        if row["repository"] == project.name and int(row["flaky_state_count"])
    }
    assert flaky
    assert flaky <= both


def test_what_failed_has_a_cause(small: Organisation, project: Project) -> None:
    truth = {
        int(row["run_id"]): row["cause"]
        for row in small.truth("failures")
        if row["repository"] == project.name
    }
    failed = {key for key, one in project.pipelines.items() if one["status"] == "failed"}
    assert failed == set(truth)
    assert all(truth.values())


def test_deployments_are_by_jobs_or_by_the_api_alone(small: Organisation, project: Project) -> None:
    truth = {int(row["deployment_id"]): row for row in small.truth("deployments")}
    jobs = {job["id"]: job for found in project.jobs.values() for job in found}
    statuses: Counter[str] = Counter()
    for deployment in small.pages(project.folder, "deployments"):
        row = truth[deployment["id"]]
        job = deployment["deployable"]
        statuses[deployment["status"]] += 1
        is_over = deployment["status"] in ("success", "failed")
        is_production = deployment["environment"]["name"] == "production"
        assert (row["is_counted"] == "True") == (is_over and is_production)
        if job is None:
            assert not is_production
            ended = deployment["updated_at"]
        else:
            assert job == jobs[job["id"]]
            ended = job["finished_at"]
        if is_over:
            assert seconds(ended) == seconds(row["finished_at"])
    assert {"success", "failed", "created"} <= set(statuses)
    issues = list(small.pages(project.folder, "issues"))
    assert issues
    assert {one["issue_type"] for one in issues} == {"incident"}


def test_pages_say_where_they_belong(project: Project) -> None:
    number = json.loads((project.folder / "project.json").read_text())["id"]
    for name in ("deployments", "environments"):
        page = json.loads((project.folder / f"{name}-0001.json").read_text())
        assert page["url"].startswith(f"https://gitlab.com/api/v4/projects/{number}/{name}")
