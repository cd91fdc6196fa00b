"""Deliveries end in the rows of polling, whatever their order, and however many were lost."""

import json
import random
from pathlib import Path

import jinja2
import pytest

from tests.dlt_pipelines.github_actions.made_up_github import SHOP

MODELS = Path(__file__).parents[3] / "dbt_project"
STAGING = MODELS / "models" / "staging" / "github_actions"
# No repository is renamed here, so all names are those of today.
MACROS = (
    (MODELS / "macros" / "github_rows.sql").read_text(encoding="utf-8")
    + """
{% macro github_rows(table) %}
    select *, repository as known_repository from raw_github_actions.{{ table }}
{% endmacro %}
"""
)
# What deliveries tell of; the rest comes by polling only.
TOLD = (
    "workflow_runs",
    "workflow_jobs",
    "job_steps",
    "deployments",
    "deployment_statuses",
    "pull_requests",
    "pull_request_reviews",
    "issues",
)
# Lists of pull requests leave them out, deliveries have them.
ONLY_DELIVERED = {"added_line_count", "deleted_line_count", "changed_file_count"}
REPOSITORY = {"id": 1, "full_name": SHOP, "default_branch": "main", "owner": {"login": "x"}}


def staged(project, tables=TOLD, without=()):
    """Give the rows of staging without what tells when and whence they were loaded."""
    found = {}
    for table in tables:
        model = (STAGING / f"stg_github_actions__{table}.sql").read_text(encoding="utf-8")
        sql = jinja2.Environment(autoescape=False).from_string(MACROS + model).render()
        left_out = {"loaded_at", *without}
        columns = [
            name for (name, *_) in project.query(f"describe ({sql})") if name not in left_out
        ]
        found[table] = sorted(project.query(f"select {', '.join(columns)} from ({sql})"), key=repr)
    return found


def answer_of(site, path):
    return site.server._routes[path]({})


def delivery(event, action, **members):
    return event, {
        "action": action,
        "sender": {"login": "ada"},
        "repository": REPOSITORY,
        **members,
    }


def all_deliveries(site):
    """Make the deliveries that led to what a site shows now, in the order they were sent."""
    told = []
    for run in site.runs[SHOP].values():
        base = f"/repos/{SHOP}/actions/runs/{run['id']}"
        for attempt in range(1, run["run_attempt"] + 1):
            shown = answer_of(site, f"{base}/attempts/{attempt}").body
            jobs = answer_of(site, f"{base}/attempts/{attempt}/jobs").items
            told += run_deliveries(shown, jobs)
    for pull in site.pulls[SHOP].values():
        opened = {**pull, "title": "Before", "updated_at": "2026-01-01T00:00:01Z"}
        fuller = {"additions": 3, "deletions": 2, "changed_files": 1}
        told.append(delivery("pull_request", "opened", pull_request={**opened, **fuller}))
        told.append(delivery("pull_request", "edited", pull_request={**pull, **fuller}))
        for review in answer_of(site, f"/repos/{SHOP}/pulls/{pull['number']}/reviews").items:
            small = {**review, "state": review["state"].lower()}
            told.append(
                delivery("pull_request_review", "submitted", review=small, pull_request=pull)
            )
    for issue in site.issues[SHOP].values():
        if "pull_request" not in issue:
            opened = {**issue, "title": "Before", "updated_at": "2026-01-01T00:00:01Z"}
            told += [delivery("issues", "opened", issue=opened)]
            told += [delivery("issues", "edited", issue=issue)]
    for deployment in site.deployments[SHOP].values():
        path = f"/repos/{SHOP}/deployments/{deployment['id']}/statuses"
        cut_run = {"id": 1, "run_attempt": 1, "status": "queued", "updated_at": "2027-01-01"}
        told.append(delivery("deployment", "created", deployment=deployment, workflow_run=cut_run))
        told += [
            delivery(
                "deployment_status", "created", deployment=deployment, deployment_status=status
            )
            for status in reversed(answer_of(site, path).items)
        ]
    told += [("push", {"ref": "refs/heads/main", "repository": REPOSITORY, "commits": []})]
    told += [delivery("check_run", "created", check_run={"id": 1})]
    return told


def run_deliveries(shown, jobs):
    began = {"conclusion": None, "updated_at": "2026-01-02T03:00:00Z"}
    told = [
        delivery("workflow_run", "requested", workflow_run={**shown, "status": "queued", **began})
    ]
    if shown["status"] == "completed":
        told.append(delivery("workflow_run", "completed", workflow_run=shown))
    for job in jobs:
        open_job = {"conclusion": None, "completed_at": None}
        waiting = [{"number": 1, "name": "Set up job", "status": "queued", "conclusion": None}]
        told += [
            delivery("workflow_job", "queued", workflow_job={**job, **open_job, **state})
            for state in (
                {"status": "queued", "steps": []},
                {"status": "in_progress", "steps": waiting},
            )
        ]
        if job["status"] == "completed":
            told.append(delivery("workflow_job", "completed", workflow_job=job))
        else:
            told.append(delivery("workflow_job", "in_progress", workflow_job=job))
    if shown["status"] != "completed":
        told.append(delivery("workflow_run", "in_progress", workflow_run=shown))
    return told


@pytest.fixture
def land():
    """Let deliveries land in a project, one file each."""
    count = 0

    def landing(project, deliveries):
        nonlocal count
        folder = project.folder / "home" / "landing" / "webhooks" / "github" / "2026-01-02"
        folder.mkdir(parents=True, exist_ok=True)
        for event, body in deliveries:
            count += 1
            document = {
                "vendor": "github",
                "event": event,
                "delivery_id": f"id-{count}",
                "received_at": "2026-01-02T03:04:05+00:00",
                "body": body,
            }
            (folder / f"{count:016d}-id-{count}.json").write_text(json.dumps(document))

    return landing


