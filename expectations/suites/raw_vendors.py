"""The part of gate 1 that looks at vendors besides GitHub and at imports, see `raw`.

One question for each table, so that sources which nobody uses cost next to nothing. How the
vendors' objects change over time is asked of all of them at once, in `raw.SOURCES`.
"""

import csv
from pathlib import Path
from string import Template

from expectations.suites.definition import Expected, no_rows

_WORDS = Path(__file__).parents[2] / "dbt_project" / "seeds" / "result_words.csv"


def _known_words(vendor: str) -> str:
    """Return the words that a vendor's statuses are told in, as a list of SQL literals."""
    with _WORDS.open(newline="", encoding="utf-8") as rows:
        words = [row["vendor_word"] for row in csv.DictReader(rows) if row["vendor"] == vendor]
    return ", ".join("'" + word.replace("'", "''") + "'" for word in sorted(words))


def _runs_are_usual(vendor: str, table: str, run: str, place: str, word: str) -> Expected:
    """Return what is expected of runs: words that are known, and about as many as usual.

    Args:
        vendor: Its source's name; its words are those of the seed `result_words`.
        table: Raw table of its runs.
        run: Column with the run's id.
        place: Column with what runs are counted by.
        word: Column with the vendor's word for how the run ended.
    """
    return no_rows(
        f"{vendor}_{table}_are_usual",
        f"raw_{vendor}.{table}",
        "warning",
        "The warehouse has a meaning for every word, and the newest whole week of the source has"
        " between a fifth and five times the runs of the usual week (median of the eight before, at"
        " least 20 in at least four).",
        query=Template("""
        , weeks as (
            select $place as place, date_trunc('week', created_at) as week, count(*) as run_count
            from (select distinct $place, $run, created_at from batch) as runs
            group by all
        ),
        newest as (select max(week) - interval 7 day as week from weeks),
        usual as (
            select weeks.place, newest.week, median(weeks.run_count) as usual_run_count
            from weeks
            inner join newest
                on weeks.week >= newest.week - interval 56 day and weeks.week < newest.week
            group by weeks.place, newest.week
            having count(*) >= 4
        )
        select
            'unknown word' as trouble,
            $word as place,
            cast(null as timestamptz) as week,
            count(*) as run_count,
            cast(null as double) as usual_run_count
        from batch
        where lower($word) not in ($words)
        group by $word
        union all
        select
            'volume', usual.place, usual.week, coalesce(weeks.run_count, 0), usual.usual_run_count
        from usual
        left join weeks on usual.place = weeks.place and usual.week = weeks.week
        where usual.usual_run_count >= 20
            and coalesce(weeks.run_count, 0) not between
                usual.usual_run_count / 5 and usual.usual_run_count * 5
        """).substitute(place=place, run=run, word=word, words=_known_words(vendor)),
    )


def _jobs_are_whole(vendor: str, runs: str, run: str, place: str) -> Expected:
    """Return what is expected of jobs: that their runs were loaded, and that clocks are right.

    Args:
        vendor: Its source's name.
        runs: Raw table of its runs.
        run: Column with the run's id, in both tables.
        place: Column with what jobs are counted by, in both tables.
    """
    return no_rows(
        f"{vendor}_jobs_are_whole",
        f"raw_{vendor}.jobs",
        "blocking",
        "At most 5 % of the jobs of a place belong to a run that was never loaded, and none was"
        " created more than a day after it was loaded.",
        query=Template("""
        select
            batch.$place as place,
            count(*) as job_count,
            count_if(runs.$run is null) as job_without_run_count,
            count_if(batch.created_at > batch.loaded_at + interval 1 day) as future_job_count
        from batch
        left join (select distinct $place, $run from raw_$vendor.$runs) as runs
            on batch.$place = runs.$place and batch.$run = runs.$run
        group by batch.$place
        having count_if(runs.$run is null) > 0.05 * count(*)
            or count_if(batch.created_at > batch.loaded_at + interval 1 day) > 0
        """).substitute(place=place, run=run, runs=runs, vendor=vendor),
    )


