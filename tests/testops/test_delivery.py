"""`testops dora report` on a published file made by hand."""

import json

import duckdb
import pytest
from typer.testing import CliRunner

from testops.cli.app import app

VALUES = """
create schema marts; create schema seeds;
create table seeds.dora_bands as
select * from (values
    ('dora_2021', 2021, 'verbatim'), ('dora_2024', 2024, 'secondary'),
    ('testops_target', null, 'target')
) as sets (band_set, band_year, wording);
create table marts.mart_delivery__dora as
select 'environment' as grain, 'last_90_days' as window_name, entity,
    'deployment_frequency' as metric, 'deployments per day' as unit, value as metric_value,
    9.0 as numerator, 90.0 as denominator,
    9 as observation_count, true as is_sufficient, cast(null as boolean) as is_target_met
from (values ('staging', 0.1)) as told (entity, value);
create table marts.mart_delivery__dora_bands as
select grain, window_name, entity, metric, 'dora_2024' as band_set, 2024 as band_year,
    'secondary' as wording, 'high' as band, false as is_nearest_typical
from marts.mart_delivery__dora where false;
"""


@pytest.fixture
def report(tmp_path, monkeypatch):
    folder = tmp_path / "published"
    (folder / "testops-b1").mkdir(parents=True)
    with duckdb.connect(str(folder / "testops-b1.duckdb")) as connection:
        connection.execute(VALUES)
    (folder / "testops-b1" / "manifest.json").write_text(json.dumps({"build_id": "b1"}))
    (folder / "current.json").symlink_to("testops-b1/manifest.json")
    monkeypatch.setenv("TESTOPS_HOME", str(tmp_path))
    return lambda *arguments: CliRunner().invoke(app, ["dora", "report", *arguments])


@pytest.mark.parametrize(
    ("bands", "said"),
    [
        ("2024", "Bands: dora_2024. Limits from secondary sources"),
        ("2021", "Bands: dora_2021. Limits as published"),
        ("targets", "Bands: testops_target. Targets of this product"),
    ],
)
def test_the_source_of_the_limits_is_told_also_where_nothing_has_a_band(report, bands, said):
    shown = report("--by", "environment", "--bands", bands).output
    assert "0.10" in shown
    assert "9 in 90 days" in shown
    assert said in shown


def test_the_rows_behind_the_numbers_are_named_where_there_are_any(report):
    named = "marts.mart_delivery__dora_explain"
    assert named in report("--by", "environment").output
    assert named not in report("--by", "team").output


def test_without_a_deployment_the_band_set_has_its_whole_name(report):
    told = json.loads(report("--by", "team", "--json").output)
    assert (told["band_set"], told["entities"]) == ("dora_2024", {})


def test_an_unknown_band_set_is_refused_even_without_a_deployment(report):
    done = report("--by", "team", "--bands", "1999")
    assert done.exit_code == 2
    assert "dora_2021, dora_2024, testops_target" in done.output


def test_without_a_deployment_it_is_said_where_they_and_teams_come_from(report):
    told = " ".join(report("--by", "team").output.split())
    assert "No production deployment is known by team" in told
    assert "`testops dora deploy`, teams and services from tables in the project's folder" in told
