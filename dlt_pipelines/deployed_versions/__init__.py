"""Deployed-version files of delivery pipelines: what runs where since when.

    git history of a repository (first parents of its default branch) ─┐
    plain files ───────────────────────────────────────────────────────┴─▶
                    parsers.deployed_versions ─only what changed─▶ raw_deployed_versions

A file such as `state/production.json` is overwritten by each deployment, so each change of it in
the history is a deployment of that version. Alone: `python -m dlt_pipelines deployed_versions`.
Settings, in `.dlt/config.toml`:

    [sources.deployed_versions]
    repositories = ["git/*.git"]     # clones or bare repositories, globs allowed
    paths = ["state/*.json"]         # which files in them; this is the default
    files = ["state/*.json"]         # plain files, relative to the project folder

`docs/sources/deployed-versions.md` says what such a file may look like.
"""

from collections.abc import Mapping
from typing import Any

from dlt_pipelines.config import Settings
from dlt_pipelines.context import LoadContext
from dlt_pipelines.deployed_versions.load import SCHEMAS, read
from dlt_pipelines.object_loading import with_source_file

TABLE_SCHEMAS = with_source_file(SCHEMAS)
TABLES: tuple[str, ...] = tuple(TABLE_SCHEMAS)


def is_configured(options: Mapping[str, Any], _: Settings) -> bool:
    """Tell whether there is anything to read."""
    return bool(options.get("repositories") or options.get("files"))


def build(context: LoadContext) -> Any:
    """Return the dlt source of one run.

    Raises:
        ConfigurationError: A setting is wrong.
    """
    return context.source_of(context.row_tables("deployed_versions", TABLE_SCHEMAS, read(context)))
