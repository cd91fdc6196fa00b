with reports as (
    select * from {{ ref('int_reports_gathered') }}
),

jobs as (
    select * from {{ ref('int_job_attempts_unified') }}
),

runs as (
    select * from {{ ref('int_workflow_run_attempts_unified') }}
),

artifacts as (
    select * from {{ ref('stg_github_actions__artifacts') }}
),

targets as (
    select
        'job' as target_kind,
        vendor,
        repository,
        job_id as target_id
    from jobs
    union all
    select
        'artifact' as target_kind,
        vendor,
        repository,
        artifact_id as target_id
    from artifacts
    union all
    select
        'run' as target_kind,
        vendor,
        repository,
        run_id as target_id
    from runs
    where is_final_attempt
),

path_texts as (
    select
        kind,
        report_id,
        repository,
        locator,
        {{ json_texts('path_numbers') }} as number_text
    from reports
),

mentions as (
    select
        kind,
        report_id,
        repository,
        'job' as target_kind,
        job_id as mentioned_id,
        1 as rule_rank,
        0 as place
    from reports
    where job_id is not null
    union all
    select
        kind,
        report_id,
        repository,
        'artifact' as target_kind,
        artifact_id as mentioned_id,
        1 as rule_rank,
        0 as place
    from reports
    where artifact_id is not null
    union all
    select
        kind,
        report_id,
        repository,
        'run' as target_kind,
        run_id as mentioned_id,
        1 as rule_rank,
        0 as place
    from reports
    where run_id is not null
    union all
    select
        kind,
        report_id,
        repository,
        'any' as target_kind,
        number_text as mentioned_id,
        2 as rule_rank,
        max(instr(locator, number_text)) as place
    from path_texts
    group by kind, report_id, repository, number_text
),

-- A number of a path says nothing before a job, an artifact or a run of that id is known.
candidates as (
    select
        mentions.kind,
        mentions.report_id,
        targets.target_kind,
        targets.vendor,
        targets.repository,
        targets.target_id,
        case
            when mentions.rule_rank = 1 then 'explicit_' else 'path_'
        end || targets.target_kind as link_rule,
        row_number() over (
            partition by mentions.kind, mentions.report_id, targets.target_kind
            order by
                mentions.rule_rank asc,
                mentions.place desc,
                targets.repository asc,
                targets.vendor asc,
                targets.target_id asc
        ) as candidate_rank
    from mentions
    inner join targets
        on
            mentions.mentioned_id = targets.target_id
            and (mentions.target_kind = targets.target_kind or mentions.target_kind = 'any')
            and coalesce(mentions.repository, targets.repository) = targets.repository
),

final as (
    select
        kind,
        report_id,
        target_kind,
        link_rule,
        vendor,
        repository,
        target_id
    from candidates
    where candidate_rank = 1
)

select * from final
