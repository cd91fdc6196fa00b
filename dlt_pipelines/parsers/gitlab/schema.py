"""Tables of what GitLab knows: columns in the order of the tuples, and what identifies a thing."""

import pyarrow as pa

from dlt_pipelines.parsers.objects import schemas_of

# Ids are unique on one server; numbers (`iid`) within one project.
SCHEMAS: dict[str, pa.Schema] = schemas_of(
    {
        "projects": """server:text project_id:bigint repository:text default_branch:text
            namespace:text visibility:text is_fork:bool is_archived:bool html_url:text
            created_at:at updated_at:at payload:text""",
        "pipelines": """server:text pipeline_id:bigint project_id:bigint repository:text
            number:bigint name:text event:text status:text failure_reason:text ref:text
            sha:text is_tag:bool merge_request_number:bigint actor_login:text
            parent_pipeline_id:bigint html_url:text duration_seconds:double queued_seconds:double
            coverage:double created_at:at started_at:at finished_at:at updated_at:at
            payload:text""",
        "jobs": """server:text job_id:bigint project_id:bigint repository:text
            pipeline_id:bigint kind:text name:text stage:text status:text failure_reason:text
            is_allowed_to_fail:bool is_manual:bool ref:text sha:text is_tag:bool
            actor_login:text runner_id:bigint runner_name:text runner_type:text
            runner_tags:text downstream_project_id:bigint downstream_pipeline_id:bigint
            html_url:text duration_seconds:double queued_seconds:double coverage:double
            created_at:at started_at:at finished_at:at erased_at:at seen_at:at
            payload:text""",
        "merge_requests": """server:text merge_request_id:bigint project_id:bigint
            repository:text number:bigint state:text title:text author_login:text
            author_type:text source_branch:text target_branch:text source_project_id:bigint
            sha:text merge_commit_sha:text squash_commit_sha:text labels:text
            changed_file_count:bigint is_draft:bool html_url:text created_at:at updated_at:at
            closed_at:at merged_at:at payload:text""",
        "merge_request_commits": """server:text sha:text project_id:bigint repository:text
            number:bigint list_head_sha:text author_name:text author_email:text
            authored_at:at committed_at:at payload:text""",
        "merge_request_reviews": """server:text review_id:text project_id:bigint
            repository:text number:bigint reviewer_login:text state:text submitted_at:at
            payload:text""",
        "deployments": """server:text deployment_id:bigint project_id:bigint repository:text
            number:bigint environment:text status:text ref:text sha:text job_id:bigint
            pipeline_id:bigint actor_login:text created_at:at started_at:at finished_at:at
            updated_at:at payload:text""",
        "environments": """server:text environment_id:bigint project_id:bigint
            repository:text name:text tier:text state:text created_at:at updated_at:at
            payload:text""",
        "issues": """server:text issue_id:bigint project_id:bigint repository:text
            number:bigint state:text issue_type:text title:text body:text author_login:text
            labels:text severity:text html_url:text created_at:at updated_at:at closed_at:at
            payload:text""",
        "issue_events": """server:text event_id:bigint kind:text project_id:bigint
            repository:text issue_id:bigint number:bigint event:text label:text
            actor_login:text created_at:at payload:text""",
    }
)

# A commit is listed again with every push that keeps it: those that are not are pushed over.
KEYS: dict[str, tuple[str, ...]] = {
    "projects": ("server", "project_id"),
    "pipelines": ("server", "pipeline_id"),
    "jobs": ("server", "job_id"),
    "merge_requests": ("server", "merge_request_id"),
    "merge_request_commits": (
        "server", "sha", "project_id", "repository", "number", "list_head_sha",
    ),
    "merge_request_reviews": ("server", "review_id", "project_id", "repository", "number"),
    "deployments": ("server", "deployment_id"),
    "environments": ("server", "environment_id"),
    "issues": ("server", "issue_id"),
    "issue_events": ("server", "kind", "event_id"),
}  # fmt: skip

NAMES = {table: tuple(schema.names) for table, schema in SCHEMAS.items()}
