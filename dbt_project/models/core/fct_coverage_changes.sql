with hunks as (
    select * from {{ ref('int_change_lines_compared') }}
),

changes as (
    select * from {{ ref('fct_changes') }}
),

coverage_files as (
    select * from {{ ref('fct_coverage_files') }}
),

coverage_lines as (
    select * from {{ ref('fct_coverage_lines') }}
),

reported as (
    select
        repository,
        head_sha,
        max(case when is_complete then 1 else 0 end) = 1 as is_complete
    from coverage_files
    group by repository, head_sha
),

changed as (
    select
        change_key,
        coverage_file_key,
        repository,
        head_sha,
        base_sha,
        path,
        max(previous_path) as previous_path,
        max(change_type) as change_type,
        cast(sum(line_count) as bigint) as changed_line_count,
        max(loaded_at) as loaded_at
    from hunks
    group by change_key, coverage_file_key, repository, head_sha, base_sha, path
),

counted as (
    select
        hunks.change_key,
        hunks.coverage_file_key,
        count(*) as coverable_line_count,
        count(*) filter (
            where coverage_lines.is_covered
            and coalesce(coverage_lines.covered_branch_count, 0)
            < coalesce(coverage_lines.valid_branch_count, 0)
        ) as partial_line_count,
        count(*) filter (where not coverage_lines.is_covered) as missed_line_count,
        cast(sum(coverage_lines.valid_branch_count) as bigint) as valid_branch_count,
        cast(sum(coverage_lines.covered_branch_count) as bigint) as covered_branch_count
    from hunks
    inner join coverage_lines
        on
            hunks.coverage_file_key = coverage_lines.coverage_file_key
            and hunks.first_line <= coverage_lines.line
            and hunks.first_line + hunks.line_count > coverage_lines.line
    group by hunks.change_key, hunks.coverage_file_key
),

final as (
    select
        {{ surrogate_key(['changed.change_key', 'changed.path']) }} as coverage_change_key,
        changed.change_key,
        changes.repository_key,
        coverage_files.coverage_file_key,
        {{ surrogate_key(['changed.repository', 'changed.path']) }} as file_key,
        changed.repository,
        changed.head_sha,
        changed.base_sha,
        changed.path,
        changed.previous_path,
        changed.change_type,
        changed.changed_line_count,
        -- Without a report of exactly this commit nothing is known, and nothing is 0.
        case when reported.head_sha is not null then coalesce(counted.coverable_line_count, 0) end
            as coverable_line_count,
        case
            when reported.head_sha is not null
                then
                    coalesce(counted.coverable_line_count, 0)
                    - coalesce(counted.partial_line_count, 0)
                    - coalesce(counted.missed_line_count, 0)
        end as hit_line_count,
        case when reported.head_sha is not null then coalesce(counted.partial_line_count, 0) end
            as partial_line_count,
        case when reported.head_sha is not null then coalesce(counted.missed_line_count, 0) end
            as missed_line_count,
        counted.valid_branch_count,
        counted.covered_branch_count,
        coverage_files.coverage_file_key is not null as is_file_reported,
        reported.head_sha is not null as is_commit_reported,
        coalesce(reported.is_complete, false) as is_complete,
        changed.loaded_at
    from changed
    inner join changes
        on changed.change_key = changes.change_key
    left join counted
        on
            changed.change_key = counted.change_key
            and changed.coverage_file_key = counted.coverage_file_key
    left join reported
        on
            changed.repository = reported.repository
            and changed.head_sha = reported.head_sha
    left join coverage_files
        on changed.coverage_file_key = coverage_files.coverage_file_key
)

select * from final
