-- A defect is of the change that its origin came with, however the change was merged.
with origins as (
    select
        coalesce(commits.change_key, commits.commit_key) as change_key,
        max(bridge.link_confidence) as link_confidence,
        min(bridge.fixed_at) as first_fixed_at
    from {{ ref('bridge_fixes_origins') }} as bridge
    inner join {{ ref('fct_commits') }} as commits
        on bridge.origin_commit_key = commits.commit_key
    group by coalesce(commits.change_key, commits.commit_key)
),

dates as (
    select max(calendar_date) as last_date from {{ ref('dim_dates') }}
),

weights as (
    select
        {% for component in ['intercept', 'lines_added', 'files', 'is_fix'] -%}
            max(case when component = '{{ component }}' then weight end) as {{ component }},
        {% endfor -%}
        max(weight_version) as weight_version
    from {{ ref('score_weights') }}
    where score = 'change_risk'
),

limits as (
    select
        max(case when parameter = 'calibration_days' then parameter_value end) as window_days,
        max(case when parameter = 'minimum_changes' then parameter_value end) as minimum_changes,
        max(case when parameter = 'minimum_defects' then parameter_value end) as minimum_defects
    from {{ ref('rule_parameters') }}
    where rule_name = 'change_risk'
),

scored as (
    select
        subjects.*,
        origins.link_confidence as defect_confidence,
        origins.first_fixed_at,
        origins.change_key is not null as is_defective,
        weights.weight_version,
        weights.intercept as given_intercept,
        weights.lines_added * ln(1 + subjects.added_line_count)
        + weights.files * ln(1 + subjects.changed_file_count) as size_log_odds,
        case when subjects.is_fix then weights.is_fix else 0 end as fix_log_odds,
        weights.intercept
        + weights.lines_added * ln(1 + subjects.added_line_count)
        + weights.files * ln(1 + subjects.changed_file_count)
        + case when subjects.is_fix then weights.is_fix else 0 end as log_odds,
        subjects.is_landed
        and {{ days_between('subjects.changed_date', 'dates.last_date') }} < limits.window_days
            as is_in_window
    from {{ ref('mart_risk__change_subjects') }} as subjects
    cross join weights
    cross join limits
    cross join dates
    left join origins
        on subjects.change_key = origins.change_key and subjects.is_landed
),

-- Prior correction, then two steps of Newton's method: the mean of p becomes the rate itself.
rates as (
    select
        repository_key,
        count(*) as change_count,
        count(*) filter (where is_defective) as defect_count,
        cast(count(*) filter (where is_defective) as double) / count(*) as rate,
        {{ exact_mean(logistic('log_odds')) }} as mean_chance
    from scored
    where is_in_window and log_odds is not null
    group by repository_key
),

starts as (
    select
        rates.*,
        ln(rates.rate / (1 - rates.rate))
        - ln(rates.mean_chance / (1 - rates.mean_chance)) as shift
    from rates
    cross join limits
    where
        rates.change_count >= limits.minimum_changes
        and rates.defect_count >= limits.minimum_defects
        and rates.defect_count < rates.change_count
),

first_steps as (
    select
        starts.repository_key,
        max(starts.shift)
        - ({{ exact_mean(logistic('scored.log_odds + starts.shift')) }} - max(starts.rate))
        / {{ exact_mean(
            logistic('scored.log_odds + starts.shift')
            ~ ' * (1 - ' ~ logistic('scored.log_odds + starts.shift') ~ ')'
        ) }} as shift
    from starts
    inner join scored
        on starts.repository_key = scored.repository_key
    where scored.is_in_window and scored.log_odds is not null
    group by starts.repository_key
),

shifts as (
    select
        starts.repository_key,
        max(steps.shift)
        - ({{ exact_mean(logistic('scored.log_odds + steps.shift')) }} - max(starts.rate))
        / {{ exact_mean(
            logistic('scored.log_odds + steps.shift')
            ~ ' * (1 - ' ~ logistic('scored.log_odds + steps.shift') ~ ')'
        ) }} as shift
    from starts
    inner join first_steps as steps
        on starts.repository_key = steps.repository_key
    inner join scored
        on starts.repository_key = scored.repository_key
    where scored.is_in_window and scored.log_odds is not null
    group by starts.repository_key
),

final as (
    select
        scored.change_key,
        {{ nine_digits('scored.given_intercept + coalesce(shifts.shift, 0)') }}
            as intercept_log_odds,
        scored.size_log_odds,
        scored.fix_log_odds,
        {{ nine_digits(logistic('scored.log_odds + coalesce(shifts.shift, 0)')) }} as change_risk,
        coalesce(rates.change_count, 0) as calibration_change_count,
        coalesce(rates.defect_count, 0) as calibration_defect_count,
        case when shifts.shift is null then 'given' else 'recalibrated' end as calibration_state,
        scored.weight_version,
        scored.defect_confidence,
        scored.is_defective,
        scored.first_fixed_at
    from scored
    left join rates
        on scored.repository_key = rates.repository_key
    left join shifts
        on scored.repository_key = shifts.repository_key
)

select * from final
