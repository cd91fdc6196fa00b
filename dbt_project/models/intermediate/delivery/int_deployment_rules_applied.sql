with deployments as (
    select * from {{ ref('int_deployment_events_united') }}
),

rules as (
    select
        *,
        -- `*` stands for any text; everything else for itself.
        replace(
            replace(replace(replace(lower(pattern), '!', '!!'), '_', '!_'), '%', '!%'), '*', '%'
        ) as like_pattern
    from {{ ref('deployment_rules') }}
    where rule_kind in ('environment', 'service_environment')
),

names as (
    select
        repository,
        vendor_environment as environment
    from deployments
    group by repository, vendor_environment
),

ranked as (
    select
        names.repository,
        names.environment as vendor_environment,
        lower(rules.environment) as environment,
        rules.service,
        rules.rule_kind,
        row_number() over (
            partition by names.repository, names.environment
            order by
                case when rules.repository is null then 1 else 0 end,
                case when rules.rule_kind = 'service_environment' then 0 else 1 end,
                length(rules.pattern) desc,
                rules.pattern
        ) as rule_rank
    from names
    inner join rules
        on
            names.repository = coalesce(rules.repository, names.repository)
            and lower(names.environment) like rules.like_pattern escape '!'
),

final as (
    select
        names.repository,
        names.environment as vendor_environment,
        case
            when coalesce(ranked.environment, lower(names.environment)) in ('production', 'prod')
                then 'production'
            else coalesce(ranked.environment, lower(names.environment))
        end as environment,
        ranked.service,
        coalesce(ranked.rule_kind, 'environment_name') as environment_rule
    from names
    left join ranked
        on
            names.repository = ranked.repository
            and names.environment = ranked.vendor_environment
            and ranked.rule_rank = 1
)

select * from final
