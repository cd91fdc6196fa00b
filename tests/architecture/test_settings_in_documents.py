"""The pages of settings name every setting, once: of the environment, the project, its tables."""

import re
from collections import Counter
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
CODE = ("testops", "dagster_project", "dlt_pipelines", "expectations")
# Told by the writing side to its own processes, or for people who work on the models.
NOT_FOR_USERS = {"TESTOPS_AUTHOR_SALT", "TESTOPS_ORGANISATION_SEEDS"}


def _page(name: str) -> str:
    return (REPOSITORY / "docs" / name).read_text(encoding="utf-8")


def _first_cells(page: str, heading: str) -> list[str]:
    """Return what stands in the first column of the table below a heading."""
    section = page.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"^\| (`[^|]*)\|", section, re.MULTILINE)


def test_every_variable_is_told_once():
    texts = [path.read_text() for one in CODE for path in (REPOSITORY / one).rglob("*.py")]
    read = set(re.findall(r'"(TESTOPS_[A-Z][A-Z_]*)"', "\n".join(texts))) - NOT_FOR_USERS
    cells = _first_cells(_page("cli.md"), "Environment")
    told = Counter(re.findall(r"`(TESTOPS_[A-Z][A-Z_]*)`", " ".join(cells)))
    assert told == Counter(read)
    assert len(read) > 3


def test_every_setting_of_the_project_is_told():
    code = (REPOSITORY / "dlt_pipelines" / "config.py").read_text(encoding="utf-8")
    read = re.findall(r'\bvalues\.get\(\s*"(\w+)"', code)
    cells = _first_cells(_page("cli.md"), "Settings of the project")
    assert sorted(cell.strip(" `") for cell in cells) == sorted(read)
    assert "business_time_zone" in read


def test_every_table_of_the_organisation_is_told_with_its_columns():
    page = _page("how-to/describe-your-organisation.md")
    rows = re.findall(r"^\| `(\w+\.csv)` \| ([^|]+) \|", page, re.MULTILINE)
    told = {name: re.findall(r"`(\w+)`", columns) for name, columns in rows}
    folder = REPOSITORY / "dbt_project" / "organisation"
    there = {path.name: path.read_text().splitlines()[0].split(",") for path in folder.iterdir()}
    assert told == there


def test_the_examples_of_tables_have_their_columns():
    page = _page("how-to/describe-your-organisation.md")
    blocks = re.findall(r"^```csv\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    folder = REPOSITORY / "dbt_project" / "organisation"
    headers = {path.read_text().splitlines()[0] for path in folder.iterdir()}
    assert len(blocks) > 3
    for block in blocks:
        lines = block.splitlines()
        assert lines[0] in headers
        assert {line.count(",") for line in lines} == {lines[0].count(",")}
