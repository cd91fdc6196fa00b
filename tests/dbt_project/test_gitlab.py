"""Raw rows of GitLab become the same facts as those of any vendor."""

import pytest

SHOP = "acme/web/shop"
BUILD = ("build", "--resource-type", "seed", "--resource-type", "model", "--select")
MODELS = ("+fct_stage_attempts", "+fct_job_attempts", "+fct_changes", "+fct_deployments")
HOME = {"server": "gitlab.com", "project_id": 77}


def pipeline(pipeline_id: int, **members) -> dict:
    return {
        **HOME,
        "pipeline_id": pipeline_id,
        "repository": "acme/old-name",
        "event": "push",
        "status": "success",
        "ref": "main",
        "sha": "a" * 40,
        "created_at": "2026-01-02 10:00:00+00",
        "updated_at": "2026-01-02 10:10:00+00",
        "payload": str(members),
        **members,
    }


def job(job_id: int, name: str, status: str, **members) -> dict:
    return {
        **HOME,
        "job_id": job_id,
        "pipeline_id": 1,
        "kind": "job",
        "name": name,
        "stage": "test",
        "status": status,
        "created_at": "2026-01-02 10:00:00+00",
        "started_at": "2026-01-02 10:01:00+00",
        "finished_at": "2026-01-02 10:02:00+00",
        "payload": "{}",
        **members,
    }


@pytest.fixture(scope="module")
def warehouse(make_warehouse):
    made = make_warehouse()
    made.load(
        "raw_gitlab_ci.projects",
        {**HOME, "repository": SHOP, "default_branch": "main", "payload": "{}"},
    )
    made.load(
        "raw_gitlab_ci.pipelines",
        # a delivery tells less than the API, and came first
        pipeline(1, duration_seconds=120.0, merge_request_number=None),
        pipeline(
            1,
            started_at="2026-01-02 10:00:30+00",
            finished_at="2026-01-02 10:09:59+00",
            duration_seconds=120.0,
            actor_login="ann",
            coverage=83.5,
        ),
        # what was told before a job was retried, and a later delivery, which tells none
        pipeline(1, updated_at="2026-01-02 10:05:00+00", coverage=90.0),
        pipeline(
            1,
            updated_at="2026-01-02 10:11:00+00",
            finished_at="2026-01-02 10:09:59+00",
            duration_seconds=120.0,
        ),
        pipeline(2, event="parent_pipeline", status="failed", failure_reason="config_error"),
        pipeline(
            3,
            event="merge_request_event",
            status="running",
            ref="refs/merge-requests/4/head",
            merge_request_number=4,
        ),
    )
    made.load(
        "raw_gitlab_ci.jobs",
        job(11, "unit", "failed", failure_reason="script_failure", queued_seconds=3.0),
        job(12, "unit", "running", queued_seconds=4.0, finished_at=None),
        job(12, "unit", "success", queued_seconds=4.0, coverage=100.0),
        job(12, "unit", "success", queued_seconds=4.0, seen_at="2026-01-02 10:03:00+00"),
        job(13, "lint", "failed", stage="check", is_allowed_to_fail=True),
        job(14, "approve", "manual", stage="end", started_at=None, finished_at=None),
        job(15, "slow", "failed", pipeline_id=3, failure_reason="job_execution_timeout"),
        job(16, "call", "success", kind="bridge", stage="call", downstream_pipeline_id=2),
    )
    made.load(
        "raw_gitlab_ci.merge_requests",
        {
            **HOME,
            "merge_request_id": 904,
            "number": 4,
            "state": "merged",
            "author_login": "bob",
            "source_branch": "topic",
            "source_project_id": 77,
            "sha": "b" * 40,
            "squash_commit_sha": "c" * 40,
            "created_at": "2026-01-01 09:00:00+00",
            "updated_at": "2026-01-02 09:00:00+00",
            "merged_at": "2026-01-02 09:00:00+00",
            "payload": "{}",
        },
    )
    review = {**HOME, "number": 4, "state": "approved", "payload": "{}"}
    made.load(
        "raw_gitlab_ci.merge_request_reviews",
        {**review, "review_id": "1", "reviewer_login": "bob"},
        {
            **review,
            "review_id": "2",
            "reviewer_login": "eve",
            "submitted_at": "2026-01-01 10:00:00+00",
        },
    )
    deployment = {**HOME, "environment": "production", "sha": "a" * 40, "payload": "{}"}
    made.load(
        "raw_gitlab_ci.deployments",
        {**deployment, "deployment_id": 1, "status": "running"},
        {
            **deployment,
            "deployment_id": 2,
            "status": "success",
            "updated_at": "2026-01-02 11:00:00+00",
        },
        {**deployment, "deployment_id": 3, "status": "canceled"},
    )
    made.dbt(*BUILD, *MODELS)
    return made


def test_pipelines_are_runs_of_one_attempt(warehouse):
    assert warehouse.rows("""
        select
            run_id, repository, result, event, head_branch, parent_run_id, pull_request_number,
            duration_seconds, declared_coverage_ratio, is_default_branch, is_retriggered,
            has_retried_failure, cast(run_started_at as text)
        from core.fct_workflow_run_attempts order by run_id
    """) == [
        ("1", SHOP, "success", "push", "main", None, None, 120.0, 0.835, True, False,
         True, "2026-01-02 10:00:30"),
        ("2", SHOP, "startup_failure", "parent_pipeline", "main", "1", None, None, None, True,
         False, False, "2026-01-02 10:00:00"),
        ("3", SHOP, "running", "merge_request_event", "topic", None, 4, None, None, False, False,
         False, "2026-01-02 10:00:00"),
    ]  # fmt: skip


def test_retried_jobs_stay_and_manual_ones_never_queued(warehouse):
    assert warehouse.rows("""
        select job_id, result, retried_from_job_id, queue_seconds, duration_seconds,
            declared_coverage_ratio, is_manual, is_allowed_to_fail
        from core.fct_job_attempts order by job_id
    """) == [
        ("11", "failure", None, 3.0, 60.0, None, False, False),
        ("12", "success", "11", 4.0, 60.0, 1.0, False, False),
        ("13", "failure", None, None, 60.0, None, False, True),
        ("14", "neutral", None, None, None, None, False, False),
        ("15", "timed_out", None, None, 60.0, None, False, False),
        ("16", "success", None, None, 60.0, None, False, False),
    ]


def test_stages_are_made_of_the_last_tries(warehouse):
    assert warehouse.rows("""
        select run_id, stage_name, result from core.fct_stage_attempts
        where run_id = '1' order by stage_name
    """) == [
        ("1", "call", "success"),
        ("1", "check", "success"),
        ("1", "end", "neutral"),
        ("1", "test", "success"),
    ]


def test_merge_requests_are_changes_and_authors_do_not_review_themselves(warehouse):
    assert warehouse.rows("""
        select vendor, repository, pull_request_number, merge_commit_sha, review_count,
            pickup_seconds, is_merged, is_fork
        from core.fct_changes
    """) == [("gitlab_ci", SHOP, 4, "c" * 40, 1, 3600.0, True, False)]


def test_deployments_count_when_they_ended(warehouse):
    assert warehouse.rows("""
        select vendor, deployment_id, result, is_counted, cast(finished_at as text)
        from core.fct_deployments order by deployment_id
    """) == [
        ("gitlab_ci", "1", "unfinished", False, None),
        ("gitlab_ci", "2", "success", True, "2026-01-02 11:00:00"),
        ("gitlab_ci", "3", "unfinished", False, None),
    ]
