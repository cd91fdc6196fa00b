with imported as (
    {{ imported_rows('coverage') }}
),

source as (
    select
        *,
        coalesce(vendor, 'import') as known_vendor
    from imported
),

ranked as (
    select
        *,
        row_number() over (
            partition by
                known_vendor, known_repository, run_id, run_attempt, job_id, head_sha, upload_name,
                path, line
            order by loaded_at desc, row_number desc, import_id desc
        ) as version_rank
    from source
),

final as (
    select
        known_vendor as vendor,
        {{ surrogate_key([
            'known_vendor', 'known_repository', 'run_id', 'run_attempt', 'job_id', 'head_sha',
            'upload_name'
        ]) }} as report_id,
        known_repository as repository,
        run_id,
        run_attempt,
        job_id,
        head_sha,
        upload_name,
        path,
        source_file,
        line,
        hits,
        lines_valid,
        lines_covered,
        branches_valid,
        branches_covered,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
