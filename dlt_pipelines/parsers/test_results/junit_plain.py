"""The fast way for most of a JUnit document: cases without children.

Stands between the XML reader and `JUnitHandler`. Cases that end without a child wait in a list,
and are turned into rows many at a time, column by column; everything else is handed on. Written as
closures, since a local name costs a fraction of an attribute and this runs once per case.
"""

from collections.abc import Callable
from typing import Any

from dlt_pipelines.parsers.test_results.junit_dialects import parameters_of
from dlt_pipelines.parsers.test_results.model import NAME_LIMIT, PASSED

_BATCH = 1_024
_SECONDS_LIMIT = 1e12


class PlainCases:
    """Callbacks for `xml_stream.drive`; `handler` is a `JUnitHandler`."""

    __slots__ = ("_handler", "end", "finish", "start")

    def __init__(self, handler: Any) -> None:
        self._handler = handler
        self.start, self.end, self.finish = _callbacks(handler)

    @property
    def switch(self) -> Any:
        """Where text is asked for; belongs to the handler."""
        return self._handler.switch

    @switch.setter
    def switch(self, switch: Any) -> None:
        self._handler.switch = switch


def _callbacks(
    handler: Any,
) -> tuple[Callable[[str, dict[str, str]], None], Callable[[str], None], Callable[[], None]]:
    """Return the callbacks for start tags, end tags, and the end of the document."""
    slow_start, slow_end = handler.start, handler.end
    plain: dict[str, str] | None = None
    pending: list[dict[str, str]] = []
    hold = pending.append

    def write() -> None:
        handler.take_plain(pending)
        pending.clear()

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal plain
        if plain is None:
            if tag == "testcase" and handler.case is None and handler.result is None:
                plain = attributes
                return
        else:
            handler.open_plain(plain)
            plain = None
        if pending:
            write()
        slow_start(tag, attributes)

    def end(tag: str) -> None:
        nonlocal plain
        if plain is None:
            if pending:
                write()
            slow_end(tag)
            return
        hold(plain)
        plain = None
        if len(pending) >= _BATCH:
            write()

    return start, end, write


def write_batch(collector: Any, cases: list[dict[str, str]]) -> bool:
    """Write the rows of passed cases that have class, name and time, and nothing else.

    Returns:
        False, and nothing is written, when one of them is different.
    """
    count = len(cases)
    try:
        names = [case["name"] for case in cases]
        classes = [case["classname"] for case in cases]
        seconds = [float(case["time"]) for case in cases]
    except (KeyError, ValueError):
        return False
    if sum(map(len, cases)) != 3 * count:
        return False
    longest = max(map(len, names), default=0), max(map(len, classes), default=0)
    if max(longest) > NAME_LIMIT:
        return False
    total = sum(seconds)
    # A sum that isn't a number, or a single negative time, shows here.
    if not (0.0 <= total < _SECONDS_LIMIT and (not seconds or min(seconds) >= 0.0)):
        return False
    has_parameters = any(name[-1:] == "]" for name in names) if "]" in "".join(names) else False
    suite = collector.suite
    index = collector.case_index
    none = [None] * count
    no, yes = [False] * count, [True] * count
    collector.flush_rows()  # cases before these
    collector.sink.cases.extend_columns(
        (
            [collector.sink.report_id] * count,
            range(index, index + count),
            [suite.index] * count,
            [suite.path] * count,
            [suite.name] * count,
            classes,
            names,
            [parameters_of(name) for name in names] if has_parameters else none,
            none,
            none,
            [PASSED] * count,
            seconds,
            [0] * count,
            yes,
            none,
            none,
            none,
            none,
            no,
            no,
            none,
            no,
            none,
        )
    )
    collector.text_size += count * (len(suite.path) + len(suite.name) + sum(longest))
    collector.case_index = index + count
    suite.passed += count
    if count:
        collector.add_time(total)
    return True
