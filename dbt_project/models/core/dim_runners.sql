with jobs as (
    select * from {{ ref('fct_job_attempts') }}
    where started_at is not null
),

final as (
    select
        runner_key,
        vendor,
        coalesce(runner_group_name, 'unknown') as runner_group_name,
        coalesce(runner_labels, '[]') as runner_labels,
        min({{ operating_system('runner_labels') }}) as operating_system,
        count(distinct runner_name) as runner_count,
        max(case when lower(runner_labels) like '%self-hosted%' then 1 else 0 end) = 1
            as is_self_hosted,
        min(started_at) as first_seen_at,
        max(started_at) as last_seen_at
    from jobs
    group by
        runner_key, vendor, coalesce(runner_group_name, 'unknown'), coalesce(runner_labels, '[]')
)

select * from final
