with changes as (
    select * from {{ ref('mart_coverage__changes') }}
    where is_merged and changed_code_coverage_ratio is not null
),

changed_files as (
    select * from {{ ref('fct_coverage_changes') }}
),

commits as (
    select * from {{ ref('fct_commits') }}
    where is_fix and is_on_default_branch and not is_merge
),

dates as (
    select max(calendar_date) as last_date from {{ ref('dim_dates') }}
),

limits as (
    select
        max(case when parameter = 'follow_up_days' then parameter_value end) as follow_up_days,
        max(case when parameter = 'minimum_changes' then parameter_value end) as minimum_count
    from {{ ref('rule_parameters') }}
    where rule_name = 'defect_correlation'
),

fixes as (
    select
        commit_files.file_key,
        commits.commit_key,
        commits.change_key,
        commits.committed_at,
        commits.committed_date
    from commits
    inner join {{ ref('fct_commit_files') }} as commit_files
        on commits.commit_key = commit_files.commit_key
),

-- Only changes that had their whole time to fail. By a clock that is ahead their own fix is later.
followed as (
    select
        changes.change_key,
        changes.repository_key,
        changes.repository,
        coalesce(repositories.organisation, 'all') as organisation,
        changes.changed_code_coverage_ratio,
        count(distinct case
            when
                {{ days_between('changes.merged_date', 'fixes.committed_date') }}
                <= limits.follow_up_days
                then fixes.commit_key
        end) as later_fix_count
    from changes
    cross join dates
    cross join limits
    inner join {{ ref('dim_repositories') }} as repositories
        on changes.repository_key = repositories.repository_key
    inner join changed_files
        on changes.change_key = changed_files.change_key
    left join fixes
        on
            changed_files.file_key = fixes.file_key
            and changes.merged_at < fixes.committed_at
            and coalesce(changes.change_key <> fixes.change_key, true)
    where {{ days_between('changes.merged_date', 'dates.last_date') }} >= limits.follow_up_days
    group by
        changes.change_key, changes.repository_key, changes.repository,
        coalesce(repositories.organisation, 'all'), changes.changed_code_coverage_ratio
),

entities as (
    select
        'repository' as grain,
        repository_key,
        repository as entity,
        changed_code_coverage_ratio,
        later_fix_count
    from followed
    union all
    select
        'organisation' as grain,
        cast(null as string) as repository_key,
        organisation as entity,
        changed_code_coverage_ratio,
        later_fix_count
    from followed
),

-- Equal values share the mean of their ranks. Ranks are taken from their middle: sums of halves
-- are exact, whatever the order of the rows.
ranked as (
    select
        *,
        rank() over (partition by grain, entity order by changed_code_coverage_ratio)
        + count(*) over (partition by grain, entity, changed_code_coverage_ratio) / 2.0e0
        - count(*) over (partition by grain, entity) / 2.0e0 - 1 as coverage_rank,
        rank() over (partition by grain, entity order by later_fix_count)
        + count(*) over (partition by grain, entity, later_fix_count) / 2.0e0
        - count(*) over (partition by grain, entity) / 2.0e0 - 1 as fix_rank
    from entities
),

-- Where one side is the same everywhere there is nothing to correlate.
correlated as (
    select
        grain,
        entity,
        max(repository_key) as repository_key,
        count(*) as change_count,
        cast(sum(later_fix_count) as bigint) as later_fix_count,
        {{ nine_digits(
            'sum(coverage_rank * fix_rank) / nullif('
            ~ 'sqrt(sum(coverage_rank * coverage_rank) * sum(fix_rank * fix_rank)), 0)'
        ) }} as spearman
    from ranked
    group by grain, entity
),

-- Fisher's transformation with the variance for ranks of Fieller, Hartley and Pearson (1957).
final as (
    select
        {{ surrogate_key(['correlated.grain', 'correlated.entity']) }} as correlation_key,
        correlated.repository_key,
        correlated.grain,
        correlated.entity,
        case
            when correlated.change_count >= limits.minimum_count then correlated.spearman
        end as coverage_to_defect_correlation,
        case
            when correlated.change_count >= limits.minimum_count and abs(correlated.spearman) < 1
                then {{ fisher_limit('correlated.spearman', 'correlated.change_count', '-') }}
        end as lower_correlation,
        case
            when correlated.change_count >= limits.minimum_count and abs(correlated.spearman) < 1
                then {{ fisher_limit('correlated.spearman', 'correlated.change_count', '+') }}
        end as upper_correlation,
        correlated.change_count,
        correlated.later_fix_count,
        case
            when correlated.change_count < limits.minimum_count then 'too_few_changes'
            when correlated.spearman is null then 'no_variation'
            else 'measured'
        end as correlation_state,
        dates.last_date as measured_date
    from correlated
    cross join limits
    cross join dates
)

select * from final
