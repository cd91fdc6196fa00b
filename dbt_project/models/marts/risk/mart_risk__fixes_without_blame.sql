with fixes as (
    select * from {{ ref('fct_commits') }}
    where is_fix and is_on_default_branch and not is_merge
),

blames as (
    select * from {{ ref('fct_fix_blames') }}
),

-- How far back blame looked is a setting of the load; its oldest commit is what is known of it.
looked_at as (
    select
        repository_key,
        min(committed_at) as first_looked_at
    from blames
    group by repository_key
),

linked as (
    select
        fix_commit_key,
        min(link_rule) as link_rule
    from {{ ref('bridge_fixes_origins') }}
    group by fix_commit_key
),

final as (
    select
        fixes.commit_key as fix_commit_key,
        fixes.repository_key,
        fixes.team_key,
        fixes.repository,
        fixes.sha as fix_sha,
        case
            when looked_at.repository_key is null then 'repository_not_blamed'
            when blames.blame_state is null and fixes.committed_at < looked_at.first_looked_at
                then 'too_old'
            when blames.blame_state is null then 'not_looked_at'
            when blames.blame_state in ('waiting', 'too_large', 'unreadable')
                then blames.blame_state
            when blames.blamed_line_count > 0 then 'no_earlier_commit'
            when blames.blame_state = 'cut_off' then 'cut_off'
            when blames.deleted_line_count = 0 and blames.binary_file_count = 0
                then 'no_deleted_lines'
            when
                blames.binary_file_count + blames.foreign_file_count + blames.large_file_count
                + blames.unreadable_file_count > 0
                then 'files_left_out'
            else 'no_code_deleted'
        end as blame_gap,
        linked.link_rule,
        blames.file_count,
        blames.file_count - blames.blamed_file_count as unblamed_file_count,
        blames.deleted_line_count,
        blames.kept_line_count,
        fixes.committed_at,
        blames.loaded_at as blame_loaded_at
    from fixes
    left join blames
        on fixes.commit_key = blames.fix_commit_key
    left join looked_at
        on fixes.repository_key = looked_at.repository_key
    left join linked
        on fixes.commit_key = linked.fix_commit_key
    where coalesce(blames.blamed_origin_count, 0) = 0
)

select * from final
