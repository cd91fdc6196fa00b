with source as (
    {{ github_rows('pull_requests') }}
),

heads as (
    {{ github_named_heads(['known_repository', 'number']) }}
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
        ranked.known_repository as repository,
        ranked.number as pull_request_number,
        ranked.pull_request_id,
        ranked.state,
        ranked.title,
        ranked.author_login,
        ranked.author_type,
        ranked.head_ref,
        ranked.head_sha,
        {{ github_head_repository('ranked', '"repo":null') }} as head_repository,
        ranked.base_ref,
        ranked.base_sha,
        ranked.merge_commit_sha,
        ranked.labels,
        ranked.html_url,
        ranked.additions as added_line_count,
        ranked.deletions as deleted_line_count,
        ranked.changed_files as changed_file_count,
        ranked.is_draft,
        cast(ranked.created_at as timestamp) as created_at,
        cast(ranked.updated_at as timestamp) as updated_at,
        cast(ranked.closed_at as timestamp) as closed_at,
        cast(ranked.merged_at as timestamp) as merged_at,
        cast(ranked.loaded_at as timestamp) as loaded_at
    from ranked
    left join heads
        on
            ranked.known_repository = heads.known_repository
            and ranked.number = heads.number
    where ranked.version_rank = 1
)

select * from final
