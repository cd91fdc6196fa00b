"""GitHub Actions: runs by attempt, jobs, steps, artifacts, deployments, pull requests, issues.

    files: saved answers ──────────┐
    api:   REST API, incrementally ┼─▶ parsers.github ─▶ Collector ─▶ Arrow ─▶ raw_github_actions
    webhook deliveries that landed ┘                         │
                                                  rows known already are left out

Deliveries are read in both modes. All ways end in the same rows, because the same reader takes the
same answers apart. Run it alone with `python -m dlt_pipelines github_actions --project DIR`.
Settings, in `.dlt/config.toml`:

    [sources.github_actions]
    mode = "files"                     # or "api"
    files = ["github/**"]              # globs or folders, relative to the project folder
    repositories = ["owner/name"]      # api: what to poll
    api_url = "https://api.github.com" # api: another server
    since = "2026-01-01"               # api: first day to load, also for a back-fill
    until = "2026-03-31"               # api: last day of a back-fill

    [sources.github_actions]           # in `.dlt/secrets.toml`
    token = "…"                        # api: or the variable SOURCES__GITHUB_ACTIONS__TOKEN

`docs/sources/github-actions.md` says what is kept, which permissions it takes, what the vendor's
limits are.
"""

from collections.abc import Mapping
from itertools import chain
from typing import Any

from dlt_pipelines.config import Settings
from dlt_pipelines.context import LoadContext
from dlt_pipelines.deliveries import has_landed
from dlt_pipelines.github_actions.api import make_plan, read_api
from dlt_pipelines.github_actions.collector import TABLE_SCHEMAS, Collector
from dlt_pipelines.github_actions.deliveries import VENDOR, delivered_batches
from dlt_pipelines.github_actions.files import read_files
from dlt_pipelines.polling import mode_of

TABLES: tuple[str, ...] = tuple(TABLE_SCHEMAS)


def is_configured(options: Mapping[str, Any], settings: Settings) -> bool:
    """Tell whether there is anything to read; a wrong mode is for `build` to say."""
    if options.get("mode", "files") == "files":
        return bool(options.get("files")) or has_landed(settings, VENDOR)
    return True


def build(context: LoadContext) -> Any:
    """Return the dlt source of one run.

    Raises:
        ConfigurationError: A setting is wrong.
    """
    mode = mode_of(context.options, "sources.github_actions")
    context.audit.mode = mode
    collector = Collector(context)
    if mode == "api":
        read = read_api(context, make_plan(context.options, context.loaded_at), collector)
    else:
        read = read_files(context, collector)
    batches = chain(delivered_batches(context, collector), read)
    return context.source_of(context.arrow_tables("github_actions", TABLE_SCHEMAS, batches))
