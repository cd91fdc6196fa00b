{%- set age = seconds_between('touched.committed_at', 'subject_files.changed_at') -%}
with subjects as (
    select * from {{ ref('mart_risk__change_subjects') }}
),

commit_files as (
    select
        *,
        regexp_replace(path, '/?[^/]*$', '') as folder
    from {{ ref('fct_commit_files') }}
),

line as (
    select * from {{ ref('fct_commits') }}
    where is_on_default_branch and not is_merge
),

limits as (
    select
        max(case when parameter = 'fix_days' then parameter_value end) as fix_days,
        max(case when parameter = 'author_days' then parameter_value end) as author_days,
        max(case when parameter = 'minimum_author_commits' then parameter_value end)
            as minimum_author_commits
    from {{ ref('rule_parameters') }}
    where rule_name = 'change_risk'
),

held as (
    select
        change_key,
        commit_key
    from {{ ref('bridge_changes_commits') }}
    union
    select
        change_key,
        landed_commit_key as commit_key
    from subjects
),

subject_files as (
    select
        held.change_key,
        commit_files.file_key,
        min(commit_files.folder) as folder,
        min(subjects.changed_at) as changed_at
    from held
    inner join subjects on held.change_key = subjects.change_key
    inner join commit_files on held.commit_key = commit_files.commit_key
    group by held.change_key, commit_files.file_key
),

-- Grouped, so that commits meet changes file by file and never all with all.
touched as (
    select
        commit_files.file_key,
        line.commit_key,
        min(line.repository_key) as repository_key,
        min(line.author_key) as author_key,
        min(commit_files.folder) as folder,
        max(case when line.is_fix then 1 else 0 end) as fix_count,
        min(line.committed_at) as committed_at
    from line
    inner join commit_files on line.commit_key = commit_files.commit_key
    group by commit_files.file_key, line.commit_key
),

-- Earlier commits of the default branch on each file, without those of the change itself.
recent as (
    select
        subject_files.change_key,
        subject_files.file_key,
        count(*) filter (
            where touched.fix_count > 0 and {{ age }} <= 86400 * limits.fix_days
        ) as fix_count,
        count(distinct case
            when {{ age }} <= 86400 * limits.author_days then touched.author_key
        end) as author_count
    from subject_files
    cross join limits
    inner join touched
        on
            subject_files.file_key = touched.file_key
            and subject_files.changed_at > touched.committed_at
    left join held
        on subject_files.change_key = held.change_key and touched.commit_key = held.commit_key
    where held.commit_key is null
    group by subject_files.change_key, subject_files.file_key
),

-- When an author had done enough commits in a folder to know it.
at_home as (
    select
        repository_key,
        author_key,
        folder,
        commit_key,
        min(committed_at) as committed_at,
        row_number() over (
            partition by repository_key, author_key, folder order by min(committed_at), commit_key
        ) as commit_order
    from touched
    group by repository_key, author_key, folder, commit_key
),

-- Earlier commits of the change itself: so many more an author has to have done.
own as (
    select
        held.change_key,
        at_home.folder,
        count(*) as commit_count
    from held
    inner join subjects on held.change_key = subjects.change_key
    inner join at_home
        on held.commit_key = at_home.commit_key and subjects.author_key = at_home.author_key
    where subjects.changed_at > at_home.committed_at
    group by held.change_key, at_home.folder
),

-- Where people are not told apart there are no authors to count.
final as (
    select
        subject_files.change_key,
        count(*) as known_file_count,
        max(coalesce(recent.fix_count, 0)) as most_fixes_count,
        max(case when subjects.author_key is not null then coalesce(recent.author_count, 0) end)
            as most_authors_count,
        min(case
            when subjects.author_key is null then null
            when at_home.committed_at < subjects.changed_at then 0
            else 1
        end) = 1 as is_newcomer
    from subject_files
    cross join limits
    inner join subjects on subject_files.change_key = subjects.change_key
    left join recent
        on subject_files.change_key = recent.change_key and subject_files.file_key = recent.file_key
    left join own
        on subject_files.change_key = own.change_key and subject_files.folder = own.folder
    left join at_home
        on
            subjects.repository_key = at_home.repository_key
            and subjects.author_key = at_home.author_key
            and subject_files.folder = at_home.folder
            and limits.minimum_author_commits + coalesce(own.commit_count, 0)
            = at_home.commit_order
    group by subject_files.change_key
)

select * from final
