"""Azure DevOps Pipelines: definitions, builds, the stages, jobs and steps of every attempt.

    files:    saved answers ──────────┐
    webhooks: deliveries that landed ─┼─▶ parsers.azure_devops ─▶ BuildLoad ─▶ raw_azure_devops
    api:      builds and timelines ───┘

All ways end in the same rows, because the same reader takes the same objects apart. Run it alone
with `python -m dlt_pipelines azure_devops --project DIR`. Settings, in `.dlt/config.toml`:

    [sources.azure_devops]
    mode = "files"                         # or "api"
    files = ["azure_devops/**"]            # globs or folders, relative to the project folder
    projects = ["organization/project"]    # api: what to poll
    since = "2026-01-01"                   # api: first day to load, also for a back-fill
    until = "2026-03-31"                   # api: last day of a back-fill

    [sources.azure_devops]                 # in `.dlt/secrets.toml`
    token = "…"                            # api: or the variable SOURCES__AZURE_DEVOPS__TOKEN

`docs/sources/azure_devops.md` says what is kept, which permissions it takes, what the vendor's
limits are.
"""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from dlt_pipelines import build_loading
from dlt_pipelines.azure_devops.api import make_plan, read_api
from dlt_pipelines.build_loading import build_source, table_schemas
from dlt_pipelines.config import Settings
from dlt_pipelines.context import LoadContext
from dlt_pipelines.parsers.azure_devops import AzureDevopsReader

TABLE_SCHEMAS: dict[str, pa.Schema] = table_schemas(
    "pipelines", "builds", "stages", "jobs", "steps"
)
TABLES: tuple[str, ...] = tuple(TABLE_SCHEMAS)


def is_configured(options: Mapping[str, Any], settings: Settings) -> bool:
    """Tell whether there is anything to read."""
    return build_loading.is_configured(options, settings, "azure_devops", "projects")


def build(context: LoadContext) -> Any:
    """Return the dlt source of one run.

    Raises:
        ConfigurationError: A setting is wrong.
    """
    return build_source(
        context, TABLE_SCHEMAS, AzureDevopsReader, make_plan, read_api, vendor="azure_devops"
    )
