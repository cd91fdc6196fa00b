"""Tables of your own to `raw_imports`, one raw table per kind.

    testops import ─▶ landing folder ─┐
    files settings ─▶ checked ────────┴▶ runs · jobs · test_results · … │ quarantine.rejected_rows

Alone: `python -m dlt_pipelines imports --project DIR`. What `testops import` took needs no setting;
files that are written again and again are named in

    [sources.imports]
    repository = "owner/name"           # for rows without one
    runs = ["exports/builds-*.csv"]     # any kind: paths, folders, globs, URLs

    [sources.imports.maps]
    runs = ["build_id=run_id", "sha=head_sha"]

A file is loaded once as it is; a file that changed is loaded again, and the newest row of a key
counts. The columns of every kind are in `docs/how-to/import-your-own-tables.md`.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dlt_pipelines.parsers.tables.kinds import KINDS

if TYPE_CHECKING:
    from dlt_pipelines.config import Settings
    from dlt_pipelines.context import LoadContext

TABLE_SCHEMAS = {kind.name: kind.schema for kind in KINDS.values()}
TABLES = tuple(TABLE_SCHEMAS)


def is_configured(options: Mapping[str, Any], settings: "Settings") -> bool:
    """Tell whether a kind has files in the settings or in the landing folder."""
    folder = settings.landing_folder / "imports"
    return any(options.get(name) for name in TABLES) or any(folder.glob("*/*.parquet"))


def build(context: "LoadContext") -> Any:
    """Make the dlt source of one run.

    Raises:
        ConfigurationError: A setting of `sources.imports` is wrong.
    """
    # The command that checks files starts without dlt, so the load is imported only here.
    from dlt_pipelines.imports.loading import batches, jobs_of

    jobs = jobs_of(context)
    return context.source_of(context.arrow_tables("imports", TABLE_SCHEMAS, batches(context, jobs)))
