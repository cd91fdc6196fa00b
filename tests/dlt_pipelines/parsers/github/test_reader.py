"""Documents of any shape → rows."""

import json
from datetime import UTC, datetime

import pytest

from dlt_pipelines.parsers.github import KEYS, SCHEMAS
from dlt_pipelines.parsers.github.kinds import place_of

API = "https://api.github.com/repos/simulated-org/shop"


def test_run_row(read, run_object):
    sink = read({"total_count": 1, "workflow_runs": [run_object]})
    (row,) = sink.rows["workflow_runs"]
    payload = json.loads(row.pop("payload"))
    assert payload == run_object
    assert row == {
        "repository": "simulated-org/shop",
        "run_id": 11,
        "run_attempt": 2,
        "run_number": 7,
        "workflow_id": 3,
        "workflow_name": "CI",
        "workflow_path": ".github/workflows/ci.yml",
        "display_title": "Add a basket",
        "event": "push",
        "status": "completed",
        "conclusion": "success",
        "head_branch": "main",
        "head_sha": "a" * 40,
        "head_repository": "fork-owner/shop",
        "actor_login": "ada",
        "actor_type": "User",
        "triggering_actor_login": "robot[bot]",
        "pull_request_numbers": "[5,6]",
        "created_at": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        "run_started_at": datetime(2026, 1, 2, 3, 4, 6, tzinfo=UTC),
        "updated_at": datetime(2026, 1, 2, 3, 14, 5, tzinfo=UTC),
        "html_url": "https://github.com/simulated-org/shop/actions/runs/11",
    }
    assert sink.report.total_count == 1


def test_job_row_and_its_steps(read, job_object):
    sink = read({"total_count": 1, "jobs": [job_object]})
    (job,) = sink.rows["workflow_jobs"]
    assert (job["repository"], job["run_id"], job["run_attempt"], job["job_id"]) == (
        "simulated-org/shop", 11, 2, 21,
    )  # fmt: skip
    assert (job["labels"], job["runner_id"]) == ('["ubuntu-latest","x64"]', 9)
    assert job["created_at"] == datetime(2026, 1, 2, 3, 4, 10, tzinfo=UTC)
    first, second = sink.rows["job_steps"]
    assert first["started_at"] == datetime(2026, 1, 2, 3, 5, 10, tzinfo=UTC)
    assert (second["number"], second["conclusion"], second["started_at"]) == (2, "failure", None)


@pytest.mark.parametrize(
    "wrap",
    [
        pytest.param(lambda run: run, id="single object"),
        pytest.param(lambda run: [run], id="array"),
        pytest.param(lambda run: {"total_count": 1, "workflow_runs": [run]}, id="page"),
        pytest.param(lambda run: [{"total_count": 1, "workflow_runs": [run]}], id="array of pages"),
        pytest.param(lambda run: {"url": f"{API}/actions/runs", "body": [run]}, id="wrapped"),
        pytest.param(lambda run: {"total_count": 1, "items": [run]}, id="search result"),
        pytest.param(
            lambda run: {
                "action": "completed",
                "workflow_run": run,
                "repository": {},
                "sender": {},
            },
            id="delivery",
        ),
        pytest.param(
            lambda run: {
                "name": "workflow_run",
                "payload": {"action": "completed", "workflow_run": run, "repository": {}},
            },
            id="delivery in a fixture",
        ),
    ],
)
def test_the_same_run_in_every_shape_is_the_same_row(read, run_object, wrap):
    plain = read({"workflow_runs": [run_object]}).rows["workflow_runs"]
    assert read(wrap(run_object)).rows["workflow_runs"] == plain


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param({"repository": None}, "simulated-org/shop", id="from the API address"),
        pytest.param(
            {"repository": None, "url": None}, "simulated-org/shop", id="from the site's address"
        ),
        pytest.param(
            {"repository": None, "html_url": None, "url": "https://ghe.example/api/v3/repos/a/b/x"},
            "a/b",
            id="own server",
        ),
        pytest.param({"repository": {"full_name": 5}}, "5", id="mistyped name stays what it is"),
    ],
)
def test_repository_is_found(read, run_object, change, expected):
    (row,) = read({**run_object, **change}).rows["workflow_runs"]
    assert row["repository"] == expected


def test_what_the_page_says_fills_what_the_object_leaves_out(read):
    artifact = {"id": 5, "name": "reports", "archive_download_url": "", "expired": False}
    page = {"url": f"{API}/actions/runs/11/artifacts", "body": {"artifacts": [artifact]}}
    (row,) = read(page).rows["artifacts"]
    assert (row["repository"], row["run_id"], row["is_expired"]) == (
        "simulated-org/shop",
        11,
        False,
    )


def test_old_servers_know_one_attempt(read, run_object, job_object):
    del run_object["run_attempt"], job_object["run_attempt"]
    assert read(run_object).rows["workflow_runs"][0]["run_attempt"] == 1
    assert read(job_object).rows["workflow_jobs"][0]["run_attempt"] == 1
    job_object["run_url"] += "/attempts/3"
    assert read(job_object).rows["workflow_jobs"][0]["run_attempt"] == 3


