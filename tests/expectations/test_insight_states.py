"""Whether an insight is new, ongoing or resolved: by what was published before, and only that."""

import json
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
import pytest

from expectations.publishing import Publication, PublishError, Shelf, publication, publish
from expectations.publishing.insights import insights_of
from expectations.results import ExpectationResult, GateResult

NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)
PASSED = GateResult("published", ())
FAILED = GateResult(
    "published",
    (ExpectationResult("rows", "core.t", "blocking", False, "Rows.", "0 rows", ()),),
)


class Publisher:
    """Publishes builds that say what they are told to, an hour after each other."""

    def __init__(self, folder: Path) -> None:
        self.build = folder / "build.duckdb"
        self.shelf = Shelf(folder / "published")
        self.hours = count()

    def says(self, said: dict[str, float], *, with_team: bool = False) -> None:
        """Make the build file: insights with their impact."""
        self.build.unlink(missing_ok=True)
        team = ", 'orders' as team" if with_team else ""
        with duckdb.connect(str(self.build)) as connection:
            connection.execute("create schema core; create schema marts")
            connection.execute("create table core.t as select 1 as x")
            connection.execute(
                "create table marts.mart_insight__statements as"
                " select key as insight_key, row_number() over (order by seconds desc) as"
                f" impact_rank, cast(seconds as double) as impact_seconds, key as sentence{team}"
                " from (select unnest(?) as key, unnest(?) as seconds)",
                [list(said), list(said.values())],
            )

    def publish(self, inputs: Any, gate: GateResult = PASSED) -> Publication:
        """Publish the build file as one that was made from these inputs."""
        now = NOON + timedelta(hours=next(self.hours))
        return publish(
            self.build, self.shelf, gates=[gate], now=now, data_as_of=now,
            additions=[insights_of(self.shelf, {"loads": inputs})],
        )  # fmt: skip

    def say(self, inputs: Any, **said: float) -> Publication:
        """Make a build and publish it."""
        self.says(said)
        return self.publish(inputs)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the build that readers have."""
        manifest = json.loads(self.shelf.current_manifest.read_text())
        database = self.shelf.database(manifest["build_id"])
        with duckdb.connect(str(database), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    @property
    def states(self) -> dict[str, str]:
        """State by insight, in the order of their ranks."""
        return dict(
            self.rows("select insight_key, insight_state from insights.statements order by all")
        )

    @property
    def history(self) -> list[tuple[Any, ...]]:
        """Number of the build, insight, state and impact."""
        return self.rows("""
            select build_number, insight_key, insight_state, impact_seconds
            from insights.history inner join insights.builds using (build_id) order by all
        """)


@pytest.fixture
def publisher(tmp_path: Path) -> Publisher:
    return Publisher(tmp_path)


def test_from_new_over_ongoing_to_resolved_and_back(publisher: Publisher) -> None:
    first = publisher.say(1, slow=9, red=5)
    assert publisher.states == {"slow": "new", "red": "new"}
    publisher.say(2, slow=9, flaky=7)
    assert publisher.states == {"slow": "ongoing", "flaky": "new", "red": "resolved"}
    since = publisher.rows(
        "select insight_key, first_build_id, hour(first_data_as_of) from insights.statements"
        " where insight_state <> 'new' order by all"
    )
    assert since == [("red", first.build_id, 12), ("slow", first.build_id, 12)]
    # Resolved is said once.
    publisher.say(3, slow=9, flaky=7)
    assert publisher.states == {"slow": "ongoing", "flaky": "ongoing"}
    back = publisher.say(4, slow=9, red=1)
    assert publisher.states == {"slow": "ongoing", "red": "new", "flaky": "resolved"}
    assert publisher.rows(
        "select first_build_id from insights.statements where insight_key = 'red'"
    ) == [(back.build_id,)]


def test_resolved_ones_are_ranked_behind_all_others(publisher: Publisher) -> None:
    publisher.say(1, small=1, unknown=None, large=50)
    publisher.say(2, tiny=0.5)
    assert publisher.rows(
        "select impact_rank, insight_key from insights.statements order by impact_rank"
    ) == [(1, "tiny"), (2, "large"), (3, "small"), (4, "unknown")]


def test_history_has_what_changed_and_nothing_else(publisher: Publisher) -> None:
    publisher.say(1, same=1, grows=1)
    publisher.say(2, same=1, grows=2)
    publisher.say(3, same=1)
    publisher.say(4, same=1)
    assert publisher.history == [
        (1, "grows", "new", 1),
        (1, "same", "new", 1),
        (2, "grows", "ongoing", 2),
        (3, "grows", "resolved", 2),
    ]
    assert publisher.rows("select count(*), sum(statement_count) from insights.builds") == [(4, 6)]


@pytest.mark.parametrize("times", [1, 3])
def test_the_same_inputs_again_say_the_same(publisher: Publisher, times: int) -> None:
    publisher.say(1, slow=9, red=5)
    publisher.say(2, slow=9, flaky=7)
    states, history = publisher.states, publisher.history
    for _ in range(times):
        again = publisher.say(2, slow=9, flaky=7)
        assert publisher.states == states
        assert publisher.history == history
    assert publisher.rows("select max_by(build_id, build_number) from insights.builds") == [
        (again.build_id,)
    ]
    publisher.say(3, slow=9, flaky=7)
    assert publisher.states == {"slow": "ongoing", "flaky": "ongoing"}


def test_the_first_build_again_is_still_the_first(publisher: Publisher) -> None:
    publisher.say(1, slow=9)
    publisher.say(1, slow=9)
    assert publisher.states == {"slow": "new"}
    assert publisher.rows("select count(*) from insights.builds") == [(1,)]


def test_going_back_to_earlier_inputs_is_another_build(publisher: Publisher) -> None:
    publisher.say(1, slow=9)
    publisher.say(2)
    publisher.say(1, slow=9)
    assert publisher.states == {"slow": "new"}
    assert [row[0] for row in publisher.rows("from insights.builds order by all")] == [1, 2, 3]


@pytest.mark.parametrize("links_before", [0, 1, 2], ids=["no link", "one link", "both links"])
def test_a_publication_that_was_killed_changes_no_state(
    publisher: Publisher, monkeypatch: pytest.MonkeyPatch, links_before: int
) -> None:
    publisher.say(1, slow=9)
    publisher.says({"slow": 9, "red": 5})
    turned = publication.replace_link
    links = count()

    def killed(*arguments: Any) -> None:
        if next(links) == links_before:
            raise KeyboardInterrupt
        turned(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(publication, "replace_link", killed)
        if links_before == 2:
            patched.setattr(Shelf, "retire", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            publisher.publish(2)
    assert publisher.states == (
        {"slow": "ongoing", "red": "new"} if links_before == 2 else {"slow": "new"}
    )
    publisher.publish(2)
    assert publisher.states == {"slow": "ongoing", "red": "new"}
    assert publisher.history == [(1, "slow", "new", 9), (2, "red", "new", 5)]


def test_what_was_never_shown_was_never_said(
    publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between the links, then newer data: nobody has read what the killed one said."""
    publisher.say(1, slow=9)
    turned = publication.replace_link

    def killed(link: Path, target: str) -> None:
        if link.suffix == ".json":
            raise KeyboardInterrupt
        turned(link, target)

    with monkeypatch.context() as patched:
        patched.setattr(publication, "replace_link", killed)
        with pytest.raises(KeyboardInterrupt):
            publisher.say(2, slow=9, red=5)
    publisher.say(3, slow=9, red=5)
    assert publisher.states == {"slow": "ongoing", "red": "new"}


