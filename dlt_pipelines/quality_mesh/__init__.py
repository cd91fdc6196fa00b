"""Artifacts of a quality mesh to `raw_quality_mesh`: what runners say about their own runs.

    files ─▶ parsers.quality_mesh ─only what is not known─▶ reports · findings · modules

Alone: `python -m dlt_pipelines quality_mesh --project DIR`, with

    [sources.quality_mesh]
    files = ["artifacts/results/*.json"]
    repository = "owner/name"      # optional: the repository that they are about

An artifact is told by its keys. Other JSON files among them are passed over; one that has the name
of an artifact but not its keys goes to quarantine. `docs/sources/quality-mesh.md` lists the keys.
"""

from collections.abc import Mapping
from typing import Any

from dlt_pipelines.config import Settings, path_list
from dlt_pipelines.context import LoadContext
from dlt_pipelines.files import find_files
from dlt_pipelines.object_loading import ObjectLoad, with_source_file
from dlt_pipelines.parsers.quality_mesh import KEYS, SCHEMAS, read_artifact

TABLE_SCHEMAS = with_source_file(SCHEMAS)
TABLES = tuple(TABLE_SCHEMAS)

_SECTION = "sources.quality_mesh"


def is_configured(options: Mapping[str, Any], _: Settings) -> bool:
    """Tell whether files are named."""
    return bool(options.get("files"))


def build(context: LoadContext) -> Any:
    """Make the dlt source of one run.

    Raises:
        ConfigurationError: `sources.quality_mesh.files` is wrong.
    """
    repository = context.options.get("repository")
    named = str(repository) if repository else None
    load = ObjectLoad(
        context, KEYS, lambda document, locator: read_artifact(document, locator, named)
    )
    patterns = path_list(context.options, _SECTION, "files")
    files = find_files(patterns, context.settings, f"{_SECTION}.files")
    return context.source_of(context.row_tables("quality_mesh", TABLE_SCHEMAS, load.files(files)))
