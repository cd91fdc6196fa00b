with lines as (
    select * from {{ ref('stg_git_history__blamed_lines') }}
),

commits as (
    select * from {{ ref('int_commits_classified') }}
    where is_on_default_branch and not is_merge
),

limits as (
    select max(parameter_value) as minimum_line_ratio
    from {{ ref('rule_parameters') }}
    where rule_name = 'defect_link' and parameter = 'minimum_line_ratio'
),

files as (
    select
        repository,
        fix_sha,
        path,
        max(kept_line_count) as kept_line_count
    from lines
    group by repository, fix_sha, path
),

fixes as (
    select
        repository,
        fix_sha,
        cast(sum(kept_line_count) as bigint) as kept_line_count
    from files
    group by repository, fix_sha
),

origins as (
    select
        repository,
        fix_sha,
        origin_sha,
        cast(sum(blamed_line_count) as bigint) as blamed_line_count
    from lines
    group by repository, fix_sha, origin_sha
),

-- What came in together with its fix was never a defect of the default branch.
ranked as (
    select
        origins.*,
        fixes.kept_line_count,
        cast(origins.blamed_line_count as double) / nullif(fixes.kept_line_count, 0)
            as blamed_line_ratio,
        row_number() over (
            partition by origins.repository, origins.fix_sha
            order by
                origins.blamed_line_count desc,
                commits.default_branch_position desc,
                origins.origin_sha asc
        ) as origin_rank
    from origins
    inner join fixes
        on origins.repository = fixes.repository and origins.fix_sha = fixes.fix_sha
    inner join commits as mended
        on origins.repository = mended.repository and origins.fix_sha = mended.sha
    inner join commits
        on origins.repository = commits.repository and origins.origin_sha = commits.sha
    where
        mended.is_fix
        and commits.default_branch_position < mended.default_branch_position
),

final as (
    select
        ranked.*,
        ranked.origin_rank = 1 or ranked.blamed_line_ratio >= limits.minimum_line_ratio
            as is_likely
    from ranked
    cross join limits
)

select * from final
