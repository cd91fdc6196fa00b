"""Test reports of every known format to rows of suites and cases.

head = read_head(data, name)
format_name = detect(head)
report = read(data, format_name, sink, name=name)
"""

from importlib import import_module
from typing import BinaryIO

from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.test_results.detection import detect
from dlt_pipelines.parsers.test_results.model import Sink, TestReport

__all__ = ["READERS", "Sink", "TestReport", "detect", "read"]

READERS = {
    "junit-xml": "junit",
    "nunit3-xml": "nunit",
    "nunit2-xml": "nunit:read_v2",
    "xunitnet-v2-xml": "xunitnet",
    "xunitnet-v1-xml": "xunitnet:read_v1",
    "open-test-reporting-xml": "open_test_reporting",
    "open-test-reporting-hierarchy-xml": "open_test_reporting:read_hierarchy",
    "trx": "trx",
    "mbunit-xml": "mbunit",
    "testng-xml": "testng",
    "robot-xml": "robot",
    "robot-json": "robot:read_json",
    "failsafe-summary-xml": "failsafe",
    "ctest-xml": "ctest",
    "boost-test-log-xml": "boost",
    "boost-test-report-xml": "boost:read_report",
    "tradefed-xml": "tradefed",
    "qtestlib-xml": "qtestlib",
    "cppunit-xml": "cppunit",
    "aunit-xml": "cppunit:read_aunit",
    "catch2-xml": "catch",
    "doctest-xml": "catch:read_doctest",
    "check-xml": "c_frameworks:read_check",
    "cunit-xml": "c_frameworks:read_cunit",
    "gtester-xml": "c_frameworks:read_gtester",
    "unittestpp-xml": "c_frameworks:read_unittestpp",
    "fpcunit-xml": "fpcunit",
    "parasoft-cpptest-xml": "parasoft",
    "sonarqube-test-xml": "sonarqube",
    "go-test-json": "go_test:read_json",
    "go-test-text": "go_test:read_text",
    "teamcity-text": "teamcity",
    "dejagnu-text": "programs:read_dejagnu",
    "automake-trs": "programs:read_automake",
    "ktap": "ktap",
    "tap": "tap",
    "cucumber-messages-ndjson": "cucumber_messages",
    "cucumber-json": "cucumber_json",
    "ctrf-json": "ctrf",
    "jest-json": "jest",
    "playwright-json": "playwright",
    "mocha-json": "mocha",
    "mochawesome-json": "mocha:read_mochawesome",
    "cypress-json": "mocha:read_cypress",
    "pytest-json-report": "pytest_json",
    "pytest-reportlog-json": "pytest_log",
    "xcresult-json": "xcresult",
    "ginkgo-json": "ginkgo",
    "karma-json": "browsers:read_karma",
    "testcafe-json": "browsers:read_testcafe",
    "webdriverio-json": "browsers:read_webdriverio",
    "newman-json": "newman",
    "rspec-json": "rspec",
    "gtest-json": "gtest_json",
    "apex-json": "platforms:read_apex",
    "unreal-json": "platforms:read_unreal",
    "avocado-json": "programs:read_avocado",
    "meson-json": "programs:read_meson",
    "twister-json": "programs:read_twister",
    "dart-json": "dart",
    "libtest-json": "libtest",
    "swift-testing-json": "swift_testing",
    "allure2-json": "allure",
    "allure1-xml": "allure:read_v1",
    "bazel-bep-json": "bazel_bep",
    "buildkite-test-collector-json": "ci_payloads:read_buildkite",
    "gitlab-test-report-json": "ci_payloads:read_gitlab",
    "jenkins-test-report-json": "ci_payloads:read_jenkins",
    "jenkins-test-report-xml": "ci_payloads:read_jenkins_xml",
}
"""Module, and function if it isn't `read`, of each format; imported when such a report comes."""


def read(source: bytes | BinaryIO, format_name: str, sink: Sink, *, name: str = "") -> TestReport:
    """Read a report into a sink.

    Args:
        source: The report's bytes, or a seekable binary stream at its start.
        format_name: As `detect` gave it.
        sink: Takes the rows; set its `report_id` first.
        name: File name for messages.

    Returns:
        The summary; `parse` is `partial` when something was lost or mended.

    Raises:
        ParseError: Nothing could be read.
    """
    place = READERS.get(format_name)
    if place is None:
        msg = f"`{format_name}` is no known format of test reports"
        raise ParseError(msg)
    module, _, function = place.partition(":")
    reader = getattr(import_module(f"{__name__}.{module}"), function or "read")
    report: TestReport = reader(source, sink, name)
    return report
