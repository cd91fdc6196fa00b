"""Opsgenie: incidents, their timelines, services.

    files:    saved answers ─────────────┐
    api:      REST API, newest weeks and ┴─▶ parsers.incidents.opsgenie ─known versions left out─▶
     ▲        whatever is open                                                     raw_opsgenie
    webhooks: name incidents to ask for

Alone: `python -m dlt_pipelines opsgenie --project DIR`. Settings, in `.dlt/config.toml`:

    [sources.opsgenie]
    mode = "files"                       # or "api"
    files = ["incidents/opsgenie/**"]    # globs or folders, relative to the project folder
    api_url = "https://api.opsgenie.com" # api: another server, as `https://api.eu.opsgenie.com`
    since = "2026-01-01"                 # api: first day to load, also for a back-fill
    until = "2026-03-31"                 # api: last day of a back-fill

    [sources.opsgenie]                   # in `.dlt/secrets.toml`
    token = "…"                          # api: key of an API integration; or
                                         # SOURCES__OPSGENIE__TOKEN

`docs/sources/opsgenie.md` says what is kept.
"""

from collections.abc import Mapping
from typing import Any

from dlt_pipelines import object_loading
from dlt_pipelines.config import Settings
from dlt_pipelines.context import LoadContext
from dlt_pipelines.object_loading import with_source_file
from dlt_pipelines.opsgenie.api import read_api
from dlt_pipelines.parsers.incidents.opsgenie import KEYS, SCHEMAS, SERVICES, read

TABLE_SCHEMAS = with_source_file(SCHEMAS)
TABLES: tuple[str, ...] = tuple(TABLE_SCHEMAS)


def is_configured(options: Mapping[str, Any], _: Settings) -> bool:
    """Tell whether there is anything to read."""
    return object_loading.is_configured(options)


def build(context: LoadContext) -> Any:
    """Return the dlt source of one run.

    Raises:
        ConfigurationError: A setting is wrong.
    """
    return object_loading.build_source(
        context, TABLE_SCHEMAS, KEYS, read, read_api, timeless={SERVICES}
    )
