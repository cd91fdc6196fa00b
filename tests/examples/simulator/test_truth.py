"""The truth, told from the simulator's events, is what a slow reading of its files gives too."""

import re
import subprocess
from collections import Counter, defaultdict
from pathlib import Path
from statistics import median

import pytest

from tests.examples.conftest import Organisation, seconds, week

BAD = {"failure", "timed_out", "startup_failure"}


def test_ratios_are_their_parts(small: Organisation) -> None:
    for row in small.truth("metrics"):
        if row["numerator"] and row["denominator"]:
            value = float(row["numerator"]) / float(row["denominator"])
            assert float(row["value"]) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize("grain", ["repository", "team"])
@pytest.mark.parametrize(
    "metric",
    [
        "pipeline_success_ratio",
        "test_pass_ratio",
        "flake_ratio",
        "rerun_ratio",
        "change_fail_ratio",
    ],
)
def test_entities_add_up_to_the_organisation(small: Organisation, metric: str, grain: str) -> None:
    parts: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0, 0])
    whole = {}
    for row in small.truth("metrics"):
        if row["metric"] != metric:
            continue
        window = (row["window"], row["window_start_date"])
        pair = [float(row["numerator"]), float(row["denominator"])]
        if row["grain"] == "organisation":
            whole[window] = pair
        elif row["grain"] == grain:
            parts[window] = [a + b for a, b in zip(parts[window], pair, strict=True)]
    assert whole
    assert whole == {window: parts[window] for window in whole}


def test_run_ratios_follow_from_the_pages(small: Organisation) -> None:
    truth = small.metric("pipeline_success_ratio")
    weekly = small.metric("pipeline_success_ratio", "week")
    first_truth = small.metric("first_attempt_success_ratio")
    for repository in small.repositories:
        name = small.name(repository)
        final: dict[int, dict] = {}
        first: dict[int, dict] = {}
        for run in small.attempts(repository):
            held = final.setdefault(run["id"], run)
            final[run["id"]] = max(held, run, key=lambda one: one["run_attempt"])
            first[run["id"]] = min(
                first.setdefault(run["id"], run), run, key=lambda one: one["run_attempt"]
            )
        for found, expected in ((final, truth), (first, first_truth)):
            words = [run["conclusion"] for run in found.values() if run["status"] == "completed"]
            good, bad = words.count("success"), sum(word in BAD for word in words)
            assert expected[("repository", name, "")] == pytest.approx(good / (good + bad))
        by_week: dict[str, list[str]] = defaultdict(list)
        for run in final.values():
            if run["conclusion"] in BAD | {"success"}:
                by_week[week(run["created_at"])].append(run["conclusion"])
        for monday, words in by_week.items():
            value = words.count("success") / len(words)
            assert weekly[("repository", name, monday)] == pytest.approx(value)


def test_durations_and_queues_follow_from_the_jobs(small: Organisation) -> None:
    for repository in small.repositories:
        durations, queues, burden = [], [], 0
        jobs = defaultdict(list)
        for job in small.jobs(repository):
            jobs[(job["run_id"], job["run_attempt"])].append(job)
            start, made = seconds(job["started_at"]), seconds(job["created_at"])
            if job["conclusion"] != "skipped" and start is not None and start >= (made or 0):
                queues.append(start - (made or 0))
        last = {run["id"]: run["run_attempt"] for run in small.pages(repository, "runs")}
        for run in small.attempts(repository):
            ends = [
                seconds(job["completed_at"]) or 0
                for job in jobs[(run["id"], run["run_attempt"])]
                if job["completed_at"] and job["conclusion"] != "skipped"
            ]
            if not ends:
                continue
            spent = max(ends) - (seconds(run["run_started_at"]) or 0)
            if run["run_attempt"] > 1:
                burden += spent
            if run["run_attempt"] == last[run["id"]] and run["status"] == "completed":
                durations.append(spent)
        one = ("repository", small.name(repository), "")
        assert small.metric("pipeline_duration_median_seconds")[one] == median(durations)
        assert small.metric("queue_time_median_seconds")[one] == median(queues)
        assert small.metric("rerun_burden_seconds").get(one, 0) == burden


