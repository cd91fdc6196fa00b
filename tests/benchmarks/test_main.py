"""Which benchmarks there are is told without running any."""

import sys
from importlib import import_module
from pathlib import Path

import pytest

from benchmarks import __main__ as benchmarks


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Call the command; return its exit code, what it said, and which benchmarks it started."""

    def calling(*words: str) -> tuple[int, str, list[tuple[str, list[str]]]]:
        started: list[tuple[str, list[str]]] = []

        class Module:
            def __init__(self, name: str) -> None:
                self.name = name.removeprefix("benchmarks.")

            def main(self) -> None:
                started.append((self.name, sys.argv[1:]))

        monkeypatch.setattr(benchmarks, "import_module", Module)
        monkeypatch.setattr(sys, "argv", ["benchmarks", *words])
        code = benchmarks.main()
        said = capsys.readouterr()
        return code, said.out + said.err, started

    return calling


@pytest.mark.parametrize("word", ["--help", "-h"])
def test_help_lists_them_and_runs_none(call, word: str) -> None:
    code, said, started = call(word)
    assert (code, started) == (0, [])
    assert [name for name in benchmarks.names() if f"\n  {name} " not in said] == []
    assert "The risk of changes on three projects" in said


def test_an_unknown_one_is_refused_before_any_runs(call) -> None:
    code, said, started = call("snapshots", "nonsense")
    assert (code, started) == (2, [])
    assert "no benchmark `nonsense`" in said


def test_options_go_to_those_that_were_named(call) -> None:
    code, _, started = call("growth", "snapshots", "--home", "x")
    assert code == 0
    assert started == [("growth", ["--home", "x"]), ("snapshots", ["--home", "x"])]
    assert [name for name, _ in call()[2]] == benchmarks.names()


@pytest.mark.parametrize("name", benchmarks.names())
def test_each_tells_its_options_and_stops(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TESTOPS_CORPUS", str(tmp_path))
    monkeypatch.setattr(sys, "argv", [name, "--help"])
    with pytest.raises(SystemExit) as ended:
        import_module(f"benchmarks.{name}").main()
    assert ended.value.code == 0
