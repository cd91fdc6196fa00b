"""JSON values → column values."""

from datetime import UTC, datetime

import pytest

from dlt_pipelines.parsers.github import values


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02T11:04:05.250+08:00", datetime(2026, 1, 2, 3, 4, 5, 250_000, tzinfo=UTC)),
        ("2026-01-02T03:04:05", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        (1_700_000_000, datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", None),
        ("0001-01-01T00:00:00+10:00", None),
        ("9999-12-31T23:59:59-05:00", None),
        ("soon", None),
        ("2026-13-01T00:00:00Z", None),
        ("20260102", None),
        ("", None),
        (None, None),
        (-5, None),
        (10**20, None),
        (True, None),
        ({}, None),
    ],
    ids=repr,
)
def test_moment(value, expected):
    assert values.moment(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (5, 5),
        ("17", 17),
        (5.0, 5),
        (2**63 - 1, 2**63 - 1),
        (2**63, None),
        ("9" * 5000, None),
        (5.5, None),
        (float("inf"), None),
        (True, None),
        ("x", None),
        ("²", None),
        (None, None),
        ([], None),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_integer(value, expected):
    assert values.integer(value) == expected


def test_text_flag_login_and_names():
    assert [values.text(value) for value in ("", "a", 5, None, True, {}, [])] == [
        "", "a", "5", None, None, None, None,
    ]  # fmt: skip
    assert [values.flag(value) for value in (True, False, None, "true", 1)] == [
        True, False, None, None, None,
    ]  # fmt: skip
    assert [values.login(value) for value in ({"login": "ada"}, None, {}, "ada")] == [
        "ada", None, None, None,
    ]  # fmt: skip
    assert values.names_json([{"name": "bug"}, "plain"]) == '["bug","plain"]'
    assert values.names_json(None) is None


def test_names_leave_out_what_has_none():
    named = [{"name": "bug"}, {"name": None}, None, "flaky", {}]
    assert values.names_json(named) == '["bug","flaky"]'
    assert values.names_json(None) is None