def test_results_follow_from_the_reports(small: Organisation) -> None:
    """Rows, final verdicts and durations; the report that is cut off is added by its cases."""
    counts = {(r["table"], r["repository"]): int(r["row_count"]) for r in small.truth("counts")}
    passes = small.metric("test_pass_ratio")
    for repository in small.repositories:
        name = small.name(repository)
        if counts[("test_reports_partial", name)]:
            continue
        rows: Counter[str] = Counter()
        final: Counter[str] = Counter()
        suites = 0
        for _, _, root in small.reports(repository):
            verdicts: dict[tuple[str, str], str] = {}
            for suite in root.iter("testsuite"):
                suites += 1
                for case in suite.findall("testcase"):
                    tags = [child.tag for child in case]
                    last = "passed"
                    if "failure" in tags or "error" in tags:
                        last = "failed"
                    elif "skipped" in tags:
                        last = "skipped"
                    extra = [tag for tag in tags if tag.startswith(("flaky", "rerun"))]
                    rows[last] += 1
                    rows["failed"] += len(extra)
                    verdicts[(str(case.get("classname")), str(case.get("name")))] = last
            final.update(verdicts.values())
        assert counts[("fct_test_suite_results", name)] == suites
        assert counts[("fct_test_results", name)] == rows.total()
        assert counts[("fct_test_results.passed", name)] == rows["passed"]
        executed = final["passed"] + final["failed"]
        assert passes[("repository", name, "")] == pytest.approx(final["passed"] / executed)


def test_coverage_follows_from_the_reports(small: Organisation) -> None:
    truth = {(row["repository"], row["sha"]): row for row in small.truth("coverage")}
    assert truth
    for repository in small.repositories:
        heads = {run["id"]: run["head_sha"] for run in small.pages(repository, "runs")}
        hits: dict[str, dict[tuple[str, int], int]] = defaultdict(dict)
        for run, _, member, data in small.members(repository):
            text = data.decode(errors="replace")
            if member == "lcov.info":
                files = re.findall(r"SF:(.+?)\n((?:DA:.*\n)*)", text)
                found = [(f, *m) for f, body in files for m in re.findall(r"DA:(\d+),(\d+)", body)]
            elif member == "coverage.xml":
                files = re.findall(r'filename="([^"]+)".*?<lines>(.*?)</lines>', text, re.DOTALL)
                pattern = r'number="(\d+)" hits="(\d+)"'
                found = [(f, *m) for f, body in files for m in re.findall(pattern, body)]
            elif member == "jacoco.xml":
                packages = re.findall(r'<package name="([^"]+)">(.*?)</package>', text)
                pattern = r'<line nr="(\d+)" mi="\d+" ci="(\d+)"'
                found = [
                    (f"{package}/{file}", *m)
                    for package, inner in packages
                    for file, body in re.findall(
                        r'<sourcefile name="([^"]+)">(.*?)</sourcefile>', inner
                    )
                    for m in re.findall(pattern, body)
                ]
            else:
                continue
            merged = hits[heads[run]]
            for file, line, count in found:
                key = (file, int(line))
                merged[key] = max(merged.get(key, 0), int(count))
        assert hits
        for sha, lines in hits.items():
            row = truth[(small.name(repository), sha)]
            assert int(row["lines_valid"]) == len(lines)
            assert int(row["lines_covered"]) == sum(count > 0 for count in lines.values())


def ends_of_deployments(small: Organisation, repository: Path) -> dict[int, tuple[int, str]]:
    """Deployment id → (second, state) of the first terminal status."""
    finished = {}
    for statuses in small.lines(repository, "deployment_statuses"):
        ends = [s for s in statuses if s["state"] in ("success", "failure", "error")]
        if ends:
            first = min(ends, key=lambda status: status["created_at"])
            number = int(first["deployment_url"].rsplit("/", 1)[-1])
            finished[number] = (seconds(first["created_at"]) or 0, first["state"])
    return finished


def is_urgent(commit: str, new: list[str]) -> bool:
    """Whether it is a hotfix or takes back what was there before; lines of `%H %ct %s`."""
    subject = commit.split(" ", 2)[2]
    others = [re.sub(r" \(#\d+\)$", "", one.split(" ", 2)[2]) for one in new]
    taken_back = re.match(r'Revert "(.*?)( \(#\d+\))?"', subject)
    if taken_back and taken_back[1] in others:
        return False
    return subject.startswith(("Revert ", "hotfix"))


