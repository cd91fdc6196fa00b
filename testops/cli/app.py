"""The commands and their help. Each imports its work only when it is called."""

from pathlib import Path
from typing import Annotated

import typer

from testops.cli.options import Json, MaxAge, Metrics, Project

app = typer.Typer(
    name="testops",
    help="The warehouse of your CI, tests, coverage and delivery.",
    epilog="Exit codes: 0 done, 1 failed, 2 wrong usage, 3 a gate failed, 4 nothing published yet, "
    "130 stopped.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
)
dora_app = typer.Typer(help="Delivery: the five DORA metrics.", no_args_is_help=True)
coverage_app = typer.Typer(help="Coverage of changed code.", no_args_is_help=True)
webhook_app = typer.Typer(help="Deliveries that vendors send.", no_args_is_help=True)
metrics_app = typer.Typer(help="Every metric, by every slice.", no_args_is_help=True)
app.add_typer(dora_app, name="dora")
app.add_typer(metrics_app, name="metrics")
app.add_typer(coverage_app, name="coverage")
app.add_typer(webhook_app, name="webhook")


@app.command(epilog="Example: testops init && testops run")
def init(
    folder: Annotated[Path, typer.Argument(help="Any folder of the repository.")] = Path(),
    force: Annotated[
        bool, typer.Option("--force", help="Replace a configuration that is there.")
    ] = False,
    json_output: Json = False,
) -> None:
    """Find the repository, its workflows and its reports; write a starting configuration."""
    from testops.cli.output import guarded
    from testops.cli.setup import initialise

    with guarded(json_output):
        initialise(folder, force=force, json_output=json_output)


@app.command(epilog="Example: testops run --project build/simulated")
def run(
    project: Project = None,
    job: Annotated[str, typer.Option(help="nightly, or weekly for a full rebuild.")] = "nightly",
    json_output: Json = False,
) -> None:
    """Load, build, check and publish; then say what was found."""
    from testops.cli.output import guarded
    from testops.cli.running import run_and_summarise

    with guarded(json_output):
        run_and_summarise(project, job=job, json_output=json_output)


@app.command(
    "import",
    epilog="Example: testops import --kind runs builds.csv --map build_id=run_id "
    "--repository acme/shop",
)
def import_tables(
    files: Annotated[
        list[Path], typer.Argument(help="CSV, Parquet or JSON Lines files.", metavar="FILE…")
    ],
    kind: Annotated[
        str,
        typer.Option(
            help="runs, jobs, test_results, coverage, deployments, incidents, commits, changes, "
            "change_commits or change_reviews."
        ),
    ],
    maps: Annotated[
        list[str] | None,
        typer.Option("--map", help="theirs=ours; a+b=ours joins two columns; may be given again."),
    ] = None,
    repository: Annotated[
        str | None, typer.Option(help="Repository of rows that name none.")
    ] = None,
    vendor: Annotated[str | None, typer.Option(help="System that the rows are from.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check the files and write nothing.")
    ] = False,
    json_output: Json = False,
) -> None:
    """Check tables of your own and take them into the warehouse with the next run."""
    from testops.cli.importing import Request, run_import
    from testops.cli.output import guarded

    with guarded(json_output):
        run_import(
            files,
            Request(kind, tuple(maps or ()), repository, vendor, is_dry_run=dry_run),
            json_output=json_output,
        )


@app.command(epilog="Example: testops status --max-age 36; testops status --json | jq .sources")
def status(
    max_age: MaxAge = None,
    json_output: Json = False,
) -> None:
    """Show the last build, its gates, rows, and how fresh every source is."""
    from testops.cli.output import guarded
    from testops.cli.state import show_status

    with guarded(json_output):
        show_status(json_output=json_output, max_age_hours=max_age)


@app.command(epilog="Example: testops insights --state new --team checkout --json")
def insights(
    state: Annotated[str | None, typer.Option(help="new, ongoing or resolved.")] = None,
    team: Annotated[str | None, typer.Option(help="What this team can mend.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many; of one, rows of evidence.")] = 15,
    explain: Annotated[str | None, typer.Option(help="Key of one: the rows behind it.")] = None,
    json_output: Json = False,
) -> None:
    """Say what stands out: anomalies, declines, flaky tests, risky releases."""
    from testops.cli.insights import show_insights
    from testops.cli.output import guarded

    with guarded(json_output):
        show_insights(explain, state=state, team=team, limit=limit, json_output=json_output)


@app.command(epilog="Example: testops inspect build/reports/*.xml --json")
def inspect(
    files: Annotated[list[Path], typer.Argument(help="Report files of any kind.", metavar="FILE…")],
    json_output: Annotated[
        bool, typer.Option("--json", help="Print one JSON object per file.")
    ] = False,
) -> None:
    """Say what each report is: kind, format and counts; no warehouse needed."""
    from testops.cli.output import guarded
    from testops.cli.reading import run_parsers

    with guarded(json_output):
        run_parsers("inspect", [str(file) for file in files], json_output=json_output)


