"""The part of gate 1 that looks at test and coverage reports, see `expectations.suites.raw`."""

from expectations.suites.definition import no_rows

TEST_RESULTS = (
    no_rows(
        "test_reports_are_readable",
        "raw_test_results.reports",
        "blocking",
        "No more than half of the test reports of one format could not be read.",
        query="""
        select format, count(*) as report_count, count_if(parse = 'error') as unreadable_count
        from batch
        group by format
        having count(*) >= 10 and count_if(parse = 'error') > 0.5 * count(*)
        """,
    ),
    no_rows(
        "test_reports_are_whole",
        "raw_test_results.reports",
        "warning",
        "At most 5 % of the test reports of one format were cut off.",
        query="""
        select format, count(*) as report_count, count_if(parse = 'partial') as partial_count
        from batch
        group by format
        having count_if(parse = 'partial') > 0.05 * count(*)
        """,
    ),
    no_rows(
        "test_reports_have_their_cases",
        "raw_test_results.reports",
        "blocking",
        "A report has as many cases in the warehouse as were counted when it was read.",
        query="""
        , cases as (
            select report_id, loaded_at, count_if(is_final) as case_count
            from raw_test_results.cases
            group by all
        )
        select
            batch.locator,
            batch.report_id,
            batch.test_count,
            coalesce(cases.case_count, 0) as case_count
        from batch
        left join cases
            on batch.report_id = cases.report_id and batch.loaded_at = cases.loaded_at
        where batch.test_count <> coalesce(cases.case_count, 0)
        """,
    ),
    no_rows(
        "test_cases_belong_to_reports",
        "raw_test_results.cases",
        "blocking",
        "Every test case belongs to a report that was loaded.",
        query="""
        select report_id, count(*) as case_count
        from batch
        where report_id not in (select r.report_id from raw_test_results.reports as r)
        group by report_id
        """,
    ),
    no_rows(
        "test_reports_count_what_they_claim",
        "raw_test_results.reports",
        "warning",
        "At most a fifth of the whole reports of one generator hold another number of tests than"
        " their own header claims.",
        query="""
        select
            format,
            generator,
            count(*) as report_count,
            count_if(declared_tests <> test_count) as differing_count
        from batch
        where parse = 'ok' and declared_tests is not null
        group by format, generator
        having count(*) >= 10 and count_if(declared_tests <> test_count) > 0.2 * count(*)
        """,
    ),
    no_rows(
        "test_durations_are_plausible",
        "raw_test_results.cases",
        "warning",
        "No test took less than nothing or more than a day.",
        query="""
        select report_id, case_index, name, duration_seconds
        from batch
        where duration_seconds not between 0 and 86400
        """,
    ),
)

COVERAGE = (
    no_rows(
        "coverage_reports_are_readable",
        "raw_coverage.reports",
        "blocking",
        "No more than half of the coverage reports of one format could not be read.",
        query="""
        select format, count(*) as report_count, count_if(parse = 'error') as unreadable_count
        from batch
        group by format
        having count(*) >= 10 and count_if(parse = 'error') > 0.5 * count(*)
        """,
    ),
    no_rows(
        "coverage_reports_have_their_files",
        "raw_coverage.reports",
        "blocking",
        "A report has as many files in the warehouse as were counted when it was read.",
        query="""
        , files as (
            select report_id, loaded_at, count(*) as file_count
            from raw_coverage.files
            group by all
        )
        select
            batch.locator,
            batch.report_id,
            batch.file_count as counted_file_count,
            coalesce(files.file_count, 0) as file_count
        from batch
        left join files
            on batch.report_id = files.report_id and batch.loaded_at = files.loaded_at
        where batch.file_count <> coalesce(files.file_count, 0)
        """,
    ),
    no_rows(
        "coverage_lines_belong_to_files",
        "raw_coverage.lines",
        "blocking",
        "Every covered line belongs to a file of its report.",
        query="""
        select batch.report_id, batch.file_index, count(*) as line_count
        from batch
        anti join raw_coverage.files as files
            on batch.report_id = files.report_id and batch.file_index = files.file_index
        group by all
        """,
    ),
    no_rows(
        "coverage_totals_are_what_they_claim",
        "raw_coverage.reports",
        "warning",
        "At most a fifth of the whole reports of one generator add up to other line totals than"
        " their own header claims.",
        query="""
        select
            format,
            generator,
            count(*) as report_count,
            count_if(
                declared_lines_valid <> lines_valid or declared_lines_covered <> lines_covered
            ) as differing_count
        from batch
        where parse = 'ok'
            and declared_lines_valid is not null
            and declared_lines_covered is not null
        group by format, generator
        having count(*) >= 10
            and count_if(
                declared_lines_valid <> lines_valid or declared_lines_covered <> lines_covered
            ) > 0.2 * count(*)
        """,
    ),
)
