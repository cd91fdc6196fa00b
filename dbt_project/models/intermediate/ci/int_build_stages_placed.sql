with stages as (
    select
        'jenkins' as vendor,
        server,
        build_id,
        1 as run_attempt,
        stage_id,
        stage_name,
        stage_index,
        vendor_status,
        vendor_conclusion,
        vendor_status = 'building' as is_running,
        started_at,
        finished_at,
        loaded_at
    from {{ ref('stg_jenkins__stages') }}
    union all
    select
        'azure_devops' as vendor,
        server,
        build_id,
        coalesce(attempt, 1) as run_attempt,
        stage_id,
        stage_name,
        stage_index,
        vendor_status,
        vendor_conclusion,
        is_running,
        started_at,
        finished_at,
        loaded_at
    from {{ ref('stg_azure_devops__stages') }}
    -- the only stage of a pipeline that has none has no name
    where stage_kind = 'Stage' and stage_name is not null
),

builds as (
    select * from {{ ref('int_builds_placed') }}
    where vendor in ('jenkins', 'azure_devops')
),

words as (
    select * from {{ ref('result_words') }}
),

-- A stage has a status of its own; one that was interrupted before it had any says nothing.
final as (
    select
        builds.vendor,
        builds.repository,
        builds.run_id,
        builds.run_attempt,
        stages.stage_id,
        stages.stage_name,
        cast(
            row_number() over (
                partition by builds.vendor, builds.repository, builds.run_id, builds.run_attempt
                order by
                    stages.stage_index asc nulls last,
                    stages.started_at asc nulls last,
                    stages.stage_id asc
            ) as integer
        ) as stage_index,
        coalesce(stages.vendor_conclusion, stages.vendor_status) as vendor_status,
        case
            when stages.is_running then 'running'
            else coalesce(words.result, 'neutral')
        end as result,
        stages.started_at,
        stages.finished_at,
        stages.loaded_at
    from stages
    inner join builds
        on
            stages.vendor = builds.vendor
            and coalesce(stages.server, builds.server, '') = coalesce(builds.server, '')
            and stages.build_id = builds.run_id
            and stages.run_attempt = builds.run_attempt
    left join words
        on
            stages.vendor = words.vendor
            and lower(stages.vendor_conclusion) = words.vendor_word
    -- an earlier build may have had the number, and other stages
    where
        builds.vendor <> 'jenkins'
        or stages.started_at is null
        or builds.run_started_at is null
        or {{ seconds_between('stages.started_at', 'builds.run_started_at') }} < 3600
)

select * from final
