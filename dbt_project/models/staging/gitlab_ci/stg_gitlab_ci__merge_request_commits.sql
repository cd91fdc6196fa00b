with source as (
    select * from {{ source('raw_gitlab_ci', 'merge_request_commits') }}
),

projects as (
    select
        server,
        project_id as repository_id,
        max_by(repository, cast(loaded_at as string) || repository) as repository
    from {{ source('raw_gitlab_ci', 'projects') }}
    group by server, project_id
),

merge_requests as (
    select
        server,
        project_id,
        number,
        max_by(repository, cast(loaded_at as string) || repository) as repository
    from {{ source('raw_gitlab_ci', 'merge_requests') }}
    group by server, project_id, number
),

placed as (
    select
        source.*,
        coalesce(
            projects.repository,
            merge_requests.repository,
            source.repository,
            'project ' || source.project_id
        ) as known_repository
    from source
    left join projects
        on
            source.server = projects.server
            and source.project_id = projects.repository_id
    left join merge_requests
        on
            source.server = merge_requests.server
            and source.project_id = merge_requests.project_id
            and source.number = merge_requests.number
),

ranked as (
    select
        *,
        row_number() over (
            partition by known_repository, number, list_head_sha, sha
            order by committed_at desc nulls last, loaded_at desc, payload desc
        ) as version_rank
    from placed
),

final as (
    select
        'gitlab_ci' as vendor,
        known_repository as repository,
        number as pull_request_number,
        sha,
        list_head_sha,
        author_name as author_login,
        author_email,
        cast(authored_at as timestamp) as authored_at,
        cast(committed_at as timestamp) as committed_at,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
