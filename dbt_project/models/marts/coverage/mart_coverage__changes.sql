with files as (
    select * from {{ ref('fct_coverage_changes') }}
),

-- A change that only deletes has no line to cover, but may lower what is covered.
changes as (
    select * from {{ ref('fct_changes') }}
    where merge_base_sha is not null
),

commits as (
    select * from {{ ref('mart_coverage__commits') }}
),

-- An earlier state of a change may have a report when its head has none.
earlier as (
    select links.change_key
    from {{ ref('bridge_changes_commits') }} as links
    inner join commits
        on links.repository = commits.repository and links.sha = commits.head_sha
    where links.link_rule = 'listed'
    group by links.change_key
),

limits as (
    select max(parameter_value) as tolerance
    from {{ ref('rule_parameters') }}
    where rule_name = 'coverage_regression' and parameter = 'tolerance'
),

summed as (
    select
        change_key,
        count(*) as changed_file_count,
        cast(sum(changed_line_count) as bigint) as changed_line_count,
        cast(sum(coverable_line_count) as bigint) as coverable_line_count,
        cast(sum(hit_line_count) as bigint) as hit_line_count,
        cast(sum(partial_line_count) as bigint) as partial_line_count,
        cast(sum(missed_line_count) as bigint) as missed_line_count,
        cast(sum(valid_branch_count) as bigint) as valid_branch_count,
        cast(sum(covered_branch_count) as bigint) as covered_branch_count
    from files
    group by change_key
),

-- Without a report of exactly the head nothing is known, and nothing is 0.
counted as (
    select
        changes.*,
        heads.is_complete,
        coalesce(summed.changed_file_count, 0) as changed_code_file_count,
        coalesce(summed.changed_line_count, 0) as changed_line_count,
        {% for column in ['coverable', 'hit', 'partial', 'missed'] -%}
            case
                when heads.head_sha is not null then coalesce(summed.{{ column }}_line_count, 0)
            end as {{ column }}_line_count,
        {% endfor -%}
        summed.valid_branch_count,
        summed.covered_branch_count,
        case when bases.is_complete then bases.global_coverage_ratio end as base_coverage_ratio,
        case when heads.is_complete then heads.global_coverage_ratio end as head_coverage_ratio
    from changes
    left join summed
        on changes.change_key = summed.change_key
    left join commits as bases
        on
            changes.repository = bases.repository
            and changes.merge_base_sha = bases.head_sha
    left join commits as heads
        on changes.repository = heads.repository and changes.head_sha = heads.head_sha
),

final as (
    select
        counted.change_key,
        counted.repository_key,
        counted.team_key,
        counted.vendor,
        counted.repository,
        counted.pull_request_number,
        counted.head_sha,
        counted.merge_base_sha as base_sha,
        counted.is_merged,
        counted.changed_code_file_count as changed_file_count,
        counted.changed_line_count,
        counted.coverable_line_count,
        counted.hit_line_count,
        counted.partial_line_count,
        counted.missed_line_count,
        counted.valid_branch_count,
        counted.covered_branch_count,
        cast(counted.hit_line_count + counted.partial_line_count as double)
        / nullif(counted.coverable_line_count, 0) as changed_code_coverage_ratio,
        cast(counted.hit_line_count as double) / nullif(counted.coverable_line_count, 0)
            as patch_coverage_ratio,
        cast(
            counted.hit_line_count
            + counted.partial_line_count
            + coalesce(counted.covered_branch_count, 0) as double
        )
        / nullif(counted.coverable_line_count + coalesce(counted.valid_branch_count, 0), 0)
            as branch_weighted_coverage_ratio,
        counted.base_coverage_ratio,
        counted.head_coverage_ratio,
        counted.head_coverage_ratio - counted.base_coverage_ratio as coverage_difference_ratio,
        case
            when counted.coverable_line_count > 0 then 'reported'
            when counted.coverable_line_count = 0 then 'nothing_coverable'
            when earlier.change_key is not null then 'stale'
            else 'no_report'
        end as coverage_state,
        coalesce(counted.is_complete, false) as is_complete,
        {{ nine_digits('counted.base_coverage_ratio - counted.head_coverage_ratio') }}
        > limits.tolerance as is_coverage_regression,
        counted.created_date,
        counted.merged_date,
        counted.merged_at
    from counted
    cross join limits
    left join earlier
        on counted.change_key = earlier.change_key
)

select * from final