def test_a_failed_gate_leaves_no_trace(publisher: Publisher) -> None:
    publisher.say(1, slow=9)
    publisher.says({"red": 5})
    with pytest.raises(PublishError):
        publisher.publish(2, FAILED)
    publisher.say(3, slow=9, red=5)
    assert publisher.states == {"slow": "ongoing", "red": "new"}


def test_a_damaged_build_is_passed_over(publisher: Publisher) -> None:
    publisher.say(1, slow=9)
    damaged = publisher.say(2, slow=9, red=5)
    publisher.shelf.database(damaged.build_id).write_bytes(b"no database")
    publisher.say(3, slow=9, red=5)
    assert publisher.states == {"slow": "ongoing", "red": "new"}


def test_columns_come_with_the_models(publisher: Publisher) -> None:
    publisher.say(1, slow=9)
    publisher.says({"slow": 9}, with_team=True)
    publisher.publish(2)
    assert publisher.rows(
        "select insight_state, team from insights.history inner join insights.builds"
        " using (build_id) order by build_number"
    ) == [("new", None), ("ongoing", "orders")]
    publisher.say(3, red=1)
    assert publisher.states == {"red": "new", "slow": "resolved"}


def test_history_outlives_the_builds_on_the_shelf(publisher: Publisher) -> None:
    first = publisher.say(1, slow=9)
    for number in range(2, 9):
        publisher.say(number, slow=9)
    assert first.build_id not in publisher.shelf.build_ids()
    assert publisher.states == {"slow": "ongoing"}
    assert publisher.rows("select distinct first_build_id from insights.statements") == [
        (first.build_id,)
    ]


def test_a_build_without_insights_is_published_too(publisher: Publisher) -> None:
    publisher.says({})
    with duckdb.connect(str(publisher.build)) as connection:
        connection.execute("drop table marts.mart_insight__statements")
    publisher.publish(1)
    assert publisher.rows("select 1 from duckdb_schemas() where schema_name = 'insights'") == []
    publisher.say(2, slow=9)
    assert publisher.states == {"slow": "new"}
