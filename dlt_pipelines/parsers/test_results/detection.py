"""Which format a test report has, told by its content and never by its name.

Every rule is one that no other known format fulfils; what fulfils none is unknown.
"""

import re
from collections.abc import Callable

from dlt_pipelines.parsers.head import Head

Rule = Callable[[Head], bool]


def detect(head: Head) -> str | None:
    """Return the name of the format, None when it isn't a known test report."""
    if head.root:
        rules = _XML
    elif head.is_json:
        rules = _JSON
    else:
        rules = (*_TEXT, *_JSON) if head.json_keys else _TEXT
    return next((name for name, rule in rules if rule(head)), None)


def _root(*names: str) -> Rule:
    return lambda head: head.root in names


def _is_junit(head: Head) -> bool:
    if head.root in ("testsuites", "testsuite", "testcase"):
        is_other = _is_check(head) or _is_dejagnu(head)
        return not (is_other or _is_gtest_listing(head))
    return head.root == "testrun" and bool({"testsuite", "testcase"} & set(head.elements))


def _is_check(head: Head) -> bool:
    """Check has JUnit's root, but a namespace and elements of its own."""
    elements = set(head.elements)
    is_alike = {"suite", "test", "fn"} <= elements and not {"testsuite", "testcase"} & elements
    return "check.sourceforge" in head.root_namespace or (head.root == "testsuites" and is_alike)


def _is_dejagnu(head: Head) -> bool:
    """DejaGnu's `-xml` has JUnit's root, but elements of its own."""
    elements = set(head.elements)
    return {"test", "result", "prms_id"} <= elements and "testcase" not in elements


def _is_gtest_listing(head: Head) -> bool:
    """`--gtest_list_tests` writes the tests that there are, none of which ran."""
    attributes = head.root_attributes
    return attributes.get("name") == "AllTests" and not {"failures", "time"} & set(attributes)


def _is_nunit2(head: Head) -> bool:
    if head.root == "test-results":
        return True
    return head.root == "test-suite" and "results" in head.elements


def _is_cppunit(head: Head) -> bool:
    lists = {"FailedTests", "SuccessfulTests"} & set(head.elements)
    return head.root == "TestRun" and bool(lists) and not _is_aunit(head)


_TEST_ALONE = re.compile(r"<(?:[\w.-]{1,100}:)?Test>")
_TEST_WITH_ID = re.compile(r"<(?:[\w.-]{1,100}:)?Test\s+id")


def _is_aunit(head: Head) -> bool:
    """AUnit has CppUnit's lists, but its tests carry no `id`."""
    if head.root != "TestRun" or not {"FailedTests", "SuccessfulTests"} & set(head.elements):
        return False
    return bool(_TEST_ALONE.search(head.text)) and not _TEST_WITH_ID.search(head.text)


def _is_trx(head: Head) -> bool:
    if head.root != "TestRun" or "SuccessfulTests" in head.elements:
        return False
    marks = {"ResultSummary", "TestDefinitions", "TestSettings", "Results", "Times", "TestLists"}
    return "TeamTest" in head.root_namespace or bool(marks & set(head.elements))


def _is_doctest(head: Head) -> bool:
    """A listing of test cases or of suites has no asserts, and cases or suites alone."""
    elements = set(head.elements)
    is_run = "OverallResultsAsserts" in elements or {"TestSuite", "TestCase"} <= elements
    return head.root == "doctest" and is_run


def _is_xunitnet_v1(head: Head) -> bool:
    if head.root not in ("assemblies", "assembly"):
        return False
    return "class" in head.elements and "collection" not in head.elements


def _is_jenkins(head: Head) -> bool:
    """What Jenkins keeps of a build (`junitResult.xml`), and the answer of its API."""
    elements = set(head.elements)
    if head.root == "result":
        return {"suites", "cases", "case"} <= elements
    return head.root in _JENKINS_ANSWERS and {"failCount", "suite", "case"} <= elements


def _is_robot(head: Head) -> bool:
    if head.root == "robot":
        return "suite" in head.elements
    return head.root == "suite" and {"kw", "status", "test"} <= set(head.elements)


_JENKINS_ANSWERS = ("testResult", "matrixTestResult", "surefireAggregatedReport")


