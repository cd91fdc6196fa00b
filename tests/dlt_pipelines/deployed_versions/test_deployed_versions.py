"""Each change of a deployed-version file is a deployment of that version."""

import json
import os
import subprocess
from collections import Counter

import duckdb
import pytest

from dlt_pipelines import deployed_versions, loading
from dlt_pipelines.config import settings
from dlt_pipelines.deployed_versions import load
from dlt_pipelines.git_history.repository import Repository
from dlt_pipelines.parsers.deployed_versions import read_versions

SHA = "3f2a9bc0123456789abcdef0123456789abcdef0"


def said(document, stem="production"):
    return [
        (found.environment, found.service, found.version, found.sha)
        for found in read_versions(document, stem)
    ]


@pytest.mark.parametrize(
    ("document", "stem", "expected"),
    [
        pytest.param({}, "production", [], id="nothing"),
        pytest.param([], "production", [], id="an empty list"),
        pytest.param(
            {"checkout": "1.4.2", "search": "2.0"},
            "production",
            [("production", "checkout", "1.4.2", None), ("production", "search", "2.0", None)],
            id="a version per service",
        ),
        pytest.param(
            {"checkout": {"version": "1.4.2", "sha": SHA}},
            "prod-eu",
            [("prod-eu", "checkout", "1.4.2", SHA)],
            id="an object per service",
        ),
        pytest.param(
            {"production": {"version": "7"}, "staging": {"version": "8"}},
            "checkout",
            [("production", "checkout", "7", None), ("staging", "checkout", "8", None)],
            id="a file per service",
        ),
        pytest.param(
            {"environment": "prod", "services": [{"name": "a", "commit": SHA}]},
            "state",
            [("prod", "a", None, SHA)],
            id="a list",
        ),
        pytest.param(
            {"production": {"checkout": {"image": "registry/checkout:1.2-3f2a9bc"}}},
            "versions",
            [("production", "checkout", "1.2-3f2a9bc", "3f2a9bc")],
            id="an image whose tag ends with a commit",
        ),
        pytest.param(
            {"version": "1.0", "sha": SHA, "deployed_by": "pipeline"},
            "production",
            [("production", None, "1.0", SHA)],
            id="the repository itself",
        ),
        pytest.param(
            {"deployed-at": "2026-01-01T00:00:00Z", "checkout": "20260101"},
            "live",
            [("live", "checkout", "20260101", None)],
            id="digits are a date, no commit",
        ),
        pytest.param(
            {"apps": {"test-runner": "1.0", "live": {"chat": "2"}}},
            "production",
            [("production", "test-runner", "1.0", None), ("live", "chat", "2", None)],
            id="a service with the word of an environment in its name",
        ),
        pytest.param("1.0", "production", [], id="no object"),
    ],
)
def test_what_a_file_says(document, stem, expected):
    assert said(document, stem) == expected


def test_milliseconds_are_told_from_seconds():
    times = [
        read_versions({"version": "1", "timestamp": given}, "production")[0].deployed_at
        for given in (1_767_225_600_000, 1_767_225_600, "2026-01-01T00:00:00Z")
    ]
    assert len({*times}) == 1


class States:
    """A repository with state files, and a project that reads it."""

    def __init__(self, folder, monkeypatch):
        self.folder = folder
        self.repository = folder / "git" / "acme__delivery"
        self.repository.mkdir(parents=True)
        self._seconds = 1_767_225_600
        self.git("init", "-q", "-b", "main")
        monkeypatch.setenv("TESTOPS_HOME", str(folder / "home"))
        monkeypatch.setenv("TESTOPS_PROJECT", str(folder))

    def git(self, *arguments):
        who = {
            f"GIT_{role}_{name}": value
            for role in ("AUTHOR", "COMMITTER")
            for name, value in (("NAME", "p"), ("EMAIL", "p@x.example"))
        }
        when = {f"GIT_{role}_DATE": f"{self._seconds} +0000" for role in ("AUTHOR", "COMMITTER")}
        environment = {**os.environ, **who, **when, "GIT_CONFIG_GLOBAL": os.devnull}
        subprocess.run(
            ["git", *arguments], cwd=self.repository, env=environment, check=True, text=True
        )

    def commit(self, after_seconds=3600, **files):
        self._seconds += after_seconds
        for name, content in files.items():
            path = self.repository / "state" / f"{name}.json"
            path.parent.mkdir(exist_ok=True)
            if content is None:
                path.unlink()
            else:
                path.write_text(content if isinstance(content, str) else json.dumps(content))
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "state")

    def configure(self, **options):
        (self.folder / ".dlt").mkdir(exist_ok=True)
        lines = [f"{key} = {json.dumps(value)}\n" for key, value in options.items()]
        text = "[sources.deployed_versions]\n" + "".join(lines)
        (self.folder / ".dlt" / "config.toml").write_text(text)

    def load(self):
        return loading.run("deployed_versions", project=self.folder)

    def rows(self):
        with duckdb.connect(str(self.folder / "home" / "build.duckdb")) as connection:
            return connection.execute(
                "select service, version, epoch(committed_at)::bigint - 1767225600"
                " from raw_deployed_versions.versions order by commit_position, service"
            ).fetchall()


