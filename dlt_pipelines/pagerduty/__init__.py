"""PagerDuty: incidents, their log entries, services.

    files:    saved answers ───────────┐
    api:      REST API, by log entries ┼─▶ parsers.incidents.pagerduty ─known versions left out─▶
    webhooks: what has landed ─────────┘                                          raw_pagerduty

Alone: `python -m dlt_pipelines pagerduty --project DIR`. Settings, in `.dlt/config.toml`:

    [sources.pagerduty]
    mode = "files"                       # or "api"
    files = ["incidents/pagerduty/**"]   # globs or folders, relative to the project folder
    api_url = "https://api.pagerduty.com"  # api: another server
    since = "2026-01-01"                 # api: first day to load, also for a back-fill
    until = "2026-03-31"                 # api: last day of a back-fill

    [sources.pagerduty]                  # in `.dlt/secrets.toml`
    token = "…"                          # api: a read-only key; or SOURCES__PAGERDUTY__TOKEN

`docs/sources/pagerduty.md` says what is kept.
"""

from collections.abc import Mapping
from typing import Any

from dlt_pipelines import object_loading
from dlt_pipelines.config import Settings
from dlt_pipelines.context import LoadContext
from dlt_pipelines.deliveries import has_landed
from dlt_pipelines.object_loading import with_source_file
from dlt_pipelines.pagerduty.api import read_api
from dlt_pipelines.parsers.incidents.pagerduty import KEYS, SCHEMAS, SERVICES, read

TABLE_SCHEMAS = with_source_file(SCHEMAS)
TABLES: tuple[str, ...] = tuple(TABLE_SCHEMAS)


def is_configured(options: Mapping[str, Any], settings: Settings) -> bool:
    """Tell whether there is anything to read."""
    return object_loading.is_configured(options) or has_landed(settings, "pagerduty")


def build(context: LoadContext) -> Any:
    """Return the dlt source of one run.

    Raises:
        ConfigurationError: A setting is wrong.
    """
    return object_loading.build_source(
        context, TABLE_SCHEMAS, KEYS, read, read_api, timeless={SERVICES}
    )
