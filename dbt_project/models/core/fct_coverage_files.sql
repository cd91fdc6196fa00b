with files as (
    select * from {{ ref('int_coverage_files_placed') }}
),

lines as (
    select * from {{ ref('int_coverage_lines_merged') }}
),

reports as (
    select * from {{ ref('int_coverage_reports_placed') }}
),

uploads as (
    select * from {{ ref('int_coverage_uploads_expected') }}
),

owners as (
    select * from {{ ref('int_path_owners_timed') }}
),

services as (
    select * from {{ ref('int_path_services_found') }}
),

attempts as (
    select * from {{ ref('fct_workflow_run_attempts') }}
),

reached as (
    select * from {{ ref('int_commits_reached') }}
),

commits as (
    select
        reports.repository,
        reports.head_sha,
        count(distinct reports.upload_name) as upload_count,
        min(reports.commit_at) as commit_at,
        -- Without a run the history tells.
        coalesce(
            max(case when attempts.is_default_branch then 1 else 0 end)
            filter (where attempts.workflow_run_attempt_key is not null) = 1,
            max(case when reached.is_on_line then 1 else 0 end) = 1
        ) as is_default_branch
    from reports
    left join attempts
        on reports.workflow_run_attempt_key = attempts.workflow_run_attempt_key
    left join reached
        on
            reports.repository = reached.repository
            and reports.head_sha = reached.sha
    group by reports.repository, reports.head_sha
),

-- Files without lines keep the best totals that one upload declared.
declared as (
    select
        {{ surrogate_key(['repository', 'head_sha', 'path']) }} as coverage_file_key,
        repository,
        head_sha,
        path,
        max(lines_valid) as lines_valid,
        max(lines_covered) as lines_covered,
        max(branches_valid) as branches_valid,
        max(branches_covered) as branches_covered,
        max(loaded_at) as loaded_at
    from files
    group by repository, head_sha, path
),

counted as (
    select
        coverage_file_key,
        count(*) as lines_valid,
        count(*) filter (where hits > 0) as lines_covered,
        count(*) filter (where hits > 0 and branches_covered < branches_valid)
            as lines_partial,
        cast(sum(branches_valid) as bigint) as branches_valid,
        cast(sum(branches_covered) as bigint) as branches_covered
    from lines
    group by coverage_file_key
),

final as (
    select
        declared.coverage_file_key,
        -- A report may come before the run that tells whose it is.
        case
            when declared.repository is not null
                then {{ surrogate_key(['declared.repository', 'declared.path']) }}
        end as file_key,
        case
            when declared.repository is not null
                then {{ surrogate_key(['declared.repository']) }}
        end as repository_key,
        case when owners.team is not null then {{ surrogate_key(['owners.team']) }} end
            as team_key,
        case when services.service is not null then {{ surrogate_key(['services.service']) }} end
            as service_key,
        declared.repository,
        declared.head_sha,
        declared.path,
        owners.team,
        services.service,
        coalesce(owners.ownership_rule, 'none') as ownership_rule,
        commits.upload_count,
        coalesce(counted.lines_valid, declared.lines_valid) as valid_line_count,
        coalesce(counted.lines_covered, declared.lines_covered) as covered_line_count,
        counted.lines_partial as partial_line_count,
        coalesce(counted.branches_valid, declared.branches_valid) as valid_branch_count,
        coalesce(counted.branches_covered, declared.branches_covered) as covered_branch_count,
        uploads.expected_upload_count = uploads.received_upload_count as is_complete,
        commits.is_default_branch,
        {{ business_date('commits.commit_at') }} as commit_date,
        commits.commit_at,
        declared.loaded_at
    from declared
    inner join commits
        on
            declared.repository is not distinct from commits.repository
            and declared.head_sha = commits.head_sha
    inner join uploads
        on
            declared.repository is not distinct from uploads.repository
            and declared.head_sha = uploads.head_sha
    left join counted
        on declared.coverage_file_key = counted.coverage_file_key
    left join owners
        on
            declared.repository = owners.repository
            and declared.path = owners.path
            and commits.commit_at >= owners.valid_from
            and commits.commit_at < owners.valid_to
    left join services
        on
            declared.repository = services.repository
            and declared.path = services.path
)

select * from final
