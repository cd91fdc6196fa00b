"""What is worth saying of the published build, ranked by impact, each with the rows behind it."""

from typing import TYPE_CHECKING, Any

from testops.errors import UsageError
from testops.warehouse import rows

if TYPE_CHECKING:
    import duckdb

STATES = ("new", "ongoing", "resolved")

_STATEMENTS = """
select
    impact_rank,
    insight_kind,
    insight_state,
    sentence,
    team,
    metric,
    grain,
    entity,
    metric_value,
    base_value,
    observation_count,
    impact_seconds,
    confidence_state,
    cast(window_start_date as varchar) as window_start_date,
    cast(window_end_date as varchar) as window_end_date,
    evidence_table,
    evidence_key,
    insight_key
from marts.mart_insight__statements
order by impact_rank
"""


def insights(
    connection: "duckdb.DuckDBPyConnection", *, state: str | None = None, team: str | None = None
) -> list[dict[str, Any]]:
    """Return the insights, largest impact first, resolved ones last.

    Args:
        connection: of the published file.
        state: one of `STATES`; None for all.
        team: only what this team can mend; None for all.

    Raises:
        UsageError: there is no such state, or no insight of such a team.
    """
    if state is not None and state not in STATES:
        raise UsageError(f"`{state}` is no state of an insight; choose {', '.join(STATES)}")
    # Few rows: chosen here, so that no text of a user comes near SQL.
    found = rows(connection, _STATEMENTS)
    teams = sorted({row["team"] for row in found if row["team"]})
    if team is not None and team not in teams:
        known = ", ".join(teams) or "no team"
        raise UsageError(f"there is no insight of team `{team}`; there are some of {known}")
    return [
        row
        for row in found
        if state in (None, row["insight_state"]) and team in (None, row["team"])
    ]
