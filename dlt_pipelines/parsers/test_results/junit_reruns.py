"""Reruns in JUnit XML of pytest: cases of one name that stand in a suite several times.

A try that was run again (pytest-rerunfailures) leaves a case without any result; why it failed is
not told. The next case of its class and name is its next try, and the last one counts; so it is
after a failure, where file and line say that both are one test. With
pytest-xdist the cases of other workers stand in between, so cases wait for a while.

The header does not count tries that were run again. Where it counts every case, none is such a try:
each worker of `--dist each` ran the test, or a file was named twice.
"""

from collections.abc import Callable
from typing import Any

from dlt_pipelines.parsers.test_results.junit_cases import Try, is_teardown, shared_columns
from dlt_pipelines.parsers.test_results.junit_dialects import status_of_attributes
from dlt_pipelines.parsers.test_results.model import ERRORED, FAILED, PASSED
from dlt_pipelines.parsers.values import to_seconds

WAITING_LIMIT = 2_048
"""Tests that wait for another try; half of them are written when there are more."""
_TRIES_LIMIT = 1_000

Tries = list[tuple[Try, bool]]
"""Tries of a test, each with whether it is final."""
Key = tuple[str | None, str]


class WaitingCases:
    """Cases of a suite of pytest, in order, until no more tries of them can come.

    A case without children waits as its attributes, which costs next to nothing.
    """

    def __init__(
        self,
        write: Callable[[Tries, str, dict[str, Any]], None],
        write_plain: Callable[[list[dict[str, str]]], None],
    ) -> None:
        self._write = write
        self._write_plain = write_plain
        self._again: dict[Key, Tries] = {}
        self._count = 0
        self._waiting: dict[Key, dict[str, str] | tuple[Tries, dict[str, Any]]] = {}

    def add_plain(self, attributes: dict[str, str]) -> None:
        """Take a case without children."""
        self._count += 1
        get = attributes.get
        self._add((get("classname") or get("class"), get("name") or ""), attributes)

    def add(self, tries: Tries, name: str, shared: dict[str, Any]) -> None:
        """Take a case with children."""
        self._count += 1
        self._add((shared["class_name"], name), (tries, shared))

    def finish(self, declared_tests: int | None) -> None:
        """Write all cases that wait at the end of a suite, whose header declares so many tests."""
        is_each_a_test = declared_tests == self._count
        self._count = 0
        for key, tries in list(self._again.items()) if is_each_a_test else ():
            _tries, shared = _as_tries(self._waiting[key], key)
            self._again[key] = []
            for (status, failure, seconds), _is_final in tries:
                if failure is None and status == FAILED:
                    self._write([((PASSED, None, seconds), True)], key[1], shared)
                else:
                    self._again[key].append(((status, failure, seconds), False))
        self._flush()

    def _flush(self, count: int | None = None) -> None:
        """Write the first cases that wait, or all."""
        plain: list[dict[str, str]] = []
        for key in list(self._waiting)[:count]:
            case = self._waiting.pop(key)
            again = self._again.pop(key, None)
            if again is None and isinstance(case, dict):
                plain.append(case)
                continue
            if plain:
                self._write_plain(plain)
                plain = []
            tries, shared = _as_tries(case, key)
            self._write([*(again or ()), *tries], key[1], shared)
        if plain:
            self._write_plain(plain)

    def _add(self, key: Key, case: dict[str, str] | tuple[Tries, dict[str, Any]]) -> None:
        before = self._waiting.get(key)
        if before is not None:
            tries, shared = _as_tries(before, key)
            (status, failure, seconds), _is_final = tries[-1]
            is_rerun = status == PASSED and failure is None
            if is_rerun and len(self._again.get(key, ())) < _TRIES_LIMIT:
                rerun = [*tries[:-1], ((FAILED, None, seconds), False)]
                self._again.setdefault(key, []).extend(rerun)
            elif status in (FAILED, ERRORED) and _is_one_test(shared, _as_tries(case, key)):
                self._again.setdefault(key, []).extend((tried, False) for tried, _final in tries)
            else:
                # An error of the tear-down, which pytest adds as a case of its own.
                self._write([*self._again.pop(key, ()), *tries], key[1], shared)
                del self._waiting[key]
        self._waiting[key] = case
        if len(self._waiting) > WAITING_LIMIT:
            self._flush(WAITING_LIMIT // 2)


def _is_one_test(shared: dict[str, Any], following: tuple[Tries, dict[str, Any]]) -> bool:
    """Tell whether a case is the test of the one before, failed or not, by file and line."""
    tries, columns = following
    place = shared["file"], shared["line"]
    return (
        all(place) and place == (columns["file"], columns["line"]) and not is_teardown(tries[0][0])
    )


def _as_tries(
    case: dict[str, str] | tuple[Tries, dict[str, Any]], key: Key
) -> tuple[Tries, dict[str, Any]]:
    if isinstance(case, tuple):
        return case
    status = status_of_attributes(case) or PASSED
    return [((status, None, to_seconds(case.get("time"))), True)], shared_columns(case, key[1])
