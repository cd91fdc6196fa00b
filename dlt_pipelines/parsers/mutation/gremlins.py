"""The JSON that `gremlins unleash --output` writes (https://gremlins.dev), for Go.

Its own totals leave out mutants that timed out; here they are detected, as everywhere. What a dry
run lists as `RUNNABLE` was not tried.
"""

from typing import BinaryIO

from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.json_document import as_dict, dicts, read_document, text_of
from dlt_pipelines.parsers.mutation.model import Collector, MutationReport, Sink
from dlt_pipelines.parsers.values import to_line

FORMAT = "gremlins-json"


def read(source: bytes | BinaryIO, sink: Sink, name: str = "") -> MutationReport:
    """Read the mutants of one run; without any, `files` is null.

    Raises:
        ParseError: There are totals, and no `files`.
    """
    document = read_document(source)
    report = as_dict(document.value)
    if "files" not in report:
        raise ParseError("totals of gremlins without `files`")
    collector = Collector(sink, FORMAT)
    for file in dicts(report["files"]):
        for mutant in dicts(file.get("mutations")):
            collector.add(
                mutant.get("status"),
                file=text_of(file.get("file_name")),
                line=to_line(mutant.get("line")),
                operator=text_of(mutant.get("type")),
            )
    return collector.finish("gremlins", document.problem, is_complete=document.is_complete)
