"""The organisation's own tables: read from any folder, and said plainly when wrong; words."""

import csv
import shutil
from pathlib import Path

import pytest


@pytest.fixture
def organisation(tmp_path: Path) -> Path:
    source = Path(__file__).resolve().parents[2] / "dbt_project" / "organisation"
    return Path(shutil.copytree(source, tmp_path / "organisation"))


def test_mistyped_tables_are_named(make_warehouse, organisation):
    """A word that is no truth value, and more values than columns."""
    with (organisation / "services.csv").open("a") as file:
        file.write("cart,o/r,,orders,perhaps,\n")
    with (organisation / "teams.csv").open("a") as file:
        file.write("payments,Retail,Acme,too,many\n")
    warehouse = make_warehouse(seeds=organisation)
    output = warehouse.dbt("seed", "--select", "services", "teams", check=False)
    assert "ERROR=2" in output
    for word in ("seed services", "is_critical", "perhaps", "seed teams"):
        assert word in output


def test_tables_come_from_the_folder_that_is_named(make_warehouse, organisation):
    """And what they name has to be there."""
    with (organisation / "teams.csv").open("a") as file:
        file.write("payments,Retail,Acme\n")
    with (organisation / "repository_teams.csv").open("a") as file:
        file.write("o/r,nobody\no/s,payments\n")
    warehouse = make_warehouse(seeds=organisation)
    output = warehouse.dbt("build", "--select", "repository_teams", "teams", check=False)
    assert warehouse.rows("from seeds.teams") == [("payments", "Retail", "Acme")]
    assert "relationships_repository_teams_team__team__ref_teams_" in output
    assert "Got 1 result, configured to fail if != 0" in output


def test_what_gitlab_says_of_a_job_that_never_began_is_no_failure_of_the_job():
    """The reasons are those of GitLab's own list; of the others the status decides."""
    seed = Path(__file__).resolve().parents[2] / "dbt_project" / "seeds" / "result_words.csv"
    with seed.open(encoding="utf-8") as file:
        results = {
            row["vendor_word"]: row["result"]
            for row in csv.DictReader(file)
            if row["vendor"] == "gitlab_ci"
        }
    never_began = (
        *("missing_dependency_failure", "runner_unsupported", "stale_schedule", "archived_failure"),
        *("unmet_prerequisites", "scheduler_failure", "forward_deployment_failure", "user_blocked"),
        *("project_deleted", "ci_quota_exceeded", "pipeline_loop_detected", "builds_disabled"),
        *("insufficient_bridge_permissions", "downstream_bridge_project_not_found"),
        *("invalid_bridge_trigger", "bridge_pipeline_is_child_pipeline", "user_not_verified"),
        *("downstream_pipeline_creation_failed", "reached_max_descendant_pipelines_depth"),
        *("stuck_pending_with_matching_runners", "stuck_pending_no_matching_runners"),
        *("deployment_rejected", "reached_downstream_pipeline_trigger_rate_limit"),
        *("downstream_project_trigger_resolved_to_empty", "duo_workflow_not_allowed"),
        *("job_router_failure", "id_token_burned_project_path"),
    )
    assert {reason: results.get(reason) for reason in never_began} == dict.fromkeys(
        never_began, "startup_failure"
    )
    # what GitLab says since 19.1 for `stuck_or_timeout_failure` and `job_execution_timeout`
    timed_out = (
        *("stuck_or_timeout_failure", "no_updates_running", "no_updates_canceling"),
        *("job_execution_timeout", "job_execution_server_timeout"),
        *("server_timeout_running", "server_timeout_canceling"),
    )
    assert {results.get(reason) for reason in timed_out} == {"timed_out"}
    assert not {"script_failure", "unknown_failure", "runner_system_failure"} & results.keys()
    assert not {"runner_interrupted", "runner_external_dependency_failure"} & results.keys()
