"""CODEOWNERS with history: who owned which path when.

    clone, bare repository ─first-parent history of the default branch─▶ versions of CODEOWNERS
                           ─every path of the history──────────────────▶ paths
    versions ─parsers.codeowners─▶ rules;  rules × paths ─▶ intervals of ownership
                              │
                              ▼
    raw_codeowners: files, rules, path_owners

Alone: `python -m dlt_pipelines codeowners`. Settings in `[sources.codeowners]`: `repositories`
(folders, globs; by default those of `[sources.git_history]`) and `dialect` (`github`, `gitlab`;
by default found out, see `history.dialect_of`).
"""

from typing import Any

from dlt_pipelines.codeowners.load import batches
from dlt_pipelines.codeowners.schema import SCHEMAS
from dlt_pipelines.context import LoadContext

TABLES = tuple(SCHEMAS)


def build(context: LoadContext) -> Any:
    """Make the dlt source of one run."""
    return context.source_of(context.arrow_tables("codeowners", SCHEMAS, batches(context)))
