"""`testops init`: write a starting configuration from what lies in the checkout."""

import json
from pathlib import Path

from testops.cli.output import console, print_json
from testops.discovery import Found, discover, globs
from testops.errors import UsageError

_VENDORS = ("github_actions", "gitlab_ci", "jenkins", "buildkite", "circleci", "azure_devops")


def initialise(folder: Path, *, force: bool, json_output: bool) -> None:
    """Write `.dlt/config.toml` at the repository's top folder and say what it holds.

    Raises:
        UsageError: no repository there, or a configuration exists and `force` was not given.
    """
    found = discover(folder)
    path = found.root / ".dlt" / "config.toml"
    if path.exists() and not force:
        raise UsageError(f"`{path}` is there already; edit it, or replace it with `--force`")
    path.parent.mkdir(exist_ok=True)
    path.write_text(configuration(found), encoding="utf-8")
    # Tokens go into the file beside it; one that was committed by mistake is known to everybody.
    ignored = path.with_name(".gitignore")
    if not ignored.exists():
        ignored.write_text("/secrets.toml\n", encoding="utf-8")
    if json_output:
        print_json(
            {
                "configuration": str(path),
                "repository": found.repository,
                "workflows": found.workflows,
                "test_reports": found.test_reports,
                "coverage_reports": found.coverage_reports,
            }
        )
        return
    out = console()
    out.print(f"Repository  {found.repository}", markup=False)
    workflow_count = sum(len(files) for files in found.workflows.values())
    out.print(f"Workflows   {workflow_count} ({', '.join(found.workflows) or 'none found'})")
    out.print(f"Reports     {len(found.test_reports)} test, {len(found.coverage_reports)} coverage")
    out.print(f"Wrote       {path}", markup=False)
    if not (found.test_reports or found.coverage_reports):
        out.print("            name your report files in it, where the next tests will write them")
    out.print("            take the comment signs from a CI vendor in it, to load its runs")
    out.print("Next        testops run")


def configuration(found: Found) -> str:
    """The text of `.dlt/config.toml` for what was found; paths are relative to its project."""
    tests, coverage = globs(found.test_reports), globs(found.coverage_reports)
    lines = [
        "# What `testops run` loads. Paths are relative to the folder that holds `.dlt`.",
        "",
        "[testops]",
        f"organisation = {_quoted(found.repository.split('/')[0])}",
        'business_time_zone = "UTC"',
        'first_day_of_week = "monday"',
        "",
        "[sources.git_history]",
        'repositories = ["."]',
        "",
        "[sources.codeowners]",
        'repositories = ["."]',
        "",
        "[sources.test_results]",
        *_report_files(tests),
        "",
        "[sources.coverage]",
        *_report_files(coverage),
    ]
    # Nothing in the checkout speaks for a vendor: its settings may still lie on a server.
    for vendor in found.vendors or _VENDORS:
        lines += ["", *_vendor_section(vendor, found)]
    return "\n".join(lines) + "\n"


def _report_files(patterns: list[str]) -> list[str]:
    """Return the setting, with an example where no report was found yet."""
    hint = [] if patterns else ['# for example ["build/reports/**"]: content tells what a file is']
    return [*hint, f"files = {_listed(patterns)}"]


def _vendor_section(vendor: str, found: Found) -> list[str]:
    """Return the commented section that polls a CI vendor's API."""
    settings = {
        "github_actions": [f"repositories = [{_quoted(found.repository)}]"],
        "gitlab_ci": [f"projects = [{_quoted(found.repository)}]"],
        "jenkins": ['api_url = "https://ci.example.org"', 'jobs = ["folder/**"]'],
        "buildkite": ['pipelines = ["organization/pipeline"]'],
        "circleci": [f"projects = [{_quoted('gh/' + found.repository)}]"],
        "azure_devops": ['projects = ["organization/project"]'],
    }[vendor]
    variables = [f"SOURCES__{vendor.upper()}__TOKEN"]
    if vendor == "jenkins":
        variables.insert(0, "SOURCES__JENKINS__USER")
    return [
        "# CI runs by API: take the comment signs away and set in the environment, or in",
        f"# .dlt/secrets.toml and never in this file: {', '.join(variables)}",
        f"# [sources.{vendor}]",
        '# mode = "api"',
        *(f"# {setting}" for setting in settings),
    ]


def _quoted(text: str) -> str:
    # A JSON string in plain ASCII is a TOML basic string.
    return json.dumps(text)


def _listed(items: list[str]) -> str:
    return "[" + ", ".join(_quoted(item) for item in items) + "]"
