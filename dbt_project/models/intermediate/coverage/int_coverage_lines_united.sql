{{ united_rows(
    [
        'report_id', 'file_index', 'line', 'hits', 'branches_valid', 'branches_covered',
    ],
    [
        'stg_coverage__lines',
        'int_imported_lines_numbered',
    ]
) }}
