with stages as (
    select * from {{ ref('stg_jenkins__stages') }}
),

builds as (
    select * from {{ ref('int_builds_placed') }}
    where vendor = 'jenkins'
),

words as (
    select * from {{ ref('result_words') }}
    where vendor = 'jenkins'
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
                partition by builds.repository, builds.run_id
                order by
                    stages.stage_index asc nulls last,
                    stages.started_at asc nulls last,
                    stages.stage_id asc
            ) as integer
        ) as stage_index,
        coalesce(stages.vendor_conclusion, stages.vendor_status) as vendor_status,
        case
            when stages.vendor_status = 'building' then 'running'
            else coalesce(words.result, 'neutral')
        end as result,
        stages.started_at,
        stages.finished_at,
        stages.loaded_at
    from stages
    inner join builds
        on
            coalesce(stages.server, builds.server, '') = coalesce(builds.server, '')
            and stages.build_id = builds.run_id
    left join words
        on lower(stages.vendor_conclusion) = words.vendor_word
    -- an earlier build may have had the number, and other stages
    where
        stages.started_at is null
        or builds.run_started_at is null
        or {{ seconds_between('stages.started_at', 'builds.run_started_at') }} < 3600
)

select * from final