@app.command(epilog="Example: testops owners src/app.py --codeowners .github/CODEOWNERS")
def owners(
    paths: Annotated[list[str], typer.Argument(help="Paths in the repository.", metavar="PATH…")],
    codeowners: Annotated[Path, typer.Option(help="The CODEOWNERS file.")],
    dialect: Annotated[str | None, typer.Option(help="github, gitlab; else found out.")] = None,
    json_output: Json = False,
) -> None:
    """Say who owns each path, by which rule on which line; no warehouse needed."""
    from testops.cli.output import guarded
    from testops.cli.reading import run_owners

    with guarded(json_output):
        run_owners(paths, codeowners, dialect, json_output=json_output)


@coverage_app.command(
    "diff", epilog="Example: git diff main... | testops coverage diff --report lcov.info --diff -"
)
def coverage_diff(
    report: Annotated[list[Path], typer.Option(help="Coverage report; may be given again.")],
    diff: Annotated[Path, typer.Option(help="Unified diff of the change; - for standard input.")],
    fail_under: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Exit with 1 when the line ratio (0 to 1) is lower."),
    ] = None,
    expand: Annotated[
        bool, typer.Option("--expand", help="Lines left out count like the line before.")
    ] = False,
    json_output: Json = False,
) -> None:
    """Say which changed lines are covered, per file; no warehouse needed."""
    from testops.cli.output import guarded
    from testops.cli.reading import run_parsers

    with guarded(json_output):
        options = [item for path in report for item in ("--report", str(path))]
        options += ["--diff", str(diff), *(["--expand"] if expand else [])]
        options += [] if fail_under is None else ["--fail-under", str(fail_under)]
        run_parsers("coverage-diff", [], options=options, json_output=json_output)


@dora_app.command("report", epilog="Example: testops dora report --by team --window 90d")
def dora_report(
    by: Annotated[
        str,
        typer.Option(help="organisation, business_unit, team, repository, service or environment."),
    ] = "organisation",
    window: Annotated[
        str, typer.Option(help="30d, 90d or all: the days before the data's end.")
    ] = "90d",
    bands: Annotated[str, typer.Option(help="Band set: a DORA year, or targets.")] = "2024",
    json_output: Json = False,
) -> None:
    """The five DORA metrics with their bands."""
    from testops.cli.delivery import show_dora
    from testops.cli.output import guarded

    with guarded(json_output):
        show_dora(by=by, window=window, band_set=bands, json_output=json_output)


@metrics_app.command("list", epilog="Example: testops metrics list --json | jq '.[].name'")
def metrics_list(json_output: Json = False) -> None:
    """Every metric with its unit, owner and what it is."""
    from testops.cli.metrics import list_metrics
    from testops.cli.output import guarded

    with guarded(json_output):
        list_metrics(json_output=json_output)


@metrics_app.command("describe", epilog="Example: testops metrics describe flake_ratio")
def metrics_describe(
    name: Annotated[str, typer.Argument(help="Name of a metric.")],
    json_output: Json = False,
) -> None:
    """What a metric counts, leaves out, and can be sliced by, with a worked example."""
    from testops.cli.metrics import describe_metric
    from testops.cli.output import guarded

    with guarded(json_output):
        describe_metric(name, json_output=json_output)


@metrics_app.command("show", epilog="Example: testops metrics show --by team --window 30d")
def metrics_show(
    names: Metrics = None,
    by: Annotated[
        str, typer.Option(help="organisation, business_unit, team, repository or service.")
    ] = "organisation",
    window: Annotated[
        str, typer.Option(help="30d, 90d or all; week for the last weeks of teams and of all.")
    ] = "30d",
    json_output: Json = False,
) -> None:
    """The main metrics beside the period before, as of the last build."""
    from testops.cli.metrics import show_metrics
    from testops.cli.output import guarded

    with guarded(json_output):
        show_metrics(tuple(names or ()), by, window, json_output=json_output)


