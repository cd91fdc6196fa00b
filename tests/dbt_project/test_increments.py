"""An increment ends in the rows of a full refresh, whatever came late, twice or not at all.

dbt makes the tables twice: as a whole, then as an increment. The statements that it sent for the
increment are taken down and sent again, without dbt, after each step of random histories of what
the tables are made of.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import duckdb
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.dbt_project.conftest import PROJECT, Warehouse, place
from tests.dbt_project.increments import CASES, DAYS, Change, Increments, case_load, sent

EXAMPLES = int(os.environ.get("TESTOPS_FUZZ_EXAMPLES", "50"))
IS_FIXED = "TESTOPS_FUZZ_EXAMPLES" not in os.environ
MODELS = ("int_test_cases_identified", "int_test_tries_placed", "int_coverage_lines_merged")
LINKS = "intermediate.int_reports_linked"
FILES = "intermediate.int_coverage_files_placed"
IMPORTED_CASES, IMPORTED_LINES = "raw_imports.test_results", "raw_imports.coverage"
RUNS = "intermediate.int_workflow_run_attempts_unified"
JOBS = "intermediate.int_job_attempts_unified"
COMMITS, SUITES = "raw_git_history.commits", "raw_test_results.suites"
LINES = "raw_coverage.lines"
INPUTS = (CASES, LINKS, FILES, IMPORTED_CASES, IMPORTED_LINES, RUNS, JOBS, COMMITS, SUITES, LINES)


def changes_of(table: str, keys: dict, values: dict) -> st.SearchStrategy[Change]:
    """A row comes or goes, or one of its values becomes another."""
    one_value = [st.fixed_dictionaries({name: value}) for name, value in values.items()]
    found = st.one_of(st.fixed_dictionaries(values), st.one_of(one_value), st.none())
    return st.builds(Change, st.just(table), st.fixed_dictionaries(keys), found, st.just(1))


def one(*values: object) -> st.SearchStrategy:
    return st.sampled_from(values)


REPORTS, REPOSITORIES, KEYS = one("a", "b", "c"), one("shop", "web"), one(None, "k", "l")
MOMENTS, FEW = one("2026-02-01 10:00:00", "2026-02-02 10:00:00"), st.integers(0, 2)
LINK = {
    "repository": one("shop", "web", None),
    "workflow_run_attempt_key": KEYS,
    "job_attempt_key": KEYS,
    "head_sha": KEYS,
    "link_rule": one("explicit_job", "path_run"),
    "is_duplicate": one(False, False, True),
    "artifact_name": one(None, "linux-1", "linux-2"),
    "artifact_created_at": one(None, *DAYS),
    "reported_at": MOMENTS,
}
PLACE = {"repository": one("shop", None), "head_sha": one("k", "l"), "path": one("x.py", "y.py")}
IMPORTS = ("1" * 32 + "a", "2" * 32 + "a", "2" * 32 + "a", "2" * 32 + "b")
IMPORT = {"import_id": one(*IMPORTS), "row_number": one(0, 1)}
CHANGES = st.one_of(
    st.builds(case_load, REPORTS, one(*DAYS), FEW, one(0, 0, 1), one(1, 1, 2)),
    st.builds(case_load, REPORTS, one(*DAYS), FEW, one(0, 0, 1), one(1, 1, 2)),
    st.builds(lambda report: Change(CASES, {"report_id": report}, None, 0), REPORTS),
    changes_of(LINKS, {"kind": st.just("test_results"), "report_id": REPORTS}, LINK),
    st.builds(
        Change,
        st.just(LINKS),
        st.just({"imported": "report_id from staging.stg_imports__test_results"}),
        st.fixed_dictionaries(LINK | {"kind": st.just("test_results")}),
        st.just(1),
    ),
    changes_of(
        IMPORTED_CASES,
        IMPORT,
        {
            "repository": st.just("shop"),
            "name": st.just("test_0"),
            "retry_index": one(None, 0, 1, 1),
            "status": one("passed", "failed"),
            "loaded_at": one(*DAYS),
        },
    ),
    changes_of(
        RUNS,
        {"workflow_run_attempt_key": one("k", "l")},
        {"workflow_run_key": KEYS, "run_attempt": FEW, "run_created_at": MOMENTS},
    ),
    changes_of(
        JOBS,
        {"job_attempt_key": one("k", "l")},
        {"job_name": KEYS, "environment": KEYS, "started_at": MOMENTS},
    ),
    changes_of(
        COMMITS,
        {"repository": REPOSITORIES, "sha": one("k", "l"), "loaded_at": one(*DAYS)},
        {"tree_sha": KEYS, "committed_at": MOMENTS},
    ),
    changes_of(
        SUITES,
        {"report_id": REPORTS, "suite_index": st.just(0)},
        {
            "started_at": one(DAYS[0], DAYS[1]),
            "hostname": KEYS,
            "properties": one(None, '{"os.name": "Linux"}'),
        },
    ),
    changes_of(
        LINES,
        {
            "report_id": REPORTS,
            "file_index": one(0, 0, 1),
            "line": one(1, 2),
            "loaded_at": one(DAYS[0], DAYS[0], DAYS[1]),
        },
        {"hits": FEW, "branches_valid": one(None, 2), "branches_covered": one(None, 1)},
    ),
    changes_of(FILES, {"report_id": REPORTS, "file_index": one(0, 1)}, PLACE),
    changes_of(
        IMPORTED_LINES,
        IMPORT,
        {
            "repository": st.just("shop"),
            "path": one("x.py", "y.py"),
            "line": one(None, 1, 2),
            "hits": FEW,
            "loaded_at": one(*DAYS),
        },
    ),
    st.builds(
        Change,
        st.just(FILES),
        st.just(
            {"imported": "report_id, file_index from intermediate.int_imported_files_numbered"}
        ),
        st.fixed_dictionaries(PLACE),
        st.just(1),
    ),
)
# How many models a run makes before it is killed.
STEPS = st.tuples(st.lists(CHANGES, min_size=3, max_size=12), one(3, 3, 3, 2, 1, 0))
BEGIN = [
    *(case_load(report, DAYS[0], index, 0, 1) for report in "abcd" for index in (0, 1)),
    Change(
        LINKS,
        {"kind": "test_results", "report_id": "d"},
        {
            "repository": "shop",
            "workflow_run_attempt_key": "k",
            "is_duplicate": False,
            "locator": "d",
        },
        1,
    ),
    Change(SUITES, {"report_id": "d", "suite_index": 0}, {}, 1),
    *(
        Change(table, keys, values, 1)
        for key, repository, report in (("k", "shop", "a"), ("l", "web", "b"), ("k", "shop", "c"))
        for table, keys, values in (
            (
                RUNS,
                {"workflow_run_attempt_key": key},
                {"workflow_run_key": key, "run_attempt": 1, "run_created_at": DAYS[0]},
            ),
            (JOBS, {"job_attempt_key": key}, {"job_name": key, "environment": key}),
            (COMMITS, {"repository": repository, "sha": key, "loaded_at": DAYS[0]}, {}),
            (
                LINKS,
                {"kind": "test_results", "report_id": report},
                {
                    "repository": repository,
                    "workflow_run_attempt_key": key,
                    "job_attempt_key": key,
                    "head_sha": key,
                    "is_duplicate": False,
                    "locator": report,
                },
            ),
            (
                LINES,
                {"report_id": report, "file_index": 0, "line": 1, "loaded_at": DAYS[0]},
                {"hits": 1},
            ),
            (
                FILES,
                {"report_id": report, "file_index": 0},
                {"repository": "shop", "head_sha": key, "path": "x.py"},
            ),
        )
    ),
    Change(
        IMPORTED_CASES,
        {"import_id": "1" * 32 + "a", "row_number": 0},
        {"repository": "shop", "name": "test_0", "retry_index": 0, "status": "failed"},
        1,
    ),
    Change(
        LINKS,
        {"imported": "report_id from staging.stg_imports__test_results"},
        {"kind": "test_results", "repository": "shop", "is_duplicate": False},
        1,
    ),
]

# An import that came later holds another try: an older one is no longer the last.
LATER_TRY = Change(
    IMPORTED_CASES,
    {"import_id": IMPORTS[1], "row_number": 0},
    {"repository": "shop", "name": "test_0", "retry_index": 1, "status": "passed"},
    1,
)

# Another artifact with the same tests: the numbers in both names tell systems apart.
SYSTEMS = [
    Change(LINKS, {"report_id": report}, {"job_attempt_key": None, "artifact_name": name}, 1)
    for report, name in (("d", "linux-1"), ("c", "linux-2"))
]


# Each value that a growing table reads, with another one: alone it must be seen.
OTHERS = {
    (CASES, "report_id", "a"): {
        "suite_path": "x", "suite_name": "x", "class_name": "x", "name": "x", "parameters": "x",
        "file": "x", "line": 7, "status": "errored", "failure_type": "x", "failure_message": "x",
        "failure_details": "x", "failure_hash": "x", "duration_seconds": 7.5, "retry_index": 7,
        "is_final": False, "is_synthetic": True, "suite_index": 7, "loaded_at": DAYS[1],
    },
    (LINKS, "report_id", "a"): {
        "repository": "web", "workflow_run_attempt_key": "l", "job_attempt_key": "l",
        "head_sha": "l", "link_rule": "x", "reported_at": DAYS[2], "is_duplicate": True,
        "kind": "coverage",
    },
    (LINKS, "report_id", "d"): {"artifact_name": "macos", "artifact_created_at": DAYS[2]},
    (SUITES, "report_id", "d"): {"properties": '{"os.name": "Linux"}'},
    (RUNS, "workflow_run_attempt_key", "k"): {
        "workflow_run_key": "x", "run_attempt": 7, "run_created_at": DAYS[2],
    },
    (JOBS, "job_attempt_key", "k"): {"job_name": "x", "environment": "x", "started_at": DAYS[2]},
    (COMMITS, "sha", "k"): {"tree_sha": "x", "committed_at": DAYS[2]},
    (LINES, "report_id", "a"): {
        "line": 7, "hits": 7, "branches_valid": 7, "branches_covered": 7, "file_index": 7,
    },
    (FILES, "report_id", "a"): {
        "repository": "web", "head_sha": "x", "path": "x", "loaded_at": DAYS[2], "file_index": 7,
    },
    (IMPORTED_CASES, "import_id", IMPORTS[0]): {"status": "passed", "retry_index": 7},
}  # fmt: skip
READ = {
    MODELS[0]: (CASES, LINKS, IMPORTED_CASES),
    MODELS[1]: (RUNS, JOBS, COMMITS, LINKS, SUITES),
    MODELS[2]: (LINES, FILES),
}


@dataclass
class Built:
    """Made by dbt as a whole, with one test in it; then once more as an increment."""

    warehouse: Warehouse
    statements: dict[str, list[str]]
    whole: dict[str, str]

    def connect(self) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect(self.warehouse.home / "build.duckdb")
        connection.execute("set timezone = 'UTC'")
        return connection


@pytest.fixture(scope="module")
def built(make_warehouse: Callable[..., Warehouse]) -> Built:
    warehouse = make_warehouse()
    change = case_load("a", DAYS[0], 0, 0, 1)
    warehouse.load(CASES, {**change.keys, **change.values})
    report = {"report_id": "a", "locator": "a.xml", "content_sha256": "a", "parse": "ok"}
    warehouse.load("raw_test_results.reports", report)
    select = [f"+{model}" for model in MODELS]
    warehouse.dbt(
        "build", "--resource-type", "seed", "--resource-type", "model", "--select", *select
    )
    whole = {
        node["name"]: node["compiled_code"]
        for node in warehouse.manifest()["nodes"].values()
        if node["config"]["materialized"] == "incremental"
    }
    assert set(whole) == set(MODELS), "every model that grows is tried here"
    with duckdb.connect(warehouse.home / "build.duckdb") as connection:
        connection.execute(f"update {LINKS} set repository = 'shop', is_duplicate = false")
    warehouse.load(LINES, {"report_id": "a", "file_index": 0, "line": 1, "hits": 1})
    warehouse.load(
        FILES,
        {"report_id": "a", "file_index": 0, "repository": "shop", "head_sha": "k", "path": "x.py"},
    )
    logged = ("--log-format", "json", "--log-level", "debug", "--threads", "1")
    # With their views, as every night: DuckDB tells another text of a view when it reads it again.
    views = [f"+{model},config.materialized:view" for model in MODELS]
    found = sent(warehouse.dbt("run", *logged, "--select", *MODELS, *views))
    statements = {model: found[model] for model in MODELS}
    assert not any("create or replace table" in "".join(sql) for sql in statements.values())
    return Built(warehouse, statements, whole)


# Statements with another meaning, of which no hash of rows tells: of a table itself, and of a view.
CHANGES = {
    "coverage/int_coverage_lines_merged": (
        "max(lines.hits) as hits",
        "max(lines.hits) + 1 as hits",
    ),
    "test/int_test_reports_read": (
        "        reports.repository,\n",
        "        upper(reports.repository) as repository,\n",
    ),
}


def test_a_changed_statement_makes_the_whole_table_anew(built, tmp_path):
    """Of the model, of a view below it, and of a table below it that is made by groups itself."""
    repositories = [
        "select repository from intermediate.int_test_cases_identified",
        "select repository from intermediate.int_test_tries_placed",
    ]
    hits = "select hits from intermediate.int_coverage_lines_merged"
    found = [built.warehouse.rows(sql) for sql in (*repositories, hits)]
    assert found == [[("shop",)], [("shop",)], [(1,)]]
    project = tmp_path / "project"
    shutil.copytree(PROJECT, project, ignore=shutil.ignore_patterns("target", "logs"))
    shutil.copytree(place() / "target", project / "target")
    for name, (before, after) in CHANGES.items():
        path = project / "models" / "intermediate" / f"{name}.sql"
        text = path.read_text("utf-8")
        assert text.count(before) == 1
        path.write_text(text.replace(before, after), "utf-8")
    with built.connect() as connection:
        [[view]] = connection.execute(
            "select sql from duckdb_views() where view_name = 'int_test_reports_read'"
        ).fetchall()
    changed = replace(built.warehouse, project=project)
    changed.dbt("run", "--select", "int_test_reports_read", *MODELS)
    found = [built.warehouse.rows(sql) for sql in (*repositories, hits)]
    assert found == [[("SHOP",)], [("SHOP",)], [(2,)]]
    with built.connect() as connection:
        connection.execute(view.replace("CREATE VIEW", "CREATE OR REPLACE VIEW"))
        for model in MODELS:
            connection.execute(f"delete from intermediate.{model}")


@pytest.fixture
def increments(built: Built) -> Iterator[Increments]:
    with built.connect() as connection:
        increments = Increments(connection, built.statements, built.whole)
        increments.rows = {table: [] for table in INPUTS}
        for change in BEGIN:
            increments.make(change)
        increments.write()
        increments.run()
        increments.keep()
        yield increments


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=IS_FIXED,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@example(history=[([LATER_TRY], len(MODELS))])
@example(history=[([system], len(MODELS)) for system in SYSTEMS])
@example(history=[([Change(JOBS, {"job_attempt_key": "k"}, {"environment": "l"}, 1)], 3)])
@example(history=[([Change(LINKS, {"report_id": "a"}, None, 0)], 1)])
@given(history=st.lists(STEPS, min_size=1, max_size=2))
def test_increments_end_in_the_rows_of_a_full_refresh(increments, history):
    increments.begin()
    for changes, models in history:
        for change in changes:
            increments.make(change)
        increments.write()
        if models:
            increments.run(list(increments.statements)[:models])
    if models < len(MODELS):
        increments.run()
    assert increments.differences() == {}


@pytest.mark.parametrize("model", MODELS)
def test_each_value_that_is_read_is_in_made_of(increments, model):
    """Alone it is seen; what it then makes is compared with the whole."""
    for (table, key, name), others in OTHERS.items():
        for column, value in others.items() if table in READ[model] else ():
            increments.begin()
            rows = increments.rows[table]
            number = next(i for i, row in enumerate(rows) if row.get(key) == name)
            rows[number] = rows[number] | {column: value}
            increments.write([table])
            increments.run([model])
            assert increments.differences([model]) == {}, (table, column, "is not in `made_of`")
            increments.rows = {table: increments.kept[table]}
            increments.write([table])
