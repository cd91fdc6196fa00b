with imported as (
    {{ imported_rows('runs') }}
),

source as (
    select
        *,
        coalesce(vendor, 'import') as known_vendor,
        coalesce(run_attempt, 1) as known_attempt
    from imported
),

ranked as (
    select
        *,
        row_number() over (
            partition by known_vendor, known_repository, run_id, known_attempt
            order by loaded_at desc, row_number desc, import_id desc
        ) as version_rank
    from source
),

final as (
    select
        known_vendor as vendor,
        known_repository as repository,
        run_id,
        known_attempt as run_attempt,
        run_number,
        coalesce(workflow_name, 'imported') as workflow_name,
        workflow_path,
        environment,
        event,
        cast(null as string) as vendor_status,
        coalesce(result, 'neutral') as vendor_conclusion,
        vendor_result,
        cast(null as string) as cancel_reason,
        head_branch,
        head_sha,
        case when head_repository = repository then known_repository else head_repository end
            as head_repository,
        actor_login,
        cast(null as string) as actor_type,
        cast(null as string) as pull_request_numbers,
        parent_run_id,
        html_url,
        duration_seconds as vendor_duration_seconds,
        cast(null as double) as coverage_percent,
        cast(coalesce(created_at, started_at) as timestamp) as created_at,
        cast(started_at as timestamp) as run_started_at,
        {{ instant_after('started_at', 'duration_seconds', 'finished_at') }} as vendor_finished_at,
        coalesce(
            {{ instant_after('started_at', 'duration_seconds', 'finished_at') }},
            cast(started_at as timestamp)
        ) as updated_at,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
