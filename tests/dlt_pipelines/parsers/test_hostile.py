"""Content made to break a reader: a clear reason, bounded memory and time, nothing else raised."""

import gzip
import io
import json
import random
import struct
import time
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from dlt_pipelines.parsers import xml_tree
from dlt_pipelines.parsers.head import read_head
from dlt_pipelines.parsers.inspection import Inspection, inspect_stream

SAMPLES = Path(__file__).parent / "test_results" / "samples"
MEMORY_LIMIT = 512 * 1024 * 1024
SECONDS_LIMIT = 30.0


def inspect(content):
    found = Inspection(path="report")
    inspect_stream(io.BytesIO(content), found)
    return found


def zipped(members, **options):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


def suite(inside, head=""):
    return f'{head}<testsuite name="s">{inside}</testsuite>'.encode()


CASE = '<testcase classname="c" name="n" time="1"/>'
OTHER = CASE.replace('time="1"', 'time="2"')
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
BOMB = f'<!DOCTYPE x [<!ENTITY l0 "lol">{LAUGHS}]>'
EXTERNAL = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
PARAMETER = '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://localhost:9/x.dtd"> %p;]>'


def broken(content, says, id):  # noqa: A002
    return pytest.param(content, says, id=id)


REFUSED = [
    broken(suite('<testcase name="&l9;"/>', BOMB), "entit", id="entity bomb in an attribute"),
    broken(
        suite("<testcase><failure>&l9;</failure></testcase>", BOMB),
        "entit",
        id="entity bomb in text",
    ),
    broken(
        suite(CASE, '<!DOCTYPE x [<!ENTITY a "' + "a" * 100_000 + '">]>'),
        "entit",
        id="quadratic entity",
    ),
    broken(suite(CASE, BOMB).decode().encode("utf-16"), "entit", id="entity bomb in UTF-16"),
    broken(b"", "empty", id="empty file"),
    broken(b" \n\t ", "white space", id="white space only"),
    broken(b"\xef\xbb\xbf", "white space", id="byte order mark only"),
    broken(b"\xff\xfe", "white space", id="UTF-16 mark only"),
    broken(b"\x00" * 1000, "white space", id="zero bytes only"),
    broken(b"\x00\x01\x02\x03" * 100, "binary", id="binary"),
    broken(random.Random(7).randbytes(10_000), "binary data", id="random bytes"),
    broken(b"<" * 100_000, "text of no known", id="only opening brackets"),
    broken(b"<testsuite " + b"a='b' " * 10, "ends in the middle", id="a start tag that never ends"),
    broken(b"&" * 100_000, "text of no known", id="only ampersands"),
    broken(
        b"<!DOCTYPE testsuite SYSTEM 'x'>",
        "text of no known",
        id="a document type and nothing else",
    ),
    broken(b"<?xml version='1.0'?>", "text of no known", id="a declaration and nothing else"),
    broken(b"<!-- comment -->", "text of no known", id="a comment and nothing else"),
    broken(b"[" * 200_000, "JSON array", id="JSON arrays without end"),
    broken(b'{"numTotalTests":1,"testResults":' + b"[" * 100_000, "deep", id="nested JSON report"),
    broken(b'{"a":' * 100_000, "JSON object", id="JSON objects without end"),
    broken(
        b'{"numTotalTests":1,"testResults":1' + b"0" * 5000 + b"}", "digit", id="gigantic integer"
    ),
    broken(b'{"results":{"tests":,"summary":{}}}', "line 1, column 21", id="JSON with a hole"),
    broken(b"nan", "text of no known", id="the word nan"),
    broken(b'"just a string"', "text of no known", id="a JSON string"),
    broken(b"42", "text of no known", id="a JSON number"),
    broken(zipped([]), "empty archive", id="empty zip"),
    broken(zipped([("a.txt", b"hello")]), "no report", id="zip without report"),
    broken(zipped([("../../etc/a.xml", suite(CASE))]), "out of the archive", id="path that climbs"),
    broken(zipped([("/etc/a.xml", suite(CASE))]), "out of the archive", id="absolute path"),
    broken(zipped([("C:\\a.xml", suite(CASE))]), "out of the archive", id="path with drive"),
    broken(
        zipped([("a\\..\\..\\b.xml", suite(CASE))]),
        "out of the archive",
        id="backslashes that climb",
    ),
    broken(zipped([("a.xml", suite(CASE))])[:-30], "damaged or cut off", id="cut-off zip"),
    broken(b"PK\x03\x04" + b"\x00" * 100, "damaged or cut off", id="zip mark and nothing else"),
    broken(b"\x1f\x8b", "unexpected end", id="gzip mark and nothing else"),
    broken(gzip.compress(b""), "no report", id="gzip of nothing"),
    broken(gzip.compress(b"\x00" * 50_000_000), "times its size", id="gzip bomb"),
    broken(zipped([("a.xml", b" " * 50_000_000)]), "times its size", id="zip bomb"),
]


