{%- set no_words = '[^\\p{L}\\p{N}]+' -%}
with reports as (
    select
        report_id,
        max(repository_key) as repository_key,
        max(repository) as repository,
        max(case when is_default_branch then 1 else 0 end) = 1 as is_default_branch,
        max(commit_date) as commit_date,
        max(commit_at) as commit_at
    from {{ ref('fct_mutants') }}
    group by report_id
),

tests as (
    select
        coalesce(renames.current_test_key, found.test_key) as test_key,
        found.repository,
        '/' || found.file_path as file_path,
        found.class_name,
        found.test_name
    from {{ ref('dim_tests') }} as found
    left join {{ ref('fct_test_renames') }} as renames
        on found.test_key = renames.previous_test_key
),

told as (
    select
        told.*,
        reports.repository_key,
        reports.repository,
        reports.is_default_branch,
        reports.commit_date,
        reports.commit_at,
        '/' || {{ regex_replace('told.file', '\\\\', '/') }} as file_path,
        trim({{ regex_replace('told.test_name', no_words, ' ') }}) as words
    from {{ ref('stg_mutation__tests') }} as told
    inner join reports
        on told.report_id = reports.report_id
),

-- Tools put class and name together by a blank, a point or a sign, or name the test alone.
named as (
    select
        test_key,
        repository,
        file_path,
        trim({{ regex_replace('test_name', no_words, ' ') }}) as words
    from tests
    union
    select
        test_key,
        repository,
        file_path,
        trim({{ regex_replace("class_name || ' ' || test_name", no_words, ' ') }}) as words
    from tests
),

-- One may be told from the root of the repository, the other from that of the machine.
alike as (
    select
        told.report_id,
        told.test_index,
        named.test_key
    from told
    inner join named
        on
            told.repository = named.repository
            and told.words = named.words
    where
        told.words <> ''
        and coalesce(
            right(told.file_path, length(named.file_path)) = named.file_path
            or right(named.file_path, length(told.file_path)) = told.file_path,
            true
        )
    group by told.report_id, told.test_index, named.test_key
),

-- What may be two tests is none.
matched as (
    select
        report_id,
        test_index,
        test_key,
        count(*) over (partition by report_id, test_index) as test_count,
        count(*) over (partition by report_id, test_key) as told_count
    from alike
),

joined as (
    select
        told.*,
        matched.test_key,
        matched.test_key is not null and told.covered_mutant_count is not null as is_known
    from told
    left join matched
        on
            told.report_id = matched.report_id
            and told.test_index = matched.test_index
            and matched.test_count = 1
            and matched.told_count = 1
),

final as (
    select
        {{ surrogate_key(['report_id', 'test_index']) }} as mutation_test_key,
        repository_key,
        test_key,
        report_id,
        test_index,
        repository,
        file,
        test_name,
        covered_mutant_count,
        only_covered_mutant_count,
        only_covered_mutant_count / nullif(cast(covered_mutant_count as double), 0)
            as unique_coverage_ratio,
        is_known
        and row_number() over (
            partition by test_key, is_known
            order by is_default_branch desc, commit_at desc nulls last, report_id asc
        ) = 1 as is_newest,
        is_default_branch,
        commit_date,
        commit_at,
        loaded_at
    from joined
)

select * from final
