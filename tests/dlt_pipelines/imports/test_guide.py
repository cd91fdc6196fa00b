"""The guide names every column of every kind, as the definition has it."""

from pathlib import Path

from dlt_pipelines.parsers.tables.guide import guide

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "how-to" / "import-your-own-tables.md"


def test_the_columns_of_the_guide_are_those_of_the_definition():
    _head, _mark, rest = GUIDE.read_text(encoding="utf-8").partition("<!-- columns:")
    assert rest.partition("-->")[2].strip() == guide(), (
        "write the output of `python -m dlt_pipelines.parsers.tables.guide` below the mark"
    )