def nested_zip(depth):
    content = zipped([("a.xml", suite(CASE))])
    for level in range(depth):
        content = zipped([(f"{level}.zip", content)])
    return content


REFUSED.append(broken(nested_zip(6), "nested", id="zip in zip in zip"))


def encrypted_zip():
    content = bytearray(zipped([("a.xml", suite(CASE))]))
    central = content.rfind(b"PK\x01\x02")
    for offset in (6, central + 8):
        flags = struct.unpack_from("<H", content, offset)[0]
        struct.pack_into("<H", content, offset, flags | 1)
    return bytes(content)


def link_zip():
    info = zipfile.ZipInfo("a.xml")
    info.external_attr = 0o120777 << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(info, "/etc/passwd")
    return buffer.getvalue()


REFUSED.append(broken(encrypted_zip(), "encrypted", id="encrypted zip"))
REFUSED.append(broken(link_zip(), "symbolic link", id="symbolic link in a zip"))


@pytest.mark.parametrize(("content", "says"), REFUSED)
def test_refused_with_a_reason(content, says):
    started = time.monotonic()
    found = inspect(content)
    assert time.monotonic() - started < SECONDS_LIMIT
    assert found.parse == "error"
    assert says
    assert says in (found.error or "")


READABLE = [
    pytest.param(suite(CASE) + b'<x><!ENTITY a "b"></x>', "entit", id="entity behind a mistake"),
    pytest.param(
        suite("<testcase>&e;</testcase>", EXTERNAL), "external entity", id="external entity"
    ),
    pytest.param(
        suite('<testcase name="&e;"/>', EXTERNAL), "", id="external entity in an attribute"
    ),
    pytest.param(suite(CASE, PARAMETER), "external entity", id="external parameter entity"),
    pytest.param(suite(CASE * 3)[:-20], "ends in the middle", id="cut-off XML"),
    pytest.param(suite(CASE + "<a>" * 50_000), "nested", id="nested elements"),
    pytest.param(suite(CASE) + b"\x00" * 1000, "", id="zero bytes behind"),
    pytest.param(suite(CASE + '<testcase name="\ufffe"/>'), "", id="forbidden character"),
    pytest.param(suite(CASE + "\x0b\x0c"), "", id="vertical tab"),
    pytest.param(suite(CASE + "&#0;&#xFFFF;&#xD800;"), "", id="forbidden references"),
    pytest.param(suite(CASE) * 3, "", id="three documents in one"),
    pytest.param(b"\x1b[32m" + suite(CASE), "", id="terminal colour before"),
    pytest.param(gzip.compress(suite(CASE * 9))[:-6], "packed", id="cut-off gzip"),
    pytest.param(
        zipped([("a.xml", suite(CASE)), ("b.xml", b"<")]), "", id="one good, one bad in a zip"
    ),
]


