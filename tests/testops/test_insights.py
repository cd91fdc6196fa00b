"""What `testops insights` says, of a published file made by hand."""

import json

import duckdb
import pytest
from typer.testing import CliRunner

from testops.cli.app import app


@pytest.fixture
def run(tmp_path, monkeypatch):
    folder = tmp_path / "published"
    (folder / "testops-b1").mkdir(parents=True)
    with duckdb.connect(str(folder / "testops-b1.duckdb")) as connection:
        connection.execute("create schema marts")
        connection.execute("""
            create table marts.mart_insight__statements as
            select *, 'anomaly' as insight_kind, 'm' as metric, 'team' as grain, team as entity,
                2.0 as metric_value, 1.0 as base_value, 9.0 as observation_count,
                10.0 as impact_seconds, 'rule' as confidence_state,
                date '2026-03-02' as window_start_date, date '2026-03-08' as window_end_date,
                'mart_insight__anomalies' as evidence_table, 'abcdef0123456789' as evidence_key,
                sentence as insight_key
            from (values
                (2, 'new', 'billing: queue 20 s', 'billing'),
                (1, 'ongoing', 'orders: queue 90 s', 'orders'),
                (3, 'resolved', 'nobody: queue 5 s', null)
            ) as told (impact_rank, insight_state, sentence, team)
        """)
    (folder / "testops-b1" / "manifest.json").write_text(json.dumps({"build_id": "b1"}))
    (folder / "current.json").symlink_to("testops-b1/manifest.json")
    monkeypatch.setenv("TESTOPS_HOME", str(tmp_path))
    return lambda *arguments: CliRunner().invoke(app, ["insights", *arguments])


def test_the_largest_impact_comes_first(run):
    output = run().output
    assert output.index("orders") < output.index("billing") < output.index("nobody")
    assert "abcdef01" in output


def test_the_state_and_the_team_choose(run):
    by_state = json.loads(run("--state", "new", "--json").output)
    assert [row["team"] for row in by_state["insights"]] == ["billing"]
    by_team = json.loads(run("--team", "orders", "--json").output)
    assert [row["impact_rank"] for row in by_team["insights"]] == [1]
    assert json.loads(run("--state", "new", "--team", "orders", "--json").output)["insights"] == []


def test_the_limit_says_how_many_there_are(run):
    told = json.loads(run("--limit", "1", "--json").output)
    assert (len(told["insights"]), told["insight_count"]) == (1, 3)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(("--state", "old"), "choose new, ongoing, resolved"), (("--team", "x'; drop"), "billing")],
    ids=["state", "team"],
)
def test_what_is_not_there_is_named(run, arguments, said):
    done = run(*arguments)
    assert done.exit_code == 2
    assert said in done.output.replace("\n", " ")
