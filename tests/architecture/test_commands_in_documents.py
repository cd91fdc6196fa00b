"""What README and guides tell people to type exists: commands, their options, and columns."""

import re
import shlex
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any

import duckdb
import pytest
import typer
import yaml

from dlt_pipelines.parsers.tables.kinds import KINDS
from testops.cli.app import app
from testops.metrics.snapshots import COLUMNS, SCHEMA, TABLE

REPOSITORY = Path(__file__).resolve().parents[2]
DOCUMENTS = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").rglob("*.md"))]
OPEN = "duckdb -readonly "


def _commands() -> Iterator[tuple[str, list[str]]]:
    """Yield every command in a block of code and in the help, with where it is."""
    for document in DOCUMENTS:
        text = document.read_text(encoding="utf-8")
        fenced = re.findall(r"^```(?:sh|bash|console)?\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
        indented = re.findall(r"(?:^(?: {4}.*|)\n)+", text, re.MULTILINE)
        for block in (*fenced, *indented):
            for words in _split(block):
                yield document.relative_to(REPOSITORY).as_posix(), words
    for name, command in _leaves(typer.main.get_command(app)):
        for words in _split((command.epilog or "").removeprefix("Example: ")):
            yield f"help of {name}", words


def _leaves(command: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if not hasattr(command, "commands"):
        yield name, command
        return
    for word, one in command.commands.items():
        yield from _leaves(one, f"{name} {word}".strip())


def _split(block: str) -> Iterator[list[str]]:
    """Yield the commands of a block as words; nothing of one that is no shell."""
    told = re.sub(r"(^|\s)#.*$", "", block.replace("\\\n", " "), flags=re.MULTILINE)
    lexer = shlex.shlex(told, posix=True, punctuation_chars="|;&\n")
    lexer.whitespace, lexer.whitespace_split = " \t", True
    try:
        words = list(lexer)
    except ValueError:  # a quotation mark in prose or in another language
        return
    command: list[str] = []
    for word in [*words, "\n"]:
        if not re.fullmatch(r"[|;&\n]+", word):
            command.append(word)
            continue
        if command:
            yield command
        command = []


FOUND = list(_commands())
OURS = [(at, words[1:]) for at, words in FOUND if words[0] in ("testops", ".venv/bin/testops")]
QUERIES = [(at, words[-1]) for at, words in FOUND if words[:2] == OPEN.split()]


def _parse(words: list[str]) -> None:
    """Let the command line read words as it would, and run nothing."""
    command: Any = typer.main.get_command(app)
    context = command.make_context("testops", list(words))
    while hasattr(command, "resolve_command"):
        name, command, rest = command.resolve_command(
            context, [*context._protected_args, *context.args]
        )
        context = command.make_context(name, rest, parent=context)


@pytest.mark.parametrize(("at", "words"), OURS, ids=[f"{at}: {shlex.join(w)}" for at, w in OURS])
def test_the_command_and_its_options_exist(at, words):
    _parse(words)


def _usages() -> dict[str, set[str]]:
    """Return the options of each command in the table of `docs/cli.md`."""
    found = {}
    page = (REPOSITORY / "docs" / "cli.md").read_text(encoding="utf-8")
    for row in re.findall(r"^\| `testops .*", page, re.MULTILINE):
        # A row of several commands names the group before the first of them alone.
        group: list[str] = []
        for usage in re.findall(r"`([^`]+)`", row.split(" | ")[0]):
            name = list(takewhile(str.isalpha, usage.split()))
            name = [word for word in name if word.islower() and word != "testops"]
            group = group or name[:-1]
            told = [*group, *name] if name[: len(group)] != group else name
            found[" ".join(told)] = set(re.findall(r"--[a-z-]+", usage))
    return found


LEAVES = list(_leaves(typer.main.get_command(app)))


@pytest.mark.parametrize(("name", "command"), LEAVES, ids=[name for name, _ in LEAVES])
def test_the_page_of_commands_names_every_option(name, command):
    options = {word for one in command.params for word in one.opts if word.startswith("--")}
    assert _usages()[name] == options - {"--json", "--help"}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_what_an_import_maps_to_is_a_column(document):
    """Theirs come first: `--map theirs=ours`."""
    told = document.read_text(encoding="utf-8")
    for kind, rest in re.findall(r"testops import --kind ([a-z_]+)([^`\n]*)", told):
        columns = {column.name for column in KINDS[kind].columns}
        assert set(re.findall(r"--map \S+?=(\w+)", rest)) <= columns


@pytest.fixture(scope="module")
def published() -> Iterator[duckdb.DuckDBPyConnection]:
    """Every table that readers get, empty, as its contract says."""
    types = {"string": "varchar"}
    with duckdb.connect() as connection:
        for layer in ("core", "marts"):
            connection.execute(f"create schema {layer}")
            for path in (REPOSITORY / "dbt_project" / "models" / layer).rglob("*.yml"):
                for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", ()):
                    columns = ", ".join(
                        f'"{one["name"]}" {types.get(one["data_type"], one["data_type"])}'
                        for one in model["columns"]
                    )
                    connection.execute(f"create table {layer}.{model['name']} ({columns})")
        columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
        connection.execute(f"create schema {SCHEMA}; create table {SCHEMA}.{TABLE} ({columns})")
        yield connection


@pytest.mark.parametrize(("at", "sql"), QUERIES, ids=[at for at, _ in QUERIES])
def test_the_query_has_the_columns_of_the_published_tables(published, at, sql):
    published.execute(sql)


@pytest.mark.parametrize("words", [["nonsense"], ["dora", "nonsense"], ["status", "--nonsense"]])
def test_what_does_not_exist_is_found_out(words):
    with pytest.raises(Exception, match="No such"):
        _parse(words)


def test_there_is_something_to_look_at():
    assert len(OURS) > 35
    assert len(QUERIES) > 3
