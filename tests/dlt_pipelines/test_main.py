"""`python -m dlt_pipelines` runs one source and explains what is wrong."""

import json
from pathlib import Path

import pytest

from dlt_pipelines import __main__ as command
from dlt_pipelines import config


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "project"
    (folder / ".dlt").mkdir(parents=True)
    (folder / ".dlt" / "config.toml").write_text(
        '[sources.test_results]\nfiles = ["junit.xml"]\n', "utf-8"
    )
    monkeypatch.setenv(config.HOME_VARIABLE, str(tmp_path / "home"))
    monkeypatch.setenv(config.PROJECT_VARIABLE, str(tmp_path))
    return folder


def test_it_says_what_was_loaded(project, capsys):
    (project / "junit.xml").write_text('<testsuite><testcase name="a"/></testsuite>', "utf-8")
    assert command.main(["test_results", "--project", str(project)]) == 0
    assert "1 loaded" in capsys.readouterr().out


def test_it_prints_json(project, capsys):
    (project / "junit.xml").write_text('<testsuite><testcase name="a"/></testsuite>', "utf-8")
    assert command.main(["test_results", "--project", str(project), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["table_rows"] == {"reports": 1, "suites": 1, "cases": 1}
    assert found["is_changed"] is True


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["nonsense"], "known are", id="unknown-source"),
        pytest.param(
            ["test_results"], "`sources.test_results.files` names `junit.xml`", id="missing-file"
        ),
    ],
)
def test_a_wrong_call_says_what_to_do(project, capsys, arguments, words):
    assert command.main([*arguments, "--project", str(project)]) == 2
    assert words in capsys.readouterr().err


def test_a_missing_project_is_named(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv(config.PROJECT_VARIABLE, str(tmp_path))
    assert command.main(["test_results", "--project", str(tmp_path / "nowhere")]) == 2
    assert "--project" in capsys.readouterr().err
