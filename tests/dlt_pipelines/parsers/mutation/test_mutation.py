"""Mutation reports: a sample of ours for every format."""

import csv
import json
from pathlib import Path

import pytest

from dlt_pipelines.parsers import mutation
from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.head import read_head
from dlt_pipelines.parsers.mutation.model import COUNTED_LIMIT

SAMPLES = Path(__file__).parent / "samples"
EXPECTED = list(csv.DictReader((SAMPLES / "expected.csv").read_text("utf-8").splitlines()))


def read_all(content, name=""):
    sink = mutation.Sink()
    format_name = mutation.detect(read_head(content, ""))
    assert format_name is not None
    report = mutation.read(content, format_name, sink, name=name)
    rows = [
        [
            dict(zip(batch, row, strict=True))
            for batch in buffer.pop_batches()
            for row in zip(*batch.values(), strict=True)
        ]
        for buffer in (sink.mutants, sink.tests)
    ]
    return report, *rows


def read(content):
    return read_all(content)[:2]


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda row: row["file"])
def test_sample_has_its_format_counts_and_rows(expected):
    report, rows = read((SAMPLES / expected["file"]).read_bytes())
    assert (report.format, report.parse, report.error) == (expected["format"], "ok", None)
    counted = {
        "mutants": report.mutant_count,
        "detected": report.detected_count,
        "undetected": report.undetected_count,
        "invalid": report.invalid_count,
        "ignored": report.ignored_count,
        "files": report.file_count,
        "rows": len(rows),
    }
    assert counted == {name: int(expected[name]) for name in counted}


def test_mutants_of_infection_and_its_summary_alone():
    log = json.loads((SAMPLES / "infection.json").read_bytes())
    _, rows = read((SAMPLES / "infection.json").read_bytes())
    row = next(row for row in rows if row["file"])
    assert (row["file"], row["line"]) == ("/w/src/Till.php", 12)
    assert (row["operator"], row["status"]) == ("Plus", "killed")
    report, rows = read(json.dumps({"stats": log["stats"]}).encode())
    assert (report.detected_count, report.undetected_count) == (2, 2)
    assert (report.invalid_count, report.ignored_count, report.file_count) == (2, 3, 0)
    with pytest.raises(ParseError):
        mutation.read(b"{}", "infection-json", mutation.Sink.discarding())


def test_a_mutant_that_was_only_compiled_says_nothing_of_the_tests():
    """What cargo-mutants calls a success without a phase of tests, when told `--check`."""
    check = {"phase": "Check", "process_status": "Success"}
    outcomes = [
        {"scenario": {"Mutant": {"file": "a.rs"}}, "summary": "Success", "phase_results": phases}
        for phases in ([check], [check, {"phase": "Test", "process_status": "Success"}])
    ]
    report, rows = read(json.dumps({"outcomes": outcomes, "total_mutants": 2}).encode())
    assert [row["status"] for row in rows] == ["ignored", "survived"]
    assert (report.parse, report.undetected_count, report.ignored_count) == ("ok", 1, 1)


def test_every_format_has_a_sample():
    assert {row["format"] for row in EXPECTED} == set(mutation.READERS)


def test_a_mutant_keeps_place_operator_and_killing_tests():
    _report, rows = read((SAMPLES / "stryker.json").read_bytes())
    first = rows[0]
    place = (first["file"], first["line"], first["end_line"])
    assert place == ("src/a.ts", 3, 4)
    assert (first["status"], first["vendor_status"]) == ("killed", "Killed")
    assert (first["killing_tests"], first["duration_seconds"]) == ('["adds"]', 1.5)


@pytest.mark.parametrize(
    ("key", "name", "place"),
    [
        pytest.param("shop.sums.x_add", "", ("shop/sums.py", None, "add"), id="function"),
        pytest.param("shop.sums.xǁCartǁadd", "", ("shop/sums.py", "Cart", "add"), id="method"),
        pytest.param("shop.x_a", "mutants/shop/__init__.py.meta", ("shop/__init__.py", None, "a"),
                     id="package"),
        pytest.param("shop.x_a", "x.zip!mutants/src/shop.py.meta", ("shop.py", None, "a"),
                     id="a folder that only looks like it"),
        pytest.param("shop.x_a", "/w/mutants/src/shop.py.meta", ("src/shop.py", None, "a"),
                     id="source folder"),
        pytest.param("shop.x_a", "other/meta.json", ("shop.py", None, "a"), id="another name"),
    ],
)  # fmt: skip
def test_mutmut_names_file_class_and_function(key, name, place):
    content = json.dumps({"exit_code_by_key": {f"{key}__mutmut_1": 1}}).encode()
    _report, (row,), _tests = read_all(content, name)
    assert (row["file"], row["class_name"], row["function_name"]) == place


