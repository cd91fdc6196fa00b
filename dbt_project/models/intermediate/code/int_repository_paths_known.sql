with commit_files as (
    select * from {{ ref('stg_git_history__commit_files') }}
),

path_owners as (
    select * from {{ ref('stg_codeowners__path_owners') }}
),

paths as (
    select
        repository,
        path
    from commit_files
    union
    select
        repository,
        path
    from path_owners
),

parts as (
    select
        repository,
        path,
        regexp_replace(path, '[.][A-Za-z0-9_]+$', '') as path_stem,
        regexp_replace(path, '^.*/', '') as file_name,
        regexp_replace(path, '/?[^/]*$', '') as folder
    from paths
),

final as (
    select
        repository,
        path,
        path_stem,
        file_name,
        regexp_replace(path_stem, '^.*/', '') as stem_name,
        folder,
        regexp_replace(folder, '^.*/', '') as folder_name
    from parts
)

select * from final
