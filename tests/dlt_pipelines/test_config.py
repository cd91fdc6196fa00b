"""Settings come from the project folder and the environment, and wrong ones say what to do."""

import subprocess
import sys
from pathlib import Path

import pytest
from dlt.common.configuration.specs.base_configuration import is_secret_hint
from dlt.common.configuration.utils import get_resolved_traces
from dlt.common.runtime.run_context import active

from dlt_pipelines import config


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "project"
    (folder / ".dlt").mkdir(parents=True)
    monkeypatch.setenv(config.PROJECT_VARIABLE, str(folder))
    monkeypatch.setenv(config.HOME_VARIABLE, str(tmp_path / "home"))
    return folder


def _write(project: Path, text: str) -> None:
    (project / ".dlt" / "config.toml").write_text(text, "utf-8")


def test_settings_of_an_empty_project_are_the_defaults(project, tmp_path):
    assert config.settings() == config.Settings(
        home=tmp_path / "home",
        project=project,
        organisation=None,
        is_simulated=False,
        business_time_zone="UTC",
        first_day_of_week="monday",
        authors="pseudonymous",
        author_salt="",
    )


def test_home_lies_under_the_current_folder_by_default(project, tmp_path, monkeypatch):
    monkeypatch.delenv(config.HOME_VARIABLE)
    monkeypatch.chdir(tmp_path)
    assert config.settings().home == tmp_path / "warehouse"


def test_home_is_told_by_the_path_that_was_given(project, tmp_path, monkeypatch):
    """A home that is moved behind a link keeps what dbt read."""
    (tmp_path / "disk").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "disk")
    monkeypatch.setenv("TESTOPS_HOME", str(tmp_path / "link"))
    assert config.settings(project).home == tmp_path / "link"


def test_settings_are_read_from_the_project(project):
    _write(
        project,
        '[testops]\norganisation = "Example"\nsimulated = true\n'
        'business_time_zone = "Asia/Tokyo"\nfirst_day_of_week = "sunday"\n',
    )
    found = config.settings()
    assert found.first_day_of_week == "sunday"
    assert (found.organisation, found.is_simulated, found.business_time_zone) == (
        "Example",
        True,
        "Asia/Tokyo",
    )


def test_the_environment_wins_over_the_file(project, monkeypatch):
    _write(project, '[testops]\norganisation = "File"\n[sources.coverage]\nfiles = ["a"]\n')
    monkeypatch.setenv("TESTOPS__ORGANISATION", "Environment")
    monkeypatch.setenv("SOURCES__COVERAGE__FILES", '["b", "c"]')
    assert config.settings().organisation == "Environment"
    assert config.source_options("coverage")["files"] == ["b", "c"]


def test_options_of_a_source_without_a_section_are_empty(project):
    assert dict(config.source_options("coverage")) == {}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        pytest.param('[testops]\nbusiness_time_zone = "Mars/Base"\n', "Mars/Base", id="time-zone"),
        pytest.param('[testops]\nfirst_day_of_week = "Sun"\n', "`Sun`", id="weekday"),
        pytest.param('[testops]\nauthors = "names"\n', "`names`", id="authors"),
        pytest.param('[testops]\nsimulated = "perhaps"\n', "testops.simulated", id="boolean"),
        pytest.param("[testops\n", "config.toml", id="no-toml"),
    ],
)
def test_a_wrong_value_is_named(project, text, named):
    _write(project, text)
    with pytest.raises(config.ConfigurationError, match=named):
        config.settings()


def test_a_missing_project_folder_says_how_to_name_one(project, monkeypatch):
    monkeypatch.setenv(config.PROJECT_VARIABLE, str(project / "nowhere"))
    with pytest.raises(config.ConfigurationError, match="--project"):
        config.settings()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("one", ("one",), id="text"),
        pytest.param(["one", "two"], ("one", "two"), id="list"),
        pytest.param([], (), id="empty"),
    ],
)
def test_path_list_takes_a_text_or_a_list(value, expected):
    assert config.path_list({"files": value}, "sources.x", "files") == expected


