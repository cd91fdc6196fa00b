with files as (
    select * from {{ ref('fct_coverage_changes') }}
),

changes as (
    select * from {{ ref('fct_changes') }}
),

commits as (
    select * from {{ ref('mart_coverage__commits') }}
    where is_complete
),

limits as (
    select max(parameter_value) as tolerance
    from {{ ref('rule_parameters') }}
    where rule_name = 'coverage_regression' and parameter = 'tolerance'
),

summed as (
    select
        change_key,
        max(base_sha) as base_sha,
        count(*) as changed_file_count,
        cast(sum(changed_line_count) as bigint) as changed_line_count,
        cast(sum(coverable_line_count) as bigint) as coverable_line_count,
        cast(sum(hit_line_count) as bigint) as hit_line_count,
        cast(sum(partial_line_count) as bigint) as partial_line_count,
        cast(sum(missed_line_count) as bigint) as missed_line_count,
        cast(sum(valid_branch_count) as bigint) as valid_branch_count,
        cast(sum(covered_branch_count) as bigint) as covered_branch_count,
        max(case when is_commit_reported then 1 else 0 end) = 1 as is_commit_reported,
        max(case when is_complete then 1 else 0 end) = 1 as is_complete
    from files
    group by change_key
),

final as (
    select
        changes.change_key,
        changes.repository_key,
        changes.team_key,
        changes.vendor,
        changes.repository,
        changes.pull_request_number,
        changes.head_sha,
        summed.base_sha,
        changes.is_merged,
        summed.changed_file_count,
        summed.changed_line_count,
        summed.coverable_line_count,
        summed.hit_line_count,
        summed.partial_line_count,
        summed.missed_line_count,
        summed.valid_branch_count,
        summed.covered_branch_count,
        cast(summed.hit_line_count + summed.partial_line_count as double)
        / nullif(summed.coverable_line_count, 0) as changed_code_coverage_ratio,
        cast(summed.hit_line_count as double) / nullif(summed.coverable_line_count, 0)
            as patch_coverage_ratio,
        cast(
            summed.hit_line_count
            + summed.partial_line_count
            + coalesce(summed.covered_branch_count, 0) as double
        )
        / nullif(summed.coverable_line_count + coalesce(summed.valid_branch_count, 0), 0)
            as branch_weighted_coverage_ratio,
        bases.global_coverage_ratio as base_coverage_ratio,
        heads.global_coverage_ratio as head_coverage_ratio,
        heads.global_coverage_ratio - bases.global_coverage_ratio as coverage_difference_ratio,
        case
            when not summed.is_commit_reported then 'no_report'
            when summed.coverable_line_count = 0 then 'nothing_coverable'
            else 'reported'
        end as coverage_state,
        summed.is_complete,
        heads.global_coverage_ratio < bases.global_coverage_ratio - limits.tolerance
            as is_coverage_regression,
        changes.created_date,
        changes.merged_date,
        changes.merged_at
    from summed
    inner join changes
        on summed.change_key = changes.change_key
    cross join limits
    left join commits as bases
        on changes.repository = bases.repository and summed.base_sha = bases.head_sha
    left join commits as heads
        on changes.repository = heads.repository and changes.head_sha = heads.head_sha
)

select * from final
