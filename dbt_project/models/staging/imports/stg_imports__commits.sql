with source as (
    {{ imported_rows('commits') }}
),

parted as (
    select
        *,
        -- Also a list of JSON or Python; what parts the ids is none of their letters.
        nullif(
            trim({{ regex_replace('parents', '[^0-9A-Za-z_.:/@+-]+', ' ') }}), ''
        ) as parent_shas
    from source
),

ranked as (
    select
        *,
        row_number() over (
            partition by known_repository, sha
            order by loaded_at desc, row_number desc, import_id desc
        ) as version_rank
    from parted
),

final as (
    select
        coalesce(vendor, 'import') as vendor,
        known_repository as repository,
        sha,
        tree_sha,
        parent_shas,
        author_name,
        author_email,
        committer_name,
        committer_email,
        subject,
        additions as added_line_count,
        deletions as deleted_line_count,
        changed_files as changed_file_count,
        is_fix,
        coalesce(is_merge, parent_shas like '% %', false) as is_merge,
        cast(coalesce(authored_at, committed_at) as timestamp) as authored_at,
        cast(committed_at as timestamp) as committed_at,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
