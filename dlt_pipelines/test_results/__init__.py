"""Test report files to `raw_test_results`.

    files, folders, URLs ─▶ zip, gzip or report ─▶ detect by content ─▶ reports · suites · cases

Alone: `python -m dlt_pipelines test_results --project DIR`, with

    [sources.test_results]
    files = ["reports/**/*.xml", "github/**/*.zip"]

Optional: `repository = "owner/name"` when all files belong to one repository. Coverage reports
among the files are left to source `coverage`. A report that can't be read has a row in `reports`
with `parse = 'error'` and lies in quarantine.
"""

from typing import Any

from dlt_pipelines.context import LoadContext
from dlt_pipelines.report_loading import build_report_source

TABLES = ("reports", "suites", "cases")
# Archives of reports that it downloads are read in the same run.
AFTER = ("github_actions",)


def build(context: LoadContext) -> Any:
    """Make the dlt source of one run.

    Raises:
        ConfigurationError: `sources.test_results.files` is wrong.
    """
    return build_report_source(context, "test_results")
