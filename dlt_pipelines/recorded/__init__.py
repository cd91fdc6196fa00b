"""Deployments and incidents recorded by hand.

    testops dora deploy, testops dora incident ─▶ <home>/landing/recorded/**/*.json ─┐
    files with such records from elsewhere ──────────────────────────────────────────┴─▶
                              parsers.recorded ─known versions left out─▶ raw_recorded

Alone: `python -m dlt_pipelines recorded`. What the commands wrote is always read; files from
elsewhere need a setting:

    [sources.recorded]
    files = ["records/*.jsonl"]    # records as the commands write them, one object a line

`docs/sources/recorded.md` says what a record holds.
"""

from collections.abc import Mapping
from typing import Any

from dlt_pipelines.config import Settings, path_list
from dlt_pipelines.context import LoadContext
from dlt_pipelines.files import find_files
from dlt_pipelines.object_loading import ObjectLoad, with_source_file
from dlt_pipelines.parsers.recorded import KEYS, SCHEMAS, read

TABLE_SCHEMAS = with_source_file(SCHEMAS)
TABLES: tuple[str, ...] = tuple(TABLE_SCHEMAS)

_FOLDER = "recorded"


def is_configured(options: Mapping[str, Any], settings: Settings) -> bool:
    """Tell whether there is anything to read."""
    return bool(options.get("files")) or (settings.landing_folder / _FOLDER).is_dir()


def build(context: LoadContext) -> Any:
    """Return the dlt source of one run.

    Raises:
        ConfigurationError: A setting is wrong.
    """
    patterns = list(path_list(context.options, "sources.recorded", "files"))
    folder = context.settings.landing_folder / _FOLDER
    if folder.is_dir():
        patterns.append(str(folder))
    found = find_files(patterns, context.settings, "sources.recorded.files")
    rows = ObjectLoad(context, KEYS, read).files(found)
    return context.source_of(context.row_tables("recorded", TABLE_SCHEMAS, rows))
