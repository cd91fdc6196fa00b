{{ united_rows(
    [
        'report_id', 'file_index', 'path', 'package', 'lines_valid', 'lines_covered',
        'branches_valid', 'branches_covered', 'functions_valid', 'functions_covered', 'loaded_at',
    ],
    [
        'stg_coverage__files',
        'int_imported_files_numbered',
    ]
) }}
