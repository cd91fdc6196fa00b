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
    """Run the benchmarks that were named, or all; options go to each of them."""
    given = sys.argv[1:]
    named = next((i for i, each in enumerate(given) if each.startswith("-")), len(given))
    chosen = given[:named] or names()
    sys.argv[1:] = given[named:]
    for name in chosen:
        module = import_module(f"benchmarks.{name}")
        if hasattr(module, "main"):
            print(f"== {name}", flush=True)
            module.main()


if __name__ == "__main__":
    main()
