"""What tables that grow are made of: rows to begin with, and all that may become of them."""

from hypothesis import strategies as st

from tests.dbt_project.increments import CASES, DAYS, Change, case_load

MODELS = (
    "int_test_cases_identified",
    "int_test_tries_placed",
    "int_test_results_judged",
    "int_coverage_lines_merged",
)
LINKS = "intermediate.int_reports_linked"
FILES = "intermediate.int_coverage_files_placed"
IMPORTED_CASES, IMPORTED_LINES = "raw_imports.test_results", "raw_imports.coverage"
RUNS = "intermediate.int_workflow_run_attempts_unified"
JOBS = "intermediate.int_job_attempts_unified"
COMMITS, SUITES = "raw_git_history.commits", "raw_test_results.suites"
LINES, REFS = "raw_coverage.lines", "raw_git_history.refs"
OUTAGES = "intermediate.int_outages_found"
STATES = "intermediate.int_test_states_judged"
OWNERS = "intermediate.int_test_owners_found"
RERUNS = "intermediate.int_test_reruns_found"
JUDGED = (OUTAGES, STATES, OWNERS, REFS)
INPUTS = (
    *(CASES, LINKS, FILES, IMPORTED_CASES, IMPORTED_LINES, RUNS, JOBS, COMMITS, SUITES, LINES),
    *(RERUNS, *JUDGED),
)


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
HEAD = {"repository": REPOSITORIES, "ref_type": st.just("head")}
# States have keys that only the models know.
STATE = (
    "test_key, code_sha, environment from intermediate.int_test_tries_placed"
    " where code_sha is not null"
)
STATE_KEYS = (STATE, f"{STATE} and class_name is null", f"{STATE} and is_failure")
CHANGES = st.one_of(
    st.builds(case_load, REPORTS, one(*DAYS), FEW, one(0, 0, 1), one(1, 1, 2)),
    st.builds(case_load, REPORTS, one(*DAYS), FEW, one(0, 0, 1), one(1, 1, 2)),
    st.builds(lambda report: Change(CASES, {"report_id": report}, None, 0), REPORTS),
    changes_of(LINKS, {"kind": st.just("test_results"), "report_id": REPORTS}, LINK),
    st.builds(
        Change,
        st.just(LINKS),
        st.just({"found": "report_id from staging.stg_imports__test_results"}),
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
        {
            "workflow_run_key": KEYS,
            "run_attempt": FEW,
            "run_created_at": MOMENTS,
            "workflow_name": KEYS,
            "head_branch": KEYS,
        },
    ),
    changes_of(REFS, HEAD, {"ref_name": one("refs/heads/k", "refs/heads/l")}),
    changes_of(
        OUTAGES,
        {"workflow_run_attempt_key": one("k", "l"), "environment": one("k", "l")},
        {},
    ),
    changes_of(
        RERUNS, {"report_id": REPORTS}, {"first_report_id": REPORTS, "rerun_number": one(1, 2)}
    ),
    changes_of(
        OWNERS,
        {
            "repository": REPOSITORIES,
            "text_kind": st.just("class"),
            "path_text": st.just("tests.shop"),
            "owned_at": one(None, DAYS[0], "2026-02-01 10:00:00"),
        },
        {"team": KEYS, "service": KEYS, "path": KEYS, "owner_handle": KEYS},
    ),
    st.builds(
        Change,
        st.just(STATES),
        st.fixed_dictionaries({"found": one(*STATE_KEYS)}),
        st.one_of(st.fixed_dictionaries({"failure_count": FEW, "pass_count": FEW}), st.none()),
        st.just(1),
    ),
    changes_of(
        JOBS,
        {"job_attempt_key": one("k", "l")},
        {
            "job_name": KEYS,
            "environment": KEYS,
            "started_at": MOMENTS,
            "is_retried": one(True, False),
        },
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
        st.just({"found": "report_id, file_index from intermediate.int_imported_files_numbered"}),
        st.fixed_dictionaries(PLACE),
        st.just(1),
    ),
)
# How many models a run makes before it is killed.
STEPS = st.tuples(st.lists(CHANGES, min_size=3, max_size=12), one(4, 4, 4, 3, 2, 1, 0))
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
                {
                    "workflow_run_key": key,
                    "run_attempt": 1,
                    "run_created_at": DAYS[0],
                    "repository": "shop",
                    "head_branch": "k",
                },
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
    *(
        Change(OUTAGES, {"workflow_run_attempt_key": "l", "environment": key}, {}, 1)
        for key in "kl"
    ),
    Change(
        OWNERS,
        {"repository": "shop", "text_kind": "class", "path_text": "tests.shop", "owned_at": None},
        {"team": "k", "team_key": "k"},
        1,
    ),
    Change(
        OWNERS,
        {
            "repository": "shop",
            "text_kind": "class",
            "path_text": "tests.shop",
            "owned_at": DAYS[0],
        },
        {"team": "l", "team_key": "l"},
        1,
    ),
    Change(RERUNS, {"report_id": "b"}, {"first_report_id": "d", "rerun_number": 1}, 1),
    Change(REFS, {"repository": "shop", "ref_type": "head"}, {"ref_name": "refs/heads/k"}, 1),
    Change(
        IMPORTED_CASES,
        {"import_id": "1" * 32 + "a", "row_number": 0},
        {"repository": "shop", "name": "test_0", "retry_index": 0, "status": "failed"},
        1,
    ),
    Change(
        LINKS,
        {"found": "report_id from staging.stg_imports__test_results"},
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

# A job was run again within the attempt: what its reports say is no longer the last word.
RETRIED = [
    Change(LINKS, {"report_id": "c"}, {"job_attempt_key": "l"}, 1),
    Change(JOBS, {"job_attempt_key": "k"}, {"is_retried": True}, 1),
    Change(
        JOBS,
        {"job_attempt_key": "l"},
        {"job_name": "k", "environment": "k", "started_at": DAYS[1]},
        1,
    ),
]

# A job told in another report what failed in the first one and passed when it ran again.
RERUN = [
    Change(RERUNS, {"report_id": "c"}, {"first_report_id": "a", "rerun_number": 1}, 1),
    Change(CASES, {"report_id": "a", "case_index": 0}, {"status": "failed"}, 1),
    Change(CASES, {"report_id": "c", "case_index": 1}, None, 0),
]


# Each value that a growing table reads, with another one: alone it must be seen.
OTHERS = {
    (CASES, "report_id", "a"): {
        "suite_path": "x", "class_name": "x", "name": "x", "parameters": "x",
        "file": "x", "status": "errored", "failure_type": "x", "failure_message": "x",
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
        "workflow_name": "x", "head_branch": "x", "head_repository": "x", "event": "pull_request",
    },
    (JOBS, "job_attempt_key", "k"): {"job_name": "x", "environment": "x", "started_at": DAYS[2]},
    (COMMITS, "sha", "k"): {"tree_sha": "x", "committed_at": DAYS[2]},
    (REFS, "repository", "shop"): {"ref_name": "refs/heads/other"},
    (RERUNS, "report_id", "b"): {"report_id": "c", "first_report_id": "a", "rerun_number": 7},
    (OUTAGES, "environment", "l"): {"workflow_run_attempt_key": "k", "environment": "k"},
    (STATES, "environment", "k"): {
        "test_key": "x", "code_sha": "x", "environment": "x", "failure_count": 0, "pass_count": 0,
    },
    (OWNERS, "owned_at", DAYS[0]): {
        "team": "x", "team_key": "x", "service": "x", "service_key": "x", "path": "x",
        "owner_handle": "@x", "ownership_rule": "x", "path_text": "x", "text_kind": "file",
        "owned_at": DAYS[2], "repository": "web",
    },
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
    MODELS[1]: (RUNS, JOBS, COMMITS, LINKS, SUITES, RERUNS),
    MODELS[2]: (RUNS, *JUDGED),
    MODELS[3]: (LINES, FILES),
}
