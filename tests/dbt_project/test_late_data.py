"""Late, repeated and corrected data end in the same rows as everything at once."""

from collections.abc import Callable

import pytest

RUN, JOB, ARTIFACT = 15_000_000_001, 42_000_000_005, 6_000_000_003
REPOSITORY, FORMER_NAME = "o/shop", "o/old"
FIRST, SECOND = "2026-03-01 00:00:00+00", "2026-03-02 00:00:00+00"


def repository_row(name: str) -> dict:
    return {
        "repository": name,
        "repository_id": 7,
        "default_branch": "main",
        "html_url": f"https://github.com/{name}",
        "created_at": "2026-01-01 10:00:00+00",
        "payload": name,
    }


def commit_row(name: str) -> dict:
    return {
        "repository": name,
        "sha": "a" * 40,
        "tree_sha": "b" * 40,
        "committed_at": "2026-01-01 10:00:00+00",
    }


def run_row(attempt: int, conclusion: str, started: str, name: str = REPOSITORY) -> dict:
    return {
        "repository": name,
        "head_repository": name,
        "run_id": RUN,
        "run_attempt": attempt,
        "workflow_name": "CI",
        "workflow_path": ".github/workflows/ci.yml",
        "event": "push",
        "status": "completed",
        "conclusion": conclusion,
        "head_branch": "main",
        "head_sha": "a" * 40,
        "created_at": "2026-02-01 10:00:00+00",
        "run_started_at": started,
        "updated_at": started,
        "payload": f'{{"attempt":{attempt}}}',
    }


def job_row(attempt: int, started: str, ended: str) -> dict:
    return {
        "repository": REPOSITORY,
        "run_id": RUN,
        "run_attempt": attempt,
        "job_id": JOB + attempt,
        "name": "unit",
        "status": "completed",
        "conclusion": "success",
        "created_at": started,
        "started_at": started,
        "completed_at": ended,
        "payload": "{}",
    }


def report_rows(report: str, job: int, verdicts: list[str], locator: str = "") -> tuple:
    """A report with one case a verdict."""
    row = {
        "report_id": report,
        "locator": locator or f"ci/{RUN}/report_{job}.xml",
        "path_numbers": [str(RUN), str(job)],
        "content_sha256": f"content of {report}",
        "parse": "ok",
    }
    cases = [
        {
            "report_id": report,
            "case_index": index,
            "suite_index": 0,
            "suite_path": "suite",
            "class_name": "tests.shop",
            "name": f"test_{index}",
            "status": verdict,
            "duration_seconds": 0.5,
            "retry_index": 0,
            "is_final": True,
        }
        for index, verdict in enumerate(verdicts)
    ]
    return row, cases


def load_report(warehouse, report: tuple, loaded_at: str) -> None:
    row, cases = report
    warehouse.load("raw_test_results.reports", row, loaded_at=loaded_at)
    warehouse.load("raw_test_results.cases", *cases, loaded_at=loaded_at)


FIRST_ATTEMPT = ("2026-02-01 10:00:05+00", "2026-02-01 10:02:05+00")
SECOND_ATTEMPT = ("2026-02-03 10:00:05+00", "2026-02-03 10:01:05+00")
BROKEN = report_rows("broken", JOB + 1, ["failed", "passed"])
CORRECTED = report_rows("corrected", JOB + 1, ["failed", "failed"])
AGAIN = report_rows("again", JOB + 2, ["passed", "passed"])
COPY = report_rows("copy", JOB + 2, ["passed", "passed"], f"ci/{RUN}/copy/report_{JOB + 2}.xml")
COPY[0]["content_sha256"] = AGAIN[0]["content_sha256"]
BUILD = ("build", "--resource-type", "seed", "--resource-type", "model", "--select")
MODELS = (
    "+mart_test__results_daily",
    "+dim_tests",
    "+fct_job_attempts",
    "+mart_pipeline__workflow_runs_daily",
)
TABLES = (
    "core.fct_workflow_run_attempts",
    "core.fct_job_attempts",
    "core.fct_test_results",
    "core.dim_tests",
    "marts.mart_test__results_daily",
    "marts.mart_pipeline__workflow_runs_daily",
)