_XML: tuple[tuple[str, Rule], ...] = (
    ("junit-xml", _is_junit),
    ("check-xml", _is_check),
    ("nunit3-xml", _root("test-run")),
    ("allure1-xml", lambda head: head.root == "test-suite" and "test-cases" in head.elements),
    ("nunit2-xml", _is_nunit2),
    ("nunit3-xml", lambda head: head.root == "test-suite" and "test-case" in head.elements),
    ("aunit-xml", _is_aunit),
    ("cppunit-xml", _is_cppunit),
    ("trx", _is_trx),
    ("xunitnet-v1-xml", _is_xunitnet_v1),
    ("xunitnet-v2-xml", _root("assemblies", "assembly")),
    ("robot-xml", _is_robot),
    ("testng-xml", _root("testng-results")),
    ("ctest-xml", lambda head: head.root == "Site" and "Testing" in head.elements),
    ("boost-test-log-xml", _root("TestLog", "BoostTestLog")),
    (
        "boost-test-report-xml",
        lambda head: head.root == "TestResult" and "TestSuite" in head.elements,
    ),
    (
        "open-test-reporting-xml",
        lambda head: head.root == "events" and "opentest4j" in head.root_namespace,
    ),
    (
        "open-test-reporting-hierarchy-xml",
        lambda head: head.root == "execution" and "opentest4j" in head.root_namespace,
    ),
    ("tradefed-xml", lambda head: head.root == "Result" and "suite_plan" in head.root_attributes),
    ("catch2-xml", lambda head: head.root == "Catch" and "TestCase" in head.elements),
    ("catch2-xml", _root("Catch2TestRun")),
    ("doctest-xml", _is_doctest),
    ("qtestlib-xml", lambda head: head.root == "TestCase" and "TestFunction" in head.elements),
    ("cunit-xml", _root("CUNIT_TEST_RUN_REPORT")),
    ("gtester-xml", _root("gtester")),
    ("unittestpp-xml", _root("unittest-results")),
    ("fpcunit-xml", lambda head: head.root == "TestResults" and "TestListing" in head.elements),
    ("mbunit-xml", _root("report-result")),
    ("parasoft-cpptest-xml", _root("ResultsSession")),
    ("jenkins-test-report-xml", _is_jenkins),
    ("failsafe-summary-xml", _root("failsafe-summary")),
    ("sonarqube-test-xml", _root("testExecutions")),
    ("sonarqube-test-xml", lambda head: head.root == "unitTest" and "testCase" in head.elements),
)

_GO_LINE = re.compile(
    r"^(?:=== RUN\s|[ \t]*+--- (?:PASS|FAIL|SKIP|BENCH): \S"
    r"|(?:ok|FAIL|\?)\s+\S+\s+(?:[\d.]+s\b|\(cached\)|\[)"
    r"|Benchmark\S+\s+\d+\s+[\d.]+ ns/op)",
    re.MULTILINE,
)
_TAP_FRAME = re.compile(r"^[ \t]*(?:TAP version \d+\s*|1\.\.\d+\s*(?:#.*)?)$", re.MULTILINE)
_KERNEL_CLOCK = r"(?:<\d+>)?\[ *\d+\.\d+\](?:\[ *[TC]\d+\])? ?"
_KTAP = re.compile(
    rf"^(?:(?:{_KERNEL_CLOCK})? *KTAP version \d|{_KERNEL_CLOCK}TAP version \d"
    r"|TAP version 14\n(?:1\.\.\d+\n)?[ \t]+# Subtest: )",
    re.MULTILINE,
)
"""Older kernels say TAP: in the kernel's log, or with the name of a suite inside of it."""
_TAP_VERSION = re.compile(r"^TAP version \d", re.MULTILINE)
_TAP_POINT = re.compile(
    r"^(?:(?:not ok|ok|skip) \d+\b.*|(?:not )?ok(?:\s*$|[ \t]++(?:-[ \t]*+)?\S.*))$"
)


_TEAMCITY = re.compile(r"##teamcity\[test(?:Started|Failed|Ignored|SuiteStarted) ")

_DEJAGNU_START = re.compile(
    r"^(?>Test [Rr]un [Bb]y .+ on .+)$(?:\n.*){0,20}?\n\t\t=== .+ tests ===$", re.MULTILINE
)
_AUTOMAKE_RESULT = re.compile(r"^:(?:test-result|global-test-result|test-global-result): [A-Z]+\b")
_AUTOMAKE_FIELD = re.compile(r"^:[a-z-]+:(?: .*)?$")

