"""How fast lcov, Cobertura and JaCoCo reports are read, against the Python packages for them.

Each reader gets the same made-up report and must end with the hits of every line in memory; ours
also makes the columns of its rows. That all of them found the same number of lines is checked; each
has read the report once before its time is taken. Packages: diff-cover, lcovparse and
lcov_cobertura for lcov, pycobertura for Cobertura, mcp_jacoco_reporter_server (of
iflow-mcp-crisschan-server, the only one that reads the lines of JaCoCo reports). A package that
isn't installed is left out with a message; ElementTree with a plain loop is always there.

    uv pip install --target build/peers --no-deps \
        lcovparse lcov_cobertura pycobertura lxml iflow-mcp-crisschan-server
    PYTHONPATH=build/peers python -m benchmarks coverage_parsers

Options: `[--files 600] [--lines 400] [--repeats 3]`; `--files 20000 --lines 12` for what a report
of very many small files costs.
"""

import argparse
import importlib
import importlib.util
import json
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from dlt_pipelines.parsers import coverage

_BAR = 2.0


def main() -> None:
    """Measure every reader and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=600)
    parser.add_argument("--lines", type=int, default=400)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="coverage-parsers-") as temporary:
        folder = Path(temporary)
        for format_name, write, peers in (
            ("lcov", _lcov, _LCOV_PEERS),
            ("cobertura-xml", _cobertura, _COBERTURA_PEERS),
            ("jacoco-xml", _jacoco, _JACOCO_PEERS),
        ):
            path = folder / format_name
            with path.open("w", encoding="utf-8") as stream:
                stream.writelines(write(options.files, options.lines))
            _compare(format_name, path, peers, options.repeats)


def _compare(
    format_name: str, path: Path, peers: dict[str, Callable[[Path], object]], repeats: int
) -> None:
    """Time ours and the others turn by turn, so that a busy machine slows them alike."""
    readers: dict[str, Callable[[Path], object]] = {"ours": lambda path: _ours(format_name, path)}
    lines = _ours(format_name, path)
    for name, reader in peers.items():
        try:
            found = _LINE_COUNTS[name](reader(path))
        except ImportError as error:
            print(f"{format_name}: {name} left out: {error}")
            continue
        if found != lines:
            raise SystemExit(f"{format_name}: {name} found {found:,} lines, ours {lines:,}")
        readers[name] = reader
    best = dict.fromkeys(readers, float("inf"))
    for _ in range(repeats):
        for name, reader in readers.items():
            started = time.process_time()
            reader(path)
            best[name] = min(best[name], time.process_time() - started)
    tracemalloc.start()
    _ours(format_name, path, keep=False)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    print(
        f"{format_name}: {lines:,} lines, {path.stat().st_size / 1e6:.1f} MB, "
        f"ours {best['ours']:.3f} s, peak {peak / 1e6:.0f} MB"
    )
    others = {name: seconds for name, seconds in best.items() if name != "ours"}
    for name, seconds in sorted(others.items(), key=lambda item: item[1]):
        print(f"{format_name}:   {name} {seconds:.3f} s, ratio {seconds / best['ours']:.2f}")
    packages = {name: seconds for name, seconds in others.items() if name in _PACKAGES}
    if not packages:
        print(f"{format_name}: no package to compare with is installed")
    else:
        fastest = min(packages, key=lambda name: packages[name])
        ratio = packages[fastest] / best["ours"]
        print(
            f"{format_name}: ratio to the fastest package ({fastest}) {ratio:.2f} (bar {_BAR:.2f})"
        )


def _ours(format_name: str, path: Path, *, keep: bool = True) -> int:
    sink = coverage.Sink() if keep else coverage.Sink.discarding()
    with path.open("rb") as stream:
        coverage.read(stream, format_name, sink)
    sink.lines.pop_batches()
    return sink.lines.row_count


def _diff_cover_lcov(path: Path) -> object:
    reporters = importlib.import_module("diff_cover.violationsreporters.violations_reporter")
    _set_git_root()
    return reporters.LcovCoverageReporter.parse(str(path))


def _set_git_root() -> None:
    """Tell diff-cover where it is, so that it doesn't ask git."""
    tool: Any = importlib.import_module("diff_cover.git_path").GitPathTool
    for name in ("_cwd", "_root"):
        setattr(tool, name, tempfile.gettempdir())


