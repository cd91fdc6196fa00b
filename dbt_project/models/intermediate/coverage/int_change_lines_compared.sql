with changes as (
    select * from {{ ref('int_changes_compared') }}
),

hunks as (
    select * from {{ ref('stg_changed_lines__hunks') }}
),

final as (
    select
        changes.change_key,
        {{ surrogate_key(['changes.repository', 'changes.head_sha', 'hunks.path']) }}
            as coverage_file_key,
        changes.repository,
        changes.head_sha,
        changes.base_sha,
        hunks.path,
        hunks.previous_path,
        hunks.change_type,
        hunks.first_line,
        hunks.line_count,
        hunks.loaded_at
    from changes
    inner join hunks
        on
            changes.repository = hunks.repository
            and changes.head_sha = hunks.head_sha
            and changes.base_sha = hunks.base_sha
)

select * from final
