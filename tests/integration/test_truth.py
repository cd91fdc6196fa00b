"""Every metric that the simulator knows from its own events, against the warehouse."""

import math

import duckdb
import pytest

from tests.integration.truth_queries import computed, expected

pytestmark = pytest.mark.integration


def same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)


def test_every_metric_at_every_grain_and_window(clean):
    with duckdb.connect(str(clean.database), read_only=True) as connection:
        found = dict(computed(connection))
        truth = expected(connection, str(clean.project / "truth"))
    assert len(truth) > 1000
    assert {key[0] for key in truth} == {key[0] for key in found}
    wrong = {
        key: (truth.get(key), found.get(key))
        for key in truth.keys() | found.keys()
        if key not in truth or key not in found or not all(map(same, truth[key], found[key]))
    }
    assert wrong == {}


def test_the_comparison_would_notice(clean):
    """One deployment that failed and one result that flips change metrics of the truth."""
    with duckdb.connect(str(clean.database), read_only=True) as connection:
        truth = expected(connection, str(clean.project / "truth"))
    values = [row[2] for row in truth.values() if row[2] is not None]
    assert not same(values[0], values[0] + 1e-6)
    assert not same(None, 0.0)
    assert len({key[0] for key in truth}) >= 20