def _lcovparse(path: Path) -> object:
    return importlib.import_module("lcovparse").lcovparse(path.read_text("utf-8"))


def _lcov_cobertura(path: Path) -> object:
    converter = importlib.import_module("lcov_cobertura").LcovCobertura(path.read_text("utf-8"))
    return converter.parse()


def _pycobertura(path: Path) -> object:
    report = importlib.import_module("pycobertura").Cobertura(str(path))
    return [report.line_statuses(name) for name in report.files()]


def _element_tree(path: Path) -> Any:
    return importlib.import_module("xml.etree.ElementTree").parse(path)


def _elementtree_cobertura(path: Path) -> object:
    files: dict[str, dict[int, int]] = {}
    for part in _element_tree(path).iter("class"):
        lines = files.setdefault(part.get("filename", ""), {})
        for line in part.iterfind("lines/line"):
            lines[int(line.get("number", 0))] = int(line.get("hits", 0))
    return files


def _mcp_jacoco(path: Path) -> object:
    # The package's own start needs a server library that no longer fits; its parser stands alone.
    spec = importlib.util.find_spec("mcp_jacoco_reporter_server")
    if spec is None or spec.origin is None:
        raise ImportError("No module named 'mcp_jacoco_reporter_server'")
    source = Path(spec.origin).with_name("jacoco_reporter.py")
    alone = importlib.util.spec_from_file_location("jacoco_reporter", source)
    assert alone is not None
    assert alone.loader is not None
    module = sys.modules.setdefault("jacoco_reporter", importlib.util.module_from_spec(alone))
    if not hasattr(module, "JaCoCoReport"):
        alone.loader.exec_module(module)
    return module.JaCoCoReport(str(path)).jacoco_to_json()


def _elementtree_jacoco(path: Path) -> object:
    files: dict[str, dict[int, int]] = {}
    for package in _element_tree(path).iter("package"):
        for part in package.iterfind("sourcefile"):
            lines = files.setdefault(f"{package.get('name')}/{part.get('name')}", {})
            for line in part.iterfind("line"):
                lines[int(line.get("nr", 0))] = int(line.get("ci", 0))
    return files


_LCOV_PEERS: dict[str, Callable[[Path], object]] = {
    "diff-cover": _diff_cover_lcov,
    "lcovparse": _lcovparse,
    "lcov_cobertura": _lcov_cobertura,
}
_COBERTURA_PEERS: dict[str, Callable[[Path], object]] = {
    "pycobertura": _pycobertura,
    "ElementTree and a loop": _elementtree_cobertura,
}
_JACOCO_PEERS: dict[str, Callable[[Path], object]] = {
    "mcp_jacoco_reporter_server": _mcp_jacoco,
    "ElementTree and a loop": _elementtree_jacoco,
}
_LINE_COUNTS: dict[str, Callable[[Any], int]] = {
    "diff-cover": lambda found: sum(map(len, found.values())),
    "lcovparse": lambda found: sum(len(file["lines"]) for file in found),
    "lcov_cobertura": lambda found: sum(
        len(file["lines"])
        for package in found["packages"].values()
        for file in package["classes"].values()
    ),
    "pycobertura": lambda found: sum(map(len, found)),
    "mcp_jacoco_reporter_server": lambda found: sum(
        len(lines) for file in json.loads(found) for lines in file["lines"].values()
    ),
    "ElementTree and a loop": lambda found: sum(map(len, found.values())),
}
_PACKAGES = {
    "diff-cover",
    "lcovparse",
    "lcov_cobertura",
    "pycobertura",
    "mcp_jacoco_reporter_server",
}