@pytest.fixture(scope="module")
def late(make_warehouse: Callable):
    """Built, then the repository is renamed, a second load arrives and it is built again."""
    warehouse = make_warehouse()
    warehouse.load("raw_github_actions.repositories", repository_row(FORMER_NAME), loaded_at=FIRST)
    warehouse.load("raw_git_history.commits", commit_row(FORMER_NAME), loaded_at=FIRST)
    warehouse.load(
        "raw_github_actions.workflow_runs",
        run_row(1, "failure", FIRST_ATTEMPT[0], FORMER_NAME),
        loaded_at=FIRST,
    )
    broken, cases = BROKEN
    load_report(warehouse, (broken | {"repository": FORMER_NAME}, cases), FIRST)
    warehouse.dbt(*BUILD, *MODELS)
    assert warehouse.rows("select count(*) from core.fct_test_results") == [(2,)]
    assert warehouse.rows("select distinct link_rule from core.fct_test_results") == [("path_run",)]
    # The jobs come late, the run once more, a second attempt, a corrected report and a repetition.
    warehouse.load("raw_github_actions.repositories", repository_row(REPOSITORY), loaded_at=SECOND)
    warehouse.load(
        "raw_github_actions.workflow_runs",
        run_row(1, "failure", FIRST_ATTEMPT[0], FORMER_NAME),
        run_row(2, "success", SECOND_ATTEMPT[0]),
        loaded_at=SECOND,
    )
    warehouse.load(
        "raw_github_actions.workflow_jobs",
        job_row(1, *FIRST_ATTEMPT),
        job_row(2, *SECOND_ATTEMPT),
        loaded_at=SECOND,
    )
    for report in (CORRECTED, COPY, AGAIN, AGAIN):
        load_report(warehouse, report, SECOND)
    warehouse.dbt(*BUILD, *MODELS)
    return warehouse


def test_a_late_job_gives_the_link(late):
    rows = late.rows("select distinct environment, link_rule from core.fct_test_results")
    assert rows == [("unit", "path_job")]


def test_a_corrected_report_replaces_the_first_one(late):
    rows = late.rows(
        """
        select attempts.run_attempt, results.verdict, count(*)
        from core.fct_test_results as results
        inner join core.fct_workflow_run_attempts as attempts using (workflow_run_attempt_key)
        group by all order by all
        """
    )
    assert rows == [(1, "failed", 2), (2, "passed", 2)]


def test_rows_that_came_twice_count_once(late):
    assert late.rows("select count(*) from core.fct_workflow_run_attempts") == [(2,)]
    assert late.rows(
        "select run_count, attempt_count from marts.mart_pipeline__workflow_runs_daily"
    ) == [(1, 2)]


def test_a_pass_on_the_same_code_makes_the_state_flaky(late):
    rows = late.rows("select distinct is_in_flaky_state, is_execution from core.fct_test_results")
    assert rows == [(True, True)]
    assert late.rows("select count(*) from core.fct_test_results where is_retry_pass") == [(2,)]


def test_a_former_name_is_that_of_no_second_repository(late):
    assert late.rows("select distinct repository, is_fork from core.fct_workflow_run_attempts") == [
        (REPOSITORY, False)
    ]
    # Told by the clone alone, which still has its old origin.
    assert late.rows("select distinct code_sha from core.fct_test_results") == [("b" * 40,)]


def test_the_same_as_everything_at_once(late, make_warehouse):
    at_once = make_warehouse()
    at_once.load("raw_github_actions.repositories", repository_row(REPOSITORY), loaded_at=SECOND)
    at_once.load("raw_git_history.commits", commit_row(REPOSITORY), loaded_at=SECOND)
    at_once.load(
        "raw_github_actions.workflow_runs",
        run_row(2, "success", SECOND_ATTEMPT[0]),
        run_row(1, "failure", FIRST_ATTEMPT[0]),
        loaded_at=SECOND,
    )
    at_once.load(
        "raw_github_actions.workflow_jobs",
        job_row(2, *SECOND_ATTEMPT),
        job_row(1, *FIRST_ATTEMPT),
        loaded_at=SECOND,
    )
    load_report(at_once, BROKEN, FIRST)
    for report in (AGAIN, COPY, CORRECTED):
        load_report(at_once, report, SECOND)
    at_once.dbt(*BUILD, *MODELS)
    for table in TABLES:
        sql = f"from {table} order by all"
        assert at_once.rows(sql), table
        assert at_once.rows(sql) == late.rows(sql), table
