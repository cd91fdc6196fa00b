"""Which lines are code: per kind of file, with what a scan can be misled by."""

import pytest

from dlt_pipelines.parsers.code_lines import is_written_here, lines_of_code


def kept(path, text):
    lines = text.split("\n")
    return [lines[number - 1] for number in sorted(lines_of_code(path, text.encode()))]


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("a.py", "# why\nx = 1  # how\n\n)\n", ["x = 1  # how"]),
        ("a.py", '"""What it is.\n\nMore.\n"""\nx = 1', ["x = 1"]),
        ("a.py", "# licence\n'''Doc.'''\nx = 1", ["x = 1"]),
        ("a.py", 'def f():\n    """Doc\n    more."""\n    go()', ["def f():", "    go()"]),
        ("a.py", 'x = """\n# text\n"""', ['x = """', "# text"]),
        ("a.py", "x = '#'\ny = \"it's # one\"", ["x = '#'", 'y = "it\'s # one"']),
        ("a.c", "/* a\n b\n*/ int x;\n// y\nint z; /* c */", ["*/ int x;", "int z; /* c */"]),
        ("a.c", '*p = 1;\nchar *u = "/*";\nint x;', ["*p = 1;", 'char *u = "/*";', "int x;"]),
        ("a.c", "char q = '\"';\n// no\nchar e = '\\'';", ["char q = '\"';", "char e = '\\'';"]),
        ("a.c", "/* open to the end\nint x;", []),
        ("A.java", 'String s = """\n// text\n""";', ['String s = """', "// text"]),
        ("a.ts", "const u = `\n// text\n`;\n// no", ["const u = `", "// text"]),
        ("a.css", "a { b: url(//x) } /*\nno\n*/", ["a { b: url(//x) } /*"]),
        ("a.scss", "// no\na { b: url(http://x) }", ["a { b: url(http://x) }"]),
        ("a.sh", "#!/bin/sh\nn=$#\necho ${x#y} # no", ["n=$#", "echo ${x#y} # no"]),
        ("a.yml", "# no\na: b#c\n---\n", ["a: b#c"]),
        ("Dockerfile", "# no\nRUN x", ["RUN x"]),
        ("deploy/Dockerfile.dev", "# no\nRUN x", ["RUN x"]),
        ("Makefile", "# no\nall: x", ["all: x"]),
        ("a.sql", "-- no\nselect '--' as x /* no\nno */", ["select '--' as x /* no"]),
        ("a.rb", "=begin\nno\n=end\nx = 1 # how", ["x = 1 # how"]),
        ("a.lua", "--[[ no\nno ]] x = 1\n-- no", ["no ]] x = 1"]),
        ("a.html", "<!-- no\nno --><p>x</p>", ["no --><p>x</p>"]),
        ("a.ini", "; no\n# no\nx = a;b", ["x = a;b"]),
        ("a.tf", "# no\n// no\nx = 1", ["x = 1"]),
        ("README.md", "# Title\ntext", []),
        ("a.unknown", "# a\n\n  }\n// b", ["# a", "// b"]),
        ("noending", "# a\nä", ["# a", "ä"]),
        ("a.py", "", []),
    ],
)
def test_lines(path, text, expected):
    assert kept(path, text) == expected


def test_bytes_that_are_no_utf_8_do_no_harm():
    assert lines_of_code("a.c", b"// \xff\nint \xe4;\r\n\r\n") == {2}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("src/cart.py", True),
        ("src/distance/run.js", True),
        ("composer.json", True),
        ("src/vendor.py", True),
        ("vendor/lib/a.go", False),
        ("web/node_modules/x/i.js", False),
        ("third_party/a.c", False),
        ("package-lock.json", False),
        ("web/yarn.lock", False),
        ("go.sum", False),
        ("static/app.min.js", False),
        ("api/shop_pb2.py", False),
        ("api/shop.pb.go", False),
        ("src/__snapshots__/a.test.js", False),
        ("model.generated.ts", False),
    ],
)
def test_generated_and_vendored(path, expected):
    assert is_written_here(path) is expected