def _lcov(files: int, lines: int) -> Iterator[str]:
    chance = np.random.default_rng(3)
    for number in range(files):
        yield f"TN:\nSF:/home/ci/work/app/src/area{number % 20}/module_{number}.ts\n"
        functions = max(lines // 20, 1)
        for index in range(functions):
            yield f"FN:{index * 20 + 1},function_{index}\n"
        for index in range(functions):
            yield f"FNDA:{chance.integers(50)},function_{index}\n"
        yield f"FNF:{functions}\nFNH:{functions // 2}\n"
        for index in range(lines):
            yield f"DA:{index * 2 + 1},{chance.choice((0, 1, 1, 3, 17, 250))}\n"
        yield f"LF:{lines}\nLH:{lines // 2}\n"
        for index in range(0, lines, 8):
            line = index * 2 + 1
            yield f"BRDA:{line},0,0,{chance.integers(3)}\n"
            yield f"BRDA:{line},0,1,{chance.choice(('-', '0', '4'))}\n"
        yield f"BRF:{lines // 4}\nBRH:{lines // 8}\nend_of_record\n"


def _cobertura(files: int, lines: int) -> Iterator[str]:
    chance = np.random.default_rng(3)
    yield '<?xml version="1.0" ?>\n<coverage version="7.6.1" timestamp="1" line-rate="0.5">\n'
    yield "<sources><source>/home/ci/work/app</source></sources><packages>"
    yield '<package name="app" line-rate="0.5" branch-rate="0" complexity="0"><classes>\n'
    for number in range(files):
        path = f"src/area{number % 20}/module_{number}.py"
        yield f'<class name="module_{number}.py" filename="{path}" line-rate="0.5">\n'
        yield "\t<methods/>\n\t<lines>\n"
        for index in range(lines):
            line, hits = index * 2 + 1, chance.choice((0, 1, 1, 3))
            branch = ""
            if index % 8 == 0:
                branch = f' branch="true" condition-coverage="50% (1/2)" missing-branches="{line}"'
            yield f'\t\t<line number="{line}" hits="{hits}"{branch}/>\n'
        yield "\t</lines>\n</class>\n"
    yield "</classes></package></packages></coverage>"


def _jacoco(files: int, lines: int) -> Iterator[str]:
    chance = np.random.default_rng(3)
    yield '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    yield '<!DOCTYPE report PUBLIC "-//JACOCO//DTD Report 1.1//EN" "report.dtd">'
    yield '<report name="app"><sessioninfo id="runner-1" start="1" dump="2"/>'
    counters = "".join(
        f'<counter type="{kind}" missed="2" covered="8"/>'
        for kind in ("INSTRUCTION", "LINE", "COMPLEXITY", "METHOD")
    )
    for package in range(20):
        yield f'<package name="org/example/area{package}">'
        for number in range(package, files, 20):
            name = f"org/example/area{package}/Thing{number}"
            yield f'<class name="{name}" sourcefilename="Thing{number}.java">'
            for method in range(lines // 20):
                yield f'<method name="does{method}" desc="()V" line="{method * 20}">'
                yield f"{counters}</method>"
            yield f"{counters}</class>"
        for number in range(package, files, 20):
            yield f'<sourcefile name="Thing{number}.java">'
            for index in range(lines):
                missed, covered = chance.choice(((0, 4), (3, 0), (1, 2)))
                branch = 1 if index % 8 == 0 else 0
                yield (
                    f'<line nr="{index * 2 + 1}" mi="{missed}" ci="{covered}" '
                    f'mb="{branch}" cb="{branch}"/>'
                )
            yield f"{counters}</sourcefile>"
        yield f"{counters}</package>"
    yield f"{counters}</report>"


if __name__ == "__main__":
    main()
