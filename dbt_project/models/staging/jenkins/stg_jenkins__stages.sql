with source as (
    select * from {{ source('raw_jenkins', 'stages') }}
),

-- What is over outranks what was still running, then the fuller kind of answer counts.
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
        {{ fullest('pipeline_path') }} as pipeline_path,
        build_id,
        {{ fullest('build_number') }} as build_number,
        stage_id,
        {{ fullest('name') }} as stage_name,
        {{ fullest('stage_index') }} as stage_index,
        {{ fullest('kind') }} as stage_kind,
        {{ fullest('parent_stage_id') }} as parent_stage_id,
        {{ fullest('status') }} as vendor_status,
        {{ fullest('conclusion') }} as vendor_conclusion,
        {{ fullest('error_type') }} as error_type,
        {{ fullest('agent_name') }} as agent_name,
        {{ fullest('duration_seconds') }} as duration_seconds,
        {{ fullest('pause_seconds') }} as pause_seconds,
        {{ fullest('queue_seconds') }} as queue_seconds,
        {{ fullest('cast(started_at as timestamp)') }} as started_at,
        {{ fullest('cast(finished_at as timestamp)') }} as finished_at,
        {{ fullest('cast(updated_at as timestamp)') }} as updated_at,
        max(cast(loaded_at as timestamp)) as loaded_at
    from versions
    group by server, build_id, stage_id
)

select * from final
