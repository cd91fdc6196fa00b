with comparisons as (
    select * from {{ ref('stg_changed_lines__comparisons') }}
    where named_by = 'change' and is_whole
),

changes as (
    select
        *,
        coalesce(base_sha, merge_commit_sha) as asked_base_sha
    from {{ ref('int_changes_united') }}
),

asked as (
    select
        repository,
        head_sha,
        asked_base_sha
    from changes
    where asked_base_sha is not null
    group by repository, head_sha, asked_base_sha
),

-- What was asked for by another change of the same head says nothing of this one.
matched as (
    select
        changes.vendor,
        changes.repository,
        changes.pull_request_number,
        comparisons.head_sha,
        comparisons.base_sha,
        comparisons.named_base_sha,
        coalesce(comparisons.named_base_sha = changes.asked_base_sha, false) as is_own,
        comparisons.loaded_at
    from changes
    inner join comparisons
        on
            changes.repository = comparisons.repository
            and changes.head_sha = comparisons.head_sha
    left join asked
        on
            comparisons.repository = asked.repository
            and comparisons.head_sha = asked.head_sha
            and comparisons.named_base_sha = asked.asked_base_sha
    where asked.repository is null or comparisons.named_base_sha = changes.asked_base_sha
),

ranked as (
    select
        *,
        row_number() over (
            partition by vendor, repository, pull_request_number
            order by is_own desc, loaded_at desc, named_base_sha desc
        ) as comparison_rank
    from matched
),

-- A head that is its own base was merged before anybody looked: that compares nothing.
final as (
    select
        {{ surrogate_key(['vendor', 'repository', 'pull_request_number']) }} as change_key,
        repository,
        head_sha,
        base_sha
    from ranked
    where comparison_rank = 1 and head_sha <> base_sha
)

select * from final