@pytest.fixture
def states(tmp_path, monkeypatch):
    return States(tmp_path, monkeypatch)


def test_each_change_is_a_deployment(states):
    states.commit(production={"a": "1", "b": "1"})
    states.commit(production={"a": "2", "b": "1"})
    states.commit()
    states.commit(production={"a": "1", "b": "1"})
    states.configure(repositories=["git/*"])
    assert states.load().table_rows == {"versions": 4}
    assert states.rows() == [
        ("a", "1", 3600),
        ("b", "1", 3600),
        ("a", "2", 7200),
        ("a", "1", 14400),
    ]
    assert not states.load().is_changed
    states.commit(production={"a": "1", "b": "2"})
    assert states.load().table_rows == {"versions": 1}


def test_a_long_history_takes_no_more_processes_of_git(states, monkeypatch):
    asked = Counter()
    stream = Repository.stream

    def counted(self, *arguments, **options):
        asked[arguments[0]] += 1
        return stream(self, *arguments, **options)

    for number in range(30):
        states.commit(production={"a": str(number)})
    states.configure(repositories=["git/*"])
    monkeypatch.setattr(Repository, "stream", counted)
    assert states.load().table_rows == {"versions": 30}
    assert asked["cat-file"] == 2


def test_a_version_that_is_too_large_is_rejected_and_the_others_are_read(states, monkeypatch):
    monkeypatch.setattr(load, "_MAX_BYTES", 100)
    states.commit(production={"a": "1"})
    states.commit(production={"a": "x" * 100})
    states.commit(production={"a": "3"})
    states.configure(repositories=["git/*"])
    assert states.load().rejected_count == 1
    assert [version for _, version, _ in states.rows()] == ["1", "3"]


def test_a_time_around_all_services_redeploys_none(states):
    for version, day in (("1", "01"), ("2", "02")):
        states.commit(
            production={
                "updated_at": f"2026-01-{day}T00:00:00Z",
                "services": {"a": {"version": version}, "b": {"version": "1"}},
            }
        )
    states.configure(repositories=["git/*"])
    states.load()
    assert [row[:2] for row in states.rows()] == [("a", "1"), ("b", "1"), ("a", "2")]


def test_the_same_version_with_a_new_time_of_its_own_is_a_deployment(states):
    for day in ("01", "02"):
        states.commit(production={"a": {"version": "1", "deployed_at": f"2026-01-{day}T00:00:00Z"}})
    states.configure(repositories=["git/*"])
    states.load()
    assert [row[:2] for row in states.rows()] == [("a", "1"), ("a", "1")]


def test_clocks_that_run_backwards_change_no_order(states):
    states.commit(production={"a": "1"})
    states.commit(-7200, production={"a": "2"})
    states.configure(repositories=["git/*"])
    states.load()
    assert states.rows() == [("a", "1", 3600), ("a", "2", 3600)]


def test_broken_and_deleted_files_stop_nothing(states):
    states.commit(production={"a": "1"}, other="{")
    states.commit(production=None)
    states.commit(production={"a": "1"})
    states.configure(repositories=["git/*"])
    report = states.load()
    assert (report.table_rows["versions"], report.rejected_count) == (2, 1)


def test_plain_files_are_read_when_they_change(states):
    path = states.folder / "state" / "production.json"
    path.parent.mkdir()
    path.write_text('{"a": "1"}')
    states.configure(files=["state/*.json"])
    assert states.load().table_rows == {"versions": 1}
    path.write_text('{"a": "1", "b": "7"}')
    assert states.load().table_rows == {"versions": 1}
    assert not states.load().is_changed


def test_plain_files_tell_of_what_changed_alone_and_of_the_way_back(states):
    path = states.folder / "state" / "production.json"
    path.parent.mkdir()
    states.configure(files=["state/*.json"])
    for seconds, version in enumerate(("1", "2", "1")):
        document = {
            "updated_at": f"2026-01-0{seconds + 1}T00:00:00Z",
            "services": {"a": version, "b": "7"},
        }
        path.write_text(json.dumps(document))
        os.utime(path, (1_767_225_600 + seconds, 1_767_225_600 + seconds))
        states.load()
    assert [row[:2] for row in sorted(states.rows(), key=lambda row: (row[0], row[2]))] == [
        ("a", "1"),
        ("a", "2"),
        ("a", "1"),
        ("b", "7"),
    ]


@pytest.mark.parametrize(
    ("options", "expected"),
    [({}, False), ({"files": ["x"]}, True), ({"repositories": ["x"]}, True)],
    ids=json.dumps,
)
def test_is_configured(options, expected, tmp_path):
    assert deployed_versions.is_configured(options, settings(tmp_path)) is expected