@pytest.mark.parametrize(("content", "says"), READABLE)
def test_what_can_be_read_is_kept_and_marked_partial(content, says):
    found = inspect(content)
    assert found.parse == "partial", found
    assert found.tests >= 1
    assert says in found.error


HARMLESS = [
    pytest.param(
        suite(CASE, "<!DOCTYPE testsuite SYSTEM 'http://localhost:9/x.dtd'>"), 1, id="DTD named"
    ),
    pytest.param(suite('<testcase name="n" time="1e999"/>'), 1, id="endless time"),
    pytest.param(suite(f'<testcase name="{"n" * 1_000_000}"/>'), 1, id="a name of a megabyte"),
    pytest.param(
        suite(f"<testcase><failure>{'x' * 5_000_000}</failure></testcase>"), 1, id="long trace"
    ),
    pytest.param(
        suite("<testcase " + " ".join(f'a{n}="x"' for n in range(5000)) + "/>"),
        1,
        id="5 000 attributes",
    ),
    pytest.param(
        b'<testsuite tests="99999999999999999999999" time="NaN">' + CASE.encode() + b"</testsuite>",
        1,
        id="gigantic totals",
    ),
    pytest.param(b'{"numTotalTests":NaN,"testResults":[]}', 0, id="NaN as total"),
    pytest.param(
        b'{"numTotalTests":1e400,"testResults":[{"assertionResults":[{"status":"passed","duration":-Infinity}]}]}',
        1,
        id="endless duration",
    ),
    pytest.param(b'{"numTotalTests":1,"numTotalTests":2,"testResults":[]}', 2, id="key twice"),
    pytest.param(
        b'{"numTotalTests":0,"testResults":[null,1,"x",[],{}]}', 0, id="wrong kinds in an array"
    ),
    pytest.param(b'{"numTotalTests":0,"testResults":{"a":1}}', 0, id="object for an array"),
    pytest.param(
        b'{"numTotalTests":1,"testResults":[{"assertionResults":[{"status":"passed","title":"\\ud800"}]}]}',
        1,
        id="lone surrogate",
    ),
    pytest.param(b"1..999999999\nok 1\n", 1, id="TAP plan of a milliard"),
    pytest.param(b"ok 99999999999999999999 - x\n", 1, id="TAP number of twenty digits"),
    pytest.param(
        zipped([("a.xml", suite(CASE)), ("b/a.xml", suite(CASE))]), 1, id="the same report twice"
    ),
    pytest.param(
        zipped([("a.xml", suite(CASE)), ("b.xml", suite(OTHER * 2))]), 3, id="two reports"
    ),
    pytest.param(
        zipped([("a.zip", zipped([("a.xml.gz", gzip.compress(suite(CASE)))]))]),
        1,
        id="gzip in zip in zip",
    ),
    pytest.param(
        zipped([("__MACOSX/a.xml", b"x"), ("d/", b""), ("d/a.xml", suite(CASE))]),
        1,
        id="folder and resource fork",
    ),
]


@pytest.mark.parametrize(("content", "tests"), HARMLESS)
def test_odd_but_harmless(content, tests):
    found = inspect(content)
    assert (found.kind, found.parse, found.tests) == ("test", "ok", tests), found
    json.dumps(found.as_dict(), allow_nan=False).encode("utf-8")
    assert found.sentence().startswith("report: ")


class EndlessAttribute(io.RawIOBase):
    """A stream of 100 MB that holds one attribute, made while it is read."""

    HEAD = b'<testsuite><testcase classname="c" name="first" time="1"/><testcase name="'
    SIZE = 100 * 1024 * 1024

    def __init__(self):
        self.position = 0

    def readable(self):
        return True

    def seekable(self):
        return True

    def seek(self, offset, whence=0):
        base = {0: 0, 1: self.position, 2: self.SIZE}[whence]
        self.position = base + offset
        return self.position

    def tell(self):
        return self.position

    def read(self, size=-1):
        size = min(size if size >= 0 else self.SIZE, self.SIZE - self.position)
        start, self.position = self.position, self.position + size
        head = self.HEAD[start : start + size]
        return head + b"a" * (size - len(head))


