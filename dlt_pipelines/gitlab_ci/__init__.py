"""GitLab CI: pipelines, jobs with their retries, merge requests, deployments, issues; reports.

    files:    saved answers ──────────┐
    webhooks: deliveries that landed ─┼─▶ parsers.gitlab ─▶ BuildLoad ─▶ raw_gitlab_ci
    api:      REST v4, incrementally ─┘          │
                                      reports ─▶ <home>/landing/gitlab_ci

All ways end in the same rows, because the same reader takes the same objects apart. Run it alone
with `python -m dlt_pipelines gitlab_ci --project DIR`. Settings, in `.dlt/config.toml`:

    [sources.gitlab_ci]
    mode = "files"                       # or "api"
    files = ["gitlab/**"]                # globs or folders, relative to the project folder
    projects = ["group/sub/name"]        # api: single projects
    groups = ["group"]                   # api: every project of these, subgroups included
    api_url = "https://gitlab.com"       # api: another server
    artifacts = true                     # api: whether to download archives with reports
    since = "2026-01-01"                 # api: first day to load, also for a back-fill
    until = "2026-03-31"                 # api: last day of a back-fill

    [sources.gitlab_ci]                  # in `.dlt/secrets.toml`
    token = "…"                          # api: or the variable SOURCES__GITLAB_CI__TOKEN

`docs/sources/gitlab-ci.md` says what is kept, which permissions it takes, what the vendor's limits
are.
"""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from dlt_pipelines import build_loading
from dlt_pipelines.build_loading import COLLECTED, build_source, collected_schema
from dlt_pipelines.config import Settings
from dlt_pipelines.context import LoadContext
from dlt_pipelines.gitlab_ci.api import make_plan, read_api
from dlt_pipelines.object_loading import with_source_file
from dlt_pipelines.parsers.gitlab import KEYS, SCHEMAS, GitlabReader

VENDOR = "gitlab"

TABLE_SCHEMAS: dict[str, pa.Schema] = {
    **with_source_file(SCHEMAS),
    COLLECTED: collected_schema(),
}
TABLES: tuple[str, ...] = tuple(TABLE_SCHEMAS)


def is_configured(options: Mapping[str, Any], settings: Settings) -> bool:
    """Tell whether there is anything to read."""
    return build_loading.is_configured(options, settings, VENDOR, "projects", "groups")


def build(context: LoadContext) -> Any:
    """Return the dlt source of one run.

    Raises:
        ConfigurationError: A setting is wrong.
    """
    return build_source(
        context, TABLE_SCHEMAS, GitlabReader, make_plan, read_api, vendor=VENDOR, keys=KEYS
    )
