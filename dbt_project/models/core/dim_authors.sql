with commits as (
    select * from {{ ref('int_commits_united') }}
    where author_email is not null
),

emails as (
    select * from {{ ref('int_author_emails_matched') }}
),

changes as (
    select * from {{ ref('int_changes_united') }}
    where author_login is not null
),

reviews as (
    select * from {{ ref('int_change_reviews_united') }}
    where reviewer_login is not null
),

traces as (
    select
        emails.person,
        cast(null as string) as account_name,
        emails.author_email,
        commits.author_name,
        coalesce(
            lower(commits.author_name) like '%[bot]' or emails.author_email like '%[bot]%', false
        ) as is_bot,
        commits.committed_at as seen_at
    from commits
    inner join emails
        on lower(commits.author_email) = emails.author_email
    union all
    select
        {{ account_identity('vendor', 'author_login') }} as person,
        author_login as account_name,
        cast(null as string) as author_email,
        cast(null as string) as author_name,
        coalesce(author_type = 'Bot' or author_login like '%[bot]', false) as is_bot,
        created_at as seen_at
    from changes
    union all
    select
        {{ account_identity('vendor', 'reviewer_login') }} as person,
        reviewer_login as account_name,
        cast(null as string) as author_email,
        cast(null as string) as author_name,
        coalesce(reviewer_login like '%[bot]', false) as is_bot,
        submitted_at as seen_at
    from reviews
),

people as (
    select
        {{ author_key('person') }} as author_key,
        max_by(author_name, cast(seen_at as string) || author_name) as author_name,
        min(account_name) as account_name,
        min(author_email) as author_email,
        max(case when is_bot then 1 else 0 end) = 1 as is_bot,
        min(seen_at) as first_seen_at,
        max(seen_at) as last_seen_at
    from traces
    group by {{ author_key('person') }}
),

final as (
    select
        author_key,
        coalesce(
            {{ named_person('coalesce(author_name, account_name, author_email)') }},
            'author ' || left(author_key, 8)
        ) as author_name,
        {{ named_person('account_name') }} as account_name,
        {{ named_person('author_email') }} as author_email,
        is_bot,
        first_seen_at,
        last_seen_at
    from people
    where author_key is not null
)

select * from final
