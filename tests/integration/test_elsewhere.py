"""Another organisation against its truth: other choices, length, season and place.

Its days are those of Berlin, whose clocks are put forward within the four weeks that the queue of
the lab is compared with.
"""

import subprocess
import sys

import duckdb
import pytest

from tests.integration import test_failures, test_flakiness_truth, test_saturation, test_series
from tests.integration.conftest import REPOSITORY, Flow
from tests.integration.truth_queries import differences, expected

pytestmark = pytest.mark.integration

ARGUMENTS = (
    "--seed", "31", "--scale", "0.05", "--days", "60", "--first-day", "2026-03-02",
    "--time-zone", "Europe/Berlin",
)  # fmt: skip


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Flow:
    folder = tmp_path_factory.mktemp("elsewhere")
    project = folder / "organisation"
    subprocess.run(
        [sys.executable, "-m", "examples.simulator", "--output", str(project), *ARGUMENTS],
        cwd=REPOSITORY,
        check=True,
        capture_output=True,
    )
    flow = Flow(project, folder / "warehouse")
    flow.publish()
    return flow


@pytest.fixture
def connection(elsewhere):
    with duckdb.connect(str(elsewhere.database), read_only=True) as opened:
        yield opened


def test_every_metric_at_every_grain_and_window(elsewhere, connection):
    truth = str(elsewhere.project / "truth")
    assert len(expected(connection, truth)) > 1000
    assert differences(connection, truth) == []


@pytest.mark.parametrize(
    "series", [test_series.DELIVERY, test_series.COVERAGE], ids=["delivery", "coverage"]
)
def test_every_week_of_the_marts(elsewhere, series):
    test_series.test_every_week_of_the_truth(elsewhere, series)


def test_causes_and_flaky_tests(elsewhere, connection):
    test_failures.test_causes_of_failed_pipelines_are_the_true_ones(elsewhere)
    test_flakiness_truth.test_flaky_tests_are_found_and_no_others(elsewhere, connection)
    test_flakiness_truth.test_environment_dependent_tests_are_a_class_of_their_own(
        elsewhere, connection
    )


def test_the_pool_that_is_too_small(elsewhere):
    with (elsewhere.project / "truth" / "saturations.csv").open(newline="") as file:
        (row,) = test_saturation.csv.DictReader(file)
    test_saturation.test_the_onset_and_both_means_are_those_of_the_truth(elsewhere, row)
