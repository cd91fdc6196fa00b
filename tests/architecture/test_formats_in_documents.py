"""The pages of formats name each that is read, and the README does not promise more."""

import re
from pathlib import Path

import pytest

from dlt_pipelines.parsers.coverage import FORMATS
from dlt_pipelines.parsers.test_results import READERS

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("page", "known"), [("test-results", READERS), ("coverage", FORMATS)], ids=["tests", "coverage"]
)
def test_every_format_is_on_its_page(page, known):
    text = (REPOSITORY / "docs" / "sources" / f"{page}.md").read_text(encoding="utf-8")
    section = text.partition("\n## Formats\n")[2].partition("\n## ")[0]
    told = set(re.findall(r"`([a-z0-9-]+)`", section))
    assert sorted(set(known) - told) == []


def test_the_numbers_of_the_readme_are_true():
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    tests, coverage = map(
        int, re.search(r"more than (\d+) test and (\d+) coverage formats", text).groups()
    )
    assert tests < len(READERS) < tests + 20
    assert coverage < len(FORMATS) < coverage + 20
