"""A checkout without any CI data: its history and the reports that lie in it."""

import pytest

REPOSITORY, OLD, HEAD = "shop", "a" * 40, "b" * 40
BUILD = ("build", "--resource-type", "seed", "--resource-type", "model", "--select")
MODELS = ("+mart_test__results_daily", "+mart_coverage__files", "+dim_files")


def commit(sha: str, at: str) -> dict:
    return {
        "repository": REPOSITORY,
        "sha": sha,
        "tree_sha": sha,
        "author_email": "somebody@example.org",
        "committed_at": at,
        "authored_at": at,
        "subject": "Work",
        "is_merge": False,
    }


@pytest.fixture(scope="module")
def checkout(make_warehouse):
    warehouse = make_warehouse()
    warehouse.load(
        "raw_git_history.commits",
        commit(OLD, "2026-02-01 00:00:00+00"),
        commit(HEAD, "2026-02-02 00:00:00+00"),
    )
    parent = {"repository": REPOSITORY, "sha": HEAD, "position": 0, "parent_sha": OLD}
    warehouse.load("raw_git_history.commit_parents", parent)
    head = {"repository": REPOSITORY, "sha": HEAD, "ref_name": "main"}
    warehouse.load(
        "raw_git_history.refs", head | {"ref_type": "head"}, head | {"ref_type": "branch"}
    )
    for path in ("src/cart.py", "tests/test_cart.py"):
        warehouse.load(
            "raw_git_history.commit_files",
            {"repository": REPOSITORY, "sha": OLD, "path": path, "change_type": "added"},
        )
    known = {"repository": REPOSITORY, "parse": "ok", "path_numbers": []}
    warehouse.load(
        "raw_test_results.reports",
        known
        | {
            "report_id": "r",
            "locator": "junit.xml",
            "content_sha256": "c",
            "source_modified_at": "2026-02-03 04:00:00+00",
        },
    )
    warehouse.load(
        "raw_test_results.cases",
        {
            "report_id": "r",
            "case_index": 0,
            "suite_index": 0,
            "class_name": "tests.test_cart",
            "name": "test_add",
            "status": "passed",
            "retry_index": 0,
            "is_final": True,
        },
    )
    warehouse.load(
        "raw_coverage.reports",
        known
        | {
            "report_id": "v",
            "locator": "coverage.xml",
            "content_sha256": "d",
            "head_sha": HEAD,
        },
    )
    warehouse.load(
        "raw_coverage.files",
        {"report_id": "v", "file_index": 0, "path": "cart.py", "lines_valid": 2},
    )
    for line, hits in ((1, 3), (2, 0), (2, 0)):
        warehouse.load(
            "raw_coverage.lines", {"report_id": "v", "file_index": 0, "line": line, "hits": hits}
        )
    warehouse.dbt(*BUILD, *MODELS)
    return warehouse


def test_results_are_dated_by_their_file(checkout):
    rows = checkout.rows(
        "select cast(run_created_date as string), passed_count from marts.mart_test__results_daily"
    )
    assert rows == [("2026-02-03", 1)]


def test_the_file_of_a_test_is_found_by_its_class(checkout):
    assert checkout.rows("select file_path from core.fct_test_results") == [("tests/test_cart.py",)]


def test_coverage_of_the_head_is_the_newest(checkout):
    rows = checkout.rows(
        "select path, valid_line_count, covered_line_count, coverage_ratio"
        " from marts.mart_coverage__files"
    )
    assert rows == [("src/cart.py", 2, 1, 0.5)]


def test_a_path_without_any_rule_has_no_owner(checkout):
    rows = checkout.rows("select distinct ownership_rule, team from core.dim_files")
    assert rows == [("none", None)]