@pytest.mark.parametrize("value", [3, ["a", 4], {"a": "b"}], ids=["number", "mixed", "table"])
def test_path_list_refuses_anything_else(value):
    with pytest.raises(config.ConfigurationError, match=r"sources\.x\.files"):
        config.path_list({"files": value}, "sources.x", "files")


def test_secrets_are_found_where_dlt_finds_them(project, monkeypatch):
    (project / ".dlt" / "secrets.toml").write_text(
        '[sources.github_actions]\naccess_token = "from-file"\n', "utf-8"
    )
    config.activate(config.settings())
    assert config.secret("github_actions", "access_token") == "from-file"
    monkeypatch.setenv("SOURCES__GITHUB_ACTIONS__ACCESS_TOKEN", "from-environment")
    assert config.secret("github_actions", "access_token") == "from-environment"
    assert config.secret("github_actions", "another") is None


def test_dlt_knows_that_a_secret_is_one_and_leaves_it_out_of_its_trace(project, monkeypatch):
    """What was resolved lies in `trace.pickle` after a load, but for the values of secrets."""
    (project / ".dlt" / "secrets.toml").write_text('[sources.jenkins]\ntoken = "planted-1"\n')
    config.activate(config.settings())
    get_resolved_traces().clear()
    config.secret("jenkins", "token")
    monkeypatch.setenv("SOURCES__JENKINS__TOKEN", "planted-2")
    config.secret("jenkins", "token")
    found = [one for one in get_resolved_traces().resolved_traces if one.key == "token"]
    assert {one.value for one in found} == {"planted-1", "planted-2"}
    assert all(is_secret_hint(one.hint) for one in found)


def test_secrets_are_no_options(project):
    (project / ".dlt" / "secrets.toml").write_text(
        '[sources.github_actions]\naccess_token = "hidden"\n', "utf-8"
    )
    assert "access_token" not in config.source_options("github_actions")


def test_dlt_never_phones_home_even_if_the_project_says_so(project):
    _write(
        project, '[runtime]\ndlthub_telemetry = true\n[sources.jenkins]\nfiles = ["saved.json"]\n'
    )
    (project / "saved.json").write_text('{"name": "shop", "url": "https://ci.example/job/shop/"}')
    # what is sent, is sent by a thread; it has ended before what was registered first is called
    program = """
import atexit, sys
ASKED = ("socket.connect", "socket.getaddrinfo")
told = []
atexit.register(lambda: print(told))
sys.addaudithook(lambda event, args: event in ASKED and told.append(args[:2]))
from dlt_pipelines.loading import run
print(run("jenkins").table_rows["pipelines"])
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.splitlines() == ["1", "[]"]


def test_dlt_works_in_the_project_folder(project):
    config.activate(config.settings())
    assert active().runtime_config.dlthub_telemetry is False
    assert active().run_dir == str(project)


def test_no_secret_lies_in_the_options_of_a_source(tmp_path, monkeypatch):
    (tmp_path / ".dlt").mkdir()
    (tmp_path / ".dlt" / "config.toml").write_text(
        '[sources.my_ci]\ntoken = "hidden"\nfiles = ["a"]\ntoken_file = "kept"\n'
    )
    monkeypatch.setenv("SOURCES__MY_CI__TOKEN", "hidden")
    monkeypatch.setenv("SOURCES__MY_CI__PAGERDUTY_TOKEN", "hidden")
    monkeypatch.setenv("SOURCES__MY_CI__PASSWORD", "hidden")
    monkeypatch.setenv("SOURCES__MY_CI__MODE", "api")
    options = config.source_options("my_ci", tmp_path)
    assert dict(options) == {"files": ["a"], "token_file": "kept", "mode": "api"}
