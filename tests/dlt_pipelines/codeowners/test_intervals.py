"""Intervals of ownership, against a day-by-day reference."""

import itertools
import json
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from dlt_pipelines.codeowners.intervals import Edition, Interval, intervals_of
from dlt_pipelines.parsers.codeowners import parse

START = datetime(2026, 1, 1, tzinfo=UTC)
PATHS = ["a", "src/a", "src/b", "docs/x"]


def day(number: int) -> datetime:
    return START + timedelta(days=number)


def edition(number: int, text: str | None) -> Edition:
    return Edition(day(number), f"sha{number}", None if text is None else parse(text))


def test_intervals_go_on_while_owners_and_pattern_stay():
    found = intervals_of(
        [
            edition(1, "* @all\n"),
            edition(2, "# a comment moves the line\n* @all\nsrc/ @src\n"),
            edition(3, "* @all\nsrc/\n"),
            edition(4, None),
            edition(5, "src/a @a\n"),
        ],
        ["docs/x", "src/a"],
    )
    assert found == [
        Interval("docs/x", '["@all"]', "*", 1, "sha1", day(1), day(4)),
        Interval("src/a", '["@all"]', "*", 1, "sha1", day(1), day(2)),
        Interval("src/a", '["@src"]', "src/", 3, "sha2", day(2), day(3)),
        Interval("src/a", "[]", "src/", 2, "sha3", day(3), day(4)),
        Interval("src/a", '["@a"]', "src/a", 1, "sha5", day(5), None),
    ]


def test_the_same_owners_by_another_rule_are_another_interval():
    found = intervals_of([edition(1, "* @x\n"), edition(2, "/a @x\n")], ["a"])
    assert [(interval.rule_pattern, interval.valid_to) for interval in found] == [
        ("*", day(2)),
        ("/a", None),
    ]


def test_of_several_editions_in_one_instant_the_last_counts():
    found = intervals_of([edition(1, "* @x\n"), edition(1, "* @y\n"), edition(1, "* @z\n")], ["a"])
    assert [(interval.owners, interval.valid_from) for interval in found] == [('["@z"]', day(1))]


TEXTS = st.one_of(
    st.none(),
    st.lists(
        st.sampled_from(["* @all", "src/ @src", "src/a @a", "src/", "*.x @b", "docs/* @all"]),
        max_size=3,
    ).map("\n".join),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), TEXTS), max_size=6))
def test_every_day_has_the_owners_of_its_edition(steps):
    number = 0
    editions = []
    for gap, text in steps:
        number += gap
        editions.append(edition(number, text))
    found = intervals_of(editions, PATHS)
    for path in PATHS:
        own = [interval for interval in found if interval.path == path]
        for one, other in itertools.pairwise(own):
            assert one.valid_from < one.valid_to <= other.valid_from
            assert one.valid_to < other.valid_from or (one.owners, one.rule_pattern) != (
                other.owners,
                other.rule_pattern,
            )
        for instant in map(day, range(-1, number + 2)):
            current = [e.rules for e in editions if e.valid_from <= instant][-1:]
            answer = current[0].owners(path) if current and current[0] else None
            expected = [list(answer.owners)] if answer and answer.rules else []
            covering = [
                json.loads(interval.owners)
                for interval in own
                if interval.valid_from <= instant
                and (interval.valid_to is None or instant < interval.valid_to)
            ]
            assert covering == expected