_POLLED = {}


@pytest.fixture
def polled(request, shop):
    """What polling alone ends in; polled once, as the shop is always the same."""
    if not _POLLED:
        project = request.getfixturevalue("api_project")
        project.load()
        _POLLED.update(staged(project, without=ONLY_DELIVERED))
    return _POLLED


@pytest.fixture
def again(make_project, server, shop):
    """Make another project that polls the same site, or does not."""

    def making(name, **options):
        project = make_project(name)
        if options:
            project.configure(**options)
        return project

    return making


def polling(server):
    return {
        "mode": "api",
        "api_url": server.url,
        "repositories": [SHOP],
        "since": "2026-01-01",
        "lookback_days": 20_000,
        "timeout_seconds": 0.3,
    }


def test_deliveries_alone_end_in_the_rows_of_polling(polled, again, shop, land):
    project = again("told")
    deliveries = all_deliveries(shop)
    land(project, deliveries)
    report = project.load()
    assert staged(project, without=ONLY_DELIVERED) == polled
    assert report.loaded_count == len(deliveries)
    assert report.rejected_count == 0
    ((not_kept,),) = project.query("select sum(not_kept_count) from raw_github_actions.pages")
    assert not_kept == 2
    assert project.query(
        "select repository, default_branch from raw_github_actions.repositories"
    ) == [(SHOP, "main")]
    assert not project.load().is_changed


@pytest.mark.parametrize("seed", range(2))
def test_shuffled_repeated_and_late_deliveries_end_in_the_same_rows(
    seed, polled, again, shop, land
):
    dice = random.Random(seed)
    deliveries = all_deliveries(shop)
    deliveries += dice.sample(deliveries, len(deliveries) // 3)
    dice.shuffle(deliveries)
    project = again("told")
    cut = dice.randrange(len(deliveries))
    for part in (deliveries[:cut], deliveries[cut:]):
        land(project, part)
        project.load()
    assert staged(project, without=ONLY_DELIVERED) == polled


@pytest.mark.parametrize("seed", range(2))
def test_what_was_lost_is_found_by_polling(seed, polled, again, shop, land, server):
    dice = random.Random(100 + seed)
    deliveries = all_deliveries(shop)
    dice.shuffle(deliveries)
    before, after = deliveries[: len(deliveries) // 3], deliveries[-len(deliveries) // 4 :]
    project = again("told", **polling(server))
    land(project, before)
    project.load()
    land(project, after)
    project.load()
    assert staged(project, without=ONLY_DELIVERED) == polled


def test_a_run_is_polled_although_its_jobs_were_delivered(again, server, shop, land):
    """One of its jobs might have been lost."""
    project = again("told", **polling(server))
    run = shop.runs[SHOP][3]
    job = answer_of(shop, f"/repos/{SHOP}/actions/runs/3/attempts/1/jobs").items[0]
    land(project, run_deliveries(run, [job]))
    project.load()
    assert (
        project.query("select count(*) from raw_github_actions.workflow_jobs where run_id = 3")[0][
            0
        ]
        >= 7
    )


def test_the_last_word_on_a_review_is_kept(again, land, shop):
    review = {
        "id": 5,
        "submitted_at": "2026-01-02T00:00:00Z",
        "pull_request_url": f"https://api.github.com/repos/{SHOP}/pulls/1",
        "user": {"login": "grace"},
    }
    project = again("told")
    for action, state in (("dismissed", "dismissed"), ("submitted", "approved")):
        told = delivery("pull_request_review", action, review={**review, "state": state})
        land(project, [told])
        project.load()
    found = project.query("select state from raw_github_actions.pull_request_reviews order by 1")
    assert found == [("APPROVED",), ("DISMISSED",)]
    (row,) = staged(project, ("pull_request_reviews",))["pull_request_reviews"]
    assert "DISMISSED" in row


def test_a_delivery_that_is_odd_is_put_aside(again, land):
    project = again("told")
    land(
        project,
        [
            delivery("workflow_run", "completed", workflow_run={"no": "id"}),
            ("workflow_run", {"action": "completed", "workflow_run": {"id": 1}}),
            ("issues", {"action": "opened", "repository": None, "issue": 5}),
            ("organization", {"action": "member_added"}),
        ],
    )
    report = project.load()
    assert (report.loaded_count, report.rejected_count) == (2, 2)
    assert project.query("select reason from quarantine.rejected_files order by 1") == [
        ("`id` is missing or no whole number",),
        ("no member and no address names the repository",),
    ]


@pytest.mark.corpus
def test_recorded_deliveries_are_read_without_trouble(corpus, again, land):
    project = again("told")
    folder = corpus / "ci" / "github" / "octokit_webhooks"
    files = sorted(folder.glob("*/*.json"))
    assert files, f"`{folder}` is missing"
    land(project, [(path.parent.name, json.loads(path.read_bytes())) for path in files])
    report = project.load()
    assert report.seen_count == len(files)
    assert (report.rejected_count, report.partial_count) == (0, 0)
    kinds = {path.parent.name for path in files}
    tables = {
        "workflow_run": "workflow_runs",
        "workflow_job": "workflow_jobs",
        "deployment": "deployments",
        "deployment_status": "deployment_statuses",
        "pull_request": "pull_requests",
        "pull_request_review": "pull_request_reviews",
        "issues": "issues",
    }
    for kind in kinds & tables.keys():
        assert project.count(tables[kind]) > 0, kind
