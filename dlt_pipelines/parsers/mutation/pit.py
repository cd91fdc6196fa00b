"""PIT's XML report (https://pitest.org): one `mutation` element per mutant."""

import re
from collections import defaultdict
from typing import BinaryIO

from dlt_pipelines.parsers.mutation.model import Collector, MutationReport, Sink
from dlt_pipelines.parsers.values import to_count, to_line
from dlt_pipelines.parsers.xml_tree import Node, read_tree

FORMAT = "pit-xml"

_NAMED_AGAIN = re.compile(r"(.+)\(([^()]*)\)")
_UNIQUE_ID = re.compile(r"\[(class|nested-class|method|test-template|test-factory):([^\]\[(/]+)")


def read(source: bytes | BinaryIO, sink: Sink, name: str = "") -> MutationReport:
    """Read a report; killed by memory error or run error counts as invalid, as it tells nothing."""
    tree = read_tree(source)
    collector = Collector(sink, FORMAT)
    # Which tests ran through a mutant is not told, but those that noticed it did.
    killed_files: defaultdict[str, set[str]] = defaultdict(set)
    for root in tree.roots:
        for mutation in root.walk("mutation"):
            _add(collector, mutation, killed_files)
    for test, files in killed_files.items():
        collector.add_test(test, None, None, None, files)
    return collector.finish("pitest", tree.problem, is_complete=tree.is_complete)


def _add(collector: Collector, mutation: Node, killed_files: defaultdict[str, set[str]]) -> None:
    status = mutation.get("status")
    if status is None:
        status = "KILLED" if mutation.get("detected") == "true" else mutation.get("detected")
    killing = mutation.child_text("killingTests", "killingTest")
    class_name = mutation.child_text("mutatedClass")
    file = mutation.child_text("sourceFile")
    if file and class_name and "." in class_name and "/" not in file:
        # The source file has no folder; its package is the class's.
        file = "/".join([*class_name.split(".")[:-1], file])
    killers = [test for test in (killing or "").split("|") if test.strip()]
    if file:
        for test in killers:
            killed_files[_plain_name(test.strip())].add(file)
    collector.add(
        status,
        file=file,
        line=to_line(mutation.child_text("lineNumber")),
        class_name=class_name,
        function_name=mutation.child_text("mutatedMethod"),
        operator=mutation.child_text("mutator"),
        replacement=mutation.child_text("description"),
        killing_tests=killers or None,
        covering_test_count=to_count(mutation.get("numberOfTestsRun")),
    )


def _plain_name(test: str) -> str:
    """Return class and method as test reports write them.

    JUnit 4 is `a.BTest.adds(a.BTest)`, JUnit 5
    `a.BTest.[engine:junit-jupiter]/[class:a.BTest]/[method:adds()]`.
    """
    parts = _UNIQUE_ID.findall(test)
    if parts:
        classes = [text for kind, text in parts if kind.endswith("class")]
        methods = [text for kind, text in parts if not kind.endswith("class")]
        return ".".join(["$".join(classes), *methods])
    twice = _NAMED_AGAIN.fullmatch(test)
    return twice[1] if twice and twice[1].startswith(f"{twice[2]}.") else test