_LOG_OF_RUNS = re.compile(r"\A(?:Log of Meson test suite run on |=+\n.*\n=+\n\n# TOTAL: )")
"""How logs of Meson and Automake begin: what TAP is in there is the output of single tests."""


def _is_ktap(head: Head) -> bool:
    """The kernel's version stands before any of TAP itself, whose subtests may be KTAP."""
    text = head.text.replace("\r\n", "\n")
    found = _KTAP.search(text)
    return found is not None and _TAP_VERSION.search(text, 0, found.start()) is None


def _is_automake(head: Head) -> bool:
    """Every line is a field, and the results of tests are among them."""
    # The last line may be cut off.
    lines = head.text.rpartition("\n")[0].splitlines()
    return any(map(_AUTOMAKE_RESULT.match, lines)) and all(map(_AUTOMAKE_FIELD.match, lines))


def _is_tap(head: Head) -> bool:
    """A version or a plan stands on a line of its own, or most lines are test points."""
    if _LOG_OF_RUNS.match(head.text):
        return False
    lines = [line for line in head.text.splitlines() if line.strip() and line[0] not in "# \t"]
    points = sum(bool(_TAP_POINT.match(line)) for line in lines)
    if _TAP_FRAME.search(head.text):
        return points > 0 or all(
            _TAP_FRAME.match(line) or line.startswith("Bail out!") for line in lines
        )
    return points > 0 and 2 * points >= len(lines)


def _has(*keys: str) -> Rule:
    """All of these keys are at the top."""
    return lambda head: set(keys) <= head.json_keys


def _is_go_test(head: Head) -> bool:
    others = {"Package", "Test", "Output", "ImportPath"}
    return "Action" in head.json_keys and bool(others & head.json_keys)


def _is_cucumber_messages(head: Head) -> bool:
    kinds = {"gherkinDocument", "testCaseStarted", "testRunStarted", "testStepFinished", "pickle"}
    return bool(kinds & head.json_keys) and not head.is_json_array


def _is_cucumber(head: Head) -> bool:
    """A feature of which nothing was chosen to run has no elements, but a place and a keyword."""
    if not head.is_json_array:
        return False
    if "elements" in head.json_keys:
        return bool({"keyword", "uri", "elements.steps", "elements.keyword"} & head.json_paths)
    return {"keyword", "name"} <= head.json_keys and bool({"uri", "location"} & head.json_keys)


def _is_gtest(head: Head) -> bool:
    """A listing (`--gtest_list_tests`) has neither counts nor the status of a test."""
    told = {"failures", "time", "testsuites.testsuite.status", "testsuites.testsuite.result"}
    return "testsuites.testsuite" in head.json_paths and bool(told & head.json_paths)


def _is_twister(head: Head) -> bool:
    """What was built has a platform, also where it has no tests."""
    told = {"testsuites.platform", "testsuites.testcases"}
    return {"environment", "testsuites"} <= head.json_keys and told <= head.json_paths


def _is_dart(head: Head) -> bool:
    if "protocolVersion" in head.json_keys and "runnerVersion" in head.json_keys:
        return True
    return {"type", "time", "testID"} <= head.json_keys


def _is_libtest(head: Head) -> bool:
    """Several events; what cargo says of its building may stand before them."""
    has_several = head.is_json_lines or head.text.count('"event"') > 1
    return {"type", "event"} <= head.json_keys and has_several


def _is_swift_testing(head: Head) -> bool:
    """Records of tests or events, whose version stands beside them."""
    told = {"payload.sourceLocation", "payload.instant", "payload.messages"}
    return {"kind", "payload", "version"} <= head.json_keys and bool(told & head.json_paths)


def _is_allure(head: Head) -> bool:
    keys = head.json_keys
    if head.is_json_array or "uuid" not in keys:
        return False
    if {"status", "name"} <= keys:
        return bool({"historyId", "labels", "stage", "steps", "statusDetails"} & keys)
    # A test that was killed has no status yet.
    if {"name", "labels", "start"} <= keys:
        return bool({"historyId", "testCaseId", "fullName"} & keys)
    # Fixtures of tests that were left out have no children.
    if {"befores", "afters"} & keys:
        return True
    return "children" in keys and bool({"start", "stop"} & keys)


