"""Buildkite: pipelines, builds, jobs with their retries, artifacts; reports for the report readers.

    files:    saved answers ──────────┐
    webhooks: deliveries that landed ─┼─▶ parsers.buildkite ─▶ BuildLoad ─▶ raw_buildkite
    api:      REST v2, incrementally ─┘            │
                                        reports ─▶ <home>/landing/buildkite

All ways end in the same rows, because the same reader takes the same objects apart. Run it alone
with `python -m dlt_pipelines buildkite --project DIR`. Settings, in `.dlt/config.toml`:

    [sources.buildkite]
    mode = "files"                            # or "api"
    files = ["buildkite/**"]                  # globs or folders, relative to the project folder
    organizations = ["acme"]                  # api: every pipeline of these
    pipelines = ["acme/shop"]                 # api: or these alone
    artifacts = ["**/*.xml", "**/lcov.info"]  # api: files to download; [] is none
    since = "2026-01-01"                      # api: first day to load, also for a back-fill
    until = "2026-03-31"                      # api: last day of a back-fill

    [sources.buildkite]                       # in `.dlt/secrets.toml`
    token = "…"                               # api: or the variable SOURCES__BUILDKITE__TOKEN

`docs/sources/buildkite.md` says what is kept, which permissions it takes, what the vendor's limits
are.
"""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from dlt_pipelines import build_loading
from dlt_pipelines.build_loading import build_source, table_schemas
from dlt_pipelines.buildkite.api import make_plan, read_api
from dlt_pipelines.config import Settings
from dlt_pipelines.context import LoadContext
from dlt_pipelines.parsers.buildkite import BuildkiteReader

TABLE_SCHEMAS: dict[str, pa.Schema] = table_schemas("pipelines", "builds", "jobs", "artifacts")
TABLES: tuple[str, ...] = tuple(TABLE_SCHEMAS)


def is_configured(options: Mapping[str, Any], settings: Settings) -> bool:
    """Tell whether there is anything to read."""
    return build_loading.is_configured(options, settings, "buildkite", "organizations", "pipelines")


def build(context: LoadContext) -> Any:
    """Return the dlt source of one run.

    Raises:
        ConfigurationError: A setting is wrong.
    """
    return build_source(
        context, TABLE_SCHEMAS, BuildkiteReader, make_plan, read_api, vendor="buildkite"
    )
