"""What is worth saying of the published build, ranked by impact, each with the rows behind it."""

from typing import TYPE_CHECKING, Any

from testops.errors import TestopsError, UsageError
from testops.warehouse import rows

if TYPE_CHECKING:
    import duckdb

STATES = ("new", "ongoing", "resolved")
EVIDENCE_SCHEMA = "marts"

_OF_WEEKS = ("weekly_series_key", "series_key")
"""One week of a series, or all of them."""

_THERE = """
select 1 from duckdb_tables() where schema_name = 'insights' and table_name = 'statements'
"""

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
    is_worse,
    cast(window_start_date as varchar) as window_start_date,
    cast(window_end_date as varchar) as window_end_date,
    evidence_table,
    evidence_column,
    evidence_key,
    insight_key,
    subject_key,
    first_build_id,
    first_data_as_of
from insights.statements
order by impact_rank
"""

_TEAMS = "select team from core.dim_teams"

_HISTORY = """
select
    builds.build_id,
    builds.data_as_of,
    history.insight_state,
    history.sentence,
    history.metric_value,
    history.base_value
from insights.history as history
inner join insights.builds as builds
    on history.build_id = builds.build_id
where history.insight_key = ?
order by builds.build_number
"""

_COLUMNS = """
select column_name
from duckdb_columns()
where schema_name = ? and table_name = ? and not internal
order by column_index
"""

_WEEKS = """
select
    cast(week_start_date as varchar) as week_start_date,
    metric_value,
    numerator,
    observation_count,
    is_sufficient
from marts.mart_insight__weekly_series
where series_key = ? and week_start_date <= cast(? as date)
order by week_start_date desc
limit 13
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
        UsageError: there is no such state, or no such team.
        TestopsError: the build was published without insights.
    """
    if state is not None and state not in STATES:
        raise UsageError(f"`{state}` is no state of an insight; choose {', '.join(STATES)}")
    # Few rows: chosen here, so that no text of a user comes near SQL.
    found = _statements(connection)
    teams = sorted({row["team"] for row in (*found, *rows(connection, _TEAMS)) if row["team"]})
    if team is not None and team not in teams:
        known = ", ".join(teams) or "none"
        raise UsageError(f"there is no team `{team}`; known are {known}")
    return [
        row
        for row in found
        if state in (None, row["insight_state"]) and team in (None, row["team"])
    ]


def state_counts(connection: "duckdb.DuckDBPyConnection") -> dict[str, int]:
    """Return how many insights are new, ongoing and resolved; empty without insights."""
    if not rows(connection, _THERE):
        return {}
    states = [row["insight_state"] for row in _statements(connection)]
    return {state: states.count(state) for state in STATES}


def explain(
    connection: "duckdb.DuckDBPyConnection", key: str, *, limit: int = 20
) -> dict[str, Any]:
    """Return one insight with what was said of it before and the rows that it is made from.

    Args:
        connection: of the published file.
        key: its `insight_key`, or the beginning of it where that is enough.
        limit: how many rows of evidence.

    Returns:
        `insight` (as of `insights`), `history` (one object per build that said something else),
        `evidence` (rows of `evidence_table`, the newest first where they have a date),
        `evidence_count` (all of them) and `weeks` (of a weekly metric: up to 13, else empty).

    Raises:
        UsageError: no insight begins with that key, or several do.
        TestopsError: the build was published without insights.
    """
    found = [row for row in _statements(connection) if row["insight_key"].startswith(key)]
    if len(found) != 1 or not key:
        what = "no insight" if not found else f"{len(found)} insights"
        raise UsageError(f"{what} with a key that begins with `{key}`; see `testops insights`")
    insight = found[0]
    table, column = insight["evidence_table"], insight["evidence_column"]
    known = [name for (name,) in connection.execute(_COLUMNS, [EVIDENCE_SCHEMA, table]).fetchall()]
    evidence: list[dict[str, Any]] = []
    count = 0
    if column in known:
        newest = next((name for name in known if name.endswith(("_at", "_date"))), known[0])
        # Table and columns are names that are there, not texts of a user.
        behind = f'from {EVIDENCE_SCHEMA}."{table}" where "{column}" = ?'
        [counted] = rows(connection, f"select count(*) as n {behind}", insight["evidence_key"])
        count = counted["n"]
        evidence = rows(
            connection,
            f'{behind} order by "{newest}" desc, "{known[0]}" limit {int(limit)}',
            insight["evidence_key"],
        )
    weeks = []
    if column in _OF_WEEKS:
        weeks = rows(connection, _WEEKS, insight["subject_key"], insight["window_end_date"])[::-1]
    return {
        "insight": insight,
        "history": rows(connection, _HISTORY, insight["insight_key"]),
        "evidence": evidence,
        "evidence_count": count,
        "weeks": weeks,
    }


def _statements(connection: "duckdb.DuckDBPyConnection") -> list[dict[str, Any]]:
    if not rows(connection, _THERE):
        raise TestopsError(
            "this build was published without insights; `testops run` publishes again"
        )
    return rows(connection, _STATEMENTS)
