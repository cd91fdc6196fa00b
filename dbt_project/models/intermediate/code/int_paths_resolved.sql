{{ config(materialized='table') }}

with texts as (
    select * from {{ ref('int_path_texts_gathered') }}
),

known as (
    select * from {{ ref('int_repository_paths_known') }}
),

packages as (
    select
        repository,
        folder,
        folder_name,
        min(path) as path
    from known
    where path like '%/%'
    group by repository, folder, folder_name
),

matches as (
    select
        texts.repository,
        texts.text_kind,
        texts.path_text,
        known.path,
        case
            when known.path = texts.text_path then 1
            when right('/' || known.path, length(texts.text_path) + 1) = '/' || texts.text_path
                then 2
            else 3
        end as match_rank
    from texts
    inner join known
        on
            texts.repository = known.repository
            and texts.text_name = known.file_name
            and texts.text_kind = 'file'
            and (
                right('/' || known.path, length(texts.text_path) + 1) = '/' || texts.text_path
                or right('/' || texts.text_path, length(known.path) + 1) = '/' || known.path
            )
    union all
    select
        texts.repository,
        texts.text_kind,
        texts.path_text,
        known.path,
        4 as match_rank
    from texts
    inner join known
        on
            texts.repository = known.repository
            and texts.text_name = known.stem_name
            and texts.text_kind = 'class'
            and right('/' || known.path_stem, length(texts.text_path) + 1)
            = '/' || texts.text_path
    union all
    -- The last word may be a class inside of the file.
    select
        texts.repository,
        texts.text_kind,
        texts.path_text,
        known.path,
        5 as match_rank
    from texts
    inner join known
        on
            texts.repository = known.repository
            and texts.text_folder_name = known.stem_name
            and texts.text_kind = 'class'
            and texts.text_folder like '%/%'
            and right('/' || known.path_stem, length(texts.text_folder) + 1)
            = '/' || texts.text_folder
    union all
    -- A package is a folder; any of its files tells whose it is.
    select
        texts.repository,
        texts.text_kind,
        texts.path_text,
        packages.path,
        6 as match_rank
    from texts
    inner join packages
        on
            texts.repository = packages.repository
            and texts.text_name = packages.folder_name
            and texts.text_kind = 'class'
            and right('/' || texts.text_path, length(packages.folder) + 1)
            = '/' || packages.folder
),

ranked as (
    select
        *,
        row_number() over (
            partition by repository, text_kind, path_text
            -- Of what the text ends with, or of packages in it, the longest agrees with most of it.
            order by
                match_rank,
                case when match_rank in (3, 6) then -length(path) end,
                length(path),
                path
        ) as path_rank
    from matches
),

final as (
    select
        texts.repository,
        texts.text_kind,
        texts.path_text,
        case
            when ranked.match_rank <= 5 then ranked.path
            when ranked.path is null and texts.text_kind = 'file' then texts.text_path
        end as path,
        coalesce(
            ranked.path, case when texts.text_kind = 'file' then texts.text_path end
        ) as owner_path
    from texts
    left join ranked
        on
            texts.repository = ranked.repository
            and texts.text_kind = ranked.text_kind
            and texts.path_text = ranked.path_text
            and ranked.path_rank = 1
)

select * from final
