"""Which lines a change adds or modifies, against its merge base.

    heads and bases of changes (raw tables of CI vendors, imports) ─┐
    branches of local clones against the default branch ────────────┤ pairs of commits
                                                                    ▼
              clone ─rev-list─▶ merge bases ─diff-tree, one process─▶ parsers.diff
                                                                    ▼
                               raw_changed_lines: comparisons, hunks

Alone: `python -m dlt_pipelines changed_lines`. Settings in `[sources.changed_lines]`:
`repositories` = folders (globs allowed; by default those of `[sources.git_history]`).
"""

from collections.abc import Mapping
from typing import Any

from dlt_pipelines.changed_lines.load import batches, clone_patterns
from dlt_pipelines.changed_lines.schema import SCHEMAS
from dlt_pipelines.config import Settings
from dlt_pipelines.context import LoadContext

TABLE_SCHEMAS = SCHEMAS
TABLES = tuple(SCHEMAS)
# The sources that say which commits are the heads and bases of changes.
AFTER = ("github_actions", "gitlab_ci", "imports")


def is_configured(options: Mapping[str, Any], settings: Settings) -> bool:
    """Tell whether there is a clone to look into."""
    return bool(clone_patterns(options, settings.project)) or (settings.project / ".git").exists()


def build(context: LoadContext) -> Any:
    """Make the dlt source of one run."""
    return context.source_of(context.arrow_tables("changed_lines", SCHEMAS, batches(context)))