@pytest.mark.parametrize(
    "wrong", [None, [], {}, "x", -1.5, True, 2**80], ids=lambda value: repr(value)[:12]
)
def test_any_member_may_be_anything(read, run_object, job_object, wrong):
    """A member of another type gives NULL or a rejected row with its reason, never a crash."""
    for kind, item in (("workflow_runs", run_object), ("jobs", job_object)):
        for name in item:
            sink = read({kind: [{**item, name: wrong}]})
            made = sum(sink.counts().values()) - len(sink.rows["job_steps"])
            refused = [entry for entry in sink.rejected if entry[0] != "job_steps"]
            assert made + len(refused) == 1, name
            assert all(reason for *_, reason in sink.rejected)


def test_rows_without_identity_are_rejected_and_the_others_stay(read, run_object):
    nameless = {**run_object, "repository": None, "url": "", "html_url": ""}
    sink = read({"workflow_runs": [{**run_object, "id": None}, nameless, "text", run_object]})
    assert sink.counts() == {"workflow_runs": 1}
    assert [(number, reason.split(";")[0]) for _, number, reason in sink.rejected] == [
        (1, "`id` is missing or no whole number"),
        (2, "no member and no address names the repository"),
        (3, "not an object"),
    ]
    assert sink.report.rejected == 3


def test_a_page_cut_off_gives_the_documents_before_it(read, run_object):
    whole = json.dumps(run_object).encode()
    sink = read(whole + b"\n" + whole[:100])
    assert sink.counts() == {"workflow_runs": 1}
    assert "cut off" in sink.report.error


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({"tests": 5, "suites": []}, "no object of the GitHub API"),
        ({}, "no object of the GitHub API"),
        ("text", "neither an object nor a list"),
        (
            {"message": "Not Found", "documentation_url": "https://docs.github.com/rest"},
            "error of the vendor: Not Found",
        ),
        ([[[[[[[[1]]]]]]]], "too deeply"),
    ],
    ids=["other JSON", "empty object", "text", "error answer", "nested lists"],
)
def test_other_json_is_refused_with_a_reason(read, document, reason):
    sink = read(document)
    assert not sink.rows
    assert [found for *_, found in sink.rejected if reason in found]


@pytest.mark.parametrize(
    "delivery",
    [
        pytest.param({"action": "added", "membership": {}, "organization": {}, "sender": {}},
                     id="a member of an organisation"),
        pytest.param({"zen": "Keep it.", "hook_id": 5, "hook": {"type": "Organization"}},
                     id="ping of an organisation"),
        pytest.param({"action": "created", "installation": {}, "repositories": []},
                     id="an application was installed"),
        pytest.param({"action": "published", "security_advisory": {}}, id="an advisory"),
        pytest.param({"ref": "refs/heads/x", "repository": {}, "sender": {}}, id="a push"),
        pytest.param({"name": "team", "payload": {"action": "created", "team": {}}},
                     id="a fixture of a team"),
    ],
)  # fmt: skip
def test_deliveries_that_no_table_keeps_are_counted(read, delivery):
    sink = read(delivery)
    assert (sink.counts(), sink.rejected) == ({}, [])
    assert sink.report.not_kept == {"delivery": 1}


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        pytest.param({"state": "approved", "comment": "", "user": None, "environments": [
            {"id": 1, "name": "production", "url": f"{API}/environments/production"}]},
            "run approval", id="who let a run deploy"),
        pytest.param({"environment": {"id": 1, "name": "production"}, "wait_timer": 30,
                      "wait_timer_started_at": None, "reviewers": []},
                     "pending deployment", id="what a run waits for"),
        pytest.param({"billable": {}, "run_duration_ms": 500}, "run timing", id="what it costs"),
    ],
)  # fmt: skip
def test_answers_about_a_run_that_no_table_keeps_are_counted(read, answer, kind):
    sink = read([answer])
    assert (sink.counts(), sink.rejected) == ({}, [])
    assert sink.report.not_kept == {kind: 1}


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param({"login": "ada", "url": "https://api.github.com/users/ada"}, id="a person"),
        pytest.param({"name": "main", "commit": {"sha": "a", "url": f"{API}/commits/a"}},
                     id="a branch"),
        pytest.param({"type": "ForkEvent", "payload": {},
                      "repo": {"name": "a/b", "url": "https://ghe.example/api/v3/repos/a/b"}},
                     id="an event of an own server"),
    ],
)  # fmt: skip
def test_other_things_of_the_api_are_counted(read, answer):
    sink = read([answer])
    assert (sink.counts(), sink.rejected) == ({}, [])
    assert sink.report.not_kept == {"other": 1}


def test_an_address_of_another_place_makes_nothing_an_object_of_the_api(read):
    sink = read([{"name": "main", "commit": {"url": "https://ci.example/api.github.com/"}}])
    assert [reason for *_, reason in sink.rejected if "no object of the GitHub API" in reason]


