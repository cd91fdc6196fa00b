"""Test report files to `raw_test_results`.

    files, folders, URLs ─▶ zip, gzip or report ─▶ detect by content ─▶ reports · suites · cases

Alone: `python -m dlt_pipelines test_results --project DIR`, with

    [sources.test_results]
    files = ["reports/**/*.xml", "github/**/*.zip"]

Optional: `repository = "owner/name"` when all files belong to one repository. Coverage reports
among the files are left to source `coverage`. A report that can't be read has a row in `reports`
with `parse = 'error'` and lies in quarantine.
"""

from collections.abc import Mapping
from typing import Any

from dlt_pipelines.config import Settings
from dlt_pipelines.context import LoadContext
from dlt_pipelines.report_loading import build_report_source, has_report_files
from dlt_pipelines.reports import table_schemas

TABLE_SCHEMAS = table_schemas("test_results")
TABLES = tuple(TABLE_SCHEMAS)
# Archives of reports that these download are read in the same run.
AFTER = ("github_actions", "gitlab_ci", "jenkins", "buildkite")


def is_configured(options: Mapping[str, Any], settings: Settings) -> bool:
    """Tell whether there are files in the settings or downloaded archives."""
    return has_report_files(options, settings)


def build(context: LoadContext) -> Any:
    """Make the dlt source of one run.

    Raises:
        ConfigurationError: `sources.test_results.files` is wrong.
    """
    return build_report_source(context, "test_results")
