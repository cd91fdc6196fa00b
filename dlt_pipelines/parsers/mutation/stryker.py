"""The schema `mutation-testing-elements` that Stryker, Stryker.NET, Infection and others write.

Source: https://github.com/stryker-mutator/mutation-testing-elements (report schema 1 and 2).
Statuses: Killed, Survived, NoCoverage, Timeout, CompileError, RuntimeError, Ignored, Pending.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any, BinaryIO

from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.json_document import (
    as_dict,
    as_list,
    dicts,
    read_document,
    text_of,
)
from dlt_pipelines.parsers.mutation.model import Collector, MutationReport, Sink
from dlt_pipelines.parsers.values import scaled_seconds, to_count, to_line

FORMAT = "stryker-json"

_STATUSES = frozenset(
    {
        "Killed",
        "Survived",
        "NoCoverage",
        "Timeout",
        "CompileError",
        "RuntimeError",
        "Ignored",
        "Pending",
    }
)


def read(source: bytes | BinaryIO, sink: Sink, name: str = "") -> MutationReport:
    """Read a report.

    Raises:
        ParseError: It has no object `files`, as the old reports of Stryker.NET don't.
    """
    document = read_document(source)
    report = as_dict(document.value)
    files = report.get("files")
    if not isinstance(files, dict):
        msg = "a report of an older schema: it has no object `files`"
        raise ParseError(msg)
    problem = document.problem
    if document.is_complete:
        problem = problem or _broken_tests(report)
    tests = _test_names(report)
    collector = Collector(sink, FORMAT)
    for path, content in files.items():
        collector.files.add(path)
        mutants = as_dict(content).get("mutants")
        if not isinstance(mutants, list):
            problem = problem or f"`{path[:200]}` has no list of mutants"
        for mutant in dicts(mutants):
            _add(collector, path, mutant, tests)
    if document.is_complete:
        _add_tests(collector, report, files)
    framework = as_dict(report.get("framework"))
    return collector.finish(
        text_of(framework.get("name")),
        problem,
        is_complete=document.is_complete,
    )


def _add(collector: Collector, path: str, mutant: dict[str, Any], tests: dict[str, str]) -> None:
    location = as_dict(mutant.get("location"))
    killed_by = [str(test) for test in as_list(mutant.get("killedBy"))]
    covered_by = mutant.get("coveredBy")
    status = str(mutant.get("status"))
    if status not in _STATUSES:
        status = f"not in the schema: {status}"
    collector.add(
        status,
        file=path,
        line=to_line(as_dict(location.get("start")).get("line")),
        end_line=to_line(as_dict(location.get("end")).get("line")),
        operator=text_of(mutant.get("mutatorName")),
        replacement=text_of(mutant.get("replacement")),
        killing_tests=[tests.get(test, test) for test in killed_by] or None,
        covering_test_count=len(covered_by)
        if isinstance(covered_by, list)
        else to_count(mutant.get("testsCompleted")),
        seconds=scaled_seconds(mutant.get("duration"), 1000),
    )


def _add_tests(collector: Collector, report: dict[str, Any], files: Mapping[str, Any]) -> None:
    """Add the tests with the mutants that each covers, and alone covers, and where these are.

    A mutant without a list `coveredBy` says nothing of its tests; where none has one (the tool ran
    every test against every mutant), nothing is known of any test.
    """
    covered: Counter[str] = Counter()
    only_covered: Counter[str] = Counter()
    covered_files: defaultdict[str, set[str]] = defaultdict(set)
    is_told = False
    for path, content in files.items():
        for mutant in dicts(as_dict(content).get("mutants")):
            # Whoever noticed a mutant ran through it, also where nothing tells who else did.
            for killer in as_list(mutant.get("killedBy")):
                covered_files[str(killer)].add(path)
            if isinstance(mutant.get("coveredBy"), list):
                is_told = True
                ids = {str(test) for test in mutant["coveredBy"]}
                covered.update(ids)
                for one in ids:
                    covered_files[one].add(path)
                if len(ids) == 1:
                    only_covered.update(ids)
    for path, content in as_dict(report.get("testFiles")).items():
        for test in dicts(as_dict(content).get("tests")):
            name, test_id = text_of(test.get("name")), text_of(test.get("id"))
            if name and test_id:
                collector.add_test(
                    name,
                    path or None,
                    covered[test_id] if is_told else None,
                    only_covered[test_id] if is_told else None,
                    covered_files[test_id],
                )


def _test_names(report: dict[str, Any]) -> dict[str, str]:
    names: dict[str, str] = {}
    for content in as_dict(report.get("testFiles")).values():
        for test in dicts(as_dict(content).get("tests")):
            if isinstance(test.get("id"), str):
                names[test["id"]] = text_of(test.get("name")) or test["id"]
    return names


def _broken_tests(report: dict[str, Any]) -> str | None:
    """Return what is wrong with the optional test files."""
    for path, content in as_dict(report.get("testFiles")).items():
        if not isinstance(as_dict(content).get("tests"), list):
            return f"the test file `{path[:200]}` has no list of tests"
    return None
