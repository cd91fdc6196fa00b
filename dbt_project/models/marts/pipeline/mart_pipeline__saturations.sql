with loads as (
    select * from {{ ref('mart_pipeline__runner_load') }}
),

jobs as (
    select
        *,
        {{ day_of_iso_week('created_date') }} * 24
        + extract(hour from {{ business_time('created_at') }}) as hour_of_week
    from {{ ref('fct_job_attempts') }}
    where queue_seconds is not null and created_date is not null
),

parameters as (
    select
        {% for name in [
            'saturated_load', 'onset_share', 'onset_days', 'calm_share', 'calm_days', 'days_after',
            'days_before', 'minimum_jobs'] -%}
            max(case when parameter = '{{ name }}' then parameter_value end) as {{ name }},
        {% endfor -%}
        max(case when parameter = 'minimum_ratio' then parameter_value end) as minimum_ratio
    from {{ ref('rule_parameters') }}
    where rule_name = 'saturation'
),

-- Days on which something ran, with the share of their busy quarter hours that were full.
active_days as (
    select
        loads.runner_key,
        loads.quarter_date,
        max(loads.vendor) as vendor,
        max(loads.runner_group_name) as runner_group_name,
        max(loads.runner_labels) as runner_labels,
        max(loads.capacity_count) as capacity_count,
        cast(count(*) filter (where loads.load_ratio >= parameters.saturated_load) as double)
        / count(*) as saturated_ratio,
        row_number() over (partition by loads.runner_key order by loads.quarter_date) as day_number
    from loads
    cross join parameters
    where loads.busy_seconds > 0
    group by loads.runner_key, loads.quarter_date
),

-- A day that begins so many full days, after so many calm ones.
onsets as (
    select
        first_day.runner_key,
        first_day.quarter_date,
        max(first_day.vendor) as vendor,
        max(first_day.runner_group_name) as runner_group_name,
        max(first_day.runner_labels) as runner_labels,
        max(first_day.capacity_count) as capacity_count,
        {{ nine_digits(
            'avg(case when near.day_number >= first_day.day_number then near.saturated_ratio end)'
        ) }} as mean_after,
        max(case when near.day_number < first_day.day_number then near.saturated_ratio end)
            as most_before
    from active_days as first_day
    cross join parameters
    inner join active_days as near
        on
            first_day.runner_key = near.runner_key
            and first_day.day_number - near.day_number <= parameters.calm_days
            and near.day_number - first_day.day_number < parameters.onset_days
    group by first_day.runner_key, first_day.quarter_date
    having
        count(*) = max(parameters.calm_days + parameters.onset_days)
        and min(case when near.day_number >= first_day.day_number then near.saturated_ratio end)
        >= max(parameters.onset_share)
        and max(case when near.day_number < first_day.day_number then near.saturated_ratio end)
        < max(parameters.calm_share)
),

-- Hours of the week are compared with themselves: those in which jobs waited before and after.
hours as (
    select
        onsets.runner_key,
        onsets.quarter_date,
        jobs.hour_of_week,
        count(case when jobs.created_date >= onsets.quarter_date then 1 end) as after_count,
        count(case when jobs.created_date < onsets.quarter_date then 1 end) as before_count,
        {{ exact_sum('jobs.queue_seconds', 'jobs.created_date >= onsets.quarter_date') }}
            as after_seconds,
        {{ exact_sum('jobs.queue_seconds', 'jobs.created_date < onsets.quarter_date') }}
            as before_seconds
    from onsets
    cross join parameters
    inner join jobs
        on
            onsets.runner_key = jobs.runner_key
            and {{ days_between('onsets.quarter_date', 'jobs.created_date') }}
            >= -parameters.days_before
            and {{ days_between('onsets.quarter_date', 'jobs.created_date') }}
            < parameters.days_after
    group by onsets.runner_key, onsets.quarter_date, jobs.hour_of_week
),

compared as (
    select
        runner_key,
        quarter_date,
        sum(after_count) as job_count,
        sum(before_count) as previous_job_count,
        {{ exact_sum('after_seconds') }} / sum(after_count) as queue_mean_seconds,
        {{ exact_sum('after_count * before_seconds / before_count') }} / sum(after_count)
            as previous_queue_mean_seconds
    from hours
    where after_count > 0 and before_count > 0
    group by runner_key, quarter_date
),

final as (
    select
        {{ surrogate_key(['onsets.runner_key', 'onsets.quarter_date']) }} as saturation_key,
        onsets.runner_key,
        onsets.vendor,
        onsets.runner_group_name,
        onsets.runner_labels,
        onsets.capacity_count,
        coalesce(cast(compared.job_count as bigint), 0) as job_count,
        coalesce(cast(compared.previous_job_count as bigint), 0) as previous_job_count,
        onsets.mean_after as saturated_ratio,
        onsets.most_before as previous_saturated_ratio,
        compared.queue_mean_seconds,
        compared.previous_queue_mean_seconds,
        compared.queue_mean_seconds / nullif(compared.previous_queue_mean_seconds, 0)
            as queue_growth_ratio,
        case
            when compared.runner_key is null then 'too_few_jobs'
            when compared.job_count < parameters.minimum_jobs then 'too_few_jobs'
            when compared.previous_job_count < parameters.minimum_jobs then 'too_few_jobs'
            when compared.previous_queue_mean_seconds = 0 then 'no_queue_before'
            when
                compared.queue_mean_seconds
                < parameters.minimum_ratio * compared.previous_queue_mean_seconds
                then 'grew_little'
            else 'queue_grew'
        end as saturation_state,
        onsets.quarter_date as onset_date
    from onsets
    cross join parameters
    left join compared
        on
            onsets.runner_key = compared.runner_key
            and onsets.quarter_date = compared.quarter_date
)

select * from final
