with comparisons as (
    select * from {{ ref('stg_changed_lines__comparisons') }}
    where named_by = 'change' and is_whole
),

hunks as (
    select * from {{ ref('stg_changed_lines__hunks') }}
),

changes as (
    select * from {{ ref('int_changes_united') }}
),

ranked as (
    select
        changes.vendor,
        changes.repository,
        changes.pull_request_number,
        comparisons.head_sha,
        comparisons.base_sha,
        row_number() over (
            partition by changes.vendor, changes.repository, changes.pull_request_number
            order by comparisons.loaded_at desc, comparisons.named_base_sha desc
        ) as comparison_rank
    from changes
    inner join comparisons
        on
            changes.repository = comparisons.repository
            and changes.head_sha = comparisons.head_sha
),

final as (
    select
        {{ surrogate_key([
            'ranked.vendor', 'ranked.repository', 'ranked.pull_request_number'
        ]) }} as change_key,
        {{ surrogate_key(['ranked.repository', 'ranked.head_sha', 'hunks.path']) }}
            as coverage_file_key,
        ranked.repository,
        ranked.head_sha,
        ranked.base_sha,
        hunks.path,
        hunks.previous_path,
        hunks.change_type,
        hunks.first_line,
        hunks.line_count,
        hunks.loaded_at
    from ranked
    inner join hunks
        on
            ranked.repository = hunks.repository
            and ranked.head_sha = hunks.head_sha
            and ranked.base_sha = hunks.base_sha
    where ranked.comparison_rank = 1
)

select * from final
