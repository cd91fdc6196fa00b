"""Hostile and broken tables, and reports on their way to a table: rows as in `markup_kinds.py`."""

import io

import pyarrow as pa
import pyarrow.parquet as pq

HEADER = b"name,status\n"


def parquet(columns, **options):
    """A Parquet file of one row group."""
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer, **options)
    return buffer.getvalue()


def one_text(text, count):
    """A column in which one text comes often, held once."""
    return pa.DictionaryArray.from_arrays(pa.array([0] * count, pa.int32()), pa.array([text]))


def line(value):
    """A line of JSON."""
    return b'{"name":"t","status":"passed","x":%b}\n' % value


KINDS = [
    ("table: two thousand empty columns", "ok", None,
     lambda: b"name,status," + b",".join(b"c%d" % n for n in range(1_990)) + b"\n"
     + (b"t,passed" + b"," * 1_990 + b"\n") * 2_500),
    ("table: a quarter of a million short rows", "error", "can't be read",
     lambda: HEADER + b"a\n" * 250_000),
    ("table: a quarter of a million rows that are no text", "error", "can't be read",
     lambda: HEADER + b"\xff,passed\n" * 250_000),
    ("table: a quote that never closes", "error", "is never closed",
     lambda: HEADER + b'"' + b"x" * 40_000_000),
    ("table: a line of 15 MB of lists", "error", "MiB of memory",
     lambda: line(b"[" + b"[]," * 5_000_000 + b"[]]")),
    ("table: a thousand lists in a line", "ok", None, lambda: line(b"[" * 1_000 + b"]" * 1_000)),
    ("table: six hundred lists and a NaN", "ok", None,
     lambda: line(b"[NaN," + b"[" * 600 + b"]" * 601)),
    ("table: twenty lines of 10 MB", "ok", None,
     lambda: line(b'"' + b"x" * 10_000_000 + b'"') * 20),
    ("table: a quarter of a million lines of no JSON", "error", "can't be read",
     lambda: line(b"1") + b"{x\n" * 250_000),
    ("table: a line of 20 MB in UTF-16", "error", "longer than",
     lambda: ('{"name":"' + "x" * 20_000_000).encode("utf-16")),
    ("table: UTF-16 cut in a character", "partial", "no text",
     lambda: line(b"1").decode().encode("utf-16") + b"{\0\0"),
    ("table: Parquet, a text of 100 kB in a million rows", "error", "times its size",
     lambda: parquet({"name": one_text("x" * 100_000, 1_000_000),
                      "status": one_text("passed", 1_000_000)})),
    ("table: Parquet, a text of 60 MB", "error", "MiB each",
     lambda: parquet({"name": ["x" * 60_000_000], "status": ["passed"]}, compression="zstd",
                     use_dictionary=False)),
    ("loaded: a suite's name of 1 MB over 50 000 cases", "ok", None,
     lambda: b'<testsuite name="%b">%b</testsuite>'
     % (b"x" * 1_000_000, b'<testcase name="c"/>' * 50_000)),
    ("loaded: a thousand names of 100 kB", "ok", None,
     lambda: b'<testsuite name="s">%b</testsuite>'
     % b"".join(b'<testcase name="%d%b" classname="c" time="1"/>' % (n, b"x" * 100_000)
                for n in range(1_000))),
]  # fmt: skip
