-- The intervals of a path follow each other from the beginning to the end of time.
with intervals as (
    select
        repository,
        path,
        valid_from,
        valid_to,
        lead(valid_from) over (partition by repository, path order by valid_from) as next_from
    from {{ ref('int_path_owners_timed') }}
)

select *
from intervals
where
    valid_to <= valid_from
    or coalesce(next_from, timestamp '9999-12-31 00:00:00') <> valid_to
