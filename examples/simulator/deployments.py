"""Deployments of one simulated repository, their failures, and the incidents that followed."""

import random
from dataclasses import dataclass, field

from examples.simulator.history import Commit, History
from examples.simulator.organisation import HUMANS, Service
from examples.simulator.settings import DAY, HOUR, MINUTE, Settings, is_weekend


@dataclass(slots=True, eq=False)
class DeploymentPlan:
    """One GitHub deployment. `finished` is its first terminal status, None when it has none."""

    service: Service
    environment: str
    commit: Commit
    triggered_at: Commit
    created: int
    finished: int | None
    outcome: str
    actor: str
    is_production: bool
    id: int = 0
    run_id: int = 0
    job_id: int = 0
    superseded_at: int | None = None


@dataclass(slots=True, eq=False)
class Incident:
    """An issue labelled `incident`; its body names the deployment, the service or nothing."""

    deployment: DeploymentPlan
    names: str
    opened: int
    closed: int | None
    number: int = 0


@dataclass(slots=True)
class Delivery:
    """Deployments (production and staging, by time) and incidents of a repository."""

    deployments: list[DeploymentPlan] = field(default_factory=list)
    incidents: list[Incident] = field(default_factory=list)


def plan_delivery(settings: Settings, history: History, rng: random.Random) -> Delivery:
    """Plan the deployments of every service of the repository."""
    delivery = Delivery()
    for service in history.repository.services:
        _service(settings, history, service, rng, delivery)
    delivery.deployments.sort(key=lambda plan: (plan.created, plan.environment))
    base = 3_000_000_000 + history.repository.index * 1_000_000
    for order, plan in enumerate(delivery.deployments):
        plan.id = base + order * 7 + 3
    delivery.incidents.sort(key=lambda incident: incident.opened)
    for order, incident in enumerate(delivery.incidents):
        incident.number = 20_001 + order
    return delivery


@dataclass(slots=True)
class _Line:
    """The deployments of one service, made one after the other."""

    settings: Settings
    history: History
    service: Service
    rng: random.Random
    delivery: Delivery
    done: list[DeploymentPlan] = field(default_factory=list)
    busy_until: int = 0

    def environment(self, stage: str) -> str:
        return f"{self.service.name}-{stage}" if self.history.repository.is_monorepo else stage

    def deploy(self, commit: Commit, at: int, outcome: str = "success") -> DeploymentPlan | None:
        """Deploy a commit to staging and production; None when the period is over by then."""
        at = max(at, self.busy_until + 5 * MINUTE)
        took = self.rng.randrange(3 * MINUTE, 14 * MINUTE)
        if at + took + HOUR > self.settings.end:
            return None
        newest = max((c for c in self.history.main if c.committed <= at), key=lambda c: c.committed)
        actor = self.rng.choice(HUMANS)
        if commit is newest:
            self.delivery.deployments.append(
                DeploymentPlan(
                    self.service, self.environment("staging"), commit, newest, at - 9 * MINUTE,
                    at - 6 * MINUTE, "success", actor, is_production=False,
                )
            )  # fmt: skip
        finished = None if outcome in ("queued", "inactive") else at + took
        made = DeploymentPlan(
            self.service, self.environment("production"), commit, newest, at, finished, outcome,
            actor, is_production=True,
        )  # fmt: skip
        self.delivery.deployments.append(made)
        if outcome == "success":
            for older in self.done[-1:]:
                older.superseded_at = at + took + 3
            self.done.append(made)
        self.busy_until = at + took
        return made

    def incident(
        self, deployment: DeploymentPlan, names: str, opened: int, closed: int | None
    ) -> None:
        """Open an incident issue after a deployment."""
        if opened < self.settings.end:
            closed = closed if closed is not None and closed < self.settings.end else None
            self.delivery.incidents.append(Incident(deployment, names, opened, closed))


def _service(
    settings: Settings, history: History, service: Service, rng: random.Random, delivery: Delivery
) -> None:
    """Deploy about every second change of the default branch, and meet the usual accidents."""
    line = _Line(settings, history, service, rng, delivery)
    several = history.repository.is_monorepo
    order = trouble = 0
    for position, commit in enumerate(history.main):
        following = (
            history.main[position + 1].committed
            if position + 1 < len(history.main)
            else settings.end
        )
        is_hotfix = commit.subject.startswith("hotfix")
        at = commit.committed + rng.randrange(20 * MINUTE, 90 * MINUTE)
        if is_hotfix:
            at = commit.committed + 6 * MINUTE
            if line.done and at > line.busy_until and rng.random() < 0.8:
                line.incident(
                    line.done[-1],
                    "deployment",
                    max(line.done[-1].finished or 0, commit.committed - 2 * HOUR) + 9,
                    at + 40 * MINUTE,
                )
        elif (
            at > following
            or is_weekend(at)
            or at < line.busy_until
            or (several and rng.random() < 0.5)
        ):
            continue
        order += 1
        kind = rng.random()
        made = line.deploy(commit, at, _outcome(order, kind))
        if made is None:
            continue
        if made.outcome in ("failure", "error"):
            line.deploy(commit, made.created + 25 * MINUTE)
        elif (
            made.outcome == "success" and not is_hotfix and (rng.random() < 0.09 or order in (3, 5))
        ):
            trouble += 1
            _trouble(line, made, trouble)


def _outcome(order: int, roll: float) -> str:
    """Outcome of the n-th deployment of a service; the first accidents are fixed."""
    if order == 4 or (order > 6 and roll < 0.05):
        return "failure"
    if order > 6 and roll < 0.06:
        return "error"
    if order == 6 or (order > 6 and roll < 0.08):
        return "queued"
    return "inactive" if order > 6 and roll < 0.09 else "success"


def _trouble(line: _Line, bad: DeploymentPlan, number: int) -> None:
    """A bad deployment: an incident, and often a rollback to the sha before."""
    rng, finished = line.rng, bad.finished or bad.created
    names = ("deployment", "service", "nothing", "deployment")[number % 4]
    opened = finished + rng.randrange(8 * MINUTE, 3 * HOUR)
    earlier = [plan for plan in line.done[:-1] if plan.commit is not bad.commit]
    if number % 2 and earlier:
        back = line.deploy(earlier[-1].commit, opened + rng.randrange(10 * MINUTE, HOUR))
        if back is not None and back.finished is not None:
            if number % 3:
                line.incident(
                    bad, names, opened, back.finished + rng.randrange(5 * MINUTE, 40 * MINUTE)
                )
            return
    line.incident(bad, names, opened, opened + rng.randrange(HOUR, DAY))
