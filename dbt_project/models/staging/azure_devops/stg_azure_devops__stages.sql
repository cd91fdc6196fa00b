with source as (
    select * from {{ source('raw_azure_devops', 'stages') }}
),

-- What is over outranks what was still running, then the fuller kind of answer counts. An attempt
-- that was over is never opened again: the next one is a record of its own.
versions as (
    select
        *,
        row_number() over (
            partition by server, stage_id
            order by
                case when is_running then 0 else 1 end asc,
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
        {{ fullest('build_id') }} as build_id,
        stage_id,
        {{ fullest('name') }} as stage_name,
        {{ fullest('stage_index') }} as stage_index,
        {{ fullest('kind') }} as stage_kind,
        {{ fullest('parent_stage_id') }} as parent_stage_id,
        {{ fullest('attempt') }} as attempt,
        {{ fullest('status') }} as vendor_status,
        {{ fullest('conclusion') }} as vendor_conclusion,
        {{ fullest('is_running') }} as is_running,
        {{ fullest('cast(started_at as timestamp)') }} as started_at,
        {{ fullest('cast(finished_at as timestamp)') }} as finished_at,
        {{ fullest('cast(updated_at as timestamp)') }} as updated_at,
        max(cast(loaded_at as timestamp)) as loaded_at
    from versions
    group by server, stage_id
)

select * from final