def _incidents_are_plausible(vendor: str, ended: str) -> Expected:
    """Return what is expected of incidents: an order of instants, and clocks that are right.

    Args:
        vendor: Its source's name.
        ended: Column with the instant when the incident was over.
    """
    return no_rows(
        f"{vendor}_incidents_are_plausible",
        f"raw_{vendor}.incidents",
        "warning",
        "No incident was over before it began, and none began after it was loaded.",
        query=Template("""
        select incident_id, created_at, $ended, loaded_at
        from batch
        where $ended < created_at or created_at > loaded_at + interval 1 day
        """).substitute(ended=ended),
    )


VENDORS = (
    _runs_are_usual("gitlab_ci", "pipelines", "pipeline_id", "repository", "status"),
    _jobs_are_whole("gitlab_ci", "pipelines", "pipeline_id", "repository"),
    _runs_are_usual("azure_devops", "builds", "build_id", "pipeline_path", "conclusion"),
    _jobs_are_whole("azure_devops", "builds", "build_id", "server"),  # a timeline names no pipeline
    *(
        expected
        for vendor in ("jenkins", "buildkite", "circleci")
        for expected in (
            _runs_are_usual(vendor, "builds", "build_id", "pipeline_path", "conclusion"),
            _jobs_are_whole(vendor, "builds", "build_id", "pipeline_path"),
        )
    ),
    _incidents_are_plausible("pagerduty", "resolved_at"),
    _incidents_are_plausible("opsgenie", "impact_end_at"),
)

OTHERS = (
    no_rows(
        "imported_instants_are_plausible",
        "raw_imports.runs",
        "warning",
        "No imported run, job, deployment or incident ended before it began or began after it was"
        " imported: columns were mixed up, or zones.",
        query="""
        , things as (
            select 'runs' as kind, repository, run_id as thing, created_at as began_at,
                finished_at as ended_at, loaded_at
            from batch
            union all
            select 'jobs', repository, job_id, coalesce(started_at, created_at), finished_at,
                loaded_at
            from raw_imports.jobs
            union all
            select 'deployments', repository, deployment_id, created_at, finished_at, loaded_at
            from raw_imports.deployments
            union all
            select 'incidents', repository, incident_id, opened_at, closed_at, loaded_at
            from raw_imports.incidents
        )
        select kind, repository, thing, began_at, ended_at, loaded_at
        from things
        where ended_at < began_at or began_at > loaded_at + interval 1 day
        """,
    ),
    no_rows(
        "mutation_reports_are_whole",
        "raw_mutation.reports",
        "blocking",
        "A mutation report has as many mutants in the warehouse as were counted when it was read,"
        " and no more than half of one format could not be read.",
        query="""
        , mutants as (
            select report_id, loaded_at, count(*) as mutant_count
            from raw_mutation.mutants
            group by all
        )
        select
            batch.format,
            batch.locator,
            batch.mutant_count as counted_mutant_count,
            coalesce(mutants.mutant_count, 0) as mutant_count
        from batch
        left join mutants
            on batch.report_id = mutants.report_id and batch.loaded_at = mutants.loaded_at
        where batch.mutant_count <> coalesce(mutants.mutant_count, 0)
        union all
        select format, 'unreadable reports', count(*), count_if(parse = 'error')
        from batch
        group by format
        having count(*) >= 10 and count_if(parse = 'error') > 0.5 * count(*)
        """,
    ),
    no_rows(
        "quality_mesh_reports_have_their_findings",
        "raw_quality_mesh.reports",
        "blocking",
        "A report of a quality mesh has as many findings in the warehouse as were counted when it"
        " was read.",
        query="""
        , findings as (
            select report_id, loaded_at, count(*) as finding_count
            from raw_quality_mesh.findings
            group by all
        )
        select
            batch.source_file,
            batch.finding_count as counted_finding_count,
            coalesce(findings.finding_count, 0) as finding_count
        from batch
        left join findings
            on batch.report_id = findings.report_id and batch.loaded_at = findings.loaded_at
        where batch.finding_count <> coalesce(findings.finding_count, 0)
        """,
    ),
)
