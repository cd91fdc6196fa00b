{#- The raw rows are named where they are read: a shared step would be written out whole. -#}
with loads as (
    select
        report_id,
        loaded_at,
        count(*) = max(case_index) - min(case_index) + 1
        and 2 * sum(case_index) = count(*) * (min(case_index) + max(case_index)) as is_whole,
        row_number() over (partition by report_id order by loaded_at desc) as load_rank
    from {{ source('raw_test_results', 'cases') }}
    group by report_id, loaded_at
),

whole as (
    select
        loaded.*,
        cast(1 as bigint) as copy_rank
    from {{ source('raw_test_results', 'cases') }} as loaded
    inner join loads
        on
            loaded.report_id = loads.report_id
            and loaded.loaded_at = loads.loaded_at
    where loads.load_rank = 1 and loads.is_whole
),

-- A load that was cut off and taken up again may hold rows twice. Ranking every row for that
-- costs more than all other steps, so only reports with a gap or a surplus are ranked.
repeated as (
    select
        loaded.*,
        row_number() over (
            partition by loaded.report_id, loaded.case_index order by loaded.suite_index
        ) as copy_rank
    from {{ source('raw_test_results', 'cases') }} as loaded
    inner join loads
        on
            loaded.report_id = loads.report_id
            and loaded.loaded_at = loads.loaded_at
    where loads.load_rank = 1 and not loads.is_whole
),

united as (
    select * from whole
    union all
    select * from repeated
    where copy_rank = 1
),

final as (
    select
        report_id,
        case_index,
        suite_index,
        suite_path,
        suite_name,
        class_name,
        name as test_name,
        parameters,
        file,
        line,
        status as verdict,
        failure_type,
        failure_message,
        failure_details,
        failure_hash,
        owner_tag,
        duration_seconds,
        retry_index,
        is_final,
        has_system_out,
        has_system_err,
        is_synthetic,
        cast(loaded_at as timestamp) as loaded_at
    from united
)

select * from final
