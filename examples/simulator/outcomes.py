"""What the tests of a job give: passes, flakes, regressions, outages."""

import random
from dataclasses import dataclass, field

from examples.simulator.ci import Results, Run
from examples.simulator.history import History
from examples.simulator.suites import VARIANTS, Behaviour, Case, Catalogue, environment_of

Tries = tuple[tuple[str, str], ...]

_OUTAGE_MESSAGE = "could not connect to the test database at db.simulated.example: no route to host"


@dataclass(slots=True)
class _Outline:
    """What is worth knowing about a suite before it runs."""

    places: dict[int, int]
    special: list[tuple[int, list[Behaviour]]]
    seconds: int


@dataclass(slots=True)
class Outcomes:
    """Draws the outcomes of one repository's tests."""

    history: History
    catalogue: Catalogue
    rng: random.Random
    moments: dict[str, int] = field(default_factory=dict)
    outlines: dict[int, _Outline] = field(default_factory=dict)

    def results(self, run: Run, job: str, *, is_down: bool) -> Results:
        """Run the tests of a job; `is_down` lets most of them fail for no fault of the code."""
        cases = self.catalogue.cases(run.commit, job)
        outline = self._outline(cases)
        tries: dict[int, Tries] = {}
        # What a test failed of in the end: an outage hides what else would have failed there.
        reasons: dict[int, str] = {}
        for index, behaviours in outline.special:
            for one in behaviours:
                found = self._behave(one, run, job)
                if found:
                    tries[index] = found
                    if found[-1][0] in ("failed", "errored"):
                        reasons[index] = "flaky_only" if one.kind == "flaky" else one.kind
        again = 1 + self.history.repository.report_retries
        for uid in sorted(run.commit.state.broken):
            regression = self.history.regressions[uid]
            word = "errored" if regression.is_error else "failed"
            for test in sorted(regression.tests):
                if test in outline.places:
                    tries[outline.places[test]] = ((word, regression.message),) * again
                    reasons[outline.places[test]] = "regression"
        if is_down:
            for index in range(len(cases)):
                if self.rng.random() < 0.86:
                    tries[index] = (("errored", _OUTAGE_MESSAGE),) * again
                    reasons[index] = "infrastructure"
        ordered = dict(sorted(tries.items()))
        variant = self.rng.randrange(VARIANTS)
        return Results(
            cases, variant, ordered, environment_of(job), None, frozenset(reasons.values())
        )

    def seconds(self, results: Results) -> int:
        """How long the tests of a job take, in round figures."""
        return self._outline(results.cases).seconds

    def _behave(self, one: Behaviour, run: Run, job: str) -> Tries:
        """The tries of a test that misbehaves, empty when it just passes this time."""
        # What depends on the environment depends on the code: the same tree gives the same verdict.
        moment = run.created
        if one.kind == "environment":
            moment = self.moments.setdefault(run.commit.tree_sha, run.commit.committed)
        if not one.since <= moment < one.until:
            return ()
        again = self.history.repository.report_retries
        word = "errored" if one.is_error else "failed"
        if one.kind in ("skipped", "quarantined"):
            return ((one.kind, one.message),)
        if one.kind == "environment":
            return ((word, one.message),) * (1 + again) if one.environment == job else ()
        if self.rng.random() >= one.rate:
            return ()
        found = [(word, one.message)]
        while len(found) <= again and found[-1][0] != "passed":
            passes = self.rng.random() >= max(0.3, one.rate)
            found.append(("passed", "") if passes else (word, one.message))
        return tuple(found)

    def _outline(self, cases: tuple[Case, ...]) -> _Outline:
        """Known once for a suite: the catalogue keeps its suites, so their ids stay."""
        outline = self.outlines.get(id(cases))
        if outline is None:
            behaviours = self.catalogue.behaviours
            outline = self.outlines[id(cases)] = _Outline(
                {case.uid: index for index, case in enumerate(cases)},
                [(i, behaviours[c.uid]) for i, c in enumerate(cases) if c.uid in behaviours],
                sum(case.ms[0] for case in cases) // 500,
            )
        return outline
