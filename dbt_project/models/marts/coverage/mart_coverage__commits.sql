with files as (
    select * from {{ ref('fct_coverage_files') }}
),

critical_files as (
    select file_key from {{ ref('dim_files') }}
    where is_critical
),

counted as (
    select
        files.repository_key,
        files.repository,
        files.head_sha,
        files.upload_count,
        files.is_complete,
        files.is_default_branch,
        files.commit_date,
        files.commit_at,
        count(*) as file_count,
        cast(sum(files.valid_line_count) as bigint) as valid_line_count,
        cast(sum(files.covered_line_count) as bigint) as covered_line_count,
        cast(sum(files.partial_line_count) as bigint) as partial_line_count,
        cast(sum(files.valid_branch_count) as bigint) as valid_branch_count,
        cast(sum(files.covered_branch_count) as bigint) as covered_branch_count,
        cast(sum(
            case when critical_files.file_key is not null then files.valid_line_count end
        ) as bigint) as critical_valid_line_count,
        cast(sum(
            case when critical_files.file_key is not null then files.covered_line_count end
        ) as bigint) as critical_covered_line_count
    from files
    left join critical_files
        on files.file_key = critical_files.file_key
    group by
        files.repository_key, files.repository, files.head_sha, files.upload_count,
        files.is_complete, files.is_default_branch, files.commit_date, files.commit_at
),

ratios as (
    select
        *,
        cast(covered_line_count as double) / nullif(valid_line_count, 0)
            as global_coverage_ratio,
        cast(covered_branch_count as double) / nullif(valid_branch_count, 0)
            as branch_coverage_ratio,
        cast(critical_covered_line_count as double) / nullif(critical_valid_line_count, 0)
            as critical_path_coverage_ratio
    from counted
),

-- Compared with the complete commit before it on the same branch line. Of two at one moment the one
-- with the lower hash is the later one.
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
        critical_valid_line_count,
        critical_covered_line_count,
        global_coverage_ratio,
        branch_coverage_ratio,
        critical_path_coverage_ratio,
        case
            when is_complete and is_default_branch
                then global_coverage_ratio - lag(global_coverage_ratio) over (
                    partition by repository, is_complete, is_default_branch
                    order by commit_at asc, head_sha desc
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
        is_complete
        and is_default_branch
        and row_number() over (
            partition by repository, is_complete, is_default_branch, commit_date
            order by commit_at desc, head_sha asc
        ) = 1 as is_newest_of_day,
        commit_date,
        commit_at
    from ratios
)

select * from final
