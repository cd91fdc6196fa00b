with files as (
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

-- In the order of the line: by its clock a commit may be older than the one before it. Of what the
-- history does not know nobody can say what was touched since.
pairs as (
    select
        reported.repository_key,
        reported.repository,
        lag(reported.head_sha) over line as last_covered_sha,
        reported.head_sha as first_uncovered_sha,
        lag(commits.default_branch_position) over line as previous_position,
        commits.default_branch_position as new_position,
        lag(reported.upload_count) over line as previous_upload_count,
        reported.upload_count,
        lag(reported.commit_at) over line as last_covered_at,
        reported.commit_at as first_uncovered_at
    from {{ ref('mart_coverage__commits') }} as reported
    inner join commits
        on reported.repository = commits.repository and reported.head_sha = commits.sha
    where
        reported.is_complete
        and reported.is_default_branch
        and commits.default_branch_position is not null
    window line as (
        partition by reported.repository
        order by commits.default_branch_position, reported.commit_at, reported.head_sha
    )
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
    where
        pairs.previous_position < pairs.new_position
        and earlier_files.covered_line_count > coalesce(later_files.covered_line_count, 0)
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
