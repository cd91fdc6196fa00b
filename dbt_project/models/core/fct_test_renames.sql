with candidates as (
    select * from {{ ref('fct_test_rename_candidates') }}
),

tests as (
    select * from {{ ref('dim_tests') }}
),

limits as (
    select max(parameter_value) as minimum_confidence
    from {{ ref('rule_parameters') }}
    where rule_name = 'test_rename' and parameter = 'minimum_confidence'
),

ranked as (
    select
        candidates.*,
        row_number() over (
            partition by candidates.test_key
            order by
                candidates.confidence desc, candidates.run_distance asc nulls last,
                candidates.previous_test_key asc
        ) as previous_rank,
        row_number() over (
            partition by candidates.previous_test_key
            order by
                candidates.confidence desc, candidates.run_distance asc nulls last,
                candidates.test_key asc
        ) as next_rank
    from candidates
    cross join limits
    where candidates.confidence >= limits.minimum_confidence
),

-- Both are each other's best: no test has two successors, none two predecessors.
renames as (
    select
        previous_test_key,
        test_key,
        rename_rule,
        confidence,
        run_distance
    from ranked
    where previous_rank = 1 and next_rank = 1
),

-- A test may be renamed again: each step doubles the distance, eight renames are found.
two as (
    select
        renames.previous_test_key,
        coalesce(later.test_key, renames.test_key) as test_key
    from renames
    left join renames as later
        on renames.test_key = later.previous_test_key
),

four as (
    select
        two.previous_test_key,
        coalesce(later.test_key, two.test_key) as test_key
    from two
    left join two as later
        on two.test_key = later.previous_test_key
),

eight as (
    select
        four.previous_test_key,
        coalesce(later.test_key, four.test_key) as test_key
    from four
    left join four as later
        on four.test_key = later.previous_test_key
),

final as (
    select
        renames.previous_test_key,
        renames.test_key,
        eight.test_key as current_test_key,
        tests.repository_key,
        tests.repository,
        previous.class_name as previous_class_name,
        previous.test_name as previous_test_name,
        tests.class_name,
        tests.test_name,
        renames.rename_rule,
        renames.confidence,
        tests.first_seen_at as renamed_at
    from renames
    inner join eight
        on renames.previous_test_key = eight.previous_test_key
    inner join tests
        on renames.test_key = tests.test_key
    inner join tests as previous
        on renames.previous_test_key = previous.test_key
)

select * from final