@pytest.mark.parametrize(
    ("total", "ignored"), [(6, 2), (4, 0), (3, 0)], ids=["not checked", "all", "less than all"]
)
def test_mutmut_totals_come_to_the_total(total, ignored):
    counts = {"killed": 2, "survived": 1, "check_was_interrupted_by_user": 1, "total": total}
    report, rows = read(json.dumps(counts).encode())
    assert len(rows) == 4 + ignored
    assert (report.detected_count, report.undetected_count) == (2, 1)
    assert (report.invalid_count, report.ignored_count) == (1, ignored)


def test_totals_alone_are_believed_up_to_a_number_of_mutants():
    """A hundred bytes that claim billions are no run, and take no time."""
    most = COUNTED_LIMIT
    report = mutation.read(
        json.dumps({"killed": most - 1, "survived": 1, "total": most}).encode(),
        "mutmut-json",
        mutation.Sink.discarding(),
    )
    assert (report.parse, report.mutant_count, report.undetected_count) == ("ok", most, 1)
    infection = {"totalMutantsCount": most + 1, "msi": 99, "killedCount": most + 1}
    for content in (
        {"killed": most, "survived": 1, "total": most + 1},
        {"killed": 1, "survived": 1, "total": most + 1},
        {"stats": infection},
        {"stats": {**infection, "skippedCount": most + 1}, "killed": []},
    ):
        sink = mutation.Sink()
        data = json.dumps(content).encode()
        with pytest.raises(ParseError, match=f"{most + 1:,} mutants and none listed"):
            mutation.read(data, mutation.detect(read_head(data, "")), sink)
        assert list(sink.mutants.pop_batches()) == []


def test_gremlins_without_a_mutant_and_without_a_list():
    totals = {"mutants_total": 0, "mutants_killed": 0, "mutants_lived": 0}
    report, rows = read(json.dumps({**totals, "files": None}).encode())
    assert (report.parse, report.mutant_count, rows) == ("ok", 0, [])
    with pytest.raises(ParseError, match="without `files`"):
        read(json.dumps(totals).encode())


def test_mutmut_mutants_that_the_type_check_caught_are_detected():
    content = b'{"exit_code_by_key":{"a.x_f__mutmut_1":37,"a.x_f__mutmut_2":0}}'
    report, rows = read(content)
    assert (report.detected_count, report.undetected_count) == (1, 1)
    assert rows[0]["vendor_status"] == "caught by type check"


def test_a_java_class_gives_the_folder_of_its_source_file():
    _report, rows = read((SAMPLES / "pit.xml").read_bytes())
    assert (rows[0]["file"], rows[0]["function_name"]) == ("shop/Sums.java", "add")


def test_a_status_outside_of_the_schema_is_counted_apart():
    content = (SAMPLES / "stryker.json").read_bytes().replace(b'"Ignored"', b'"Skipped"')
    report, _rows = read(content)
    assert (report.mutant_count, report.parse) == (5, "partial")
    assert "Skipped" in report.error


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b'{"mutationScore":1,"totals":{},"childResults":[]}', id="old Stryker.NET"),
        pytest.param(b'{"schemaVersion":"1","files":[]}', id="files is no object"),
    ],
)
def test_reports_of_other_schemas_are_refused(content):
    with pytest.raises(ParseError, match="files"):
        read(content)


def test_test_files_without_tests_make_the_report_partial():
    content = b'{"schemaVersion":"1.0","thresholds":{},"testFiles":{"a.ts":{}},"files":{}}'
    report, _rows = read(content)
    assert (report.parse, report.mutant_count) == ("partial", 0)
    assert "a.ts" in report.error


def covered(*lists, tests=("t1", "t2", "t3")):
    """A report with one mutant for each list of tests, None for a mutant that tells none."""
    mutants = [
        {"id": str(number), "status": "Survived"} | ({} if ids is None else {"coveredBy": ids})
        for number, ids in enumerate(lists)
    ]
    named = [{"id": test, "name": f"does {test}"} for test in tests]
    report = {
        "schemaVersion": "2",
        "thresholds": {},
        "testFiles": {
            "a.spec.ts": {"tests": named},
            "": {"tests": [{"id": "t9", "name": "last"}]},
        },
        "files": {"a.ts": {"mutants": mutants[:2]}, "b.ts": {"mutants": mutants[2:]}},
    }
    return json.dumps(report).encode()


def counts(content):
    _report, _mutants, tests = read_all(content)
    return {
        (test["file"], test["test_name"]): (
            test["covered_mutant_count"],
            test["only_covered_mutant_count"],
        )
        for test in tests
    }


