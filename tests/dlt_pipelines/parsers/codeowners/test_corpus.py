"""Expected owners recorded from other projects (see ORACLES.md of the corpus)."""

import csv
import json

import pytest

from dlt_pipelines.parsers.codeowners import parse

pytestmark = pytest.mark.corpus

# In Datadog's expectations a pattern with a slash inside holds at any depth and one with a leading
# slash only for paths written with one. GitHub does neither: the pattern cases of hmarr state the
# opposite, and so do the two real repositories.
OTHER_RULES = {
    "/examples/docs/test.cs": ("@global-owner1", "@global-owner2"),
    "docs/getting-started.md": ("@doctocat",),
    "docs\\getting-started.md": ("@doctocat",),
}


def test_patterns(corpus):
    cases = json.loads((corpus / "ci/codeowners/hmarr_patterns.json").read_text())
    wrong = [
        (case["pattern"], path)
        for case in cases
        for path, is_owned in case["paths"].items()
        if bool(parse(f"{case['pattern']} @x").owners(path).owners) != is_owned
    ]
    assert len(cases) == 30
    assert wrong == []


@pytest.mark.parametrize("name", ["esphome", "dd-trace-py"])
def test_real_repositories(corpus, name):
    folder = corpus / "ci/codeowners" / name
    file = parse((folder / "CODEOWNERS").read_bytes())
    with (folder / "expected_owners.csv").open(newline="") as rows:
        expected = {row["path"]: row["owners"] for row in csv.DictReader(rows)}
    answers = zip(expected, file.owners_of(expected), strict=True)
    assert file.invalid_lines == ()
    assert {path: " ".join(answer.owners) for path, answer in answers} == expected


def test_datadog(corpus):
    folder = corpus / "ci/codeowners/datadog_GITHUB"
    file = parse((folder / "CODEOWNERS").read_bytes())
    with (folder / "expected.csv").open(newline="") as rows:
        expected = {
            row["path"]: tuple(row["owners_sorted"].split()) for row in csv.DictReader(rows)
        }
    assert len(expected) == 21
    answers = {p: tuple(sorted(file.owners(p.replace("\\", "/")).owners)) for p in expected}
    assert answers == expected | OTHER_RULES
