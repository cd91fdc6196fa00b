"""What runs when: whole groups of assets, every night what is new, every week everything anew."""

import dagster as dg

from dagster_project.tags import (
    FULL_REFRESH,
    INPUTS_GROUP,
    MODEL_GROUPS,
    PUBLICATION_GROUP,
    SOURCES_GROUP,
)

_EVERYTHING = dg.AssetSelection.groups(
    SOURCES_GROUP, INPUTS_GROUP, *MODEL_GROUPS, PUBLICATION_GROUP
)

nightly = dg.define_asset_job(
    "nightly",
    selection=_EVERYTHING,
    description="Load what is new, build on it, gate it, publish it.",
)
weekly = dg.define_asset_job(
    "weekly",
    selection=_EVERYTHING,
    tags={FULL_REFRESH: "true"},
    description="Load what is new, make every table anew from raw, gate it, publish it.",
)
JOBS = (nightly, weekly)

SCHEDULES = (
    dg.ScheduleDefinition(job=nightly, cron_schedule="0 2 * * 1-6", execution_timezone="UTC"),
    dg.ScheduleDefinition(job=weekly, cron_schedule="0 2 * * 0", execution_timezone="UTC"),
)
