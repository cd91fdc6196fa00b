"""Jenkins: jobs, builds, stages, artifacts; test reports into the landing folder.

    files:    saved answers, build.xml ──┐
    webhooks: notifications that landed ─┼─▶ parsers.jenkins ─▶ BuildLoad ─▶ raw_jenkins
    api:      tree= queries, wfapi ──────┘          │
                                            testReport ─▶ <home>/landing/jenkins

All ways end in the same rows, because the same reader takes the same objects apart. Run it alone
with `python -m dlt_pipelines jenkins --project DIR`. Settings, in `.dlt/config.toml`:

    [sources.jenkins]
    mode = "files"                         # or "api"
    files = ["jenkins/**"]                 # globs or folders, relative to the project folder
    server = "ci.example.org"              # files: whose answers they are, where they don't say it
    api_url = "https://ci.example.org"     # api: the server, with its prefix if it has one
    jobs = ["shop/**", "tools/*"]          # api: full names; by default all jobs
    since = "2026-01-01"                   # api: first day to load, also for a back-fill
    until = "2026-03-31"                   # api: last day of a back-fill

    [sources.jenkins]                      # in `.dlt/secrets.toml`
    user = "…"                             # api: or the variable SOURCES__JENKINS__USER
    token = "…"                            # api: or the variable SOURCES__JENKINS__TOKEN

`docs/sources/jenkins.md` says what is kept, which permissions it takes, what the vendor's limits
are.
"""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from dlt_pipelines import build_loading
from dlt_pipelines.build_loading import build_source, table_schemas
from dlt_pipelines.config import Settings
from dlt_pipelines.context import LoadContext
from dlt_pipelines.jenkins.api import make_plan, read_api
from dlt_pipelines.parsers.builds import Sink
from dlt_pipelines.parsers.jenkins import JenkinsReader

TABLE_SCHEMAS: dict[str, pa.Schema] = table_schemas(
    "pipelines", "builds", "stages", "jobs", "artifacts"
)
TABLES: tuple[str, ...] = tuple(TABLE_SCHEMAS)


def is_configured(options: Mapping[str, Any], settings: Settings) -> bool:
    """Tell whether there is anything to read."""
    return build_loading.is_configured(options, settings, "jenkins", "api_url")


def build(context: LoadContext) -> Any:
    """Return the dlt source of one run.

    Raises:
        ConfigurationError: A setting is wrong.
    """
    server = str(context.options["server"]) if context.options.get("server") else None

    def make_reader(sink: Sink, address: str) -> JenkinsReader:
        return JenkinsReader(sink, address, server)

    return build_source(context, TABLE_SCHEMAS, make_reader, make_plan, read_api, vendor="jenkins")
