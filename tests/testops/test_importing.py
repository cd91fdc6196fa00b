"""`testops import` hands everything on to the writing side, with its exit code."""

import json

import pytest
from typer.testing import CliRunner

from testops.cli.app import app

CSV = "project,id,when\na/b,1,2026-01-01\n"
MAPS = ("--map", "project=repository", "--map", "id=run_id", "--map", "when=started_at")


@pytest.fixture
def run(tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("TESTOPS_HOME", str(tmp_path / "home"))
    path = tmp_path / "runs.csv"
    path.write_text(CSV, "utf-8")

    def invoke(*words: str) -> tuple[int, str, str]:
        result = CliRunner().invoke(app, ["import", str(path), *words])
        output = capfd.readouterr()
        return result.exit_code, output.out, output.err

    return invoke


def test_a_file_is_taken_into_the_home(run, tmp_path):
    code, out, err = run("--kind", "runs", *MAPS, "--vendor", "bamboo", "--json")
    assert (code, err) == (0, "")
    [found] = json.loads(out)["files"]
    assert found["status"] == "accepted"
    landed = tmp_path / "home" / "landing" / "imports" / "runs" / f"{found['import_id']}.parquet"
    assert landed.is_file()


def test_a_file_that_does_not_fit_says_what_to_do(run, tmp_path):
    code, out, err = run("--kind", "runs", "--repository", "a/b")
    assert (code, out) == (1, "")
    assert "no column `run_id`, `started_at`" in err
    assert "perhaps --map id=run_id" in err


def test_a_dry_run_writes_nothing(run, tmp_path):
    code, out, _err = run("--kind", "runs", *MAPS, "--dry-run")
    assert code == 0
    assert "1 row of runs, fits; nothing was written" in out
    assert not (tmp_path / "home").exists()


def test_an_unknown_kind_is_wrong_usage(run):
    code, _out, err = run("--kind", "builds")
    assert code == 2
    assert "no kind `builds`" in err


@pytest.mark.parametrize(
    ("fitting", "odd", "said"),
    [
        (1, 1, ["1 row of runs, fits", "1 row doesn't fit and goes to quarantine"]),
        (1200, 2, ["1,200 rows of runs, fits", "2 rows don't fit and go to quarantine"]),
    ],
)
def test_rows_are_counted_in_words_that_fit(run, tmp_path, fitting, odd, said):
    rows = [f"{number},a/b,2026-03-01,passed" for number in range(fitting)]
    rows += [f"odd{number},a/b,2026-03-01,purple" for number in range(odd)]
    (tmp_path / "runs.csv").write_text("\n".join(["run_id,repository,started_at,result", *rows]))
    _code, out, _err = run("--kind", "runs", "--dry-run")
    assert [text for text in said if text not in out] == []
