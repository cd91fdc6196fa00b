"""`testops metrics` as a script and as a person sees it."""

import csv
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from testops.cli.app import app
from testops.cli.metrics import _change, _formatted
from testops.metrics.answers import Cell
from testops.metrics.definitions import Metric
from testops.metrics.snapshots import COLUMNS
from tests.testops.metrics.conftest import TABLES, publish

REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.fixture
def run(published):
    def start(*arguments: str, code: str = "from testops.cli import main; main()", home=published):
        return subprocess.run(
            [sys.executable, "-c", code, "metrics", *arguments],
            cwd=REPOSITORY,
            env={**os.environ, "TESTOPS_HOME": str(home.parent), "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            check=False,
        )

    return start


def test_list(run):
    listed = json.loads(run("list", "--json").stdout)
    names = [metric["name"] for metric in listed]
    assert names == sorted(names)
    assert {"success_ratio", "run_frequency"} <= set(names)
    shown = run("list").stdout
    assert all(name in shown for name in names)


def test_describe(run):
    described = json.loads(run("describe", "success_ratio", "--json").stdout)
    assert described["synonyms"] == ["green rate", "pass rate"]
    assert described["inputs"] == ["good_count", "decided_count"]
    assert {one["name"]: one["kind"] for one in described["dimensions"]} == {
        "workflow_name": "text",
        "is_decided": "boolean",
        "author_number": "number",
        "repository": "text",
        "business_unit": "text",
        "team": "text",
    }
    shown = run("describe", "success_ratio").stdout
    assert "green rate" in shown
    assert "squad" in shown
    assert re.search(r"says nothing below  2 observations", shown)
    assert "says nothing below" not in run("describe", "decided_count").stdout


def test_a_comparison_with_nothing_says_so(run):
    said = "Nothing is known of the period before"
    assert said in run("query", "success_ratio", "--compare").stdout
    week = ("--since", "2026-03-09", "--until", "2026-03-15")
    assert said not in run("query", "success_ratio", "--compare", *week).stdout


def test_show_leaves_out_what_others_are_made_of(published, monkeypatch):
    kept = {
        "slice_name": "checkout",
        "metric_value": 0.5,
        "observation_count": 4,
        "is_sufficient": True,
        "previous_value": None,
        "previous_observation_count": None,
    }
    rows = [{"metric": name, **kept} for name in ("decided_count", "success_ratio")]
    monkeypatch.setattr("testops.cli.metrics.read", lambda *_: rows)
    monkeypatch.setenv("TESTOPS_HOME", str(published.parent))
    shown = CliRunner().invoke(app, ["metrics", "show", "--by", "team"]).output
    assert "success_ratio" in shown
    assert "decided_count" not in shown
    told = json.loads(CliRunner().invoke(app, ["metrics", "show", "--json"]).output)
    assert told["rows"] == rows


def test_show_without_anything_says_what_to_ask(published, monkeypatch):
    monkeypatch.setattr("testops.cli.metrics.read", lambda *_: [])
    monkeypatch.setenv("TESTOPS_HOME", str(published.parent))
    shown = CliRunner().invoke(app, ["metrics", "show"]).output
    assert "`--by repository` needs none of them" in " ".join(shown.split())


def test_query_for_people(run):
    done = run("query", "success_ratio", "--by", "team", "--grain", "week", "--compare")
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines() if line.startswith("2026-03-09")]
    # Two of two and none of one are too few to say a number.
    assert [line[1:] for line in lines] == [
        ["checkout", "50.0", "%", "2", "75.0", "%", "-25.0", "points"],
        ["search", "n", "<", "2", "1", "–", "–"],
        ["–", "n", "<", "2", "1", "–", "–"],
    ]
    assert "gates passed" in done.stdout
    assert "\x1b" not in done.stdout


def test_a_period_that_is_not_over_is_marked(run):
    done = run("query", "run_count", "--grain", "month")
    assert [line.split()[:3] for line in done.stdout.splitlines() if line.startswith("2026")] == [
        ["2026-03-01", "(part)", "9"]
    ]
    assert "(part): the data do not have all days" in done.stdout
    whole = run("query", "run_count", "--grain", "week").stdout
    assert "(part)" not in whole
    assert "(part)" not in run("query", "run_count").stdout
    table = run("query", "run_count", "--grain", "month", "--csv").stdout
    assert [row["is_complete"] for row in csv.DictReader(io.StringIO(table))] == ["false"]


@pytest.mark.parametrize("days", [("--since", "2020-01-01"), ("--until", "2026-12-31")])
def test_a_window_that_reaches_beyond_the_data_is_marked(run, days):
    """A rate is divided by all its days, also by those of which nobody knows anything."""
    lines = run("query", "run_count", *days).stdout.splitlines()
    assert lines[0].endswith("(part)")
    assert "(part): the data do not have all days of it." in lines


