with reported as (
    select
        *,
        lag(head_sha) over (partition by repository order by commit_at, head_sha)
            as previous_sha
    from {{ ref('mart_coverage__commits') }}
    where is_complete and is_default_branch
),

files as (
    select * from {{ ref('fct_coverage_files') }}
),

lines as (
    select * from {{ ref('fct_coverage_lines') }}
),

commits as (
    select * from {{ ref('fct_commits') }}
),

commit_files as (
    select * from {{ ref('fct_commit_files') }}
),

results as (
    select * from {{ ref('fct_test_results') }}
),

pairs as (
    select
        reported.repository_key,
        reported.repository,
        reported.previous_sha as last_covered_sha,
        reported.head_sha as first_uncovered_sha,
        earlier.default_branch_position as previous_position,
        later.default_branch_position as new_position,
        earlier_report.upload_count as previous_upload_count,
        reported.upload_count,
        earlier_report.commit_at as last_covered_at,
        reported.commit_at as first_uncovered_at
    from reported
    inner join reported as earlier_report
        on
            reported.repository = earlier_report.repository
            and reported.previous_sha = earlier_report.head_sha
    inner join commits as earlier
        on reported.repository = earlier.repository and reported.previous_sha = earlier.sha
    inner join commits as later
        on reported.repository = later.repository and reported.head_sha = later.sha
),

-- Files that nobody touched in between: there line 7 is still line 7.
fewer as (
    select
        pairs.*,
        earlier_files.file_key,
        earlier_files.path,
        earlier_files.team_key,
        earlier_files.coverage_file_key as previous_file_key,
        later_files.coverage_file_key
    from pairs
    inner join files as earlier_files
        on
            pairs.repository = earlier_files.repository
            and pairs.last_covered_sha = earlier_files.head_sha
    left join files as later_files
        on
            pairs.repository = later_files.repository
            and pairs.first_uncovered_sha = later_files.head_sha
            and earlier_files.path = later_files.path
    where earlier_files.covered_line_count > coalesce(later_files.covered_line_count, 0)
),

touched as (
    select
        fewer.file_key,
        fewer.first_uncovered_sha
    from fewer
    inner join commit_files
        on fewer.file_key = commit_files.file_key
    inner join commits
        on commit_files.commit_key = commits.commit_key
    where
        commits.default_branch_position > fewer.previous_position
        and commits.default_branch_position <= fewer.new_position
    group by fewer.file_key, fewer.first_uncovered_sha
),

tests as (
    select
        repository,
        head_sha,
        count(distinct test_key) as test_count
    from results
    where is_execution
    group by repository, head_sha
),

final as (
    select
        {{ surrogate_key(['fewer.file_key', 'earlier_lines.line', 'fewer.first_uncovered_sha']) }}
            as lost_line_key,
        fewer.file_key,
        fewer.repository_key,
        fewer.team_key,
        fewer.repository,
        fewer.path,
        earlier_lines.line,
        fewer.last_covered_sha,
        fewer.first_uncovered_sha,
        case when later_lines.line is null then 'not_reported' else 'not_covered' end as loss_kind,
        case
            when fewer.upload_count < fewer.previous_upload_count then 'upload_missing'
            when tests_after.test_count < tests_before.test_count then 'tests_missing'
            else 'unknown'
        end as suspected_cause,
        fewer.previous_upload_count,
        fewer.upload_count,
        tests_before.test_count as previous_test_count,
        tests_after.test_count,
        fewer.last_covered_at,
        fewer.first_uncovered_at
    from fewer
    inner join lines as earlier_lines
        on
            fewer.previous_file_key = earlier_lines.coverage_file_key
            and earlier_lines.is_covered
    left join lines as later_lines
        on
            fewer.coverage_file_key = later_lines.coverage_file_key
            and earlier_lines.line = later_lines.line
    left join touched
        on
            fewer.file_key = touched.file_key
            and fewer.first_uncovered_sha = touched.first_uncovered_sha
    left join tests as tests_before
        on
            fewer.repository = tests_before.repository
            and fewer.last_covered_sha = tests_before.head_sha
    left join tests as tests_after
        on
            fewer.repository = tests_after.repository
            and fewer.first_uncovered_sha = tests_after.head_sha
    where touched.file_key is null and not coalesce(later_lines.is_covered, false)
)

select * from final
