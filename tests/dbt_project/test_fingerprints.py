"""Fingerprints of failures: one cause is one group, distinct causes stay apart.

The model is rendered with the project's own macros and asked on messages as test frameworks of
several languages write them; no dbt is started.
"""

import csv
from pathlib import Path

import duckdb
import jinja2
import pytest

PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"
COLUMNS = "test_result_key, repository, test_key, class_name, suite_path, failure_type"
COLUMNS += ", failure_message, failure_details, is_failure"

PYTEST = """def test_total():
>       assert total(cart) == {expected}
E       assert {found} == {expected}

tests/test_cart.py:{line}: AssertionError"""
TRACEBACK = """Traceback (most recent call last):
  File "/{root}/lib/python3.12/unittest/case.py", line 58, in testPartExecutor
    yield
  File "/{root}/tests/test_cart.py", line {line}, in test_total
    total(None)
  File "/{root}/shop/cart.py", line 7, in total
    return cart.sum
AttributeError: 'NoneType' object has no attribute 'sum'"""
JAVA = """java.net.ConnectException: Connection refused ({host}:5432)
\tat java.base/sun.nio.ch.Net.connect(Net.java:579)
\tat com.acme.Store.open(Store.java:{line})
\tat com.acme.{test}.setUp({test}.java:20)"""
GO = """=== RUN   {test}
    cart_test.go:{line}: expected {expected}, got 5
--- FAIL: {test} (0.0{line}s)"""
JEST = """Error: expect(received).toBe(expected) // Object.is equality

Expected: {expected}
Received: 4
    at Object.<anonymous> (/home/{user}/shop/src/cart.test.js:{line}:11)
    at Promise.then (/home/{user}/shop/node_modules/jest-circus/build/run.js:1:9)"""
CSHARP = """System.TimeoutException : Timed out after {expected} seconds
   at Acme.Pages.Base.Wait() in C:\\agent\\{line}\\Acme\\Base.cs:line {line}
   at Acme.Flows.{test}() in C:\\agent\\{line}\\Acme\\{test}.cs:line 12"""


def case(message, *, details=None, kind=None, group="tests.test_cart", repository="o/a"):
    return (repository, group, kind, message, details)


@pytest.fixture(scope="module")
def fingerprints():
    """Fingerprint of each case, in order."""
    names = ("portability/texts.sql", "fingerprints.sql", "stack_frames.sql", "surrogate_key.sql")
    macros = "".join((PROJECT / "macros" / name).read_text("utf-8") for name in names)
    path = PROJECT / "models/intermediate/test/int_failure_fingerprints_found.sql"
    template = jinja2.Environment(autoescape=False).from_string(macros + path.read_text("utf-8"))
    sql = template.render(ref=lambda name: name, config=lambda **_: "")

    def found(*cases):
        with duckdb.connect() as connection:
            connection.execute(f"create table tries ({COLUMNS.replace(',', ' varchar,')} boolean)")
            for index, (repository, group, kind, message, details) in enumerate(cases):
                key = f"t{index}"
                row = [key, repository, key, group, None, kind, message, details]
                connection.execute(f"insert into tries values ({'?, ' * 8} true)", row)
            connection.execute("create view int_test_tries_placed as select * from tries")
            rows = connection.execute(
                f"select test_result_key, failure_fingerprint from ({sql})"
            ).fetchall()
            made = dict(rows)
            return [made[f"t{index}"] for index in range(len(cases))]

    return found