def _is_playwright(head: Head) -> bool:
    return "suites" in head.json_keys and (
        "suites.specs" in head.json_paths or {"config", "errors"} <= head.json_keys
    )


def _is_buildkite(head: Head) -> bool:
    if {"history", "name"} <= head.json_keys:
        return head.is_json_array and bool({"scope", "result", "location"} & head.json_keys)
    return {"data.history", "data.name"} <= head.json_paths


def _is_mochawesome(head: Head) -> bool:
    """Without a test there are no suites; before version 4 there were no results around them."""
    paths = head.json_paths
    if {"stats", "results"} <= paths:
        return bool({"results.suites", "meta.mochawesome"} & paths)
    return {"suites", "stats.testsRegistered"} <= paths


_JSON: tuple[tuple[str, Rule], ...] = (
    ("go-test-json", _is_go_test),
    ("cucumber-messages-ndjson", _is_cucumber_messages),
    ("cucumber-json", _is_cucumber),
    ("ctrf-json", lambda head: {"results.tests", "results.summary"} <= head.json_paths),
    ("ctrf-json", lambda head: {"results.tests", "results.tool"} <= head.json_paths),
    ("ctrf-json", lambda head: {"reportFormat", "results.tests"} <= head.json_paths),
    ("robot-json", _has("generator", "rpa", "suite")),
    ("jest-json", _has("testResults", "numTotalTests")),
    ("jest-json", lambda head: "testResults.assertionResults" in head.json_paths),
    ("playwright-json", _is_playwright),
    ("cypress-json", lambda head: {"runs", "runs.tests"} <= head.json_paths),
    ("mochawesome-json", _is_mochawesome),
    ("mocha-json", _has("stats", "tests", "passes", "failures")),
    ("pytest-json-report", _has("tests", "summary", "exitcode")),
    ("pytest-json-report", lambda head: {"tests.nodeid", "tests.outcome"} <= head.json_paths),
    ("pytest-reportlog-json", _has("$report_type")),
    ("xcresult-json", lambda head: "testNodes.nodeType" in head.json_paths),
    ("ginkgo-json", _has("SuitePath", "SpecReports")),
    ("karma-json", lambda head: {"browsers", "result", "summary.success"} <= head.json_paths),
    ("testcafe-json", _has("fixtures", "userAgents", "total")),
    ("webdriverio-json", _has("suites", "specs", "state", "capabilities")),
    ("newman-json", lambda head: {"collection", "run.stats"} <= head.json_paths),
    ("newman-json", lambda head: {"collection", "run.executions"} <= head.json_paths),
    ("rspec-json", _has("examples", "summary")),
    ("rspec-json", _has("examples", "summary_line")),
    ("gtest-json", _is_gtest),
    ("gtest-json", _has("testsuites", "tests", "disabled")),
    (
        "apex-json",
        lambda head: bool({"result.summary.testsRan", "summary.testsRan"} & head.json_paths),
    ),
    ("unreal-json", _has("devices", "reportCreatedOn", "tests", "succeeded")),
    ("avocado-json", _has("job_id", "tests", "total", "pass")),
    ("meson-json", _has("name", "result", "returncode", "starttime", "command")),
    ("twister-json", _is_twister),
    ("dart-json", _is_dart),
    ("libtest-json", _is_libtest),
    ("swift-testing-json", _is_swift_testing),
    ("allure2-json", _is_allure),
    (
        "bazel-bep-json",
        lambda head: bool({"id.started", "id.testResult", "id.buildFinished"} & head.json_paths),
    ),
    ("buildkite-test-collector-json", _is_buildkite),
    ("gitlab-test-report-json", _has("test_suites", "total_count")),
    ("jenkins-test-report-json", _has("failCount", "passCount", "suites")),
    ("jenkins-test-report-json", _has("failCount", "childReports")),
)

_TEXT: tuple[tuple[str, Rule], ...] = (
    ("go-test-json", lambda head: '{"Time":"' in head.text and '"Action":"' in head.text),
    ("teamcity-text", lambda head: bool(_TEAMCITY.search(head.text))),
    ("dejagnu-text", lambda head: bool(_DEJAGNU_START.search(head.text))),
    ("automake-trs", _is_automake),
    ("go-test-text", lambda head: bool(_GO_LINE.search(head.text))),
    ("ktap", _is_ktap),
    ("tap", _is_tap),
)