@pytest.mark.parametrize(
    ("page", "counts", "not_kept", "rejected"),
    [
        (f"{API}/commits?sha=main", {}, {"commit": 1}, 0),
        (f"{API}/commits/{'a' * 40}", {}, {"commit": 1}, 0),
        ("https://api.github.com:443/repositories/1/commits?page=2", {}, {"commit": 1}, 0),
        (f"{API}/pulls/12/commits", {"pull_request_commits": 1}, {}, 0),
        (None, {}, {}, 1),
    ],
    ids=["a list", "alone", "a later page", "of a pull request", "nobody knows"],
)
def test_commits_are_those_of_pull_requests(read, page, counts, not_kept, rejected):
    commits = [commit("a" * 40)]
    sink = read({"url": page, "body": commits} if page else commits)
    assert (sink.counts(), sink.report.not_kept) == (counts, not_kept)
    assert len(sink.rejected) == rejected


def test_a_folder_of_answers_may_begin_where_the_address_does():
    place = place_of("repos/simulated-org/shop/actions/runs/11/attempts/2/jobs.json")
    assert (place.repository, place.run_id, place.run_attempt) == ("simulated-org/shop", 11, 2)
    assert place_of("saved-repos/a/b/c.json").repository is None


def test_deployments_and_statuses(read):
    deployment = {
        "url": f"{API}/deployments/31",
        "id": 31,
        "sha": "b" * 40,
        "ref": "main",
        "task": "deploy",
        "payload": {"version": "1.2"},
        "environment": "production",
        "creator": None,
        "statuses_url": f"{API}/deployments/31/statuses",
        "production_environment": True,
        "transient_environment": False,
        "created_at": "2026-01-02T03:04:05Z",
    }
    status = {
        "id": 41,
        "state": "success",
        "deployment_url": f"{API}/deployments/31",
        "target_url": "https://ci.example/1",
        "log_url": "",
    }
    sink = read([deployment, status])
    (row,) = sink.rows["deployments"]
    assert (row["deployment_id"], row["is_production_environment"]) == (31, True)
    (row,) = sink.rows["deployment_statuses"]
    assert (row["deployment_id"], row["status_id"], row["log_url"]) == (
        31, 41, "https://ci.example/1",
    )  # fmt: skip


def commit(sha):
    return {
        "sha": sha,
        "url": f"{API}/commits/{sha}",
        "commit": {"author": {"date": "2026-01-02T03:04:05Z"}, "committer": None, "message": "m"},
        "author": None,
        "parents": [],
    }


@pytest.mark.parametrize("digits", [19, 5_000])
def test_a_number_in_an_address_that_no_column_holds_is_none(digits):
    number = "9" * digits
    runs = "https://api.github.com/repos/a/b/actions/runs"
    place = place_of(f"{runs}/{number}/attempts/{number}/jobs?page={number}&per_page={number}")
    assert (place.repository, place.run_id, place.run_attempt) == ("a/b", None, None)
    assert place.first_position < 2**63


def test_pull_request_commits_are_placed_by_the_address_of_their_page(read):
    pages = [
        {"url": f"{API}/pulls/5/commits?per_page=2", "body": [commit("a"), commit("b")]},
        {"url": f"{API}/pulls/5/commits?per_page=2&page=2", "body": [commit("c")]},
    ]
    together = read(pages).rows["pull_request_commits"]
    assert [(row["number"], row["sha"], row["position"]) for row in together] == [
        (5, "a", 0), (5, "b", 1), (5, "c", 2),
    ]  # fmt: skip
    apart = [row for page in pages for row in read(page).rows["pull_request_commits"]]
    assert apart == together
    lonely = read([commit("a")])
    assert not lonely.rows
    assert "save the page as" in lonely.rejected[0][2]
    by_path = read([commit("a")], name="pulls/8/commits.json").rows["pull_request_commits"]
    assert by_path[0]["number"] == 8


def test_a_review_is_the_same_from_a_list_and_from_a_delivery(read):
    review = {
        "id": 8,
        "user": {"login": "jo"},
        "state": "CHANGES_REQUESTED",
        "submitted_at": "2026-01-02T03:04:05Z",
        "commit_id": "b" * 40,
        "pull_request_url": f"{API}/pulls/5",
    }
    delivery = {
        "action": "submitted",
        "review": {**review, "state": "changes_requested"},
        "repository": {"full_name": "simulated-org/shop"},
    }
    listed, delivered = (
        read(content).rows["pull_request_reviews"] for content in (review, delivery)
    )
    assert listed == delivered
    assert listed[0]["state"] == "CHANGES_REQUESTED"


def test_issues_leave_out_pull_requests(read):
    issue = {"id": 1, "number": 2, "title": "t", "events_url": "", "repository_url": API}
    issue["labels"] = [{"name": "incident"}, {"name": "p1"}]
    sink = read([issue, {**issue, "number": 3, "pull_request": {"url": "x"}}])
    (row,) = sink.rows["issues"]
    assert (row["number"], row["labels"]) == (2, '["incident","p1"]')
    assert sink.report.not_kept == {"pull request as issue": 1}


def test_every_table_has_its_key_among_its_columns():
    assert KEYS.keys() == SCHEMAS.keys()
    assert all(set(key) <= set(SCHEMAS[table].names) for table, key in KEYS.items())