def test_a_ready_made_week_that_is_not_over_is_marked(run, tmp_path):
    home = tmp_path / "published"
    home.mkdir()
    listed = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    rows = ", ".join(
        f"('success_ratio', 'v', 'team', 'checkout', 'week', date '{day}', date '{day}' + 6,"
        f" {is_over}, 4, null, null, 4, true, null, null)"
        for day, is_over in (("2026-03-02", True), ("2026-03-09", False))
    )
    publish(
        home,
        f"""{TABLES}
        create schema metrics;
        create table metrics.snapshots ({listed});
        insert into metrics.snapshots values {rows};
    """,
    )
    done = run("show", "--by", "team", "--window", "week", home=home)
    assert [line.split()[:2] for line in done.stdout.splitlines() if line.startswith("2026")] == [
        ["2026-03-02", "checkout"],
        ["2026-03-09", "(part)"],
    ], done.stderr
    assert "(part): the data do not have all days" in done.stdout
    asked = ("--by", "team", "--window", "week")
    assert run("show", "success_ratio", *asked, home=home).stdout == done.stdout
    both = run("show", "run_count", "success_ratio", *asked, home=home).stdout
    assert "`testops metrics query run_count --by team`" in " ".join(both.split())
    assert "2026-03-02" in both
    assert "2026-03-02" not in run("show", "run_count", *asked, home=home).stdout


def test_a_count_of_none_is_shown_as_such(run):
    done = run("query", "undecided_count", "--by", "team")
    lines = [line.split() for line in done.stdout.splitlines() if line.startswith("checkout")]
    assert lines == [["checkout", "0", "0"]]


@pytest.mark.parametrize(
    ("condition", "is_met"),
    [("team=chekout", False), ("team=checkout", True), ("workflow_name is null", False)],
)
@pytest.mark.parametrize("by", [(), ("--by", "team")], ids=["total", "by team"])
def test_conditions_that_nothing_meets_say_how_to_find_the_values(run, condition, is_met, by):
    done = run("query", "run_count", *by, "--where", condition)
    assert done.returncode == 0
    dimension = condition.split("=")[0].split()[0]
    hint = f"Nothing meets the conditions; --by {dimension} instead of them shows the values"
    assert (hint in done.stdout) != is_met


@pytest.mark.parametrize(
    ("unit", "value", "before", "said"),
    [
        ("ratio", 0.5004, 0.5, ["50.0 %", "0.0 points"]),
        ("ratio", 0.5, 0.5004, ["50.0 %", "0.0 points"]),
        ("ratio", 0.51, 0.5, ["51.0 %", "+1.0 points"]),
        ("seconds", 60.01, 60, ["60.0 s", "0.0 s"]),
        ("seconds", 90, 60, ["90.0 s", "+30.0 s"]),
        ("hours", 5.25, 4, ["5.2 h", "+1.2 h"]),
        ("hours", None, 4, ["–", "–"]),
        ("count", 5.5, 5, ["5.5", "+0.5"]),
        ("count", 1200, 1199, ["1,200", "+1"]),
        ("score", 12.346, 12.346, ["12.35", "0.00"]),
    ],
)
def test_values_and_changes_for_people(unit, value, before, said):
    metric = Metric("m", "M", "", "simple", None, (), None, (), None, {"unit": unit})
    cell = Cell(value, n=9, is_sufficient=True, previous=Cell(before, n=9, is_sufficient=True))
    assert [_formatted(metric, value), _change(metric, cell)] == said


def test_query_for_programs(run):
    arguments = ["query", "success_ratio", "coverage_ratio", "--by", "squad"]
    arguments += ["--where", "team in checkout,search", "--order", "-coverage_ratio"]
    found = json.loads(run(*arguments, "--json").stdout)
    assert [row["team"] for row in found["rows"]] == ["checkout", "search"]
    assert found["rows"][0]["metrics"]["coverage_ratio"]["value"] == 0.9
    assert len(found["provenance"]["statements"]) == 2
    table = list(csv.DictReader(io.StringIO(run(*arguments, "--csv").stdout)))
    assert [row["team"] for row in table] == ["checkout", "search"]
    assert float(table[0]["coverage_ratio"]) == 0.9
    assert table[1]["success_ratio_is_sufficient"] == "false"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["describe", "green rate"], 2, "did you mean `success_ratio`"),
        (["query", "success_ratio", "--by", "tem"], 2, "did you mean `team`"),
        (["query", "success_ratio", "--where", "nonsense"], 2, "dimension=value"),
        (["query", "success_ratio", "--since", "yesterday"], 2, "2026-03-31"),
        (["query", "success_ratio", "--csv", "--json"], 2, "leave one out"),
        (["query", "success_ratio", "--order", "x"], 2, "it has success_ratio"),
        (["show", "green rate"], 2, "did you mean `success_ratio`"),
        (["show", "--window", "5d"], 2, "choose one of 30d, 90d, all, week"),
    ],
)
def test_errors(run, arguments, code, said):
    done = run(*arguments)
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_build_without_its_metric_model(run, published, tmp_path):
    home = tmp_path / "home"
    (home / "published").mkdir(parents=True)
    for path in published.iterdir():
        if path.suffix == ".duckdb":
            (home / "published" / path.name).write_bytes(path.read_bytes())
    (home / "published" / "current.json").write_text((published / "current.json").read_text())
    environment = {**os.environ, "TESTOPS_HOME": str(home)}
    done = subprocess.run(
        [sys.executable, "-m", "testops", "metrics", "list"],
        cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "published without its metric model" in done.stderr


def test_an_answer_needs_none_of_the_heavy_libraries(run):
    code = (
        "import sys\n"
        "from testops.cli.app import app\n"
        "app(standalone_mode=False)\n"
        "heavy = {'pandas', 'numpy', 'pyarrow', 'dbt', 'dagster', 'dlt', 'metricflow'}\n"
        "print('loaded:', *sorted(heavy & set(sys.modules)))\n"
    )
    done = run("query", "success_ratio", "--by", "team", "--json", code=code)
    assert done.stdout.splitlines()[-1].strip() == "loaded:", done.stderr
