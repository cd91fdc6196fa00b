"""Columns of the raw tables of builds, as Arrow schemas; a vendor fills those that it knows.

`pipeline_path` names the definition that is built: a Jenkins job by its full name, a Buildkite
pipeline as `organization/slug`, a CircleCI project by its slug, a definition of Azure DevOps by its
project's id and its own. `detail_rank` orders what several kinds of answers know of the same thing:
the higher, the fuller. `updated_at` is the latest moment that the object itself speaks of.
`payload` is the vendor's object as JSON text.
"""

import pyarrow as pa

_TYPES = {
    "text": pa.string(),
    "bigint": pa.int64(),
    "double": pa.float64(),
    "bool": pa.bool_(),
    "at": pa.timestamp("us", tz="UTC"),
}

# Names by type; the order of the columns is the order of the words.
_TABLES = {
    "pipelines": """
        server:text pipeline_path:text pipeline_id:text name:text kind:text parent_path:text
        repository:text default_branch:text is_disabled:bool created_at:at html_url:text
        detail_rank:bigint payload:text
    """,
    "pipeline_runs": """
        server:text pipeline_path:text pipeline_run_id:text number:bigint repository:text
        status:text event:text head_branch:text head_sha:text head_repository:text actor_login:text
        pull_request_numbers:text error_message:text created_at:at updated_at:at payload:text
    """,
    "builds": """
        server:text pipeline_path:text build_id:text number:bigint pipeline_run_id:text name:text
        repository:text status:text conclusion:text is_running:bool is_blocked:bool
        cancel_reason:text event:text causes:text parent_build_id:text parent_kind:text
        head_branch:text head_sha:text pull_request_numbers:text actor_login:text agent_name:text
        created_at:at started_at:at finished_at:at updated_at:at queue_seconds:double
        duration_seconds:double html_url:text detail_rank:bigint payload:text
    """,
    "stages": """
        server:text pipeline_path:text build_id:text build_number:bigint stage_id:text name:text
        stage_index:bigint kind:text parent_stage_id:text attempt:bigint status:text conclusion:text
        is_running:bool error_type:text agent_name:text started_at:at finished_at:at updated_at:at
        duration_seconds:double pause_seconds:double queue_seconds:double detail_rank:bigint
        payload:text
    """,
    "jobs": """
        server:text pipeline_path:text build_id:text build_number:bigint job_id:text name:text
        kind:text stage_name:text step_key:text attempt:bigint status:text conclusion:text
        is_running:bool is_soft_failed:bool is_retried:bool exit_status:bigint cancel_reason:text
        retried_in_job_id:text retried_from_job_id:text retries_count:bigint retry_kind:text
        parallel_index:bigint parallel_count:bigint matrix:text labels:text queue_name:text
        agent_name:text triggered_build_id:text created_at:at runnable_at:at started_at:at
        finished_at:at updated_at:at queue_seconds:double html_url:text detail_rank:bigint
        payload:text
    """,
    "steps": """
        server:text build_id:text job_id:text step_id:text number:bigint name:text kind:text
        status:text conclusion:text is_running:bool error_message:text started_at:at
        finished_at:at updated_at:at duration_seconds:double detail_rank:bigint payload:text
    """,
    "artifacts": """
        server:text pipeline_path:text build_id:text build_number:bigint job_id:text
        artifact_id:text path:text size_bytes:bigint sha256:text state:text download_url:text
        payload:text
    """,
}

# What a row is a fact about: rows with the same key are versions of the same thing. The second
# name is the one by which the destination is asked.
KEYS: dict[str, tuple[str, ...]] = {
    "pipelines": ("server", "pipeline_path"),
    "pipeline_runs": ("server", "pipeline_run_id"),
    "builds": ("server", "build_id"),
    "stages": ("server", "build_id", "stage_id"),
    "jobs": ("server", "job_id"),
    "steps": ("server", "step_id"),
    "artifacts": ("server", "artifact_id", "pipeline_path", "build_number"),
}


def _schema(columns: str) -> pa.Schema:
    pairs = (column.split(":") for column in columns.split())
    return pa.schema([pa.field(name, _TYPES[kind]) for name, kind in pairs])


SCHEMAS: dict[str, pa.Schema] = {table: _schema(columns) for table, columns in _TABLES.items()}
NAMES: dict[str, tuple[str, ...]] = {
    table: tuple(schema.names) for table, schema in SCHEMAS.items()
}
