with told as (
    select
        report_id,
        test_index,
        {{ json_texts('covered_files') }} as reported_path
    from {{ ref('stg_mutation__tests') }}
),

telling as (
    select
        report_id,
        test_index
    from told
    group by report_id, test_index
),

known as (
    select
        tests.report_id,
        tests.test_index,
        tests.repository,
        tests.test_key,
        tests.is_default_branch,
        tests.commit_at,
        tests.covered_mutant_count is null as is_by_kills
    from {{ ref('fct_mutation_tests') }} as tests
    left join telling
        on
            tests.report_id = telling.report_id
            and tests.test_index = telling.test_index
    where
        tests.test_key is not null
        and (tests.covered_mutant_count is not null or telling.report_id is not null)
),

-- The newest report that tells all tests of each mutant, else the newest that tells who killed it.
ranked as (
    select
        *,
        row_number() over (
            partition by test_key
            order by
                is_by_kills asc, is_default_branch desc, commit_at desc nulls last, report_id asc
        ) as report_rank
    from known
),

covering as (
    select * from ranked
    where report_rank = 1
),

-- What a report calls a path is the same for all of its mutants.
placed as (
    select
        report_id,
        reported_path,
        max(path) as path
    from {{ ref('int_mutants_placed') }}
    group by report_id, reported_path
),

tests as (
    select
        found.repository,
        found.file_path,
        coalesce(renames.current_test_key, found.test_key) as test_key
    from {{ ref('dim_tests') }} as found
    left join {{ ref('fct_test_renames') }} as renames
        on found.test_key = renames.previous_test_key
),

files as (
    select * from {{ ref('dim_files') }}
),

pairs as (
    select
        covering.repository,
        placed.path,
        covering.test_key,
        'mutation_report' as link_rule
    from covering
    inner join told
        on
            covering.report_id = told.report_id
            and covering.test_index = told.test_index
    inner join placed
        on
            told.report_id = placed.report_id
            and told.reported_path = placed.reported_path
    union all
    select
        repository,
        file_path as path,
        test_key,
        'own_file' as link_rule
    from tests
),

-- What was measured goes before what follows from a name; `m` is before `o`.
linked as (
    select
        repository,
        path,
        test_key,
        min(link_rule) as link_rule
    from pairs
    group by repository, path, test_key
),

final as (
    select
        files.file_key,
        linked.test_key,
        files.repository_key,
        linked.repository,
        linked.path,
        linked.link_rule
    from linked
    inner join files
        on
            linked.repository = files.repository
            and linked.path = files.path
)

select * from final
