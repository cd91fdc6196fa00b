"""The organisation's own tables: read from any folder, and said plainly when wrong."""

import shutil
from pathlib import Path

import pytest


@pytest.fixture
def organisation(tmp_path: Path) -> Path:
    # dbt writes what it ran over the files of a folder outside of the project: only copies.
    source = Path(__file__).resolve().parents[2] / "dbt_project" / "organisation"
    return Path(shutil.copytree(source, tmp_path / "organisation"))


def test_tables_come_from_the_folder_that_is_named(make_warehouse, organisation):
    with (organisation / "teams.csv").open("a") as file:
        file.write("payments,Retail,Acme\n")
    warehouse = make_warehouse(seeds=organisation)
    warehouse.dbt("seed", "--select", "teams")
    assert warehouse.rows("from seeds.teams") == [("payments", "Retail", "Acme")]


@pytest.mark.parametrize(
    ("name", "line", "told"),
    [
        ("services", "cart,o/r,,orders,perhaps\n", ["services", "is_critical", "perhaps"]),
        ("teams", "payments,Retail,Acme,too,many\n", ["teams"]),
    ],
    ids=["a word that is no truth value", "more values than columns"],
)
def test_a_mistyped_table_is_named(make_warehouse, organisation, name, line, told):
    with (organisation / f"{name}.csv").open("a") as file:
        file.write(line)
    output = make_warehouse(seeds=organisation).dbt("seed", "--select", name, check=False)
    assert "ERROR=1" in output or "Encountered an error" in output
    for word in told:
        assert word in output


def test_a_team_that_nobody_knows_is_found(make_warehouse, organisation):
    with (organisation / "repository_teams.csv").open("a") as file:
        file.write("o/r,nobody\n")
    output = make_warehouse(seeds=organisation).dbt(
        "build", "--select", "repository_teams", "teams", check=False
    )
    assert "relationships_repository_teams_team__team__ref_teams_" in output
    assert "Got 1 result, configured to fail if != 0" in output
