with commits as (
    select
        repository,
        sha,
        lower(author_email) as author_email
    from {{ ref('int_commits_united') }}
    where author_email is not null
),

change_commits as (
    select * from {{ ref('int_change_commits_united') }}
    where author_login is not null
),

-- A vendor that names the account of a commit tells whose the address in it is.
told as (
    select
        commits.author_email,
        {{ account_identity('change_commits.vendor', 'change_commits.author_login') }} as person,
        count(*) as commit_count
    from commits
    inner join change_commits
        on
            commits.repository = change_commits.repository
            and commits.sha = change_commits.sha
    group by
        commits.author_email,
        {{ account_identity('change_commits.vendor', 'change_commits.author_login') }}
),

ranked as (
    select
        author_email,
        person,
        row_number() over (
            partition by author_email order by commit_count desc, person asc
        ) as identity_rank
    from told
),

addresses as (
    select
        author_email,
        {{ regex_group(
            'author_email', '^([0-9]+[+])?([^@+]+)@users[.]noreply[.]github[.]com$', 2
        ) }} as noreply_login
    from commits
    group by author_email
),

final as (
    select
        addresses.author_email,
        coalesce(
            {{ account_identity("'github_actions'", 'addresses.noreply_login') }},
            ranked.person,
            'address ' || addresses.author_email
        ) as person
    from addresses
    left join ranked
        on addresses.author_email = ranked.author_email and ranked.identity_rank = 1
)

select * from final
