"""What mutmut leaves behind (https://mutmut.readthedocs.io).

Two shapes: `mutmut-cicd-stats.json` with totals only, and the `*.meta` files of version 3 with an
exit code per mutant.
"""

from collections import Counter
from typing import Any, BinaryIO

from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.json_document import as_dict, read_document
from dlt_pipelines.parsers.mutation.model import Collector, MutationReport, Sink
from dlt_pipelines.parsers.values import to_count, to_seconds

FORMAT = "mutmut-json"

_EXIT_CODES = {
    0: "survived",
    1: "killed",
    3: "killed",
    5: "no tests",
    33: "no tests",
    34: "skipped",
    35: "suspicious",
    36: "timeout",
    37: "caught by type check",
    -24: "timeout",
    24: "timeout",
    152: "timeout",
    255: "timeout",
    -9: "error",
    -11: "error",
    2: "error",
}
_TOTALS = ("killed", "survived", "no_tests", "skipped", "suspicious", "timeout", "segfault",
           "caught_by_type_check", "check_was_interrupted_by_user")  # fmt: skip
_ERRORS = ("segfault", "check_was_interrupted_by_user")
_CLASS_MARK = "ǁ"
"""Before the class and before the method, as in `xǁFooǁbar`."""
_META = ".py.meta"


def read(source: bytes | BinaryIO, sink: Sink, name: str = "") -> MutationReport:
    """Read totals or exit codes.

    Raises:
        ParseError: Neither is there.
    """
    document = read_document(source)
    report = as_dict(document.value)
    collector = Collector(sink, FORMAT)
    codes = report.get("exit_code_by_key")
    if isinstance(codes, dict):
        _read_codes(report, codes, collector, name)
    elif isinstance(report.get("total"), int):
        counts: Counter[str] = Counter()
        for word in _TOTALS:
            counts["error" if word in _ERRORS else word] += to_count(report.get(word)) or 0
        # those that were not tried yet are in the total alone
        counts["not checked"] = max(report["total"] - counts.total(), 0)
        collector.add_counted(counts)
    else:
        raise ParseError("neither mutmut's totals nor its exit codes are there")
    return collector.finish("mutmut", document.problem, is_complete=document.is_complete)


def _read_codes(
    report: dict[str, Any], codes: dict[str, Any], collector: Collector, name: str
) -> None:
    times = as_dict(report.get("durations_by_key"))
    for key, code in codes.items():
        word = "not checked" if code is None else None
        if word is None and isinstance(code, int):
            word = _EXIT_CODES.get(code, "suspicious")
        module, _, mutant = key.rpartition(".")
        class_name, function = _function(mutant.partition("__mutmut_")[0])
        collector.add(
            word,
            file=_file(module, name) if module else None,
            class_name=class_name,
            function_name=function or None,
            seconds=to_seconds(times.get(key)),
        )


def _function(mangled: str) -> tuple[str | None, str]:
    """Return the class, if there is one, and the function of a name that mutmut put together."""
    if mangled.startswith(f"x{_CLASS_MARK}"):
        class_name, _, method = mangled[2:].rpartition(_CLASS_MARK)
        return class_name or None, method
    return None, mangled.removeprefix("x_")


def _file(module: str, name: str) -> str:
    """Return the source file: that of the `.meta` file, where it is one of the module."""
    path = module.replace(".", "/")
    meta = "/" + name.replace("\\", "/")
    for end in (f"{path}/__init__", path):
        if meta.endswith(f"/{end}{_META}"):
            own = meta.rpartition("/mutants/")[2] if "/mutants/" in meta else end + ".py"
            return own.removesuffix(".meta")
    return f"{path}.py"
