"""Coverage report files to `raw_coverage`.

    files, folders, URLs ─▶ zip, gzip or report ─▶ detect by content ─▶ reports · files · lines

Alone: `python -m dlt_pipelines coverage --project DIR`, with

    [sources.coverage]
    files = ["coverage/**", "github/**/*.zip"]

Optional: `repository = "owner/name"` when all files belong to one repository. Test reports among
the files are left to source `test_results`. A report that can't be read has a row in `reports` with
`parse = 'error'` and lies in quarantine.
"""

from collections.abc import Mapping
from typing import Any

from dlt_pipelines.config import Settings
from dlt_pipelines.context import LoadContext
from dlt_pipelines.report_loading import build_report_source, has_report_files
from dlt_pipelines.reports import table_schemas

TABLE_SCHEMAS = table_schemas("coverage")
TABLES = tuple(TABLE_SCHEMAS)
# Archives of reports that these download are read in the same run.
AFTER = ("github_actions", "gitlab_ci", "jenkins", "buildkite")


def is_configured(options: Mapping[str, Any], settings: Settings) -> bool:
    """Tell whether there are files in the settings or downloaded archives."""
    return has_report_files(options, settings)


def build(context: LoadContext) -> Any:
    """Make the dlt source of one run.

    Raises:
        ConfigurationError: `sources.coverage.files` is wrong.
    """
    return build_report_source(context, "coverage")
