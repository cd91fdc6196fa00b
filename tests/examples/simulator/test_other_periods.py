"""Organisations of another period, length and time zone: their truth follows from their files."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from examples.simulator.settings import Settings
from examples.simulator.simulation import simulate
from tests.examples.conftest import Organisation

GOOD = {"success"}
BAD = {"failure", "timed_out", "startup_failure"}
# A Sunday, so that the weekly night run comes on Mondays at 2 o'clock UTC: Sunday over there.
PLACES = {
    "new york": Settings(32, 0.02, 30, date(2026, 10, 18), "America/New_York", 2),
    "los angeles": Settings(33, 0.02, 30, date(2026, 12, 20), "America/Los_Angeles", 2),
}


@pytest.fixture(scope="module", params=PLACES.values(), ids=PLACES.keys())
def elsewhere(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Settings, Organisation]:
    output = tmp_path_factory.mktemp("elsewhere") / "organisation"
    simulate(output, request.param)
    return request.param, Organisation(output)


def test_weeks_are_those_of_the_business(elsewhere: tuple[Settings, Organisation]) -> None:
    settings, organisation = elsewhere
    found: dict[str, list[bool]] = defaultdict(list)
    utc = set()
    for repository in organisation.repositories:
        for run in organisation.pages(repository, "runs"):
            if run["conclusion"] in GOOD | BAD:
                created = datetime.fromisoformat(run["created_at"])
                day = created.astimezone(ZoneInfo(settings.time_zone)).date()
                monday = day - timedelta(days=day.weekday())
                found[monday.isoformat()].append(run["conclusion"] in GOOD)
                utc.add(created.date() - timedelta(days=created.weekday()) == monday)
    truth = {
        monday: value
        for (grain, _, monday), value in organisation.metric(
            "pipeline_success_ratio", "week"
        ).items()
        if grain == "organisation"
    }
    assert utc == {True, False}, "no run would tell the time zones apart"
    assert len(truth) >= 5
    assert truth == pytest.approx({week: sum(v) / len(v) for week, v in found.items()})


def test_the_period_begins_where_it_is_told_to(elsewhere: tuple[Settings, Organisation]) -> None:
    settings, organisation = elsewhere
    assert len(organisation.repositories) == settings.repositories
    for repository in organisation.repositories:
        created = [run["created_at"][:10] for run in organisation.pages(repository, "runs")]
        assert min(created) == str(settings.first_day)
        assert max(created) <= str(settings.first_day + timedelta(days=settings.days - 1))
    assert settings.time_zone in (organisation.root / ".dlt" / "config.toml").read_text()


@pytest.mark.parametrize("days", [3, 4, 7, 13])
def test_a_few_days_are_an_organisation_too(days: int, tmp_path) -> None:
    simulate(tmp_path / "short", Settings(days, 0.02, days, date(2026, 4, 1), repositories=3))
    short = Organisation(tmp_path / "short")
    assert short.metric("pipeline_success_ratio")
    assert short.metric("global_coverage_ratio")
    # Too short for a pool of runners that had been large enough before.
    assert short.truth("saturations") == []


def test_a_cause_is_what_the_reports_show(tmp_path) -> None:
    """What else would have failed in an outage is hidden where the outage was met first."""
    simulate(tmp_path / "hidden", Settings(1, 0.02, 28))
    hidden = Organisation(tmp_path / "hidden")
    messages: dict[tuple[str, str], set[str]] = defaultdict(set)
    for repository in hidden.repositories:
        for run, _, root in hidden.reports(repository):
            held = messages[(hidden.name(repository), str(run))]
            for fault in (*root.iter("failure"), *root.iter("error")):
                held.add(fault.get("message") or fault.text or "")
    outage = [
        (row["cause"], any("test database" not in text for text in seen))
        for row in hidden.truth("failures")
        for seen in [messages[(row["repository"], row["run_id"])]]
        if any("test database" in text for text in seen)
    ]
    assert len(outage) >= 10
    assert all(has_others for cause, has_others in outage if cause == "mixed")
