"""Run every benchmark of this folder: each module with a `main() -> None`."""

import sys
from importlib import import_module
from pathlib import Path


def names() -> list[str]:
    """Return the names of the benchmark modules."""
    return sorted(
        path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("_")
    )


def main() -> None:
    """Run the benchmarks that were named, or all."""
    chosen = sys.argv[1:] or names()
    del sys.argv[1:]
    for name in chosen:
        module = import_module(f"benchmarks.{name}")
        if hasattr(module, "main"):
            print(f"== {name}", flush=True)
            module.main()


if __name__ == "__main__":
    main()
