"""Commits, their parents, the files they changed and the refs of git repositories.

    clone, bare repository ─git log (one pass, only commits not known)─▶ parsers.git_log ─┐
         └─git blame of the lines that fixes took away────────────────────────────────────┤
    recorded log ────────────────────────▶ parsers.git_log, parsers.git_log_text ─────────┤ Arrow
                                                                                          ▼
                       raw_git_history: commits, commit_parents, commit_files, refs,
                                        blamed_fixes, blamed_lines

Alone: `python -m dlt_pipelines git_history`. Settings in `[sources.git_history]`:
`repositories` = folders (globs allowed), `files` = recorded logs. With neither, the project folder
itself is read when it is a git checkout. `blame_days`, `blame_files` and `blame_seconds` bound the
blame.
"""

from typing import Any

from dlt_pipelines.context import LoadContext
from dlt_pipelines.git_history.history import batches
from dlt_pipelines.git_history.schema import SCHEMAS

TABLES = tuple(SCHEMAS)


def build(context: LoadContext) -> Any:
    """Make the dlt source of one run."""
    return context.source_of(context.arrow_tables("git_history", SCHEMAS, batches(context)))
