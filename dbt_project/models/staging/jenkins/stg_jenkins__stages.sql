with source as (
    select * from {{ source('raw_jenkins', 'stages') }}
),

-- Several kinds of answers tell of the same thing; what is over outranks what was still running,
-- then the fuller kind counts, and what it leaves open is filled from the others.
versions as (
    select
        *,
        row_number() over (
            partition by server, build_id, stage_id
            order by
                case when status = 'building' then 0 else 1 end asc,
                detail_rank asc,
                updated_at asc nulls first,
                loaded_at asc,
                payload asc
        ) as version_number
    from source
),

final as (
    select
        server,
        max_by(pipeline_path, version_number)
        filter (where pipeline_path is not null) as pipeline_path,
        build_id,
        max_by(build_number, version_number)
        filter (where build_number is not null) as build_number,
        stage_id,
        max_by(name, version_number) filter (where name is not null) as stage_name,
        max_by(stage_index, version_number) filter (where stage_index is not null) as stage_index,
        max_by(kind, version_number) filter (where kind is not null) as stage_kind,
        max_by(parent_stage_id, version_number)
        filter (where parent_stage_id is not null)
            as parent_stage_id,
        max_by(status, version_number) filter (where status is not null) as vendor_status,
        max_by(conclusion, version_number)
        filter (where conclusion is not null) as vendor_conclusion,
        max_by(error_type, version_number) filter (where error_type is not null) as error_type,
        max_by(agent_name, version_number) filter (where agent_name is not null) as agent_name,
        max_by(duration_seconds, version_number)
        filter (where duration_seconds is not null)
            as duration_seconds,
        max_by(pause_seconds, version_number)
        filter (where pause_seconds is not null) as pause_seconds,
        max_by(queue_seconds, version_number)
        filter (where queue_seconds is not null) as queue_seconds,
        max_by(cast(started_at as timestamp), version_number)
        filter (where started_at is not null)
            as started_at,
        max_by(cast(finished_at as timestamp), version_number)
        filter (where finished_at is not null)
            as finished_at,
        max_by(cast(updated_at as timestamp), version_number)
        filter (where updated_at is not null)
            as updated_at,
        max(cast(loaded_at as timestamp)) as loaded_at
    from versions
    group by server, build_id, stage_id
)

select * from final
