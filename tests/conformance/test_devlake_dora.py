"""Apache DevLake's DORA tables: its inputs through the import and our models, row for row.

DevLake works per project; here a project is a repository, and a scope with its repository URL is a
service. Its commit differences become a history in which exactly those commits lie between the two
deployed ones. Where we differ is in `DEVIATIONS`, each with its reason, as in
`docs/explanations/dora.md`.
"""

import csv
import math
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dlt_pipelines import config, loading
from dlt_pipelines.imports.landing import Order, land
from dlt_pipelines.parsers.tables.checking import parse_maps
from dlt_pipelines.parsers.tables.kinds import KINDS
from tests.dbt_project.conftest import Warehouse

pytestmark = pytest.mark.corpus

LEAD_TIME, PREVIOUS = "change_lead_time", "prev_success_deployment_commit"
DEPLOYMENT_MAPS = [
    "id=deployment_id", "commit_sha=sha", "started_date=created_at", "finished_date=finished_at",
    "cicd_scope_id+repo_url=service",
]  # fmt: skip
CHANGE_MAPS = [
    "id=change_number", "author_id=author_login", "merge_commit_sha=merge_sha",
    "created_date=created_at", "merged_date=merged_at",
]  # fmt: skip
COMMIT_MAPS = [
    "pull_request_id=change_number", "commit_sha=sha", "commit_authored_date=authored_at",
]  # fmt: skip
REVIEW_MAPS = [
    "pull_request_id=change_number", "id=review_id", "account_id=reviewer_login",
    "created_date=submitted_at",
]  # fmt: skip
# Deployment → (what we say, what DevLake says, why).
DEVIATIONS = {
    "11": ("3", "", "a deployment that failed has one before it too; its range is explained by it"),
    "14": ("15", "", "the other project is another repository here, and judged like any other"),
}
NOT_LOADED = {"16": "an environment must be told: without it nothing says where it went"}


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def instant(text: str) -> datetime | None:
    if not text:
        return None
    date, _, time = text.replace("T", " ").removesuffix("+00:00").partition(" ")
    year, month, day = map(int, date.split("-"))
    hour, minute, second = map(float, time.split(":"))
    return datetime(year, month, day, int(hour), int(minute), int(second), tzinfo=UTC)


def project_of(rows: list[dict[str, str]], table_name: str) -> dict[str, str]:
    return {row["row_id"]: row["project_name"] for row in rows if row["table"] == table_name}


def history(folder: Path) -> list[dict[str, str]]:
    """Return commits in which each difference of DevLake is the way between its two commits."""
    deployments = table(folder / "cicd_deployment_commits.csv")
    sha_of = {row["id"]: row["commit_sha"] for row in deployments}
    ways: dict[str, list[str]] = {}
    olds: dict[str, str] = {}
    for row in table(folder / "commits_diffs.csv"):
        ways.setdefault(row["new_commit_sha"], []).append(row["commit_sha"])
        olds[row["new_commit_sha"]] = row["old_commit_sha"]
    commits = {}
    for row in deployments:
        new = row["commit_sha"]
        old = olds.get(new) or sha_of.get(row["prev_success_deployment_commit_id"], "")
        chain = [new, *ways.get(new, []), *([old] if old else [])]
        for sha, parent in zip(chain, [*chain[1:], ""], strict=True):
            known = commits.setdefault(sha, {"sha": sha, "parents": ""})
            known["parents"] = known["parents"] or parent
            known.setdefault("committed_at", instant(row["created_date"]).isoformat())
    return list(commits.values())


