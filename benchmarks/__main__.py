"""Run every benchmark of this folder: each module with a `main() -> None`.

    python -m benchmarks [NAME…] [OPTIONS]

Without a name all of them run, which takes long; options go to each. `NAME --help` tells its own.
"""

import ast
import sys
from importlib import import_module
from pathlib import Path

_FOLDER = Path(__file__).parent


def names() -> list[str]:
    """Return the names of the benchmark modules."""
    return sorted(path.stem for path in _FOLDER.glob("*.py") if not path.stem.startswith("_"))


def listed() -> str:
    """Return the benchmarks with the first sentence of each, a line each."""
    lines = []
    for name in names():
        told = ast.get_docstring(ast.parse((_FOLDER / f"{name}.py").read_text(encoding="utf-8")))
        lines.append(f"  {name:20}{(told or '').splitlines()[0]}")
    return "\n".join(lines)


def main() -> int:
    """Run the benchmarks that were named, or all; return 2 when one of them is none."""
    given = sys.argv[1:]
    named = next((i for i, each in enumerate(given) if each.startswith("-")), len(given))
    chosen, options = given[:named], given[named:]
    if not chosen and {"-h", "--help"} & set(options):
        print(f"{__doc__}\n{listed()}")
        return 0
    unknown = [name for name in chosen if name not in names()]
    if unknown:
        print(f"there is no benchmark `{unknown[0]}`; there are\n{listed()}", file=sys.stderr)
        return 2
    sys.argv[1:] = options
    for name in chosen or names():
        module = import_module(f"benchmarks.{name}")
        if hasattr(module, "main"):
            print(f"== {name}", flush=True)
            module.main()
    return 0


if __name__ == "__main__":
    sys.exit(main())
