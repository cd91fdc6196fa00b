"""What dbt tests of each public model, and what it calculates, read from the manifest."""

import re

import pytest

PUBLIC = ("core", "marts")
# A key is named after its parent: `<entity>_key` is found in `dim_<entities>`, else in
# `fct_<entities>`, and `<role>_<entity>_key` too. What is named otherwise:
PARENTS = {
    "workflow_run_key": ("fct_workflow_run_attempts", "workflow_run_key"),
    "workflow_key": ("fct_workflow_run_attempts", "workflow_key"),
    "first_failed_run_key": ("fct_workflow_run_attempts", "workflow_run_key"),
    "recovered_run_key": ("fct_workflow_run_attempts", "workflow_run_key"),
    "last_green_run_key": ("fct_workflow_run_attempts", "workflow_run_key"),
    "first_failing_job_key": ("fct_job_attempts", "job_attempt_key"),
    "schema_drift_key": ("fct_schema_drift", "schema_drift_key"),
    "weekly_series_key": ("mart_insight__weekly_series", "weekly_series_key"),
}
# Keys without one table to be found in.
FREE = {
    "entity_key": "of whatever the grain of the row says",
    "subject_key": "of whatever the kind of the row says",
    "evidence_key": "of the table that the row names beside it",
    "event_key": "of whatever the kind of the row says",
    "series_key": "of a metric and an entity, which are in the row",
    "flaky_group_key": "of a window and a team, which are in the row",
    "test_suite_key": "of a suite, whose name and repository are in the row",
}
# Parts of a key that say something when they are NULL; `unique_combination` counts it as a value.
MAY_BE_NULL = {
    ("mart_delivery__dora_values", "window_start_date"): "a window that ends today",
    ("mart_delivery__dora_metrics", "window_start_date"): "a window that ends today",
    ("mart_delivery__dora_windows", "window_start_date"): "a window that ends today",
    ("mart_delivery__dora_windows", "deployment_key"): "a week in which nothing was deployed",
}
# Keys that look like the one of a parent and are not.
A_CHANGE = "a commit that belongs to no pull request is a change of its own"
NOT_THAT_PARENT = {
    ("mart_risk__change_subjects", "change_key"): A_CHANGE,
    ("mart_risk__change_features", "change_key"): A_CHANGE,
    ("mart_risk__change_odds", "change_key"): A_CHANGE,
    ("mart_risk__change_parts", "change_key"): A_CHANGE,
    ("mart_risk__changes", "change_key"): A_CHANGE,
    ("mart_delivery__changes", "delivered_change_key"): "a commit and the service it came to",
    ("mart_coverage__commits", "coverage_commit_key"): "reports know commits that no history has",
    ("mart_insight__scores_weekly", "weekly_series_key"): "scores are of more than the series",
    ("mart_insight__delivery_changes", "delivery_change_key"): "of a metric and a team",
    ("mart_insight__benchmarks", "weekly_series_key"): "of a row of mart_insight__scores_weekly",
    ("fct_job_attempts", "runner_key"): "a job that never began was on no runner",
}
# Models that are tested by other means than unit tests, or calculate nothing.
NOTHING_CALCULATED = {
    "int_failure_fingerprints_found": "tests/dbt_project/test_fingerprints.py asks it, rendered",
}
CALCULATES = re.compile(
    r"\bcase\b|\bgroup\s+by\b|\bover\b|\brecursive\b|\b(count|sum|min|max)\s*\(|\bpercentile\b"
)
NO_SQL = re.compile(r"'(?:[^']|'')*'|--[^\n]*|\{#.*?#\}", re.DOTALL)


def layer(node: dict) -> str:
    return node["fqn"][1]


@pytest.fixture(scope="module")
def public(models) -> list[dict]:
    """Models that readers see: one that is put into the SQL of its reader is tested there."""
    return [
        model
        for model in models
        if layer(model) in PUBLIC and model["config"]["materialized"] != "ephemeral"
    ]


@pytest.fixture(scope="module")
def data_tests(manifest) -> dict[str, list[dict]]:
    """Name and arguments of the data tests of each model, by its id."""
    found: dict[str, list[dict]] = {}
    for node in manifest["nodes"].values():
        if node["resource_type"] == "test" and node.get("attached_node"):
            metadata = node["test_metadata"]
            told = {"name": metadata["name"], "column": node["column_name"], **metadata["kwargs"]}
            found.setdefault(node["attached_node"], []).append(told)
    return found