@metrics_app.command(
    "query",
    epilog="Example: testops metrics query flake_ratio test_pass_ratio --by team --grain week "
    "--window 12w --where 'is_default_branch=true' --compare",
)
def metrics_query(
    names: Annotated[list[str], typer.Argument(help="Names of metrics.", metavar="NAME…")],
    by: Annotated[
        list[str] | None, typer.Option(help="Dimension to slice by; may be given again.")
    ] = None,
    grain: Annotated[str, typer.Option(help="total, day, week, month or quarter.")] = "total",
    window: Annotated[
        str | None, typer.Option(help="30d, 12w or all: so long before the data's end.")
    ] = None,
    since: Annotated[str | None, typer.Option(help="First day, as 2026-03-01.")] = None,
    until: Annotated[str | None, typer.Option(help="Last day, counted in.")] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(help="dimension=value, also != < > in, is null; all given must hold."),
    ] = None,
    compare: Annotated[
        bool, typer.Option("--compare", help="Beside each value that of the period before.")
    ] = False,
    order: Annotated[
        str | None, typer.Option(help="A metric or dimension; - in front: highest first.")
    ] = None,
    limit: Annotated[int | None, typer.Option(help="So many rows at most.")] = None,
    csv_output: Annotated[
        bool, typer.Option("--csv", help="Print CSV instead of a table.")
    ] = False,
    json_output: Json = False,
) -> None:
    """Values of metrics, by slices and periods, with where they came from."""
    from testops.cli.metrics import Question, query_metrics
    from testops.cli.output import guarded

    with guarded(json_output):
        question = Question(
            metrics=tuple(names),
            by=tuple(by or ()),
            where=tuple(where or ()),
            grain=grain,
            window=window,
            since=since,
            until=until,
            compare=compare,
            order=order,
            limit=limit,
        )
        query_metrics(question, json_output=json_output, csv_output=csv_output)


@webhook_app.command("serve", epilog="Example: testops webhook serve --vendor github --port 8008")
def webhook_serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8008,
    vendor: Annotated[
        list[str] | None,
        typer.Option(help="As in the address, such as github; every one that has a secret."),
    ] = None,
    rate: Annotated[float, typer.Option(help="Deliveries of one sender per second.")] = 50.0,
    burst: Annotated[int, typer.Option(help="Deliveries of one sender at once.")] = 300,
    project: Project = None,
) -> None:
    """Receive deliveries and keep them for the next run, until stopped."""
    from testops.cli.output import guarded
    from testops.cli.webhooks import serve_webhooks

    with guarded(False):
        options = ["--host", host, "--port", str(port), "--rate", str(rate), "--burst", str(burst)]
        serve_webhooks(project, vendors=vendor or (), options=options)


@dora_app.command(
    "deploy",
    epilog="Example: testops dora deploy --repository acme/shop --environment production "
    '--sha "$(git rev-parse HEAD)" --id "$CI_JOB_ID"',
)
def dora_deploy(
    repository: Annotated[str, typer.Option(help="owner/name of the code.")],
    environment: Annotated[str, typer.Option(help="Where to, such as production.")],
    sha: Annotated[str, typer.Option(help="Hash of the deployed commit.")],
    service: Annotated[
        str | None, typer.Option(help="Service, where a repository has more.")
    ] = None,
    at: Annotated[str | None, typer.Option(help="When it was finished, UTC; else now.")] = None,
    result: Annotated[str, typer.Option(help="success or failure.")] = "success",
    ref: Annotated[str | None, typer.Option(help="Branch or tag.")] = None,
    url: Annotated[str | None, typer.Option(help="Where to read on.")] = None,
    record_id: Annotated[
        str | None, typer.Option("--id", help="The same id again is no second deployment.")
    ] = None,
    json_output: Json = False,
) -> None:
    """Record a deployment that no source knows of; needs no warehouse."""
    from testops.cli.output import guarded
    from testops.cli.recording import record_deployment

    values = {
        "repository": repository,
        "environment": environment,
        "sha": sha,
        "service": service,
        "at": at,
        "result": result,
        "ref": ref,
        "url": url,
        "record_id": record_id,
    }
    with guarded(json_output):
        record_deployment(values, json_output=json_output)


@dora_app.command(
    "incident",
    epilog="Example: testops dora incident --service shop --opened 2026-03-01T12:30Z "
    "--closed 2026-03-01T13:05Z",
)
def dora_incident(
    service: Annotated[str, typer.Option(help="The service that was hit.")],
    opened: Annotated[str, typer.Option(help="When it began, UTC.")],
    closed: Annotated[str | None, typer.Option(help="When the service was back, UTC.")] = None,
    deployment: Annotated[
        str | None, typer.Option(help="Id of the deployment that caused it.")
    ] = None,
    acknowledged: Annotated[str | None, typer.Option(help="When somebody took it, UTC.")] = None,
    repository: Annotated[str | None, typer.Option(help="owner/name of the code.")] = None,
    title: Annotated[str | None, typer.Option(help="A few words.")] = None,
    severity: Annotated[str | None, typer.Option(help="Such as P1.")] = None,
    url: Annotated[str | None, typer.Option(help="Where to read on.")] = None,
    record_id: Annotated[
        str | None, typer.Option("--id", help="The same id again corrects the incident.")
    ] = None,
    json_output: Json = False,
) -> None:
    """Record an incident, or correct one by recording it again; needs no warehouse."""
    from testops.cli.output import guarded
    from testops.cli.recording import record_incident

    values = {
        "service": service,
        "opened": opened,
        "closed": closed,
        "deployment": deployment,
        "acknowledged": acknowledged,
        "repository": repository,
        "title": title,
        "severity": severity,
        "url": url,
        "record_id": record_id,
    }
    with guarded(json_output):
        record_incident(values, json_output=json_output)