def test_deployments_follow_from_pages_and_git(small: Organisation) -> None:
    """Ranges by `git rev-list`, rollbacks by ancestry, lead times by committer time."""
    truth = {int(row["deployment_id"]): row for row in small.truth("deployments")}
    changes: dict[int, dict[str, int]] = defaultdict(dict)
    for row in small.truth("changes"):
        changes[int(row["deployment_id"])][row["sha"]] = int(row["change_lead_time_seconds"])
    kinds: Counter[str] = Counter()
    for repository in small.repositories:
        git = small.root / "git" / f"simulated-org__{repository.name}.git"

        def ask(*arguments: str, at: str = str(git)) -> list[str]:
            command = ["git", "--git-dir", at, *arguments]
            return subprocess.run(
                command, capture_output=True, text=True, check=True
            ).stdout.splitlines()

        finished = ends_of_deployments(small, repository)
        lines: dict[str, list[dict]] = defaultdict(list)
        for deployment in small.pages(repository, "deployments"):
            if deployment["environment"].endswith("production") and deployment["id"] in finished:
                lines[deployment["environment"]].append(deployment)
        for line in lines.values():
            previous = None
            shipped: set[str] = set()
            for deployment in sorted(line, key=lambda one: finished[one["id"]][0]):
                end, state = finished[deployment["id"]]
                row = truth[deployment["id"]]
                assert row["is_counted"] == "True"
                expected = {}
                kind = "planned"
                if previous is not None:
                    new = ask("log", "--format=%H %ct %s", f"{previous}..{deployment['sha']}")
                    back = ask("rev-list", f"{deployment['sha']}..{previous}")
                    if not new and back:
                        kind = "rollback"
                    elif any(is_urgent(commit, new) for commit in new):
                        kind = "hotfix"
                    for commit in new:
                        sha, committed, _ = commit.split(" ", 2)
                        if state == "success" and sha not in shipped:
                            expected[sha] = end - int(committed)
                assert row["kind"] == kind
                assert changes[deployment["id"]] == expected
                shipped |= set(expected)
                kinds[kind] += 1
                if state == "success":
                    previous = deployment["sha"]
    assert kinds["rollback"]
    assert kinds["hotfix"]
    assert sum(row["is_failed"] == "True" for row in truth.values()) > 1
    # What broke off as a repair is not what the next repair is of.
    attempts = [
        row
        for row in truth.values()
        if row["kind"] in ("rollback", "hotfix") and row["result"] != "success"
    ]
    assert attempts
    assert {row["failed_by"] for row in attempts} <= {"", "incident"}


def test_incidents_make_their_deployment_a_failed_one(small: Organisation) -> None:
    truth = {int(row["deployment_id"]): row for row in small.truth("deployments")}
    named = 0
    for repository in small.repositories:
        for issue in small.pages(repository, "issues"):
            assert any(label["name"] == "incident" for label in issue["labels"])
            match = re.search(r"^Deployment: (\d+)$", issue["body"], re.MULTILINE)
            if match:
                row = truth[int(match[1])]
                assert row["failed_by"] == "incident"
                assert str(issue["number"]) in row["incident_numbers"].split("|")
                named += 1
    assert named


def test_flaky_tests_show_both_verdicts_and_environment_tests_do_not(small: Organisation) -> None:
    rows = small.truth("flaky_tests")
    flaky = [row for row in rows if row["is_flaky"] == "True" and int(row["flaky_state_count"])]
    assert len(flaky) >= 2
    for row in rows:
        if row["kind"] == "environment":
            assert int(row["flaky_state_count"]) == 0
        if int(row["flaky_state_count"]):
            assert 0 < int(row["bad_count"]) < int(row["execution_count"])


def test_every_failed_attempt_has_a_cause(small: Organisation) -> None:
    names = {small.name(repository) for repository in small.repositories}
    truth = {
        (int(row["run_id"]), int(row["run_attempt"])): row
        for row in small.truth("failures")
        if row["repository"] in names
    }
    failed = {
        (run["id"], run["run_attempt"])
        for repository in small.repositories
        for run in small.attempts(repository)
        if run["conclusion"] in BAD
    }
    assert failed == set(truth)
    assert all(row["cause"] for row in truth.values())
    causes = {row["cause"] for row in truth.values()}
    assert {"flaky_only", "regression", "infrastructure", "deployment"} <= causes


def test_owners_change_over_time(small: Organisation) -> None:
    rows = small.truth("owners")
    teams: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in rows:
        teams[(row["repository"], row["path"])].add(row["team"])
        if row["valid_to"]:
            assert row["valid_from"] < row["valid_to"]
    assert any(len(found) > 1 for found in teams.values())
    assert {row["rule"] for row in rows} >= {"codeowners"}
