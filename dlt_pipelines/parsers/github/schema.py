"""Columns of the raw GitHub Actions tables, as Arrow schemas.

A row that the readers hand out has the columns of its table's schema, in this order; whoever loads
adds `source_file` and `loaded_at`. `payload` is the vendor's object as JSON text, whole: a field
that has no column of its own is not lost.
"""

import pyarrow as pa

_TYPES = {
    "text": pa.string(),
    "bigint": pa.int64(),
    "bool": pa.bool_(),
    "at": pa.timestamp("us", tz="UTC"),
}

# Names by type; the order of the columns is the order of the words.
_TABLES = {
    "repositories": """
        repository:text repository_id:bigint default_branch:text is_private:bool is_fork:bool
        is_archived:bool owner_login:text created_at:at updated_at:at html_url:text payload:text
    """,
    "workflow_runs": """
        repository:text run_id:bigint run_attempt:bigint run_number:bigint workflow_id:bigint
        workflow_name:text workflow_path:text display_title:text event:text status:text
        conclusion:text head_branch:text head_sha:text head_repository:text actor_login:text
        actor_type:text triggering_actor_login:text pull_request_numbers:text created_at:at
        run_started_at:at updated_at:at html_url:text payload:text
    """,
    "workflow_jobs": """
        repository:text run_id:bigint run_attempt:bigint job_id:bigint workflow_name:text name:text
        status:text conclusion:text head_branch:text head_sha:text created_at:at started_at:at
        completed_at:at labels:text runner_id:bigint runner_name:text runner_group_name:text
        html_url:text payload:text
    """,
    "job_steps": """
        repository:text run_id:bigint run_attempt:bigint job_id:bigint number:bigint name:text
        status:text conclusion:text started_at:at completed_at:at
    """,
    "artifacts": """
        repository:text run_id:bigint artifact_id:bigint name:text size_bytes:bigint is_expired:bool
        created_at:at expires_at:at updated_at:at head_sha:text payload:text
    """,
    "deployments": """
        repository:text deployment_id:bigint sha:text ref:text task:text environment:text
        is_production_environment:bool is_transient_environment:bool creator_login:text
        description:text created_at:at updated_at:at payload:text
    """,
    "deployment_statuses": """
        repository:text deployment_id:bigint status_id:bigint state:text environment:text
        creator_login:text log_url:text environment_url:text created_at:at updated_at:at
        payload:text
    """,
    "pull_requests": """
        repository:text number:bigint pull_request_id:bigint state:text title:text is_draft:bool
        author_login:text author_type:text head_ref:text head_sha:text head_repository:text
        base_ref:text base_sha:text merge_commit_sha:text labels:text additions:bigint
        deletions:bigint changed_files:bigint created_at:at updated_at:at closed_at:at merged_at:at
        html_url:text payload:text
    """,
    "pull_request_commits": """
        repository:text number:bigint sha:text position:bigint author_login:text authored_at:at
        committed_at:at message:text
    """,
    "pull_request_reviews": """
        repository:text number:bigint review_id:bigint reviewer_login:text state:text
        submitted_at:at commit_sha:text
    """,
    "issues": """
        repository:text number:bigint issue_id:bigint state:text title:text body:text
        author_login:text labels:text created_at:at updated_at:at closed_at:at html_url:text
        payload:text
    """,
    "issue_events": """
        repository:text number:bigint event_id:bigint event:text actor_login:text label:text
        subject_login:text milestone:text commit_sha:text state_reason:text is_pull_request:bool
        created_at:at payload:text
    """,
    "job_annotations": """
        repository:text job_id:bigint position:bigint level:text title:text message:text path:text
        payload:text
    """,
    "environments": """
        repository:text environment_id:bigint name:text is_protected:bool html_url:text
        created_at:at updated_at:at payload:text
    """,
}


def _schema(columns: str) -> pa.Schema:
    pairs = (column.split(":") for column in columns.split())
    return pa.schema([pa.field(name, _TYPES[kind]) for name, kind in pairs])


SCHEMAS: dict[str, pa.Schema] = {table: _schema(columns) for table, columns in _TABLES.items()}

# What a row is a fact about: rows with the same key are versions of the same thing.
KEYS: dict[str, tuple[str, ...]] = {
    "repositories": ("repository",),
    "workflow_runs": ("repository", "run_id", "run_attempt"),
    "workflow_jobs": ("repository", "job_id"),
    "job_steps": ("repository", "job_id", "number"),
    "artifacts": ("repository", "artifact_id"),
    "deployments": ("repository", "deployment_id"),
    "deployment_statuses": ("repository", "status_id"),
    "pull_requests": ("repository", "number"),
    "pull_request_commits": ("repository", "number", "sha"),
    "pull_request_reviews": ("repository", "review_id"),
    "issues": ("repository", "number"),
    "issue_events": ("repository", "event_id"),
    "job_annotations": ("repository", "job_id", "position"),
    "environments": ("repository", "environment_id"),
}
