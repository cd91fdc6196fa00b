"""`python -m dlt_pipelines.parsers owners`: output, exit codes, what is found out."""

import json

import pytest

from dlt_pipelines.parsers import __main__ as command
from dlt_pipelines.parsers import owners_command


@pytest.fixture
def codeowners(tmp_path):
    file = tmp_path / "CODEOWNERS"
    file.write_text("* @all\n/src/ @one @two\n/src/gen/\n!x @a\n")
    return file


def test_lines_for_people(codeowners, capsys):
    code = owners_command.main(["src/a.py", "src/gen/b.py", "--codeowners", str(codeowners)])
    out, err = capsys.readouterr()
    assert code == 0
    assert out.splitlines() == [
        "src/a.py: @one @two (line 2 `/src/`)",
        "src/gen/b.py: nobody (line 3 `/src/gen/`)",
    ]
    assert err.startswith(f"{codeowners}:4: ")


def test_json_through_the_command_line_of_the_parsers(codeowners, capsys):
    arguments = ["owners", "--json", "--codeowners", str(codeowners), r"\src\a.py"]
    assert command.main(arguments) == 0
    assert json.loads(capsys.readouterr().out) == {
        "path": r"\src\a.py",
        "owners": ["@one", "@two"],
        "rule": "/src/",
        "line": 2,
        "section": None,
        "is_owned": True,
        "dialect": "github",
        "sections": [{"section": None, "rule": "/src/", "line": 2, "owners": ["@one", "@two"]}],
    }


def test_paths_from_a_file_and_no_rule(tmp_path, capsys):
    (tmp_path / "CODEOWNERS").write_text("/a @a\n")
    (tmp_path / "paths").write_text("a\r\nb\n\n./a\n")
    code = owners_command.main(
        ["--codeowners", str(tmp_path / "CODEOWNERS"), "--paths-from", str(tmp_path / "paths")]
    )
    assert code == 0
    assert capsys.readouterr().out.splitlines() == [
        "a: @a (line 1 `/a`)",
        "b: no rule matches",
        "./a: @a (line 1 `/a`)",
    ]


@pytest.mark.parametrize(
    ("folder", "text", "arguments", "dialect"),
    [
        (".gitlab", "* @a\n", [], "gitlab"),
        ("x", "* @a\n^[Docs][2] @d\nx/\n", [], "gitlab"),
        (".github", "[Docs] @d\n", [], "github"),
        ("x", "* @a\n", [], "github"),
        (".gitlab", "* @a\n", ["--dialect", "github"], "github"),
    ],
    ids=["folder", "headings", "github-folder", "default", "named"],
)
def test_dialect(tmp_path, capsys, folder, text, arguments, dialect):
    file = tmp_path / folder / "CODEOWNERS"
    file.parent.mkdir()
    file.write_text(text)
    assert owners_command.main(["x/y", "--json", "--codeowners", str(file), *arguments]) == 0
    assert json.loads(capsys.readouterr().out)["dialect"] == dialect


def test_a_file_that_is_not_there(tmp_path, capsys):
    assert owners_command.main(["x", "--codeowners", str(tmp_path / "none")]) == 1
    assert str(tmp_path / "none") in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("* @all\n".encode("utf-16"), "NUL bytes"),
        (b"* @all\n" + b"# x\n" * 800_000, "larger than 3145728 bytes"),
    ],
    ids=["utf-16", "large"],
)
def test_a_file_that_no_vendor_reads_names_no_owners(codeowners, capsys, content, said):
    codeowners.write_bytes(content)
    assert owners_command.main(["x", "--json", "--codeowners", str(codeowners)]) == 1
    out, err = capsys.readouterr()
    assert said in err
    assert json.loads(out)["error"] in err


def test_a_wrong_call_says_so(codeowners, capsys):
    with pytest.raises(SystemExit) as end:
        owners_command.main(["--codeowners", str(codeowners)])
    assert end.value.code == 2
    assert "PATH" in capsys.readouterr().err
