"""Raw tables made by hand and a dbt that builds on them, for the tests of the dbt project."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PROJECT = REPOSITORY / "dbt_project"
LOADED_AT = "2026-03-01 00:00:00+00"

# Columns of every raw table; the word before the names is the type of those that follow.
RAW = {
    "raw_github_actions.repositories": """text repository bigint repository_id text default_branch
        boolean is_private is_fork is_archived text owner_login timestamptz created_at updated_at
        text html_url payload""",
    "raw_github_actions.workflow_runs": """text repository bigint run_id run_attempt run_number
        workflow_id text workflow_name workflow_path display_title event status conclusion
        head_branch head_sha head_repository actor_login actor_type triggering_actor_login
        pull_request_numbers timestamptz created_at run_started_at updated_at text html_url
        payload""",
    "raw_github_actions.workflow_jobs": """text repository bigint run_id run_attempt job_id
        text workflow_name name status conclusion head_branch head_sha timestamptz created_at
        started_at completed_at text labels bigint runner_id text runner_name runner_group_name
        html_url payload""",
    "raw_github_actions.job_steps": """text repository bigint run_id run_attempt job_id number
        text name status conclusion timestamptz started_at completed_at""",
    "raw_github_actions.artifacts": """text repository bigint run_id artifact_id text name
        bigint size_bytes boolean is_expired timestamptz created_at expires_at updated_at
        text head_sha payload""",
    "raw_github_actions.deployments": """text repository bigint deployment_id text sha ref task
        environment boolean is_production_environment is_transient_environment text creator_login
        description timestamptz created_at updated_at text payload""",
    "raw_github_actions.deployment_statuses": """text repository bigint deployment_id status_id
        text state environment creator_login log_url environment_url timestamptz created_at
        updated_at text payload""",
    "raw_github_actions.pull_requests": """text repository bigint number pull_request_id
        text state title boolean is_draft text author_login author_type head_ref head_sha
        head_repository base_ref base_sha merge_commit_sha labels bigint additions deletions
        changed_files timestamptz created_at updated_at closed_at merged_at text html_url
        payload""",
    "raw_github_actions.pull_request_commits": """text repository bigint number text sha
        bigint position text author_login timestamptz authored_at committed_at text message""",
    "raw_github_actions.pull_request_reviews": """text repository bigint number review_id
        text reviewer_login state timestamptz submitted_at text commit_sha""",
    "raw_github_actions.issues": """text repository bigint number issue_id text state title body
        author_login labels timestamptz created_at updated_at closed_at text html_url payload""",
    "raw_test_results.reports": """text report_id locator repository run_id bigint run_attempt
        text job_id artifact_id artifact_name head_sha path_numbers content_sha256
        bigint size_bytes text format generator parse error boolean is_complete
        bigint declared_tests declared_failed declared_errored declared_skipped
        double declared_time_seconds bigint test_count passed_count failed_count errored_count
        skipped_count suite_count double time_seconds timestamptz source_modified_at""",
    "raw_test_results.suites": """text report_id bigint suite_index parent_suite_index
        text suite_path name package file hostname timestamptz started_at double time_seconds
        bigint declared_tests declared_failed declared_errored declared_skipped test_count
        passed_count failed_count errored_count skipped_count text properties""",
    "raw_test_results.cases": """text report_id bigint case_index suite_index text suite_path
        suite_name class_name name parameters file bigint line text status
        double duration_seconds bigint retry_index boolean is_final text failure_type
        failure_message failure_hash boolean has_system_out has_system_err text owner_tag
        boolean is_synthetic text properties""",
    "raw_coverage.reports": """text report_id locator repository run_id bigint run_attempt
        text job_id artifact_id artifact_name head_sha path_numbers content_sha256
        bigint size_bytes text format generator flag parse error
        bigint declared_lines_valid declared_lines_covered declared_branches_valid
        declared_branches_covered lines_valid lines_covered branches_valid branches_covered
        file_count timestamptz source_modified_at""",
    "raw_coverage.files": """text report_id bigint file_index text path package
        bigint lines_valid lines_covered branches_valid branches_covered functions_valid
        functions_covered""",
    "raw_coverage.lines": """text report_id bigint file_index line hits branches_valid
        branches_covered""",
    "raw_git_history.commits": """text repository sha tree_sha parents author_name author_email
        timestamptz authored_at text committer_name committer_email timestamptz committed_at
        text subject body boolean is_merge""",
    "raw_git_history.commit_parents": "text repository sha bigint position text parent_sha",
    "raw_git_history.commit_files": """text repository sha path previous_path change_type
        bigint added_lines deleted_lines""",
    "raw_git_history.refs": "text repository ref_name ref_type sha",
    "raw_codeowners.files": """text repository path sha timestamptz committed_at
        text dialect content""",
    "raw_codeowners.rules": "text repository sha bigint line text pattern owners section",
    "raw_codeowners.path_owners": """text repository path owners rule_pattern bigint rule_line
        text codeowners_sha timestamptz valid_from valid_to""",
    "quality.source_loads": """text source mode timestamptz started_at finished_at double seconds
        bigint seen_count loaded_count unchanged_count partial_count rejected_count row_count
        byte_count timestamptz cursor_at""",
    "quarantine.rejected_files": """text source locator content_sha256 bigint size_bytes
        text reason error_class kept_as""",
    "quarantine.rejected_rows": "text source table_name bigint row_number text row reason",
}
TYPES = {"text", "bigint", "boolean", "double", "timestamptz"}

Row = dict[str, object]


def columns(table: str) -> dict[str, str]:
    """Give the columns of a raw table with their types."""
    found, kind = {}, ""
    for word in RAW[table].split():
        if word in TYPES:
            kind = word
        else:
            found[word] = kind
    return found | {"loaded_at": "timestamptz"}


@dataclass
class Warehouse:
    """A home of the warehouse with raw tables, and dbt to build the rest of it."""

    home: Path
    variables: dict[str, object] = field(default_factory=dict)
    seeds: Path | None = None

    def create(self) -> None:
        """Create every raw table, empty."""
        with duckdb.connect(self.home / "build.duckdb") as connection:
            for table in RAW:
                schema = table.split(".")[0]
                body = ", ".join(f'"{name}" {kind}' for name, kind in columns(table).items())
                connection.execute(f"create schema if not exists {schema}")
                connection.execute(f"create or replace table {table} ({body})")

    def load(self, table: str, *rows: Row, loaded_at: str = LOADED_AT) -> None:
        """Append rows; columns that a row leaves out are NULL."""
        known = columns(table)
        with duckdb.connect(self.home / "build.duckdb") as connection:
            for row in rows:
                full = {"loaded_at": loaded_at} | row
                unknown = full.keys() - known.keys()
                assert not unknown, f"{table} has no {unknown}"
                names = ", ".join(f'"{name}"' for name in full)
                marks = ", ".join("?" * len(full))
                values = [
                    json.dumps(value) if isinstance(value, list) else value
                    for value in full.values()
                ]
                connection.execute(f"insert into {table} ({names}) values ({marks})", values)

    def dbt(self, *arguments: str, check: bool = True) -> str:
        """Run dbt in a process of its own and give what it printed."""
        environment = os.environ | {
            "TESTOPS_HOME": str(self.home),
            "DBT_TARGET_PATH": str(self.home / "dbt" / "target"),
            "DBT_LOG_PATH": str(self.home / "dbt" / "logs"),
            "DBT_PROFILES_DIR": str(PROJECT),
        }
        if self.seeds:
            environment["TESTOPS_ORGANISATION_SEEDS"] = str(self.seeds)
        command = [sys.executable, "-m", "dbt.cli.main", *arguments]
        command += ["--project-dir", str(PROJECT), "--vars", json.dumps(self.variables)]
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, timeout=600
        )
        output = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout + done.stderr)
        assert not check or done.returncode == 0, output
        return output

    def rows(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        """Read rows of the build file."""
        with duckdb.connect(self.home / "build.duckdb", read_only=True) as connection:
            connection.execute("set timezone = 'UTC'")
            return connection.execute(sql, list(values)).fetchall()


@pytest.fixture(scope="session")
def make_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Warehouse]:
    """Make a warehouse with empty raw tables."""

    def make(**settings: object) -> Warehouse:
        warehouse = Warehouse(tmp_path_factory.mktemp("warehouse"), **settings)
        warehouse.create()
        return warehouse

    return make
