"""Truth of deployments and incidents: the five DORA metrics of every service."""

import re
from dataclasses import dataclass, field

from examples.simulator.deployments import Delivery, DeploymentPlan, Incident
from examples.simulator.history import Commit, History
from examples.simulator.organisation import ORGANISATION, Repository, Service
from examples.simulator.settings import DAY, HOUR, Settings
from examples.simulator.truth.tally import ALL, Entity, Tally

STATISTICS: dict[str, dict[str, float | None]] = {
    "change_lead_time": {
        "change_lead_time_median_seconds": 0.5,
        "change_lead_time_p90_seconds": 0.9,
    },
    "recovery": {"failed_deployment_recovery_seconds": 0.5, "mttr_failed_deploys": None},
}


@dataclass(slots=True, eq=False)
class Judged:
    """A finished production deployment with everything that follows from the events."""

    plan: DeploymentPlan
    finished: int
    kind: str = "planned"
    failed_by: str = ""
    incidents: list[Incident] = field(default_factory=list)
    changes: list[Commit] = field(default_factory=list)
    has_range: bool = False
    recovered: int | None = None

    @property
    def is_success(self) -> bool:
        """Whether it reached production."""
        return self.plan.outcome == "success"

    @property
    def is_repair(self) -> bool:
        """Whether it is a rollback or hotfix that reached production."""
        return self.is_success and self.kind != "planned"

    def ails(self, at: int) -> bool:
        """Whether one of its incidents is open."""
        return any(
            each.opened <= at and (each.closed is None or each.closed >= at)
            for each in self.incidents
        )


def judge(history: History, delivery: Delivery) -> list[Judged]:
    """Judge every finished production deployment of a repository, service by service."""
    order = first_seen(history)
    judged: list[Judged] = []
    for service in history.repository.services:
        line = sorted(
            (
                Judged(plan, plan.finished)
                for plan in delivery.deployments
                if plan.is_production and plan.service is service and plan.finished is not None
            ),
            key=lambda one: one.finished,
        )
        _kinds(line, order, history)
        judged += line
    for incident in delivery.incidents:
        linked = _linked(history.repository, incident, judged)
        if linked is not None:
            linked.incidents.append(incident)
    for service in history.repository.services:
        _failures([one for one in judged if one.plan.service is service])
    return judged


def first_seen(history: History) -> dict[Commit, int]:
    """Position of the default-branch commit that brought each commit in."""
    seen: dict[Commit, int] = {}
    for position, tip in enumerate(history.main):
        waiting = [tip]
        while waiting:
            commit = waiting.pop()
            if commit not in seen:
                seen[commit] = position
                waiting.extend(commit.parents)
    return seen


def _kinds(line: list[Judged], order: dict[Commit, int], history: History) -> None:
    """Ranges, rollbacks, hotfixes and the changes that each deployment brought first."""
    branches = {pull.number: pull.story.branch for pull in history.pulls}
    by_position: dict[int, list[Commit]] = {}
    for commit, position in order.items():
        by_position.setdefault(position, []).append(commit)
    previous: Judged | None = None
    deployed: set[Commit] = set()
    shipped: set[Commit] = set()
    for one in line:
        here = order[one.plan.commit]
        if previous is not None:
            one.has_range = True
            before = order[previous.plan.commit]
            inside = [
                commit
                for position in range(before + 1, here + 1)
                for commit in by_position.get(position, ())
            ]
            if here < before and one.plan.commit in deployed:
                one.kind = "rollback"
            elif any(_is_urgent(commit, branches, inside) for commit in inside):
                one.kind = "hotfix"
            if one.is_success:
                one.changes = [commit for commit in inside if commit not in shipped]
                shipped.update(one.changes)
        deployed.add(one.plan.commit)
        if one.is_success:
            previous = one


def _is_urgent(commit: Commit, branches: dict[int, str], inside: list[Commit]) -> bool:
    branch = branches.get(commit.pull_number or 0, "")
    if commit.subject.startswith("hotfix") or branch.startswith("hotfix/"):
        return True
    if not commit.subject.startswith("Revert "):
        return False
    # What is taken back before it was deployed hurried nobody.
    taken_back = re.match(r'Revert "(.*)"', commit.subject)
    titles = {_title(other.subject) for other in inside}
    return taken_back is None or _title(taken_back[1]) not in titles


def _title(subject: str) -> str:
    """Subject without the number of the pull request that a squash puts behind it."""
    return re.sub(r" \(#[0-9]+\)$", "", subject)


def _linked(repository: Repository, incident: Incident, judged: list[Judged]) -> Judged | None:
    """The deployment that an incident belongs to."""
    if incident.names == "deployment":
        return next((one for one in judged if one.plan is incident.deployment), None)
    service: Service | None = incident.deployment.service
    if incident.names == "nothing" and len(repository.services) > 1:
        service = None
    recent = [one for one in judged if 0 <= incident.opened - one.finished <= DAY]
    same = [one for one in recent if one.plan.service is service]
    found = same or recent
    return max(found, key=lambda one: one.finished) if found else None


def _failures(line: list[Judged]) -> None:
    """Which deployments needed intervention, and when they were recovered."""
    waiting: list[Judged] = []
    for one in line:
        if one.is_repair:
            ailing = [each for each in waiting if each.ails(one.plan.created)]
            own = [each for each in waiting if each.is_success or each.kind == "planned"]
            (ailing or own)[-1].failed_by = one.kind
            waiting = []
        waiting.append(one)
    for position, one in enumerate(line):
        if one.incidents:
            one.failed_by = "incident"
        if not one.failed_by:
            continue
        later = line[position + 1 :]
        closed = [each.closed for each in one.incidents if each.closed is not None]
        if closed:
            one.recovered = max(closed)
        else:
            one.recovered = next((each.finished for each in later if each.is_repair), None)


def count_delivery(
    tally: Tally, settings: Settings, repository: Repository, judged: list[Judged]
) -> None:
    """Count the metrics of a repository's deployments."""
    # Days are those of the business; the first commit comes five hours after the beginning.
    whole = settings.day_count(settings.start + 5 * HOUR, settings.end)
    for one in judged:
        week = settings.week_start(one.finished)
        entities: list[Entity] = [
            ("organisation", ORGANISATION),
            ("repository", repository.full_name),
            ("service", one.plan.service.name),
            ("team", one.plan.service.team),
        ]
        for entity in entities:
            for window, days in ((ALL, whole), (("week", week), 7)):
                tally.put("deployment_frequency", entity, window, one.is_success, 0)
                tally.once("deployment_frequency", entity, window, days)
        tally.add("change_fail_ratio", entities, week, bool(one.failed_by), 1)
        tally.add("deployment_rework_ratio", entities, week, one.kind != "planned", 1)
        for commit in one.changes:
            tally.sample("change_lead_time", entities, week, one.finished - commit.committed)
        if one.failed_by and one.recovered is not None:
            tally.sample("recovery", entities, week, one.recovered - one.finished)