def test_an_attribute_of_100_megabytes_keeps_memory_and_time_bounded():
    found = Inspection(path="report")
    started = time.monotonic()
    tracemalloc.start()
    try:
        inspect_stream(EndlessAttribute(), found)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert time.monotonic() - started < SECONDS_LIMIT
    assert peak < MEMORY_LIMIT
    assert found.parse == "partial"
    assert found.tests == 1
    assert "longer than" in found.error


def test_a_json_report_that_would_fill_the_memory_is_refused():
    content = b'{"numTotalTests":1,"testResults":[' + b"[]," * 5_000_000 + b"[]]}"
    found = inspect(content)
    assert (found.parse, "memory" in found.error) == ("error", True)


def test_a_tree_that_would_fill_the_memory_is_cut_off(monkeypatch):
    monkeypatch.setattr(xml_tree, "BYTES_LIMIT", 2_000_000)
    case = b'<test-case name="n" result="Passed"/>'
    content = b'<test-run><test-suite name="s">' + case * 20_000 + b"</test-suite></test-run>"
    found = inspect(content)
    assert (found.parse, "memory" in found.error) == ("partial", True)
    assert 1_000 < found.tests < 20_000


def test_many_long_texts_do_not_fill_the_memory():
    failure = f"<failure>{'x' * 300_000}</failure>"
    suites = f'<testsuite name="{"n" * 100_000}">' * 100
    content = suite(f"<testcase>{failure * 300}</testcase>{suites}{CASE}")
    tracemalloc.start()
    try:
        found = inspect(content)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (found.failed, found.passed) == (1, 1)
    assert peak < MEMORY_LIMIT


def test_more_members_than_allowed_end_the_archive():
    content = zipped([(f"{n}.xml", suite(CASE.replace("n", str(n)))) for n in range(30)])
    from dlt_pipelines.parsers.archives import Limits, Refused, read_members

    members = list(read_members(content, "a.zip", Limits(members=10)))
    assert len(members) == 11
    assert isinstance(members[-1], Refused)
    assert "more than 10 members" in members[-1].reason


SAMPLE_FILES = sorted(path for path in SAMPLES.iterdir() if path.suffix != ".csv")


@pytest.mark.parametrize("path", SAMPLE_FILES, ids=lambda path: path.name)
def test_every_format_cut_off_anywhere_is_read_or_refused(path):
    whole = path.read_bytes()
    step = max(1, len(whole) // 60)
    for length in range(0, len(whole), step):
        found = inspect(whole[:length])
        assert found.parse in ("ok", "partial", "error")
        assert found.parse == "ok" or found.error


@pytest.mark.parametrize("path", SAMPLE_FILES, ids=lambda path: path.name)
@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "utf-32"])
def test_every_format_in_other_encodings(path, encoding):
    text = path.read_text("utf-8")
    expected = inspect(path.read_bytes())
    found = inspect(text.encode(encoding))
    assert (found.format, found.tests, found.failed) == (
        expected.format,
        expected.tests,
        expected.failed,
    )


def test_spaces_and_words_without_end_take_no_time():
    """After a mistake tags are read by patterns, which must not try each space with each other."""
    started = time.process_time()
    document = b"<a><b x=1 /><c" + b" " * 1_000_000 + b'"></a>'
    assert xml_tree.read_tree(document).problem
    read_head(b"<a " + b"a" * 60_000 + b">", "a.xml")
    value = "<value>" + "a." * 60_000 + "</value>"
    run = f'<test><class name="c"><test-method name="m" status="PASS"><params><param>{value}'
    inspect(f"<testng-results><suite>{run}</param></params></test-method></class></test>".encode())
    assert time.process_time() - started < 5