class Import:
    """Tables landed as `testops import` lands them."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.folder, self.landing = folder, home / "landing"
        self.rejected = 0

    def take(self, kind: str, repository: str, rows: list[dict[str, str]], *maps: str) -> None:
        path = self.folder / f"{kind}-{repository.replace('/', '-')}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        order = Order(KINDS[kind], parse_maps(KINDS[kind], list(maps)), {"repository": repository})
        outcome = land(path, order, self.landing)
        assert outcome.error is None, outcome
        self.rejected += outcome.rejected_count


def numbered(rows: list[dict[str, str]], column: str) -> list[dict[str, str]]:
    """Return rows of changes with their number (`pr5` → 5) and dates of two digits."""
    found = []
    for row in rows:
        texts = {name: text for name, text in row.items() if not name.startswith("_")}
        for name in texts:
            if name.endswith("_date") and texts[name]:
                texts[name] = instant(texts[name]).isoformat()
        found.append({**texts, column: row[column].removeprefix("pr")})
    return found


@pytest.fixture(scope="module")
def warehouse(corpus, tmp_path_factory) -> Warehouse:
    made = Warehouse(tmp_path_factory.mktemp("devlake"))
    imports = Import(tmp_path_factory.mktemp("tables"), made.home)
    folder = corpus / "ci" / "dora" / "devlake"
    for name, file in (
        (LEAD_TIME, "cicd_deployment_commits.csv"),
        (PREVIOUS, "cicd_deployment_commits_before.csv"),
    ):
        inputs = folder / name / "input"
        projects = project_of(table(inputs / "project_mapping.csv"), "cicd_scopes")
        rows = numbered(table(inputs / file), "id")
        for project in sorted(set(projects.values())):
            chosen = [row for row in rows if projects[row["cicd_scope_id"]] == project]
            imports.take("deployments", f"{name}/{project}", chosen, *DEPLOYMENT_MAPS)
    inputs = folder / LEAD_TIME / "input"
    repository = f"{LEAD_TIME}/project1"
    imports.take("commits", repository, history(inputs))
    changes = numbered(table(inputs / "pull_requests.csv"), "id")
    imports.take("changes", repository, changes, *CHANGE_MAPS)
    parts = numbered(table(inputs / "pull_request_commits.csv"), "pull_request_id")
    imports.take("change_commits", repository, parts, *COMMIT_MAPS)
    comments = numbered(table(inputs / "pull_request_comments.csv"), "pull_request_id")
    imports.take("change_reviews", repository, comments, *REVIEW_MAPS)
    made.create()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(config.PROJECT_VARIABLE, str(made.home))
        patch.setenv(config.HOME_VARIABLE, str(made.home))
        loading.run("imports")
    # The rows without an environment, once in each of the two tables.
    assert imports.rejected == 2 * len(NOT_LOADED)
    kinds = ("--resource-type", "seed", "--resource-type", "model")
    made.dbt("build", *kinds, "--select", "+fct_changes")
    return made


def test_previous_successful_deployments(corpus, warehouse):
    rows = warehouse.rows("""
        select deployments.deployment_id, deployments.sha, upper(deployments.result),
            deployments.created_at, deployments.finished_at, deployments.service,
            upper(deployments.environment), coalesce(previous.deployment_id, '')
        from core.fct_deployments as deployments
        left join core.fct_deployments as previous
            on deployments.previous_deployment_key = previous.deployment_key
        where deployments.repository like 'prev_success_deployment_commit/%'
        """)
    found = {str(row[0]): row[1:] for row in rows}
    expected = {}
    folder = corpus / "ci" / "dora" / "devlake" / PREVIOUS / "expected"
    for row in table(folder / "cicd_deployment_commits_after.csv"):
        previous = row["prev_success_deployment_commit_id"]
        if row["id"] in DEVIATIONS:
            ours, theirs, _reason = DEVIATIONS[row["id"]]
            assert previous == theirs
            previous = ours
        if row["id"] not in NOT_LOADED:
            expected[row["id"]] = (
                row["commit_sha"],
                row["result"],
                instant(row["started_date"]).replace(tzinfo=None),
                instant(row["finished_date"]).replace(tzinfo=None),
                f"{row['cicd_scope_id']}/{row['repo_url']}",
                row["environment"],
                previous,
            )
    assert found == expected


def minutes(seconds: object) -> str:
    return "" if seconds is None else str(math.ceil(float(str(seconds)) / 60))


def test_lead_times_of_pull_requests(corpus, warehouse):
    rows = warehouse.rows("""
        select 'pr' || changes.pull_request_number, split_part(changes.repository, '/', 2),
            changes.first_commit_sha, changes.coding_seconds,
            coalesce(changes.first_review_id, ''), changes.pickup_seconds, changes.review_seconds,
            coalesce(deployments.deployment_id, ''), changes.deploy_seconds, changes.cycle_seconds,
            changes.first_committed_at, changes.first_reviewed_at, changes.created_at,
            changes.merged_at, changes.deployed_at
        from core.fct_changes as changes
        left join core.fct_deployments as deployments using (deployment_key)
        where changes.is_merged
        """)
    times = {3, 5, 6, 8, 9}
    found = {
        row[0]: tuple(minutes(value) if at in times else value for at, value in enumerate(row))
        for row in rows
    }
    expected = {}
    folder = corpus / "ci" / "dora" / "devlake" / LEAD_TIME / "expected"
    for row in table(folder / "project_pr_metrics.csv"):
        values = [
            value if at < 10 else (instant(value) or None) for at, value in enumerate(row.values())
        ]
        expected[row["id"]] = tuple(
            value.replace(tzinfo=None) if isinstance(value, datetime) else value for value in values
        )
    assert found == expected
