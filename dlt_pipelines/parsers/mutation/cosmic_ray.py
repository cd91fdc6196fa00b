"""The lines that `cosmic-ray dump` prints (https://cosmic-ray.readthedocs.io).

One JSON array per line: the work item, and its result or null when it has not run.
"""

from typing import Any, BinaryIO

from dlt_pipelines.parsers.json_document import as_dict, dicts, read_lines, text_of
from dlt_pipelines.parsers.mutation.model import Collector, MutationReport, Sink
from dlt_pipelines.parsers.values import to_line

FORMAT = "cosmic-ray-json"


def read(source: bytes | BinaryIO, sink: Sink, name: str = "") -> MutationReport:
    """Read a dump."""
    collector = Collector(sink, FORMAT)
    problem: str | None = None
    for line, wrong in read_lines(source):
        problem = problem or wrong
        pair = line if isinstance(line, list) else [line, line]
        if len(pair) != 2 or not isinstance(pair[0], dict):
            continue
        _add(collector, pair[0], as_dict(pair[1]))
    return collector.finish("cosmic-ray", problem)


def _add(collector: Collector, item: dict[str, Any], result: dict[str, Any]) -> None:
    outcome = text_of(result.get("test_outcome"))
    if not result:
        outcome = "pending"
    elif result.get("worker_outcome") not in (None, "normal"):
        outcome = "skipped" if result["worker_outcome"] == "skipped" else (outcome or "error")
    for mutation in dicts(item.get("mutations")) or [item]:
        start = mutation.get("start_pos")
        end = mutation.get("end_pos")
        collector.add(
            outcome,
            file=text_of(mutation.get("module_path")),
            line=to_line(start[0]) if isinstance(start, list) and start else None,
            end_line=to_line(end[0]) if isinstance(end, list) and end else None,
            operator=text_of(mutation.get("operator_name")),
        )
