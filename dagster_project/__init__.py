"""When and in what order: Dagster definitions that own no logic.

    raw_<source>/* ─▶ gate 1 ─▶ build/inputs ─▶ staging … marts ─▶ gate 2 ─▶ published/warehouse

`python -m dagster_project run` executes a job in this process, `dagster dev -m dagster_project`
shows the graph. The definitions are made when they are asked for, so importing this costs nothing.
"""

from typing import Any


def __getattr__(name: str) -> Any:
    """Make the definitions at the first look at `dagster_project.defs`."""
    if name == "defs":
        from dagster_project.definitions import defs

        return defs
    raise AttributeError(f"module `{__name__}` has no attribute `{name}`")


def __dir__() -> list[str]:
    """Name what Dagster looks for."""
    return [*globals(), "defs"]
