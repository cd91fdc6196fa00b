with source as (
    select * from {{ source('raw_gitlab_ci', 'merge_requests') }}
),

projects as (
    select
        server,
        project_id as repository_id,
        max_by(repository, cast(loaded_at as string) || repository) as repository
    from {{ source('raw_gitlab_ci', 'projects') }}
    group by server, project_id
),

-- Deliveries tell of the author, of merging and of closing only when it happens.
ranked as (
    select
        *,
        max(author_login) over (partition by server, merge_request_id) as known_author_login,
        max(author_type) over (partition by server, merge_request_id) as known_author_type,
        min(merged_at) over (partition by server, merge_request_id) as known_merged_at,
        max(closed_at) over (partition by server, merge_request_id) as known_closed_at,
        max(merge_commit_sha) over (partition by server, merge_request_id) as known_merge_sha,
        max(squash_commit_sha) over (partition by server, merge_request_id) as known_squash_sha,
        max(changed_file_count) over (partition by server, merge_request_id)
            as known_changed_file_count,
        row_number() over (
            partition by server, merge_request_id
            order by
                updated_at desc nulls last,
                author_login desc nulls last,
                loaded_at desc,
                payload desc
        ) as version_rank
    from source
),

final as (
    select
        'gitlab_ci' as vendor,
        ranked.server,
        ranked.project_id,
        ranked.merge_request_id,
        coalesce(projects.repository, ranked.repository, 'project ' || ranked.project_id)
            as repository,
        ranked.number as pull_request_number,
        ranked.title,
        ranked.state,
        ranked.known_author_login as author_login,
        ranked.known_author_type as author_type,
        ranked.source_branch as head_ref,
        ranked.sha as head_sha,
        case
            when ranked.source_project_id = ranked.project_id
                then coalesce(projects.repository, ranked.repository)
            else 'project ' || ranked.source_project_id
        end as head_repository,
        ranked.target_branch as base_ref,
        -- What landed: the merge, else the squash, else the branch itself moved forward.
        case
            when ranked.known_merged_at is not null
                then coalesce(ranked.known_merge_sha, ranked.known_squash_sha, ranked.sha)
        end as merge_commit_sha,
        ranked.labels,
        ranked.html_url,
        cast(null as bigint) as added_line_count,
        cast(null as bigint) as deleted_line_count,
        ranked.known_changed_file_count as changed_file_count,
        ranked.is_draft,
        cast(ranked.created_at as timestamp) as created_at,
        cast(ranked.updated_at as timestamp) as updated_at,
        cast(
            case
                when ranked.state = 'closed' then ranked.known_closed_at
                when ranked.state = 'merged' then ranked.known_merged_at
            end as timestamp
        ) as closed_at,
        cast(case when ranked.state = 'merged' then ranked.known_merged_at end as timestamp)
            as merged_at,
        cast(ranked.loaded_at as timestamp) as loaded_at
    from ranked
    left join projects
        on
            ranked.server = projects.server
            and ranked.project_id = projects.repository_id
    where ranked.version_rank = 1
)

select * from final
