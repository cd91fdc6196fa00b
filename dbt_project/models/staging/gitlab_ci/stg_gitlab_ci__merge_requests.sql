with source as (
    {{ gitlab_rows('merge_requests') }}
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
        server,
        project_id,
        merge_request_id,
        known_repository as repository,
        number as pull_request_number,
        title,
        state,
        known_author_login as author_login,
        known_author_type as author_type,
        source_branch as head_ref,
        sha as head_sha,
        -- Of a fork that was deleted GitLab says no more than that it was another project.
        case
            when source_project_id = project_id
                then known_repository
            else coalesce('project ' || source_project_id, '(deleted fork)')
        end as head_repository,
        target_branch as base_ref,
        cast(null as string) as base_sha,
        -- What landed: the merge, else the squash, else the branch itself moved forward.
        case
            when known_merged_at is not null
                then coalesce(known_merge_sha, known_squash_sha, sha)
        end as merge_commit_sha,
        labels,
        html_url,
        cast(null as bigint) as added_line_count,
        cast(null as bigint) as deleted_line_count,
        known_changed_file_count as changed_file_count,
        is_draft,
        cast(created_at as timestamp) as created_at,
        cast(updated_at as timestamp) as updated_at,
        cast(
            case
                when state = 'closed' then known_closed_at
                when state = 'merged' then known_merged_at
            end as timestamp
        ) as closed_at,
        cast(case when state = 'merged' then known_merged_at end as timestamp)
            as merged_at,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
