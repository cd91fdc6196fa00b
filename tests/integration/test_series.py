"""The weekly marts of delivery and coverage against the simulator's own weeks."""

import math

import duckdb
import pytest

pytestmark = pytest.mark.integration

DELIVERY = """
select
    replace(metric, 'change_lead_time_seconds', 'change_lead_time_median_seconds'),
    grain, entity, cast(week_start_date as string), metric_value
from marts.mart_delivery__dora_weekly
where grain in ('organisation', 'team', 'repository', 'service')
"""
COVERAGE = """
select
    'global_coverage_ratio', grain, entity, cast(week_start_date as string), global_coverage_ratio
from marts.mart_coverage__weekly
where grain in ('organisation', 'team', 'repository')
"""
TRUTH = """
select metric, grain, entity, cast(window_start_date as string), value
from read_csv(?, types = {'value': 'DOUBLE'})
where "window" = 'week'
"""


@pytest.mark.parametrize("series", [DELIVERY, COVERAGE], ids=["delivery", "coverage"])
def test_every_week_of_the_truth(clean, series):
    with duckdb.connect(str(clean.database), read_only=True) as connection:
        found = {row[:4]: row[4] for row in connection.execute(series).fetchall()}
        rows = connection.execute(TRUTH, [f"{clean.project}/truth/metrics.csv"]).fetchall()
    metrics = {key[0] for key in found}
    truth = {row[:4]: row[4] for row in rows if row[0] in metrics}
    assert len(truth) > 20
    wrong = {
        key: (value, found.get(key))
        for key, value in truth.items()
        if key not in found
        or (value is None) != (found[key] is None)
        or (value is not None and not math.isclose(value, found[key], rel_tol=1e-9))
    }
    assert wrong == {}
    # Weeks that the truth leaves out had no deployment or no report: never a value but 0.
    assert not any(value for key, value in found.items() if key not in truth)
