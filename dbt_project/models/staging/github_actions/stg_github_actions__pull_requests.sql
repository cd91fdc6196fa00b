with source as (
    {{ github_rows('pull_requests') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by known_repository, number
            order by
                updated_at desc nulls last,
                case when additions is null then 1 else 0 end,
                case when source_file like 'landing/webhooks/%' then 1 else 0 end,
                loaded_at desc,
                payload desc
        ) as version_rank
    from source
),

final as (
    select
        'github_actions' as vendor,
        known_repository as repository,
        number as pull_request_number,
        pull_request_id,
        state,
        title,
        author_login,
        author_type,
        head_ref,
        head_sha,
        -- What comes from the repository itself comes from no fork, whatever its name was then.
        case when head_repository = repository then known_repository else head_repository end
            as head_repository,
        base_ref,
        base_sha,
        merge_commit_sha,
        labels,
        html_url,
        additions as added_line_count,
        deletions as deleted_line_count,
        changed_files as changed_file_count,
        is_draft,
        cast(created_at as timestamp) as created_at,
        cast(updated_at as timestamp) as updated_at,
        cast(closed_at as timestamp) as closed_at,
        cast(merged_at as timestamp) as merged_at,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
