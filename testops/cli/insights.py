"""`testops insights` in the terminal."""

from testops.cli.output import console, print_json, show_table
from testops.reports.insights import insights
from testops.settings import settings
from testops.warehouse import connect, current_build


def show_insights(*, state: str | None, team: str | None, limit: int, json_output: bool) -> None:
    """Print what is worth saying of the published build."""
    build = current_build(settings().published)
    with connect(build) as connection:
        found = insights(connection, state=state, team=team)
    if json_output:
        print_json(
            {
                "build_id": build.build_id,
                "data_as_of": build.manifest.get("data_as_of"),
                "insights": found[:limit],
                "insight_count": len(found),
            }
        )
        return
    out = console()
    if not found:
        out.print("Nothing stands out: no anomaly, no decline, no flaky test, no risky release.")
        return
    show_table(
        out,
        f"Worth a look, largest impact first ({min(limit, len(found))} of {len(found)})",
        ["", "what", "state", "team", "evidence"],
        [
            [
                str(row["impact_rank"]),
                row["sentence"],
                row["insight_state"],
                row["team"] or "–",
                f"{row['evidence_table']} {row['evidence_key'][:8]}",
            ]
            for row in found[:limit]
        ],
    )
