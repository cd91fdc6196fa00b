{{ united_rows(
    [
        'report_id', 'case_index', 'suite_index', 'suite_path', 'class_name', 'test_name',
        'parameters', 'file', 'verdict', 'failure_type', 'failure_message', 'failure_details',
        'failure_hash', 'duration_seconds', 'retry_index', 'is_final', 'is_synthetic', 'loaded_at',
    ],
    [
        'stg_test_results__cases',
        'stg_imports__test_results',
    ]
) }}
