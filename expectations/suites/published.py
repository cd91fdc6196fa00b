"""Gate 2: is what readers would get whole, and in keeping with what they have?"""

from expectations.suites.definition import Expected, no_rows

VOLUME = (
    no_rows(
        "attempts_do_not_vanish",
        "core.fct_workflow_run_attempts",
        "blocking",
        "Raw is never deleted, so a table has at least 90 % of the rows of the build before.",
        query="""
        select previous_rows.row_count as previous_row_count, count(*) as row_count
        from previous_rows
        left join batch on true
        where previous_rows.table_name = 'core.fct_workflow_run_attempts'
        group by previous_rows.row_count
        having count(*) < 0.9 * previous_rows.row_count
        """,
    ),
)

EXPECTATIONS: tuple[Expected, ...] = (*VOLUME,)
