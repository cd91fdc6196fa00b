"""Zip and gzip, read under limits."""

import gzip
import io
import time
import zipfile

import pytest

from dlt_pipelines.files import unpacked
from dlt_pipelines.parsers.archives import Limits, Member, Refused, archive_kind, read_members
from dlt_pipelines.parsers.errors import ParseError


def zipped(members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


def unpack(content, name="a.zip", **limits):
    """Return (path, bytes or reason, problem) of every member."""
    found = []
    for member in read_members(content, name, Limits(**limits)):
        if isinstance(member, Member):
            content = member.stream.read()
            assert len(content) == member.size_bytes
            found.append((member.path, content, member.problem))
        else:
            assert isinstance(member, Refused)
            found.append((member.path, member.reason, None))
    return found


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        pytest.param(b"PK\x03\x04rest", "zip", id="zip"),
        pytest.param(b"PK\x05\x06", "zip", id="empty zip"),
        pytest.param(b"\x1f\x8b\x08", "gzip", id="gzip"),
        pytest.param(b"<xml/>", None, id="xml"),
        pytest.param(b"", None, id="nothing"),
    ],
)
def test_kinds_are_told_by_the_first_bytes(start, kind):
    assert archive_kind(start) == kind


def test_members_come_in_order_with_their_paths():
    content = zipped([("b/x.xml", b"one"), ("a.xml", b"two")])
    assert unpack(content) == [("b/x.xml", b"one", None), ("a.xml", b"two", None)]


def test_a_gzip_member_has_the_name_without_its_ending():
    assert unpack(gzip.compress(b"one"), "reports/a.xml.gz") == [("a.xml", b"one", None)]


def test_gzip_members_behind_each_other_are_one_file():
    content = gzip.compress(b"one") + gzip.compress(b"two")
    assert b"".join(part[1] for part in unpack(content, "a.gz")) == b"onetwo"


def test_many_empty_gzip_members_cost_no_more_than_their_bytes():
    packed = gzip.compress(b"") * 400_000 + gzip.compress(b"end")
    started = time.process_time()
    assert unpack(packed, "a.xml.gz") == [("a.xml", b"end", None)]
    assert unpacked("a.xml.gz", packed, 10) == b"end"
    # copied anew at the end of each member, they take more than a minute
    assert time.process_time() - started < 8


def test_nested_archives_show_their_levels():
    content = zipped([("in.zip", zipped([("a.xml.gz", gzip.compress(b"deep"))]))])
    assert unpack(content) == [("in.zip!a.xml.gz!a.xml", b"deep", None)]


def test_a_cut_off_gzip_gives_what_was_there_and_says_so():
    content = gzip.compress(bytes(range(256)) * 4000)
    ((path, start, problem),) = unpack(content[:-40], "a.gz")
    assert (path, "packed data" in problem) == ("a", True)
    assert (bytes(range(256)) * 4000).startswith(start)
    assert start


def test_a_damaged_member_does_not_spoil_the_others():
    content = bytearray(zipped([("a.xml", b"x" * 1000), ("b.xml", b"good")]))
    content[40] ^= 0xFF
    found = unpack(bytes(content))
    assert found[1] == ("b.xml", b"good", None)
    assert "unpacked" in found[0][1] or found[0][2]


def test_sizes_are_counted_not_believed():
    content = zipped([("a.xml", b"x" * 10_000), ("b.xml", b"small")])
    found = unpack(content, member_bytes=5_000)
    assert "more than 5000 bytes" in found[0][1]
    assert found[1] == ("b.xml", b"small", None)


def test_the_total_ends_the_archive():
    content = zipped([(f"{n}.xml", b"x" * 10_000) for n in range(10)])
    found = unpack(content, total_bytes=25_000)
    assert [part[0] for part in found] == ["0.xml", "1.xml", "2.xml"]
    assert "more than 25000 bytes" in found[-1][1]


def test_a_damaged_archive_is_refused():
    with pytest.raises(ParseError, match="damaged or cut off"):
        unpack(b"PK\x03\x04" + b"\x00" * 50)


def test_a_stream_is_read_as_well_as_bytes():
    content = io.BytesIO(zipped([("a.xml", b"one")]))
    assert [member.path for member in read_members(content, "a.zip")] == ["a.xml"]
