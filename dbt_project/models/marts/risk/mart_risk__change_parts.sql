{{ config(materialized='view') }}

with subjects as (
    select * from {{ ref('mart_risk__change_subjects') }}
),

odds as (
    select * from {{ ref('mart_risk__change_odds') }}
),

features as (
    select * from {{ ref('mart_risk__change_features') }}
),

coverage as (
    select * from {{ ref('mart_coverage__changes') }}
),

weights as (
    select
        max(case when component = 'uncovered_change' then weight end) as uncovered_change,
        max(case when component = 'repeatedly_fixed_file' then weight end)
            as repeatedly_fixed_file,
        max(case when component = 'many_authors' then weight end) as many_authors,
        max(case when component = 'newcomer_to_folder' then weight end) as newcomer_to_folder
    from {{ ref('score_weights') }}
    where score = 'merge_risk'
),

limits as (
    select
        max(case when parameter = 'minimum_coverable_lines' then parameter_value end)
            as minimum_lines,
        max(case when parameter = 'minimum_fixes' then parameter_value end) as minimum_fixes,
        max(case when parameter = 'maximum_authors' then parameter_value end) as maximum_authors
    from {{ ref('rule_parameters') }}
    where rule_name = 'change_risk'
),

final as (
    select
        subjects.*,
        odds.change_risk,
        odds.intercept_log_odds,
        odds.size_log_odds,
        odds.fix_log_odds,
        odds.calibration_change_count,
        odds.calibration_defect_count,
        odds.calibration_state,
        odds.weight_version,
        odds.defect_confidence,
        odds.is_defective,
        odds.first_fixed_at,
        coverage.coverable_line_count,
        coverage.changed_code_coverage_ratio,
        features.most_fixes_count,
        features.most_authors_count,
        features.is_newcomer,
        case
            when coverage.coverable_line_count >= limits.minimum_lines
                then weights.uncovered_change * (1 - coverage.changed_code_coverage_ratio)
        end as uncovered_log_odds,
        weights.repeatedly_fixed_file
        * case when features.most_fixes_count >= limits.minimum_fixes then 1 else 0 end
        + 0 * features.most_fixes_count as fixed_file_log_odds,
        weights.many_authors
        * case when features.most_authors_count > limits.maximum_authors then 1 else 0 end
        + 0 * features.most_authors_count as authors_log_odds,
        case
            when features.is_newcomer then weights.newcomer_to_folder
            when not features.is_newcomer then 0
        end as newcomer_log_odds
    from subjects
    cross join weights
    cross join limits
    inner join odds
        on subjects.change_key = odds.change_key
    left join features
        on subjects.change_key = features.change_key
    left join coverage
        on subjects.change_key = coverage.change_key
)

select * from final
