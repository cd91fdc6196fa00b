"""Random damage to every format: only a reason or a part may come of it."""

import contextlib
import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dlt_pipelines.parsers import coverage
from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.head import read_head

EXAMPLES = int(os.environ.get("TESTOPS_FUZZ_EXAMPLES", "60"))
IS_FIXED = "TESTOPS_FUZZ_EXAMPLES" not in os.environ
TOKENS = st.sampled_from(
    [
        b"<", b">", b"/>", b'"', b"'", b"&", b"&lt;", b"&x;", b"<!--", b"-->", b"<![CDATA[", b"]]>",
        b"{", b"}", b"[", b"]", b":", b",", b"null", b"true", b"-1", b"0", b"1e9",
        b"99999999999999999999",
        b"\n", b"\r", b"\x00", b"\xff", b"\xef\xbb\xbf", b"SF:", b"DA:", b"end_of_record", b"BRDA:",
        b"<line ", b'number="', b'hits="', b"<class ", b"</class>", b"lines", b"files", b"%", b"=",
    ]
)  # fmt: skip
DAMAGE = st.lists(
    st.tuples(
        st.floats(0, 1),
        st.integers(0, 12),
        st.lists(TOKENS | st.binary(max_size=4), max_size=3).map(b"".join),
    ),
    min_size=1,
    max_size=4,
)


def damaged(data: bytes, damage: list[tuple[float, int, bytes]]) -> bytes:
    for where, taken, put in damage:
        at = int(where * len(data))
        data = data[:at] + put + data[at + taken :]
    return data


@pytest.mark.parametrize("name", sorted(coverage.FORMATS))
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=IS_FIXED,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(damage=DAMAGE)
def test_damage_is_partial_or_refused(name, damage, samples, rows):
    data = damaged(samples[name][0], damage)
    coverage.detect(read_head(data, "x"))
    with contextlib.suppress(ParseError):
        found = rows(data, name)
        report = found.report
        assert report.parse in ("ok", "partial")
        assert (report.error is None) == (report.parse == "ok")
        assert (report.lines_valid or 0) >= 0
        for lines in found.lines.values():
            for number, (hits, valid, covered) in lines.items():
                assert number >= 1
                assert hits is None or 0 <= hits < 2**63
                assert (valid is None) == (covered is None)
                assert valid is None or 0 <= covered <= valid


@settings(max_examples=max(150, EXAMPLES), deadline=None, derandomize=IS_FIXED)
@given(data=st.lists(TOKENS | st.binary(max_size=8), max_size=30).map(b"".join))
def test_anything_is_refused_or_read_as_any_format(data):
    for name in coverage.FORMATS:
        with contextlib.suppress(ParseError):
            coverage.read(data, name, coverage.Sink.discarding())
