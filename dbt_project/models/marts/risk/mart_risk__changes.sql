with parts as (
    select * from {{ ref('mart_risk__change_parts') }}
),

dates as (
    select max(calendar_date) as last_date from {{ ref('dim_dates') }}
),

limits as (
    select
        max(case when parameter = 'band_days' then parameter_value end) as band_days,
        max(case when parameter = 'minimum_band_changes' then parameter_value end)
            as minimum_band_changes,
        max(case when parameter = 'critical_share' then parameter_value end) as critical_share,
        max(case when parameter = 'degraded_share' then parameter_value end) as degraded_share,
        max(case when parameter = 'watch_share' then parameter_value end) as watch_share
    from {{ ref('rule_parameters') }}
    where rule_name = 'change_risk'
),

scored as (
    select
        parts.*,
        {{ days_between('parts.changed_date', 'dates.last_date') }} < limits.band_days
            as is_in_band_window,
        {{ nine_digits('100 * ' ~ logistic(
            'intercept_log_odds + size_log_odds + fix_log_odds + coalesce(uncovered_log_odds, 0)'
            ~ ' + coalesce(fixed_file_log_odds, 0) + coalesce(authors_log_odds, 0)'
            ~ ' + coalesce(newcomer_log_odds, 0)'
        )) }} as merge_risk_score
    from parts
    cross join dates
    cross join limits
),

-- Equal scores share the larger share: where all are equal, none stands out.
placed as (
    select
        *,
        is_in_band_window and merge_risk_score is not null as is_ranked,
        cume_dist() over (
            partition by repository_key, is_in_band_window and merge_risk_score is not null
            order by merge_risk_score desc
        ) as top_share_ratio,
        count(*) over (
            partition by repository_key, is_in_band_window and merge_risk_score is not null
        ) as ranked_count
    from scored
),

final as (
    select
        placed.change_key,
        placed.repository_key,
        placed.team_key,
        placed.landed_commit_key,
        placed.change_kind,
        placed.repository,
        placed.pull_request_number,
        placed.sha,
        placed.added_line_count,
        placed.changed_file_count,
        placed.change_risk,
        placed.merge_risk_score,
        placed.intercept_log_odds,
        placed.size_log_odds,
        placed.fix_log_odds,
        placed.uncovered_log_odds,
        placed.fixed_file_log_odds,
        placed.authors_log_odds,
        placed.newcomer_log_odds,
        placed.coverable_line_count,
        placed.changed_code_coverage_ratio,
        placed.most_fixes_count,
        placed.most_authors_count,
        placed.calibration_state,
        placed.calibration_change_count,
        placed.calibration_defect_count,
        case when placed.is_ranked then placed.top_share_ratio end as top_share_ratio,
        case
            when not placed.is_ranked then null
            when placed.ranked_count < limits.minimum_band_changes then 'insufficient_data'
            when placed.top_share_ratio <= limits.critical_share then 'critical'
            when placed.top_share_ratio <= limits.degraded_share then 'degraded'
            when placed.top_share_ratio <= limits.watch_share then 'watch'
            else 'stable'
        end as risk_band,
        case when placed.merge_risk_score is null then 'size_unknown' else 'scored' end
            as score_state,
        placed.weight_version,
        placed.defect_confidence,
        placed.is_fix,
        placed.is_landed,
        placed.is_newcomer,
        placed.is_defective,
        placed.changed_date,
        placed.changed_at,
        placed.first_fixed_at
    from placed
    cross join limits
)

select * from final
