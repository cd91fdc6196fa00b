with imported as (
    {{ imported_rows('changes') }}
),

source as (
    select
        *,
        coalesce(vendor, 'import') as known_vendor
    from imported
),

ranked as (
    select
        *,
        row_number() over (
            partition by known_vendor, known_repository, change_number
            order by loaded_at desc, row_number desc, import_id desc
        ) as version_rank
    from source
),

final as (
    select
        known_vendor as vendor,
        known_repository as repository,
        change_number as pull_request_number,
        coalesce(
            state,
            case
                when merged_at is not null then 'merged'
                when closed_at is not null then 'closed'
                else 'open'
            end
        ) as state,
        title,
        author_login,
        cast(null as string) as author_type,
        head_branch as head_ref,
        head_sha,
        cast(null as string) as head_repository,
        base_branch as base_ref,
        base_sha,
        merge_sha as merge_commit_sha,
        labels,
        html_url,
        additions as added_line_count,
        deletions as deleted_line_count,
        changed_files as changed_file_count,
        coalesce(is_draft, false) as is_draft,
        cast(created_at as timestamp) as created_at,
        cast(coalesce(merged_at, closed_at, created_at) as timestamp) as updated_at,
        cast(coalesce(closed_at, merged_at) as timestamp) as closed_at,
        cast(merged_at as timestamp) as merged_at,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
