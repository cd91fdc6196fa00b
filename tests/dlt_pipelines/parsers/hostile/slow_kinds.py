"""Content on which a pattern that looks back takes hours: rows as in `markup_kinds.py`.

Each is about a megabyte: what grows with the square of that is far beyond the limit of time.
"""

SIZE = 1_000_000
COMMIT = (
    b"commit " + b"a" * 40 + b"\nAuthor:     A <a@x>\nAuthorDate: Mon Jan 1 00:00:00 2024 +0000\n"
    b"Commit:     A <a@x>\nCommitDate: Mon Jan 1 00:00:00 2024 +0000\n\n    subject\n\n"
)
BLANKS = b" " * SIZE
JEST = b'{"numTotalTests":1,"testResults":[],"a":'


def filled(unit, size=SIZE):
    """As many units as fit in a size."""
    return unit * (size // len(unit))


def hunk(line):
    """A diff in which a hunk holds a line that is none of its own."""
    return b"--- a/f\n+++ b/f\n@@ -1,5 +1,5 @@\n x\n" + line + b"\n"


KINDS = [
    # JSON: texts that never end, with a quote every second letter.
    ("JSON: a key of quotes without end", "error", "", lambda: b'{"' + filled(b'\\"')),
    ("JSON: quotes without end in a list", "error", "", lambda: b'[{"a":"' + filled(b'\\"')),
    (
        "JSON: a wrong escape behind a megabyte of quotes",
        "error",
        "escape",
        lambda: JEST + b'"' + filled(b'\\"') + b'\\uZZZZ"}',
    ),
    (
        "JSON: a mistake behind a million lists in 300 others",
        "error",
        "not valid JSON",
        lambda: JEST + b"[" * 300 + b"[]," * SIZE + b"x",
    ),
    # XML.
    ("a document type of blanks", "error", "", lambda: b"<!DOCTYPE" + BLANKS),
    ("a document type of brackets", "error", "", lambda: b"<!DOCTYPE x [" + filled(b"] ")),
    # Text of tests.
    (
        "TAP: blanks behind a time",
        "ok",
        None,
        lambda: b"1..1\nok 1 - a #time=1" + BLANKS + b"x\n",
    ),
    ("TAP: a line of points", "ok", None, lambda: b"1..1\nok 1\n" + b"." * SIZE + b"\n"),
    ("TAP: a long path", "ok", None, lambda: b"1..1\nok 1\n" + filled(b"./") + b" ..x\n"),
    (
        "TAP: many lines of blanks that end in a wide one",
        "error",
        "",
        lambda: b"ok" + b" " * 60_000 + "\u00a0x\n".encode(),
    ),
    (
        "KTAP: blanks in a name",
        "ok",
        None,
        lambda: b"KTAP version 1\n1..1\nok 1 x" + BLANKS + b"x\n",
    ),
    (
        "go text: blanks in a verdict",
        "ok",
        None,
        lambda: b"=== RUN   T\n--- PASS: T" + BLANKS + b"x\nPASS\nok  \tp\t1s\n",
    ),
    (
        "go text: blanks in the name of a test",
        "ok",
        None,
        lambda: b"=== RUN   T" + BLANKS + b"x\n--- PASS: T (0.00s)\nPASS\nok  \tp\t1s\n",
    ),
    (
        "go JSON: blanks in a verdict",
        "ok",
        None,
        lambda: b'{"Action":"output","Package":"p","Output":"--- PASS: T' + BLANKS + b'x"}\n',
    ),
    (
        "DejaGnu: a head of sixteen thousand words",
        "error",
        "",
        lambda: b"Test run by a" + filled(b" on ") + b"\n",
    ),
    # Coverage.
    (
        "coverage.py: a table of bars",
        "error",
        "",
        lambda: b"Name   Stmts   Miss  Cover\n" + (b"|" * 4_000 + b"\n") * 200,
    ),
    (
        "coverage.py: a table of blanks",
        "error",
        "",
        lambda: b"Name   Stmts   Miss  Cover\n" + (b"x" + b" " * 4_000 + b"y\n") * 200,
    ),
    # Owners.
    ("owners: an address of points", "ok", "", lambda: b"* a@" + b"." * SIZE + b","),
    ("owners: a word of a megabyte", "ok", "", lambda: b"* " + b"a" * SIZE),
    ("owners: a word that ends like an address", "ok", "", lambda: b"* " + b"a" * SIZE + b"@"),
    ("owners: a group of points", "ok", "", lambda: b"* @" + b"." * SIZE),
    ("owners: a pattern of asterisks", "ok", "", lambda: filled(b"*a") + b" @a"),
    ("owners: half a million words", "ok", "", lambda: b"* " + filled(b"a ")),
    ("owners: approvals in two words", "ok", "", lambda: b"[Docs][1 2] @a\n* @b\n"),
    ("owners: approvals of 5 000 digits", "ok", "", lambda: b"[Docs][%b] @a\n" % (b"9" * 5_000)),
    # Diffs and logs.
    ("diff: brackets that open words", "ok", "0", lambda: hunk(filled(b"[-"))),
    ("diff: braces that open words", "ok", "0", lambda: hunk(filled(b"{+"))),
    (
        "git text log: hashes without a status",
        "error",
        "fits no part",
        lambda: COMMIT + b":100644 100644 " + b"a" * 40 + b" " + b"b" * 40 + b"\t\n",
    ),
    (
        "git text log: modes without end",
        "error",
        "fits no part",
        lambda: COMMIT + b":" + filled(b"100644 ") + b"x\n",
    ),
    (
        "git text log: an author of blanks",
        "ok",
        "1",
        lambda: COMMIT.replace(b"A <a@x>", b"A" + BLANKS + b"x"),
    ),
    (
        "git text log: a rename of arrows",
        "ok",
        "1",
        lambda: COMMIT + b"1\t1\t{" + filled(b" => ") + b"\n",
    ),
    (
        "git text log: a rename of braces",
        "ok",
        "1",
        lambda: COMMIT + b"1\t1\t" + b"/{" * 20_000 + b" => " * 20_000 + b"}" * 20_000 + b"x\n",
    ),
    (
        "git text log: a number of 5 000 digits",
        "error",
        "fits no part",
        lambda: COMMIT + b"9" * 5_000 + b"\t1\tx\n",
    ),
]
