"""What all tables in the terminal have in common."""

import io
import os
import pty
import re
import subprocess
import sys

import pytest
from rich.console import Console

from testops.cli.output import counted, duration, number, show_facts, show_table, to_the_second

COLUMNS = ("source", "rows", "seconds", "reason")
ROWS = [
    ("github_actions", "1,234,567", "12.5", "a long reason of several words"),
    ("junit.[bold]", "2", "–", "wörter"),
]
PRINTS = "from testops.cli.output import console, guarded, show_table\n"


def shown(width: int, rows=ROWS) -> str:
    out = io.StringIO()
    show_table(Console(file=out, width=width), "Sources", COLUMNS, rows, right=["rows", "seconds"])
    return out.getvalue()


@pytest.mark.parametrize("width", [120, 80, 60, 52])
def test_numbers_are_whole_on_every_screen(width):
    text = shown(width)
    assert "1,234,567" in text
    assert max(map(len, text.splitlines())) <= width


@pytest.mark.parametrize("width", [40, 30])
def test_a_narrow_screen_gets_a_line_for_each_value(width):
    lines = [line.split(maxsplit=1) for line in shown(width).splitlines()]
    assert ["rows", "1,234,567"] in lines
    assert ["source", "junit.[bold]"] in lines
    assert ["seconds", "–"] in lines


@pytest.mark.parametrize("width", range(24, 130))
def test_nothing_is_lost_on_any_screen(width):
    words = ["αβγδεζηθικλμνξ", "οπρ στυφ", "χψωϊϋόύώ ϐϑϒϓϔϕϖϗ ϘϙϚϛϜ"]
    text = shown(width, [(words[0], "1", "2", words[1]), ("a", "3", "4", words[2])])
    assert sorted(re.findall("[α-ϯ]", text)) == sorted(re.findall("[α-ϯ]", "".join(words)))
    assert max(map(len, text.splitlines())) <= width


def test_names_stay_whole_where_there_is_room_for_them():
    assert "github_actions" in shown(46)
    assert "github_actions" not in shown(45)


def test_facts_are_folded_below_themselves():
    out = io.StringIO()
    show_facts(
        Console(file=out, width=24), [("left out", "runs that [never] ended"), ("unit", "s")]
    )
    assert [line.rstrip() for line in out.getvalue().splitlines()] == [
        "left out  runs that", "          [never] ended", "    unit  s", ""
    ]  # fmt: skip


def test_numbers_for_people():
    assert [number(-0.04, 1), number(None), number(1234.5)] == ["0.0", "–", "1,234"]
    assert [duration(-0.04), duration(-90), duration(86_400)] == ["0.0 s", "-90.0 s", "24.0 h"]
    assert [counted(n, "row") for n in (0, 1, 2000)] == ["0 rows", "1 row", "2,000 rows"]


def test_instants_for_people_have_no_parts_of_a_second():
    assert to_the_second("2026-11-22T09:21:13.291481+00:00") == "2026-11-22T09:21:13+00:00"
    assert to_the_second("2026-11-22T09:21:13+00:00") == "2026-11-22T09:21:13+00:00"
    assert to_the_second(None) == "–"


def test_columns_without_a_heading_are_kept_apart():
    out = io.StringIO()
    show_table(Console(file=out, width=30), "Facts", ["", ""], [["kind", "x" * 40]])
    assert "kind" in out.getvalue()
    assert out.getvalue().count("x") == 40


@pytest.mark.parametrize(("no_color", "has_escapes"), [("1", False), ("", True)])
def test_no_color_means_plain_text(no_color, has_escapes):
    code = PRINTS + "show_table(console(), 'Title', ['a'], [['b']])"
    environment = {**os.environ, "TERM": "xterm", "NO_COLOR": no_color}
    ours, theirs = pty.openpty()
    subprocess.run([sys.executable, "-c", code], stdout=theirs, env=environment, check=True)
    os.close(theirs)
    text = os.read(ours, 10_000).decode()
    os.close(ours)
    assert "Title" in text
    assert bool(re.search(r"\x1b\[", text)) is has_escapes


def test_a_reader_that_has_gone_is_no_failure():
    code = PRINTS + (
        "import typer\n"
        "def main():\n"
        "    with guarded(False):\n"
        "        for _ in range(1000):\n"
        "            show_table(console(), 'Title', ['a'], [['b' * 100]] * 10)\n"
        "typer.run(main)\n"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        process.stdout.close()
        code = process.wait(timeout=60)
        said = process.stderr.read()
    assert (code, said) == (0, b"")
