with files as (
    select * from {{ ref('mart_coverage__files_weekly') }}
),

changes as (
    select
        *,
        {{ week_start('created_date') }} as week_start_date
    from {{ ref('mart_coverage__changes') }}
    where created_date is not null
),

repositories as (
    select * from {{ ref('dim_repositories') }}
),

grains as (
    select 'repository' as grain
    union all
    select 'team' as grain
    union all
    select 'organisation' as grain
    union all
    select 'owner' as grain
),

-- A team has the repositories it answers for; an owner the files, wherever they are.
parts as (
    select
        grains.grain,
        case grains.grain
            when 'repository' then files.repository
            when 'team' then repositories.team
            when 'owner' then files.team
            when 'organisation' then coalesce(repositories.organisation, 'all')
        end as entity,
        files.week_start_date,
        files.valid_line_count,
        files.covered_line_count,
        case when files.is_critical then files.valid_line_count end as critical_valid_line_count,
        case when files.is_critical then files.covered_line_count end
            as critical_covered_line_count,
        cast(null as bigint) as coverable_changed_line_count,
        cast(null as bigint) as covered_changed_line_count,
        cast(null as integer) as compared,
        cast(null as integer) as regressed
    from files
    cross join grains
    inner join repositories
        on files.repository_key = repositories.repository_key
    union all
    select
        grains.grain,
        case grains.grain
            when 'repository' then changes.repository
            when 'team' then repositories.team
            when 'organisation' then coalesce(repositories.organisation, 'all')
        end as entity,
        changes.week_start_date,
        cast(null as bigint) as valid_line_count,
        cast(null as bigint) as covered_line_count,
        cast(null as bigint) as critical_valid_line_count,
        cast(null as bigint) as critical_covered_line_count,
        changes.coverable_line_count,
        changes.hit_line_count + changes.partial_line_count as covered_changed_line_count,
        case when changes.is_coverage_regression is not null then 1 end as compared,
        case when changes.is_coverage_regression then 1 end as regressed
    from changes
    cross join grains
    inner join repositories
        on changes.repository_key = repositories.repository_key
),

summed as (
    select
        grain,
        entity,
        week_start_date,
        cast(sum(valid_line_count) as bigint) as valid_line_count,
        cast(sum(covered_line_count) as bigint) as covered_line_count,
        cast(sum(critical_valid_line_count) as bigint) as critical_valid_line_count,
        cast(sum(critical_covered_line_count) as bigint) as critical_covered_line_count,
        cast(sum(coverable_changed_line_count) as bigint) as coverable_changed_line_count,
        cast(sum(covered_changed_line_count) as bigint) as covered_changed_line_count,
        count(compared) as compared_change_count,
        count(regressed) as regressed_change_count
    from parts
    where entity is not null
    group by grain, entity, week_start_date
),

final as (
    select
        {{ surrogate_key(['grain', 'entity', 'week_start_date']) }} as coverage_week_key,
        grain,
        entity,
        valid_line_count,
        covered_line_count,
        critical_valid_line_count,
        critical_covered_line_count,
        coverable_changed_line_count,
        covered_changed_line_count,
        compared_change_count,
        regressed_change_count,
        cast(covered_line_count as double) / nullif(valid_line_count, 0)
            as global_coverage_ratio,
        cast(critical_covered_line_count as double) / nullif(critical_valid_line_count, 0)
            as critical_path_coverage_ratio,
        cast(covered_changed_line_count as double) / nullif(coverable_changed_line_count, 0)
            as changed_code_coverage_ratio,
        cast(regressed_change_count as double) / nullif(compared_change_count, 0)
            as coverage_regression_ratio,
        week_start_date
    from summed
)

select * from final