SAME = {
    "numbers": (case("expected 3 but was 4"), case("expected 503 but was -1.5e3")),
    "times and units": (
        case("no answer in 30000ms at 2026-01-02T03:04:05.678Z"),
        case("no answer in 5 s at 2026-11-21 10:20:30+01:00"),
    ),
    "ids and addresses": (
        case("order 7f3c2a1b-1111-2222-3333-444455556666 of com.acme.Order@1b2c3d4 at 0x7ffe12"),
        case("order 00000000-aaaa-bbbb-cccc-444455556666 of com.acme.Order@77aa at 0x01"),
    ),
    "short ids of digits alone": (case("at commit 1b2c3d4e"), case("at commit 12345678")),
    "durations of several units": (
        case("panic: test timed out after 10m0s, PT1M30S, 2d3h, 12 µs"),
        case("panic: test timed out after 1h2m3.5s, P1DT5S, 17d1h, 4μs"),
    ),
    "moments as dates print them": (
        case("[Wed May  1 10:00:00 UTC 2024] no"),
        case("[Thu May 12 23:10:00 CEST 2025] no"),
    ),
    "moments of half a day": (case("at May 1, 2024 9:00:00 AM"), case("at Jun 12, 2024 10:30 PM")),
    "moments of a web server": (
        case("[01/May/2024:10:00:00 +0000] no"),
        case("[12/Jun/2025:23:59:01 -0730] no"),
    ),
    "addresses of networks and their ports": (
        case("bind 127.0.0.1:8080, fe80::1ff:fe23:4567:890a, [::1]:80, 00:1A:2b:3c:4d:5e"),
        case("bind 10.0.0.17:80, 2001:db8::1, [fd00::2]:8443, aa-bb-cc-dd-ee-ff"),
    ),
    "paths with blanks": (
        case(r"cannot open C:\Program Files (x86)\Acme\a.txt now"),
        case(r"cannot open D:\Temp\b.log now"),
    ),
    "quotations of other languages": (case("got «a» or „b“"), case("got «c d» or „“")),
    "a long value that is quoted": (
        case(f'expected "{"<a b> " * 85}" to be "x", so it is'),
        case(f'expected "{"<c/d>=" * 99}" to be "y z", so it is'),
    ),
    "a value that was cut": (
        case(f'expected "{"<a b> " * 500}'[:2000]),
        case(f'expected "{"<c/d>= " * 500}'[:2000]),
    ),
    "paths and addresses of the web": (
        case("cannot read /tmp/run-81/a.json from https://a.example/v1?x=1"),
        case("cannot read C:\\Temp\\b\\c.json from http://b.example:8080/"),
    ),
    "colours": (case("\x1b[31mError\x1b[0m: no"), case("Error: no")),
    "quoted values": (case("no user 'ann' in \"A\""), case('no user \'bob o\' in "B\\" "')),
    "lists of any length": (case("got [1, 2, 3]"), case("got [1, 2]")),
    "pytest": (
        case(PYTEST.format(expected=3, found=4, line=12)),
        case(PYTEST.format(expected=30, found=41, line=99)),
    ),
    "python trace": (
        case(TRACEBACK.format(root="w", line=12)),
        case(TRACEBACK.format(root="builds/9/x", line=31)),
    ),
    "java from several callers": (
        case(JAVA.format(host="10.0.0.3", line=41, test="CartTest"), group="CartTest"),
        case(JAVA.format(host="10.0.9.1", line=44, test="OrderTest"), group="OrderTest"),
    ),
    "go behind an empty word": (
        case("Failed", details=GO.format(test="TestTotal", line=23, expected=4)),
        case("Failed", details=GO.format(test="TestSum", line=61, expected=9)),
    ),
    "jest": (
        case(JEST.format(expected=3, user="ann", line=8)),
        case(JEST.format(expected=11, user="runner", line=80)),
    ),
    "csharp from callers that are not named as tests": (
        case(CSHARP.format(expected=30, line=5, test="Approve"), group="Approve"),
        case(CSHARP.format(expected=60, line=77, test="Reject"), group="Reject"),
    ),
    "an outage in several repositories": (
        case("could not connect to db-1.example: no route to host", repository="o/a", group="A"),
        case("could not connect to db-1.example: no route to host", repository="o/b", group="B"),
    ),
    "an outage where the code of each repository meets it": (
        case("connection refused (10.0.0.3:5432)", details="E\n at open (/w/db.js:3:1)"),
        case(
            "connection refused (10.9.0.1:5432)",
            details="E\n at open (/w/db.js:9:1)",
            repository="o/b",
            kind=None,
        ),
    ),
}
APART = {
    "other words": (case("no route to host"), case("connection reset by peer")),
    "other names": (case("step_12 is no function"), case("step_13 is no function")),
    "other types": (case("no", kind="a.b.KeyError"), case("no", kind="a.b.ValueError")),
    "names of scopes": (case("no de::add"), case("no fe::add")),
    "words behind a moment": (case("May 1 10:00:00 GET"), case("May 1 10:00:00 PUT")),
    "words behind a network address": (case("10.0.0.1: closed"), case("10.0.0.1: refused")),
    "priorities": (case("P1 is open"), case("P2 is open")),
    "an open quotation": (case('no end: "abc, line'), case('no end: "def, line')),
    "an assertion of another class": (
        case("expected 3 but was 4", group="CartTest"),
        case("expected 3 but was 4", group="OrderTest"),
    ),
    "an assertion of another repository": (
        case("expected 3 but was 4", repository="o/a"),
        case("expected 3 but was 4", repository="o/b"),
    ),
    "own code elsewhere": (
        case("no", details="Error\n at open (/w/src/store.js:3:1)"),
        case("no", details="Error\n at open (/w/src/cart.js:3:1)"),
    ),
    "own code of another repository": (
        case("no", details="Error\n at open (/w/src/store.js:3:1)", repository="o/a"),
        case("no", details="Error\n at open (/w/src/store.js:3:1)", repository="o/b"),
    ),
    "words between apostrophes of two words": (
        case("can't open the door, it isn't there"),
        case("can't open the shop, it isn't there"),
    ),
    "nothing said": (case(None), case(None)),
    "an empty word": (case("Failed"), case("Failed")),
}  # fmt: skip


@pytest.mark.parametrize("pair", SAME.values(), ids=SAME)
def test_one_cause_is_one_group(pair, fingerprints):
    first, second = fingerprints(*pair)
    assert first == second


@pytest.mark.parametrize("pair", APART.values(), ids=APART)
def test_distinct_causes_stay_apart(pair, fingerprints):
    first, second = fingerprints(*pair)
    assert first != second


def test_no_failure_no_fingerprint(fingerprints):
    assert fingerprints() == []


@pytest.mark.corpus
def test_a_lost_session_of_a_real_suite_is_one_cause(corpus, fingerprints):
    """84 tests of a recorded report fail for one lost browser session, in as many call stacks."""
    from dlt_pipelines.parsers import test_results
    from dlt_pipelines.parsers.columns import ColumnBuffer
    from dlt_pipelines.parsers.head import read_head
    from dlt_pipelines.parsers.test_results.model import CASE_COLUMNS, Sink

    with (corpus / "reports" / "MANIFEST.csv").open(encoding="utf-8") as listed:
        (path,) = (row["path"] for row in csv.DictReader(listed) if "44527.xml" in row["path"])
    data = (corpus / "reports" / path).read_bytes()
    sink = Sink(cases=ColumnBuffer(CASE_COLUMNS, 10_000))
    sink.report_id = "r"
    test_results.read(data, test_results.detect(read_head(data, path)), sink, name=path)
    (columns,) = sink.cases.pop_batches()
    rows = [
        dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)
    ]
    lost = [
        case(row["failure_message"], details=row["failure_details"], group=row["class_name"])
        for row in rows
        if "not available and is not among the last" in (row["failure_message"] or "")
    ]
    assert len(lost) > 80
    # It showed at two places of the code.
    assert len(set(fingerprints(*lost))) == 2