def keys_of(tests: list[dict]) -> list[tuple[str, ...]]:
    """What is said to be unique."""
    single = [(test["column"],) for test in tests if test["name"] == "unique"]
    return single + [tuple(t["columns"]) for t in tests if t["name"] == "unique_combination"]


def never_null(model: dict, tests: list[dict]) -> set[str]:
    """Columns that cannot be NULL: by contract, which DuckDB keeps for tables, or by a test."""
    tested = {test["column"] for test in tests if test["name"] == "not_null"}
    if model["config"]["materialized"] == "view":
        return tested
    return tested | {
        name
        for name, column in model["columns"].items()
        if any(constraint["type"] == "not_null" for constraint in column["constraints"])
    }


def is_without_null(model: dict, tests: list[dict]) -> bool:
    """Tell whether a key has no NULL: each of its columns, or the hash of them, which is first."""
    known, first = never_null(model, tests), next(iter(model["columns"]))
    known |= {column for name, column in MAY_BE_NULL if name == model["name"]}
    return any(
        set(key) <= known or (first.endswith("_key") and first not in key and first in known)
        for key in keys_of(tests)
    )


def plural(word: str) -> str:
    if word.endswith("y"):
        return f"{word[:-1]}ies"
    return f"{word}es" if word.endswith("ch") else f"{word}s"


def parent_of(column: str, names: set[str]) -> tuple[str, str] | None:
    """The model and column in which a key has to be found."""
    if column in PARENTS:
        return PARENTS[column]
    words = column.removesuffix("_key").split("_")
    for start in range(len(words)):
        entity = "_".join(words[start:])
        for kind in ("dim", "fct"):
            if f"{kind}_{plural(entity)}" in names:
                return f"{kind}_{plural(entity)}", f"{entity}_key"
    return None


def found_in(tests: list[dict]) -> set[tuple[str, str, str]]:
    """The column, and the model and column in which its values are looked for."""
    keys = [key for test in tests if test["name"] == "foreign_keys" for key in test["keys"]]
    keys += [test for test in tests if test["name"] == "relationships"]
    return {
        (key["column"], re.sub(r"ref\(['\"](.+?)['\"]\)", r"\1", key["to"]), key["field"])
        for key in keys
    }


def test_keys_are_unique_and_never_null(public, data_tests):
    wrong = [
        model["name"]
        for model in public
        if not is_without_null(model, data_tests.get(model["unique_id"], []))
    ]
    assert wrong == [], "a key without `unique`, `unique_combination` or a NULL that is refused"


def test_keys_of_others_are_found_there(public, data_tests):
    names = {model["name"] for model in public}
    wrong = []
    for model in public:
        tests = data_tests.get(model["unique_id"], [])
        for number, column in enumerate(model["columns"]):
            if not column.endswith("_key") or column in FREE:
                continue
            if (model["name"], column) in NOT_THAT_PARENT:
                continue
            parent = parent_of(column, names)
            is_own = parent == (model["name"], column) or (parent is None and number == 0)
            if not is_own and (column, *(parent or ("", ""))) not in found_in(tests):
                where = f"to: ref('{parent[0]}'), field: {parent[1]}" if parent else "no parent"
                wrong.append(f"{model['name']}: {{column: {column}, {where}}}")
    assert wrong == [], "see tests/generic/foreign_keys.sql, or name a reason in this file"


def test_what_calculates_has_a_unit_test(manifest, models):
    """Cases, aggregates, windows and recursion calculate; staging only renames and deduplicates."""
    tested = {test["model"] for test in manifest["unit_tests"].values()}
    wrong = [
        model["name"]
        for model in models
        if layer(model) in ("intermediate", *PUBLIC)
        and model["name"] not in tested | set(NOTHING_CALCULATED)
        and CALCULATES.search(NO_SQL.sub("", model["raw_code"]))
    ]
    assert wrong == [], "each calculation has a unit test with the empty case and the tie"


def test_exceptions_are_needed(models):
    """A reason outlives its model for no longer than this."""
    columns = {(model["name"], column) for model in models for column in model["columns"]}
    assert {*NOT_THAT_PARENT, *MAY_BE_NULL} - columns == set()
    assert (set(PARENTS) | set(FREE)) - {column for _, column in columns} == set()
    assert set(NOTHING_CALCULATED) - {model["name"] for model in models} == set()
