{{ united_rows(
    [
        'report_id', 'case_index', 'suite_index', 'suite_path', 'suite_name', 'class_name',
        'test_name', 'parameters', 'file', 'line', 'verdict', 'failure_type', 'failure_message',
        'failure_details', 'failure_hash', 'owner_tag', 'duration_seconds', 'retry_index', 'is_final',
        'has_system_out', 'has_system_err', 'is_synthetic', 'loaded_at',
    ],
    [
        'stg_test_results__cases',
        'stg_imports__test_results',
    ]
) }}
