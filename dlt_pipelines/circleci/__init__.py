"""CircleCI: projects, pipelines, their workflows (builds here) and jobs.

    files:    saved answers ───────────┐
    webhooks: deliveries that landed ──┼─▶ parsers.circleci ─▶ BuildLoad ─▶ raw_circleci
    api:      API v2, by page tokens ──┘

All ways end in the same rows, because the same reader takes the same objects apart. Run it alone
with `python -m dlt_pipelines circleci --project DIR`. Settings, in `.dlt/config.toml`:

    [sources.circleci]
    mode = "files"                     # or "api"
    files = ["circleci/**"]            # globs or folders, relative to the project folder
    projects = ["gh/owner/name"]       # api: slugs of what to poll
    since = "2026-01-01"               # api: first day to load, also for a back-fill
    until = "2026-03-31"               # api: last day of a back-fill
    lookback_days = 7                  # api: how long a pipeline is asked for new workflows

    [sources.circleci]                 # in `.dlt/secrets.toml`
    token = "…"                        # api: or the variable SOURCES__CIRCLECI__TOKEN

`docs/sources/circleci.md` says what is kept, which permissions it takes, what the vendor's limits
are.
"""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from dlt_pipelines import build_loading
from dlt_pipelines.build_loading import build_source, table_schemas
from dlt_pipelines.circleci.api import make_plan, read_api
from dlt_pipelines.config import Settings
from dlt_pipelines.context import LoadContext
from dlt_pipelines.parsers.circleci import CircleciReader

TABLE_SCHEMAS: dict[str, pa.Schema] = table_schemas("pipelines", "pipeline_runs", "builds", "jobs")
TABLES: tuple[str, ...] = tuple(TABLE_SCHEMAS)


def is_configured(options: Mapping[str, Any], settings: Settings) -> bool:
    """Tell whether there is anything to read."""
    return build_loading.is_configured(options, settings, "circleci", "projects")


def build(context: LoadContext) -> Any:
    """Return the dlt source of one run.

    Raises:
        ConfigurationError: A setting is wrong.
    """
    return build_source(
        context, TABLE_SCHEMAS, CircleciReader, make_plan, read_api, vendor="circleci"
    )
