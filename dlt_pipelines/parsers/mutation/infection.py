"""Infection's own JSON log: a list of mutants for each way they ended, or its summary alone.

Source: https://infection.github.io/guide/usage.html (loggers `json` and `summaryJson`). Errors and
syntax errors are invalid here, as in the report that Infection writes for Stryker's dashboard;
Infection's own score counts them as detected. Mutants that it skipped are counted and not listed.
"""

from collections.abc import Mapping
from typing import BinaryIO

from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.json_document import as_dict, dicts, read_document, text_of
from dlt_pipelines.parsers.mutation.model import Collector, MutationReport, Sink
from dlt_pipelines.parsers.values import to_count, to_line

FORMAT = "infection-json"

_STATUSES: Mapping[str, str] = {
    "killed": "killed",
    "killedByStaticAnalysis": "caught by type check",
    "escaped": "escaped",
    "timeouted": "timed out",
    "uncovered": "not covered",
    "errored": "error",
    "syntaxErrors": "compile error",
    "ignored": "ignored",
}
"""List → the word for how its mutants ended."""
_COUNTS: Mapping[str, str] = {
    "killedCount": "killed",
    "killedByStaticAnalysisCount": "caught by type check",
    "escapedCount": "escaped",
    "timeOutCount": "timed out",
    "notCoveredCount": "not covered",
    "errorCount": "error",
    "syntaxErrorCount": "compile error",
    "ignoredCount": "ignored",
    "skippedCount": "skipped",
}


def read(source: bytes | BinaryIO, sink: Sink, name: str = "") -> MutationReport:
    """Read a log, or a summary, whose mutants are rows without a file.

    Raises:
        ParseError: There is neither, or the summary claims more than a run has.
    """
    document = read_document(source)
    report = as_dict(document.value)
    stats = as_dict(report.get("stats"))
    lists = [key for key in _STATUSES if isinstance(report.get(key), list)]
    if not lists and not stats:
        raise ParseError("neither lists of mutants nor `stats`")
    collector = Collector(sink, FORMAT)
    counted = ("skippedCount",) if lists else tuple(_COUNTS)
    collector.add_counted({_COUNTS[key]: to_count(stats.get(key)) or 0 for key in counted})
    for key in lists:
        for mutant in dicts(report[key]):
            mutator = as_dict(mutant.get("mutator"))
            collector.add(
                _STATUSES[key],
                file=text_of(mutator.get("originalFilePath")),
                line=to_line(mutator.get("originalStartLine")),
                operator=text_of(mutator.get("mutatorName")),
                replacement=text_of(mutant.get("diff")),
            )
    return collector.finish("Infection", document.problem, is_complete=document.is_complete)
