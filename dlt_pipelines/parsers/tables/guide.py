"""The columns of the kinds as Markdown: `python -m dlt_pipelines.parsers.tables.guide`.

The guide ends with exactly this text; a test compares them.
"""

import sys
from collections.abc import Mapping

from dlt_pipelines.parsers.tables.kinds import KINDS
from dlt_pipelines.parsers.tables.model import Kind


def columns_of(kind: Kind) -> str:
    """Return the section of one kind."""
    one_of = {name for group in kind.one_of for name in group}
    lines = [
        f"### `{kind.name}`",
        "",
        f"A row is {kind.row}. The newest row of {_listed(kind.key)} counts.",
        "",
        "| column | type | needed | what it says |",
        "|---|---|---|---|",
    ]
    for column in kind.columns:
        needed = "yes" if column.is_required else "one of these" if column.name in one_of else ""
        lines.append(f"| `{column.name}` | {column.type} | {needed} | {column.description} |")
    for column in kind.columns:
        if column.words:
            words = sorted(set(column.words.values()))
            known = f"`{column.name}` is one of {_listed(words)}, or another word for it"
            lines += ["", f"{known}: {_others(column.words)}."]
    return "\n".join(lines)


def guide() -> str:
    """Return the sections of all kinds."""
    return "\n\n".join(columns_of(kind) for kind in KINDS.values())


def _listed(names: tuple[str, ...] | list[str]) -> str:
    shown = [f"`{name}`" for name in names]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _others(words: Mapping[str, str]) -> str:
    ours = {word.replace("_", "") for word in words.values()}
    return ", ".join(f"{alias} → {word}" for alias, word in words.items() if alias not in ours)


if __name__ == "__main__":
    sys.stdout.write(guide() + "\n")
