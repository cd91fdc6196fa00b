"""Hostile and broken text of every kind: rows as in `markup_kinds.py`.

A name that starts with `diff:`, `owners:`, `git log:` or `git text log:` is read by that reader.
"""

import random

HUNK = b"--- a/f\n+++ b/f\n@@ -0,0 +1 @@\n+x\n"
SHA = b"a" * 40
LOG = b"\0".join(
    [SHA, SHA, b"", b"A", b"a@x", b"1600000000", b"A", b"a@x", b"1600000000", b"subject", b"body\n"]
)


def lcov(lines, path="a.py"):
    """An lcov record."""
    return f"TN:\nSF:{path}\nDA:1,1\n{lines}end_of_record\n".encode()


def commits(*changed):
    """A log of one commit with fields replaced, `(place, bytes)` each."""
    fields = LOG.split(b"\0")
    for place, value in changed:
        fields[place] = value
    return b"\0".join(fields) + b"\0"


KINDS = [
    # Nothing, and what is no report.
    ("empty file", "error", "empty", lambda: b""),
    ("white space", "error", "white space", lambda: b" \n\t\r\n " * 1000),
    ("byte order mark only", "error", "white space", lambda: b"\xef\xbb\xbf"),
    ("UTF-16 mark only", "error", "white space", lambda: b"\xff\xfe"),
    ("zero bytes only", "error", "white space", lambda: b"\0" * 5_000_000),
    ("random bytes", "error", "", lambda: random.Random(7).randbytes(1_000_000)),
    ("one line of 50 MB", "error", "", lambda: b"x" * 50_000_000),
    ("ten million line ends", "error", "white space", lambda: b"\n" * 10_000_000),
    ("a picture", "error", "picture", lambda: b"\x89PNG\r\n\x1a\n" + b"\0" * 1000),
    ("an executable", "error", "binary", lambda: b"\x7fELF\x02\x01\x01" + b"\0" * 1000),
    ("a CSV file", "error", "", lambda: b"name,status\na,passed\n" * 1000),
    ("a CSV line of 20 MB of quotes", "error", "", lambda: b'"' * 20_000_000),
    # TAP.
    ("TAP: plan of a milliard", "ok", None, lambda: b"1..1000000000\nok 1\n"),
    ("TAP: number of twenty digits", "ok", None, lambda: b"1..1\nok 99999999999999999999\n"),
    ("TAP: plan twice", "ok", None, lambda: b"1..1\nok 1\n1..1\n"),
    ("TAP: plan that runs backwards", "ok", None, lambda: b"TAP version 13\n1..0\nok 1\n"),
    ("TAP: block never closed", "ok", None, lambda: b"1..1\nok 1\n  ---\n  a: 1\n" * 1),
    (
        "TAP: block of 4 MB",
        "ok",
        None,
        lambda: b"1..1\nok 1\n  ---\n" + b"  a: 1\n" * 500_000 + b"  ...\n",
    ),
    (
        "TAP: 20 000 levels of subtests",
        "ok",
        None,
        lambda: (
            b"1..1\n"
            + b"".join(b" " * (4 * (n % 200)) + b"ok 1\n" for n in range(20_000))
            + b"ok 1\n"
        ),
    ),
    ("TAP: bail out at once", "ok", None, lambda: b"TAP version 13\nBail out! no database\n"),
    ("TAP: bail out in the middle", "ok", None, lambda: b"1..9\nok 1\nBail out!\n"),
    ("TAP: description of 20 MB", "ok", None, lambda: b"1..1\nok 1 - " + b"x" * 20_000_000),
    ("TAP: carriage returns only", "ok", None, lambda: b"1..2\rok 1\rnot ok 2\r"),
    ("TAP: 300 000 tests", "ok", None, lambda: b"ok\n" * 300_000 + b"1..300000\n"),
    # Go's text.
    (
        "go text: elapsed time of 5 000 digits",
        "ok",
        None,
        lambda: b"=== RUN   T\n--- PASS: T (" + b"9" * 5_000 + b"s)\nPASS\nok  \tp\t1s\n",
    ),
    ("go text: never a result", "ok", None, lambda: b"=== RUN   T\n=== RUN   U\n"),
    (
        "go text: 500 levels of subtests",
        "ok",
        None,
        lambda: (
            b"".join(b"    " * n + b"--- PASS: T%d (0.00s)\n" % n for n in range(500))
            + b"PASS\nok  \tp\t1s\n"
        ),
    ),
    # lcov and Go cover.
    ("lcov: no end of record", "partial", "end_of_record", lambda: lcov("")[:-14]),
    ("lcov: line end missing", "ok", None, lambda: lcov("")[:-1]),
    ("lcov: hits of 40 digits", "ok", None, lambda: lcov(f"DA:2,{'9' * 40}\n")),
    ("lcov: hits below zero", "ok", None, lambda: lcov("DA:2,-4\n")),
    ("lcov: line of 40 digits", "ok", None, lambda: lcov(f"DA:{'9' * 40},1\n")),
    ("lcov: lines zero and below", "ok", None, lambda: lcov("DA:0,1\nDA:-1,1\n")),
    ("lcov: hits that are no number", "partial", "malformed", lambda: lcov("DA:2,x\nDA:3,\nDA:\n")),
    ("lcov: hits in exponents", "partial", "malformed", lambda: lcov("DA:2,1e999\nDA:3,0x10\n")),
    (
        "lcov: branches without numbers",
        "ok",
        None,
        lambda: lcov("BRDA:,,,\nBRDA:1\nBRDA:1,a,b,c\n"),
    ),
    ("lcov: branch of 40 digits", "ok", None, lambda: lcov(f"BRDA:1,{'9' * 40},{'9' * 40},1\n")),
    ("lcov: totals of 40 digits", "ok", None, lambda: lcov(f"LF:{'9' * 40}\nLH:-1\n")),
    ("lcov: path of 5 MB", "ok", None, lambda: lcov("", "a/" * 2_500_000)),
    ("lcov: path with zero bytes and escapes", "ok", None, lambda: lcov("", "../..\0/\x1b[31m")),
    ("lcov: a line half a million times", "ok", None, lambda: lcov("DA:2,1\n" * 500_000)),
    ("lcov: 60 000 records of one file", "ok", None, lambda: lcov("") * 60_000),
    (
        "lcov: 30 000 files",
        "ok",
        None,
        lambda: b"".join(b"SF:%d\nDA:1,1\nend_of_record\n" % n for n in range(30_000)),
    ),
    ("lcov: zero bytes in the middle", "partial", "", lambda: lcov("DA:2,\0\0\n")),
    ("lcov: in UTF-16", "ok", None, lambda: lcov("").decode().encode("utf-16")),
    (
        "Go cover: block of a milliard lines",
        "partial",
        "not blocks",
        lambda: b"mode: set\na.go:1.1,1000000000.1 1 1\n",
    ),
    (
        "Go cover: 5 000 blocks of a million lines",
        "partial",
        "",
        lambda: b"mode: set\n" + b"".join(b"a%d.go:1.1,999999.1 1 1\n" % n for n in range(5_000)),
    ),
    (
        "Go cover: block that runs backwards",
        "partial",
        "not blocks",
        lambda: b"mode: set\na.go:9.1,2.1 1 1\n",
    ),
    (
        "Go cover: numbers of 40 digits",
        "partial",
        "not blocks",
        lambda: b"mode: set\na.go:1.1,2.1 " + b"9" * 40 + b" " + b"9" * 40 + b"\n",
    ),
    (
        "Go cover: numbers below zero",
        "partial",
        "",
        lambda: b"mode: set\na.go:1.1,2.1 1 1\na.go:-1.1,-2.1 -1 -1\n",
    ),
    ("Go cover: mode nobody knows", "ok", None, lambda: b"mode: banana\na.go:1.1,2.1 1 1\n"),
    ("Go cover: cut", "partial", "", lambda: b"mode: set\na.go:1.1,2.1 1 1\na.go:3.1,"),
    # Diffs.
    (
        "diff: hunk of a milliard lines",
        "ok",
        "1",
        lambda: b"--- a/f\n+++ b/f\n@@ -1,999999999 +1,999999999 @@\n+x\n",
    ),
    (
        "diff: hunk numbers of 40 digits",
        "ok",
        "0",
        lambda: b"--- a/f\n+++ b/f\n@@ -1 +" + b"9" * 40 + b" @@\n+x\n",
    ),
    ("diff: hunk without file", "ok", "0", lambda: b"@@ -0,0 +1 @@\n+x\n"),
    ("diff: header that never ends", "ok", "0", lambda: b"diff --git " + b"a/" * 10_000_000),
    (
        "diff: quotes that never end",
        "ok",
        "1",
        lambda: HUNK.replace(b"b/f", b'"b/f' + b"\\" * 100_001),
    ),
    ("diff: escapes that are none", "ok", "1", lambda: HUNK.replace(b"b/f", b'"b/\\9\\x\\777"')),
    ("diff: path that climbs", "ok", "1", lambda: HUNK.replace(b"b/f", b"b/../../../etc/passwd")),
    (
        "diff: a thousand parents",
        "ok",
        "0",
        lambda: (
            b"--- a/f\n+++ b/f\n"
            + b"@" * 1001
            + b" "
            + b"-1 " * 1000
            + b"+1 "
            + b"@" * 1001
            + b"\n"
        ),
    ),
    ("diff: line of 30 MB", "ok", "1", lambda: HUNK[:-2] + b"x" * 30_000_000),
    (
        "diff: 30 000 files",
        "ok",
        "30000",
        lambda: b"".join(HUNK.replace(b"/f", b"/%d" % n) for n in range(30_000)),
    ),
    ("diff: zero bytes", "ok", "1", lambda: HUNK + b"\0" * 100_000),
    ("diff: cut in a hunk header", "ok", "0", lambda: HUNK[:-8]),
    # CODEOWNERS.
    ("owners: pattern of stars", "ok", "4", lambda: b"*a" * 2_000 + b" @x\n"),
    ("owners: ten thousand double stars", "ok", "", lambda: b"/**" * 10_000 + b"/a @x\n"),
    ("owners: range that never ends", "ok", "", lambda: b"[a-" * 50_000 + b" @x\n"),
    ("owners: line of 1 MB", "ok", "", lambda: b"*.py " + b"@x " * 300_000),
    (
        "owners: 10 000 rules",
        "ok",
        "",
        lambda: b"".join(b"/d%d/ @t%d\n" % (n, n) for n in range(10_000)),
    ),
    ("owners: zero bytes and no UTF-8", "ok", "", lambda: b"\0\xff\xfe*.py @x\n"),
    ("owners: section that never closes", "ok", "", lambda: b"[" * 100_000 + b"\n*.py @x\n"),
    ("owners: approvals of 40 digits", "ok", "", lambda: b"[s][" + b"9" * 40 + b"] @x\n*.py\n"),
    (
        "owners: 100 000 sections",
        "ok",
        "",
        lambda: b"".join(b"[s%d]\n/a/%d/ @x\n" % (n, n) for n in range(100_000)),
    ),
    (
        "owners: one section 100 000 times",
        "ok",
        "",
        lambda: b"".join(b"[s] @o%d\n" % n for n in range(100_000)) + b"*.py\n",
    ),
    (
        "owners: 100 000 patterns without a fixed end",
        "ok",
        "",
        lambda: b"".join(b"*%d* @x\n" % n for n in range(100_000)),
    ),
    (
        "owners: a rule with 100 000 owners",
        "ok",
        "",
        lambda: b"* " + b"".join(b"@o%d " % n for n in range(100_000)),
    ),
    # Logs of git.
    ("git log: parents that are no text", "ok", "1", lambda: commits((2, b"\xff" * 40))),
    (
        "git log: a change without a letter",
        "error",
        "a changed file should",
        lambda: commits() + b"\n:100644\0f\0",
    ),
    ("git log: cut in a commit", "error", "", lambda: commits()[:100]),
    (
        "git log: time of 40 digits",
        "ok",
        "1",
        lambda: commits((5, b"9" * 40), (8, b"-" + b"9" * 40)),
    ),
    ("git log: time that is no number", "ok", "1", lambda: commits((5, b"soon"))),
    ("git log: hash that is none", "error", "", lambda: commits((0, b"not a hash"))),
    ("git log: subject of 20 MB", "ok", "1", lambda: commits((9, b"x" * 20_000_000))),
    (
        "git log: names that are no UTF-8",
        "ok",
        "1",
        lambda: commits((3, b"\xff\xfe"), (9, b"\xed\xa0\x80")),
    ),
    ("git log: 100 000 parents", "ok", "1", lambda: commits((2, b" ".join([SHA] * 100_000)))),
    ("git log: no log at all", "error", "", lambda: b"fatal: not a git repository\n"),
    (
        "git text log: no log at all",
        "error",
        "fits no part",
        lambda: b"fatal: not a git repository\n" * 1000,
    ),
    (
        "git text log: date out of range",
        "error",
        "not whole",
        lambda: b"commit " + SHA + b"\nAuthor: A <a>\nDate:   99999999999999 +9999\n\n    x\n",
    ),
    (
        "git text log: rename that is none",
        "error",
        "not whole",
        lambda: (
            b"commit "
            + SHA
            + b"\nAuthor: A <a>\nDate:   1600000000 +0000\n\n    x\n\n1\t1\ta/{{{ => }/b\n"
        ),
    ),
]
