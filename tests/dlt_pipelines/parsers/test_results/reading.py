"""A report as every loader reads it: found by content, its cases as dictionaries."""

from dlt_pipelines.parsers import test_results
from dlt_pipelines.parsers.head import read_head


def read_cases(content, encoding="utf-8"):
    """Return the report of a text and its cases."""
    data = content.encode(encoding)
    sink = test_results.Sink()
    format_name = test_results.detect(read_head(data))
    assert format_name is not None
    report = test_results.read(data, format_name, sink)
    rows = [
        dict(zip(batch, values, strict=True))
        for batch in sink.cases.pop_batches()
        for values in zip(*batch.values(), strict=True)
    ]
    return report, rows


def counts(report):
    """Return how many tests, and how many of them passed, failed, errored and were skipped."""
    return (
        report.test_count,
        report.passed_count,
        report.failed_count,
        report.errored_count,
        report.skipped_count,
    )
