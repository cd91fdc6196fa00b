"""What the writers of JUnit XML do differently."""

import re
from functools import lru_cache
from typing import Any, ClassVar

from dlt_pipelines.parsers.test_results.collector import Totals
from dlt_pipelines.parsers.test_results.model import ERRORED, FAILED, PASSED, SKIPPED
from dlt_pipelines.parsers.values import to_count, to_seconds, to_timestamp

SUITE_ALIASES = frozenset({"testsuite"})
CASE_ALIASES = frozenset({"testcase", "ignored-testcase"})
RESULT_TAGS = {
    "failure": FAILED,
    "error": ERRORED,
    "skipped": SKIPPED,
    "skip": SKIPPED,
    "ignored": SKIPPED,
    "disabled": SKIPPED,
    "pending": SKIPPED,
    "norun": SKIPPED,
    "rerunFailure": "rerun",
    "rerunError": "rerun",
    "flakyFailure": "flaky",
    "flakyError": "flaky",
}
"""Elements of a case that say how it went."""

_STATUS_WORDS = {
    **dict.fromkeys(("notrun", "notexecuted", "notrunnable", "disabled", "skipped", "skip",
                     "ignored", "pending", "suppressed", "inactive", "blocked", "untested",
                     "inconclusive", "canceled", "cancelled"), SKIPPED),
    **dict.fromkeys(("failed", "fail", "failure"), FAILED),
    **dict.fromkeys(("error", "errored", "broken", "timeout", "timedout", "aborted", "crash",
                     "crashed", "exception", "interrupted"), ERRORED),
}  # fmt: skip
_WORDS_APART = str.maketrans("", "", " _-")
TRUE_WORDS = ("true", "1", "yes")
_BRACKETS = re.compile(r"[^\[\]]\[(.+)\]$", re.DOTALL)
_PYTEST_ATTRIBUTES = (
    "name", "errors", "failures", "skipped", "tests", "time", "timestamp", "hostname",
)  # fmt: skip
"""Of pytest's suite, in its own order: the suite's name is a setting there."""
ONE_CASE_PER_TEST = ("bun",)
"""Writers that tell no tries: cases of one name and line are rows of a parameterised test."""
ROOT_SUITE = "Root Suite"
"""An empty suite of mocha-junit-reporter: it names the file of the suites behind it."""
_REPETITION = re.compile(r"First Run$|(?:Repetition|Retry) \d")
_OWNER_KEYS = ("owner", "testowner", "code_owner", "codeowner", "team")


def status_of_attributes(attributes: dict[str, str]) -> str | None:
    """Return the verdict that the attributes of a case speak, None when they are silent.

    GoogleTest writes `status="notrun"` or `result="suppressed"`, CTest `status="fail"`; some
    writers only set `skipped="true"` or `disabled="true"`.
    """
    get = attributes.get
    for key in ("status", "result", "outcome"):
        word = get(key)
        if word:
            status = _status_of_word(word)
            if status is not None:
                return status
    for key in ("skipped", "disabled", "ignored"):
        flag = get(key)
        if flag and flag.strip().casefold() in TRUE_WORDS:
            return SKIPPED
    return PASSED if get("status") else None


@lru_cache(maxsize=256)
def _status_of_word(word: str) -> str | None:
    """Return what a word means; a report says few of them, again and again."""
    return _STATUS_WORDS.get(word.translate(_WORDS_APART).casefold())


def totals_of(attributes: dict[str, str]) -> Totals:
    """Return the totals that a `testsuites` or `testsuite` element claims."""
    get = attributes.get
    skipped = None
    for key in ("skipped", "skip", "skips", "ignored", "disabled"):
        count = to_count(get(key))
        if count is not None and (key == "disabled" or skipped is None):
            skipped = (skipped or 0) + count
    return Totals(
        to_count(get("tests") or get("total")),
        to_count(get("failures") or get("failed")),
        to_count(get("errors") or get("error")),
        skipped,
        to_seconds(get("time", get("duration"))),
    )


