with reviews as (
    select * from {{ ref('int_change_reviews_united') }}
),

changes as (
    select * from {{ ref('int_changes_united') }}
),

repositories as (
    select * from {{ ref('dim_repositories') }}
),

ordered as (
    select
        reviews.*,
        changes.vendor is not null as is_of_known_change,
        coalesce(reviews.reviewer_login = changes.author_login, false) as is_by_author,
        coalesce(reviews.reviewer_login like '%[bot]', false) as is_by_bot,
        {{ span_seconds('changes.created_at', 'reviews.submitted_at') }} as seconds_since_opened
    from reviews
    left join changes
        on
            reviews.vendor = changes.vendor
            and reviews.repository = changes.repository
            and reviews.pull_request_number = changes.pull_request_number
),

final as (
    select
        {{ surrogate_key([
            'ordered.vendor', 'ordered.repository', 'ordered.pull_request_number',
            'ordered.review_id'
        ]) }} as review_key,
        case
            when ordered.is_of_known_change
                then {{ surrogate_key([
                    'ordered.vendor', 'ordered.repository', 'ordered.pull_request_number'
                ]) }}
        end as change_key,
        repositories.repository_key,
        repositories.team_key,
        {{ author_key(account_identity('ordered.vendor', 'ordered.reviewer_login')) }}
            as author_key,
        ordered.vendor,
        ordered.repository,
        ordered.pull_request_number,
        cast(ordered.review_id as string) as review_id,
        lower(ordered.state) as review_state,
        ordered.seconds_since_opened,
        ordered.is_by_author,
        ordered.is_by_bot,
        not ordered.is_by_author and not ordered.is_by_bot and row_number() over (
            partition by ordered.vendor, ordered.repository, ordered.pull_request_number
            order by
                case when ordered.is_by_author or ordered.is_by_bot then 1 else 0 end asc,
                ordered.submitted_at asc nulls last,
                cast(ordered.review_id as string) asc
        ) = 1 as is_first_of_others,
        {{ business_date('ordered.submitted_at') }} as submitted_date,
        ordered.submitted_at,
        ordered.loaded_at
    from ordered
    inner join repositories
        on ordered.repository = repositories.repository
)

select * from final