def test_a_test_has_the_mutants_that_it_covers_and_alone_covers():
    # One that is named twice is one; one that the report does not name covers too.
    content = covered(["t1", "t2"], ["t1", "t1"], ["t2", "unnamed"], [], None, ["t1"])
    assert counts(content) == {
        ("a.spec.ts", "does t1"): (3, 2),
        ("a.spec.ts", "does t2"): (2, 0),
        ("a.spec.ts", "does t3"): (0, 0),
        (None, "last"): (0, 0),
    }
    assert [test["test_index"] for test in read_all(content)[2]] == [0, 1, 2, 3]


def files(content):
    _report, _mutants, tests = read_all(content)
    return {test["test_name"]: test["covered_files"] for test in tests}


def test_a_test_has_the_files_whose_mutants_it_covers():
    # Two mutants of one file are one file; a mutant that tells no test says nothing.
    content = covered(["t1", "t2"], ["t1"], ["t2"], [], None)
    assert files(content) == {
        "does t1": '["a.ts"]',
        "does t2": '["a.ts", "b.ts"]',
        "does t3": None,
        "last": None,
    }
    assert set(files(covered(None, None)).values()) == {None}


def test_a_test_that_killed_a_mutant_has_its_file_where_coverage_is_not_told():
    content = covered(None, None, None)
    report = json.loads(content)
    mutants = [mutant for file in report["files"].values() for mutant in file["mutants"]]
    mutants[0]["killedBy"] = ["t1"]
    path = next(iter(report["files"]))
    told = json.dumps(report).encode()
    assert files(told) == {"does t1": f'["{path}"]', "does t2": None, "does t3": None, "last": None}
    assert set(counts(told).values()) == {(None, None)}


def pit(*mutations):
    text = "".join(
        f"<mutation detected='true' status='KILLED'><sourceFile>{file}</sourceFile>"
        f"<mutatedClass>{name}</mutatedClass><killingTest>{killing}</killingTest></mutation>"
        for file, name, killing in mutations
    )
    return f"<?xml version='1.0'?><mutations>{text}</mutations>".encode()


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("a.BTest.adds(a.BTest)", "a.BTest.adds"),
        ("a.BTest.[engine:junit-jupiter]/[class:a.BTest]/[method:adds()]", "a.BTest.adds"),
        (
            "a.BTest.[engine:junit-jupiter]/[class:a.BTest]/[method:adds(int[], int)]",
            "a.BTest.adds",
        ),
        (
            "a.BTest.[engine:junit-jupiter]/[class:a.BTest]/[nested-class:Sums]/[method:adds()]",
            "a.BTest$Sums.adds",
        ),
        (
            "a.BTest.[engine:junit-jupiter]/[class:a.BTest]/[test-template:adds(int)]/[one:#2]",
            "a.BTest.adds",
        ),
        ("adds (in words)", "adds (in words)"),
        ("a.BTest", "a.BTest"),
    ],
)
def test_names_of_pit_are_those_of_test_reports(written, name):
    assert files(pit(("B.java", "a.B", written))) == {name: '["a/B.java"]'}


def test_tests_of_pit_have_the_files_whose_mutants_they_killed():
    content = pit(
        ("B.java", "a.B", "a.BTest.adds(a.BTest)|a.CTest.adds(a.CTest)"),
        ("B.java", "a.B", "a.BTest.adds(a.BTest)"),
        ("C.java", "a.C", "a.CTest.adds(a.CTest)"),
        ("D.java", "a.D", ""),
        ("", "a.E", "a.ETest.adds(a.ETest)"),
    )
    assert files(content) == {
        "a.BTest.adds": '["a/B.java"]',
        "a.CTest.adds": '["a/B.java", "a/C.java"]',
    }
    assert set(counts(content).values()) == {(None, None)}


def test_without_coverage_of_any_mutant_nothing_is_known_of_its_tests():
    assert set(counts(covered(None, None)).values()) == {(None, None)}


def test_tests_without_a_name_and_reports_without_tests_have_no_rows():
    content = covered(["t1"], tests=("t1",)).replace(b'"does t1"', b"7")
    assert counts(content) == {(None, "last"): (0, 0)}
    assert counts((SAMPLES / "cosmic-ray.json").read_bytes()) == {}


def test_a_report_that_was_cut_off_tells_nothing_of_its_tests():
    content = covered(["t1"], ["t2"], ["t1", "t2"])
    report, mutants, tests = read_all(content[: content.rindex(b"{")])
    assert (report.parse, len(mutants), tests) == ("partial", 2, [])
