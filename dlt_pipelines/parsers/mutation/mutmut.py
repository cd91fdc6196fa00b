"""What mutmut leaves behind (https://mutmut.readthedocs.io).

Two shapes: `mutmut-cicd-stats.json` with totals only, and the `*.meta` files of version 3 with an
exit code per mutant.
"""

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
    -24: "timeout",
    24: "timeout",
    152: "timeout",
    255: "timeout",
    -9: "error",
    -11: "error",
    2: "error",
}
_TOTALS = ("killed", "survived", "no_tests", "skipped", "suspicious", "timeout", "segfault")


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
        _read_codes(report, codes, collector)
    elif isinstance(report.get("total"), int):
        for word in _TOTALS:
            status = "error" if word == "segfault" else word
            for _ in range(min(to_count(report.get(word)) or 0, 1_000_000)):
                collector.add(status)
    else:
        raise ParseError("neither mutmut's totals nor its exit codes are there")
    return collector.finish("mutmut", document.problem, is_complete=document.is_complete)


def _read_codes(report: dict[str, Any], codes: dict[str, Any], collector: Collector) -> None:
    times = as_dict(report.get("durations_by_key"))
    for key, code in codes.items():
        word = "not checked" if code is None else None
        if word is None and isinstance(code, int):
            word = _EXIT_CODES.get(code, "suspicious")
        module, _, mutant = key.rpartition(".")
        function = mutant.partition("__mutmut_")[0].removeprefix("x_")
        collector.add(
            word,
            file=module.replace(".", "/") + ".py" if module else None,
            function_name=function or None,
            seconds=to_seconds(times.get(key)),
        )