def suite_fields(attributes: dict[str, str]) -> dict[str, Any]:
    """Return the fields of a suite's row that its attributes give."""
    get = attributes.get
    return {
        "package": get("package") or None,
        "file": get("file") or get("filepath") or get("filename") or None,
        "hostname": get("hostname") or None,
        "started_at": to_timestamp(get("timestamp")),
        "time_seconds": to_seconds(get("time", get("duration"))),
    }


def parameters_of(name: str) -> str | None:
    """Return the text in the brackets that end a test name, as in `test_sum[1-2]`."""
    if name[-1:] != "]":
        return None
    found = _BRACKETS.search(name)
    return found[1] if found else None


def is_repetition(properties: dict[str, str]) -> bool:
    """Tell whether a case is one of several runs of its test, as trainer writes for Xcode."""
    return "repetition" in properties and bool(_REPETITION.match(properties["repetition"]))


def owner_of(properties: dict[str, str]) -> str | None:
    """Return the owner that a case's properties name, the last where there are several."""
    for key, value in properties.items():
        if key.casefold() in _OWNER_KEYS and value:
            return value.rpartition("\n")[2]
    return None


class Generator:
    """Collects hints at the tool that wrote the document; the first certain one wins."""

    _SUITES_NAMES: ClassVar[dict[str, str]] = {
        "jest tests": "jest",
        "vitest tests": "vitest",
        "mocha tests": "mocha-junit-reporter",
        "nextest-run": "nextest",
        "alltests": "gtest",
        "pytest tests": "pytest",
        "rspec": "rspec",
        "playwright": "playwright",
        "phpunit": "phpunit",
        "bun test": "bun",
        "deno test": "deno",
        "tap tests": "node-tap",
        "robot": "robot",
    }
    _PROPERTY_PREFIXES = (
        ("surefire.", "surefire"),
        ("go.version", "go"),
        ("java.", "jvm"),
        ("maven.", "surefire"),
    )

    def __init__(self) -> None:
        self._names: dict[str, None] = {}
        self._seen_case = False

    def see_root(self, attributes: dict[str, str]) -> None:
        """Look at the attributes of `testsuites`."""
        self._see_name(attributes.get("name", ""))

    def see_suite(self, attributes: dict[str, str]) -> None:
        """Look at the attributes of a `testsuite`."""
        if self._names:
            return
        name = attributes.get("name", "")
        self._see_name(name)
        if name == "pytest" or tuple(attributes) == _PYTEST_ATTRIBUTES:
            self._names["pytest"] = None
        elif "doctest_version" in attributes:
            self._names["doctest"] = None
        elif "flakes" in attributes:
            self._names["firebase"] = None
        elif any("surefire" in value for value in attributes.values()):
            self._names["surefire"] = None
        elif "assertions" in attributes and ("file" in attributes or "warnings" in attributes):
            self._names["phpunit"] = None

    def see_property(self, name: str) -> None:
        """Look at the name of a suite's property."""
        if self._names:
            return
        for prefix, generator in self._PROPERTY_PREFIXES:
            if name.startswith(prefix):
                self._names[generator] = None

    def see_case(self, attributes: dict[str, str]) -> None:
        """Look at the attributes of a case; one is enough."""
        if self._seen_case or self._names:
            return
        self._seen_case = True
        if attributes.get("status") in ("run", "notrun") and "result" in attributes:
            self._names["gtest"] = None
        elif "assertions" in attributes and "class" in attributes:
            self._names["phpunit"] = None

    def name(self) -> str | None:
        """Return the tool, None when nothing told it."""
        return next(iter(self._names), None)

    def _see_name(self, name: str) -> None:
        known = self._SUITES_NAMES.get(name.casefold())
        if known:
            self._names[known] = None
