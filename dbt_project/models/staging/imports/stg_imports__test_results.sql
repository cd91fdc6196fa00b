with imported as (
    {{ imported_rows('test_results') }}
),

source as (
    select
        *,
        coalesce(vendor, 'import') as known_vendor,
        {{ surrogate_key([
            "coalesce(vendor, 'import')", 'known_repository', 'run_id', 'coalesce(run_attempt, 0)',
            'job_id', 'job_name', 'head_sha', 'class_name', 'name', 'parameters'
        ]) }} as case_key
    from imported
),

-- Without a number, tries of a test are in the order of the rows.
numbered as (
    select
        *,
        coalesce(
            retry_index,
            row_number() over (
                partition by import_id, case_key order by row_number
            ) - 1
        ) as known_retry_index
    from source
),

ranked as (
    select
        *,
        row_number() over (
            partition by case_key, known_retry_index
            order by loaded_at desc, row_number desc, import_id desc
        ) as version_rank
    from numbered
),

final as (
    select
        known_vendor as vendor,
        {{ surrogate_key([
            'import_id', 'known_vendor', 'known_repository', 'run_id', 'run_attempt', 'job_id',
            'job_name', 'head_sha'
        ]) }} as report_id,
        row_number as case_index,
        cast(0 as bigint) as suite_index,
        known_repository as repository,
        run_id,
        run_attempt,
        job_id,
        job_name,
        head_sha,
        source_file,
        class_name as suite_path,
        class_name as suite_name,
        class_name,
        name as test_name,
        parameters,
        file,
        line,
        coalesce(status, case when is_failed then 'failed' else 'passed' end) as verdict,
        failure_type,
        failure_message,
        cast(null as string) as failure_details,
        case
            when coalesce(failure_type, failure_message) is not null
                then {{ surrogate_key(['failure_type', 'failure_message']) }}
        end as failure_hash,
        owner_tag,
        duration_seconds,
        known_retry_index as retry_index,
        coalesce(
            is_final,
            known_retry_index = max(known_retry_index) over (partition by case_key)
        ) as is_final,
        false as is_synthetic,
        cast(started_at as timestamp) as started_at,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
