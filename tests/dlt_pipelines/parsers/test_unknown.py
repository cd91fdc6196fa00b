"""Reports that are not read are told by name, and nothing else is taken for one of them."""

import json

import pytest

from dlt_pipelines.parsers.inspection import inspect_path

V8 = {
    "result": [
        {
            "scriptId": "7",
            "url": "file:///w/till.js",
            "functions": [{"ranges": [{"startOffset": 0, "endOffset": 9, "count": 1}]}],
        }
    ]
}
GOCOV = {"Packages": [{"Name": "till", "Functions": [
    {"Name": "Sum", "Statements": [{"Start": 1, "End": 9, "Reached": 2}]}]}]}  # fmt: skip
DART = {"type": "CodeCoverage", "coverage": [{"source": "package:till/till.dart", "hits": [3, 1]}]}
BULLSEYE = """<?xml version="1.0"?><BullseyeCoverage cd_cov="1" cd_total="4"/>"""
EMMA = """<report><stats><srclines value="4"/></stats><data><all name="all"/></data></report>"""


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (json.dumps(V8), "V8"),
        (json.dumps(GOCOV), "gocov"),
        (json.dumps(DART), "Dart"),
        (BULLSEYE, "BullseyeCoverage"),
        (EMMA, "EMMA"),
    ],
    ids=["v8", "gocov", "dart", "bullseye", "emma"],
)
def test_a_report_that_is_not_read_is_told_by_name(tmp_path, content, name):
    path = tmp_path / "report"
    path.write_text(content)
    found = inspect_path(path)
    assert (found.kind, found.format, found.parse, found.lines_valid) == (None, None, "error", None)
    assert name in found.error
    assert " not read" in found.error


@pytest.mark.parametrize(
    "content",
    ['{"result": [{"scriptId": "7"}]}', '{"Packages": []}', '{"coverage": [{"source": "a"}]}',
     "<report><stats/></report>", "<other/>"],
)  # fmt: skip
def test_what_only_resembles_one_is_no_known_report(tmp_path, content):
    path = tmp_path / "report"
    path.write_text(content)
    assert "no known report" in inspect_path(path).error
