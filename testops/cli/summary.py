"""What `testops run` says at its end: loaded, gates, DORA, flaky tests, where to look next."""

from typing import TYPE_CHECKING, Any

from testops.cli.delivery import print_dora
from testops.cli.output import counted, number, percent, show_table
from testops.cli.state import failing_line, gates_line
from testops.reports.delivery import dora_report
from testops.reports.insights import state_counts
from testops.settings import Settings
from testops.warehouse import connect, current_build, rows

if TYPE_CHECKING:
    from rich.console import Console

_FLAKY = """
select
    repository,
    coalesce(team, '–') as team,
    full_name as test,
    evidence_score,
    flaky_state_count,
    state_count,
    failure_ratio,
    execution_count
from marts.mart_test__flakiness
where flake_status = 'flaky'
order by evidence_score desc, failure_ratio desc, repository, test
limit 8
"""
_FACTS = (
    ("run attempt", "core.fct_workflow_run_attempts"),
    ("job", "core.fct_job_attempts"),
    ("test result", "core.fct_test_results"),
    ("coverable line", "core.fct_coverage_lines"),
    ("commit", "core.fct_commits"),
    ("change", "core.fct_changes"),
    ("deployment", "core.fct_deployments"),
    ("incident", "core.fct_incidents"),
)


def print_summary(out: "Console", current: Settings, result: dict[str, Any]) -> None:
    """Print the summary of the published build after a run whose summary is `result`."""
    build = current_build(current.published)
    seconds = result.get("seconds") or {}
    out.print()
    out.print(
        f"{str(result.get('status', '')).capitalize()} build {build.build_id} "
        f"in {seconds.get('all', 0):.0f} s",
        style="bold",
        markup=False,
    )
    with connect(build) as connection:
        dora = dora_report(connection, by="organisation", window="90d", bands="2024")
        flaky = rows(connection, _FLAKY)
        said = state_counts(connection)
        simulated = rows(
            connection, "select bool_or(is_simulated) as is_simulated from core.dim_repositories"
        )[0]["is_simulated"]
    tables = build.manifest.get("tables", {})
    if simulated:
        out.print("The data are simulated: made from a seed, with the truth beside them.")
    out.print()
    _print_loads(out, result)
    out.print(
        "In the warehouse: "
        + ", ".join(
            counted(tables[name]["rows"], thing) for thing, name in _FACTS if name in tables
        ),
        markup=False,
    )
    out.print(f"Gates: {gates_line(build.manifest.get('gates', []))}", markup=False)
    for warning in build.manifest.get("warnings", []):
        out.print(f"  {failing_line(warning)}; `testops status` shows rows", markup=False)
    out.print()
    print_dora(out, build, dora)
    out.print()
    if flaky:
        show_table(
            out,
            "Worst flaky tests: passed and failed on the same code",
            ["test", "repository", "team", "evidence", "states with both", "fails"],
            [_flaky(row) for row in flaky],
            right=["evidence", "states with both", "fails"],
        )
    else:
        out.print("No test is flaky by the evidence so far.\n")
    if said:
        told = ", ".join(f"{number(count)} {state}" for state, count in said.items())
        out.print(f"What stands out: {told}\n", markup=False)
    out.print("Look next")
    out.print("  testops dora report --by team      the five metrics by team, repository, service")
    out.print("  testops insights                   what stands out, largest impact first")
    out.print("  testops status                     sources, gates, tables, quarantine")
    out.print(f"  {build.file}", markup=False, soft_wrap=True)
    out.print(
        "                                     any SQL client; facts in core, metrics in marts"
    )


def _flaky(row: dict[str, Any]) -> list[str]:
    return [
        row["test"],
        row["repository"],
        row["team"],
        number(row["evidence_score"], 1),
        f"{number(row['flaky_state_count'])} of {number(row['state_count'])}",
        f"{percent(row['failure_ratio'])} of {number(row['execution_count'])}",
    ]


def _print_loads(out: "Console", result: dict[str, Any]) -> None:
    counts = ["seen", "new", "unchanged", "partial", "rejected", "rows", "seconds"]
    loads = result.get("loads") or {}
    # What has no settings and no deliveries would hide the others.
    idle = [source for source, load in loads.items() if load.get("mode") == "off"]
    show_table(
        out,
        "Loaded in this run",
        ["source", *counts],
        [
            [
                source,
                number(load.get("seen_count")),
                number(load.get("loaded_count")),
                number(load.get("unchanged_count")),
                number(load.get("partial_count")),
                number(load.get("rejected_count")),
                number(load.get("row_count")),
                number(load.get("seconds"), 1),
            ]
            for source, load in loads.items()
            if source not in idle
        ],
        right=counts,
    )
    if idle:
        out.print(f"Not set up: {', '.join(idle)}\n", markup=False)
