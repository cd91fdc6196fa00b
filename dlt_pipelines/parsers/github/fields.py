"""The fields of the vendor's objects that the readers take apart, with the type they expect.

What a table's row is made of in `rows` and `rows_of_work`; an object whose field is of another type
or missing still gives a row, but with less in it, and that should be known.
"""

_FIELDS = {
    "repositories": """
        id:number full_name:text default_branch:text private:boolean fork:boolean archived:boolean
        owner:object owner.login:text updated_at:text html_url:text
    """,
    "workflow_runs": """
        id:number run_attempt:number run_number:number workflow_id:number name:text path:text
        display_title:text event:text status:text conclusion:text head_branch:text head_sha:text
        head_repository:object head_repository.full_name:text actor:object actor.login:text
        actor.type:text triggering_actor:object triggering_actor.login:text pull_requests:list
        pull_requests[].number:number created_at:text run_started_at:text updated_at:text
        html_url:text
    """,
    "workflow_jobs": """
        id:number run_id:number run_url:text run_attempt:number workflow_name:text name:text
        status:text conclusion:text head_branch:text head_sha:text created_at:text started_at:text
        completed_at:text labels:list runner_id:number runner_name:text runner_group_name:text
        html_url:text steps:list steps[].number:number steps[].name:text steps[].status:text
        steps[].conclusion:text steps[].started_at:text steps[].completed_at:text
    """,
    "artifacts": """
        id:number name:text size_in_bytes:number expired:boolean created_at:text expires_at:text
        updated_at:text workflow_run:object workflow_run.id:number workflow_run.head_sha:text
    """,
    "deployments": """
        id:number sha:text ref:text task:text environment:text production_environment:boolean
        transient_environment:boolean creator:object creator.login:text description:text
        created_at:text updated_at:text
    """,
    "deployment_statuses": """
        id:number state:text deployment_url:text environment:text creator:object creator.login:text
        log_url:text target_url:text environment_url:text created_at:text updated_at:text
    """,
    "pull_requests": """
        id:number number:number state:text title:text draft:boolean user:object user.login:text
        user.type:text head:object head.ref:text head.sha:text head.repo:object base:object
        base.ref:text base.sha:text base.repo:object merge_commit_sha:text labels:list
        labels[].name:text additions:number deletions:number changed_files:number created_at:text
        updated_at:text closed_at:text merged_at:text html_url:text
    """,
    "pull_request_commits": "sha:text commit:object author:object author.login:text",
    "pull_request_reviews": """
        id:number pull_request_url:text user:object user.login:text state:text submitted_at:text
        commit_id:text
    """,
    "issues": """
        id:number number:number state:text title:text body:text user:object user.login:text
        labels:list labels[].name:text created_at:text updated_at:text closed_at:text html_url:text
    """,
}

FIELDS_READ: dict[str, dict[str, str]] = {
    kind: {path: name for path, _, name in (word.partition(":") for word in words.split())}
    for kind, words in _FIELDS.items()
}
