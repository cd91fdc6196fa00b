"""Mutation report files to `raw_mutation`.

    files, folders, URLs ─▶ zip, gzip or report ─▶ detect by content ─▶ reports · mutants · tests

Alone: `python -m dlt_pipelines mutation --project DIR`, with

    [sources.mutation]
    files = ["reports/mutation/**", "github/**/*.zip"]

Optional: `repository = "owner/name"` when all files belong to one repository. Other reports among
the files are left to their sources. A report that can't be read has a row in `reports` with
`parse = 'error'` and lies in quarantine.
"""

from collections.abc import Mapping
from typing import Any

from dlt_pipelines.config import Settings
from dlt_pipelines.context import LoadContext
from dlt_pipelines.report_loading import build_report_source, has_report_files
from dlt_pipelines.reports import table_schemas

TABLE_SCHEMAS = table_schemas("mutation")
TABLES = tuple(TABLE_SCHEMAS)
# Archives of reports that these download are read in the same run.
AFTER = ("github_actions", "gitlab_ci", "jenkins", "buildkite")


def is_configured(options: Mapping[str, Any], settings: Settings) -> bool:
    """Tell whether there are files in the settings or downloaded archives."""
    return has_report_files(options, settings)


def build(context: LoadContext) -> Any:
    """Make the dlt source of one run.

    Raises:
        ConfigurationError: `sources.mutation.files` is wrong.
    """
    return build_report_source(context, "mutation")
