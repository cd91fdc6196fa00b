"""Formats of one language's own tools: the rules of each."""

import json

import pytest

from dlt_pipelines.parsers import coverage
from dlt_pipelines.parsers.head import read_head


def detected(data: bytes) -> str | None:
    return coverage.detect(read_head(data, ""))


def test_a_file_that_two_targets_build_is_one_file(rows, samples):
    found = rows(samples["xccov-json"][0])
    (file,) = found.files
    assert (file["path"], file["package"]) == ("/w/Shop/Cart.swift", "Shop.app")
    assert (file["lines_valid"], file["lines_covered"]) == (3, 3)
    assert (file["functions_valid"], file["functions_covered"]) == (2, 1)
    assert (found.report.declared_lines_valid, found.report.declared_lines_covered) == (6, 5)


@pytest.mark.parametrize("wrap", [lambda target: target, lambda target: [target]])
def test_files_of_a_target_alone(rows, wrap):
    file = {"path": "/w/a.swift", "executableLines": 4, "coveredLines": 1}
    data = json.dumps(wrap({"name": "App", "files": [file, {"path": "/w/b.swift"}]})).encode()
    assert rows(data).totals == (4, 1, None, None)


def test_lines_of_an_archive(rows, samples):
    assert rows(samples["xccov-lines-json"][0]).hits("/w/Shop/Cart.swift") == {2: 7, 3: 0}


def test_paths_of_tarpaulin_are_joined_and_conditions_are_branches(rows, samples):
    found = rows(samples["tarpaulin-json"][0])
    assert found.hits("/w/src/cart.rs") == {2: 3, 4: 0}
    assert found.branches("/w/src/cart.rs") == {4: (2, 1)}
    windows = samples["tarpaulin-json"][0].replace(b'["/", "w"', b'["C:\\\\", "w"')
    assert list(rows(windows).lines) == ["C:/w/src/cart.rs"]


def test_folders_of_covdir_are_paths(rows, samples):
    found = rows(samples["covdir-json"][0])
    assert found.hits("src/cart.rs") == {2: 8, 3: 0}
    assert (found.report.declared_lines_valid, found.report.declared_lines_covered) == (2, 1)


@pytest.mark.parametrize("wrap", [lambda found: [None, *found], lambda found: {"result": {
    "coverage": {"coverage": found}}}], ids=["alone", "result of a command"])  # fmt: skip
def test_classes_of_salesforce(rows, wrap):
    found = [{"name": "A", "totalLines": 2, "totalCovered": 1, "lines": {"3": 1, "4": 0}}]
    assert rows(json.dumps(wrap(found)).encode()).hits("A") == {3: 1, 4: 0}


def test_what_one_test_covered_of_a_class_is_no_report():
    data = [{"apexClassOrTriggerName": "A", "apexTestMethodName": "t", "numLinesCovered": 1,
             "coverage": {"coveredLines": [1], "uncoveredLines": []}}]  # fmt: skip
    assert detected(json.dumps(data).encode()) is None


def test_classes_of_jacocos_table_are_rows_without_lines(rows, samples):
    found = rows(samples["jacoco-csv"][0])
    cart = found.file("org/shop/cart/Cart")
    assert (cart["package"], cart["lines_valid"], cart["lines_covered"]) == ("shop", 8, 6)
    assert (cart["branches_valid"], cart["branches_covered"]) == (4, 3)
    assert (cart["functions_valid"], cart["functions_covered"]) == (3, 2)
    assert not any(found.lines.values())


def test_every_row_of_jacocos_table_counts_also_one_of_the_same_names(rows, samples):
    """Two modules may have a class of one name, and the table nothing else to tell them by."""
    head, first, *_ = samples["jacoco-csv"][0].splitlines()
    found = rows(b"\n".join([head, first, first, b'"a, b",,Main,0,1,0,0,1,0,0,1,0,1', b""]))
    assert found.totals == (17, 12, 8, 6)
    assert [file["path"] for file in found.files][-1] == "Main"
    assert found.files[-1]["package"] == "a, b"
    cut = rows(b"\n".join([head, first, first[:-4], b"x" * 200_000]))
    assert (cut.totals, cut.report.parse) == ((8, 6, 4, 3), "partial")
    assert cut.report.error == "2 rows of the table are not those of a class"
    assert rows(head).totals == (0, 0, 0, 0)


def test_phpunit_has_totals_and_no_lines(rows, samples):
    found = rows(samples["phpunit-xml"][0])
    assert not any(found.lines.values())
    assert [(file["path"], file["functions_valid"]) for file in found.files] == [
        ("Cart/Cart.php", 3),
        ("Till.php", None),
    ]
    assert found.report.source_roots == '["/w/src"]'


def test_phpunit_lists_what_ran_and_so_gives_no_lines(rows):
    data = (
        b'<phpunit xmlns="http://schema.phpunit.de/coverage/1.0"><file name="A.php" path="/Cart">'
        b'<totals><lines executable="4" executed="1"/></totals><coverage><line nr="5">'
        b'<covered by="T::t"/></line></coverage></file></phpunit>'
    )
    found = rows(data)
    assert (found.totals, found.lines) == ((4, 1, None, None), {"Cart/A.php": {}})


def test_a_list_of_files_from_r(rows):
    data = b'{"uploader": "R", "files": [{"name": "R/cart.R", "coverage": [null, 1, 0]}]}'
    assert rows(data).hits("R/cart.R") == {1: 1, 2: 0}
    assert rows(data).report.format == "codecov-json"


@pytest.mark.parametrize(
    "text",
    [
        '{"coverage": {"coverage": [{"name": "a", "lines": 3}], "summary": {}}}',
        '{"name": "App", "files": [{"path": "a.swift"}]}',
        '{"files": [{"path": ["a"], "coverable": 1}]}',
        '{"children": {}, "name": "x"}',
        '<phpunit bootstrap="vendor/autoload.php"><testsuites/></phpunit>',
        '{"result": {"line": 85.5}}',
    ],
)
def test_is_not_claimed(text):
    assert detected(text.encode()) is None
