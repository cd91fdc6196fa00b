with lives as (
    select * from {{ ref('fct_test_lives') }}
),

tests as (
    select * from {{ ref('dim_tests') }}
),

commit_files as (
    select * from {{ ref('fct_commit_files') }}
),

by_hand as (
    select * from {{ ref('test_renames') }}
),

limits as (
    select
        max(case when parameter = 'git_rename' then parameter_value end) as git_rename,
        max(case when parameter = 'same_name' then parameter_value end) as same_name,
        max(case when parameter = 'same_name_later' then parameter_value end) as same_name_later,
        max(case when parameter = 'same_place' then parameter_value end) as same_place
    from {{ ref('rule_parameters') }}
    where rule_name = 'test_rename'
),

file_renames as (
    select
        repository,
        previous_path,
        path
    from commit_files
    where change_type = 'renamed'
    group by repository, previous_path, path
),

named as (
    select
        lives.*,
        tests.class_name,
        tests.test_name,
        coalesce(tests.parameters, '') as test_parameters,
        tests.file_path,
        coalesce(tests.file_path, tests.class_name) as place,
        min(lives.first_seen_at) over (partition by lives.test_key) as born_at,
        max(lives.last_seen_at) over (partition by lives.test_key) as died_at
    from lives
    inner join tests
        on lives.test_key = tests.test_key
),

-- The same name in another class or file; another name in the same place, in the very next run.
-- A test that is still there in any environment was not renamed.
-- A file that is renamed may land in another shard or job, whose runs have numbers of their own.
pairs as (
    select
        older.test_key as previous_test_key,
        newer.test_key,
        case
            when older.environment = newer.environment
                then newer.first_run_number - older.last_run_number
        end as run_distance,
        case when file_renames.path is not null then 'git_rename' else 'same_name' end
            as rename_rule,
        cast(1 as double) as name_similarity
    from named as older
    inner join named as newer
        on
            older.repository = newer.repository
            and older.test_name = newer.test_name
            and older.test_parameters = newer.test_parameters
            and older.died_at < newer.born_at
    left join file_renames
        on
            older.repository = file_renames.repository
            and older.file_path = file_renames.previous_path
            and newer.file_path = file_renames.path
    where older.environment = newer.environment or file_renames.path is not null
    union all
    select
        older.test_key as previous_test_key,
        newer.test_key,
        cast(1 as bigint) as run_distance,
        'same_place' as rename_rule,
        1 - cast(levenshtein(older.test_name, newer.test_name) as double)
        / greatest(length(older.test_name), length(newer.test_name)) as name_similarity
    from named as older
    inner join named as newer
        on
            older.repository = newer.repository
            and older.environment = newer.environment
            and older.place = newer.place
            and older.last_run_number + 1 = newer.first_run_number
            and older.died_at < newer.born_at
    union all
    select
        older.test_key as previous_test_key,
        newer.test_key,
        newer.first_run_number - older.last_run_number as run_distance,
        case when by_hand.is_renamed then 'by_hand' else 'by_hand_not' end as rename_rule,
        cast(1 as double) as name_similarity
    from by_hand
    inner join named as older
        on
            by_hand.repository = older.repository
            and by_hand.previous_test_name = older.test_name
            and coalesce(by_hand.previous_class_name, older.class_name)
            is not distinct from older.class_name
    inner join named as newer
        on
            by_hand.repository = newer.repository
            and by_hand.test_name = newer.test_name
            and coalesce(by_hand.class_name, newer.class_name)
            is not distinct from newer.class_name
            and older.environment = newer.environment
            and older.test_parameters = newer.test_parameters
),

weighed as (
    select
        pairs.*,
        case
            when pairs.rename_rule = 'by_hand_not' then cast(0 as double)
            when pairs.rename_rule = 'by_hand' then cast(1 as double)
            when pairs.rename_rule = 'git_rename' then limits.git_rename
            when pairs.rename_rule = 'same_place' then limits.same_place * pairs.name_similarity
            when pairs.run_distance = 1 then limits.same_name
            else limits.same_name_later
        end as confidence,
        max(case when pairs.rename_rule = 'by_hand_not' then 1 else 0 end) over (
            partition by pairs.previous_test_key, pairs.test_key
        ) as is_denied
    from pairs
    cross join limits
),

final as (
    select
        previous_test_key,
        test_key,
        max_by(rename_rule, confidence) as rename_rule,
        min(run_distance) as run_distance,
        max(confidence) as confidence
    from weighed
    where is_denied = 0
    group by previous_test_key, test_key
)

select * from final
