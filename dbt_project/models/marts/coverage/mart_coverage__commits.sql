with files as (
    select * from {{ ref('fct_coverage_files') }}
),

counted as (
    select
        repository_key,
        repository,
        head_sha,
        is_complete,
        is_default_branch,
        commit_date,
        commit_at,
        count(*) as file_count,
        max(upload_count) as upload_count,
        cast(sum(valid_line_count) as bigint) as valid_line_count,
        cast(sum(covered_line_count) as bigint) as covered_line_count,
        cast(sum(partial_line_count) as bigint) as partial_line_count,
        cast(sum(valid_branch_count) as bigint) as valid_branch_count,
        cast(sum(covered_branch_count) as bigint) as covered_branch_count
    from files
    group by
        repository_key, repository, head_sha, is_complete, is_default_branch, commit_date,
        commit_at
),

ratios as (
    select
        *,
        cast(covered_line_count as double) / nullif(valid_line_count, 0)
            as global_coverage_ratio,
        cast(covered_branch_count as double) / nullif(valid_branch_count, 0)
            as branch_coverage_ratio
    from counted
),

-- Compared with the complete commit before it on the same branch line.
final as (
    select
        {{ surrogate_key(['repository', 'head_sha']) }} as coverage_commit_key,
        repository_key,
        repository,
        head_sha,
        file_count,
        upload_count,
        valid_line_count,
        covered_line_count,
        partial_line_count,
        valid_branch_count,
        covered_branch_count,
        global_coverage_ratio,
        branch_coverage_ratio,
        case
            when is_complete and is_default_branch
                then global_coverage_ratio - lag(global_coverage_ratio) over (
                    partition by repository, is_complete, is_default_branch
                    order by commit_at, head_sha
                )
        end as coverage_change_ratio,
        is_complete,
        is_default_branch,
        is_complete
        and is_default_branch
        and row_number() over (
            partition by repository, is_complete, is_default_branch
            order by commit_at desc, head_sha asc
        ) = 1 as is_newest_complete,
        commit_date,
        commit_at
    from ratios
)

select * from final
