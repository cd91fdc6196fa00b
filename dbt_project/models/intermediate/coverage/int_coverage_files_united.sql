{{ united_rows(
    [
        'report_id', 'file_index', 'path', 'lines_valid', 'lines_covered', 'branches_valid',
        'branches_covered',
    ],
    [
        'stg_coverage__files',
        'int_imported_files_numbered',
    ]
) }}
