with coverage as (
    select * from {{ ref('stg_imports__coverage') }}
),

-- A file row says the totals; without one its lines do.
files as (
    select
        report_id,
        path,
        coalesce(
            max(lines_valid) filter (where line is null),
            count(*) filter (where line is not null)
        ) as lines_valid,
        coalesce(
            max(lines_covered) filter (where line is null),
            count(*) filter (where line is not null and hits > 0)
        ) as lines_covered,
        coalesce(
            max(branches_valid) filter (where line is null),
            cast(sum(branches_valid) as bigint)
        ) as branches_valid,
        coalesce(
            max(branches_covered) filter (where line is null),
            cast(sum(branches_covered) as bigint)
        ) as branches_covered
    from coverage
    group by report_id, path
),

final as (
    select
        report_id,
        row_number() over (partition by report_id order by path) as file_index,
        path,
        lines_valid,
        lines_covered,
        branches_valid,
        branches_covered
    from files
)

select * from final
