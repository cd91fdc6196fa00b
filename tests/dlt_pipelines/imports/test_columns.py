"""Columns: maps, suggestions, types, constants."""

from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dlt_pipelines.parsers.tables.kinds import KINDS
from dlt_pipelines.parsers.tables.texts import texts_of
from dlt_pipelines.parsers.tables.values import converted, instant


def test_maps_join_split_and_win_over_names(project, take):
    content = "project,branch,id,sha,state,when\np,main,7,abc,SUCCESS,1700000000\n"
    maps = ["project=repository", "branch+id=run_id", "branch=head_branch", "sha=head_sha"]
    maps += ["state=result", "when=started_at", "id=run_number"]
    options = [word for text in maps for word in ("--map", text)]
    code, found = take(project.write("r.csv", content), "runs", *options)
    assert code == 0
    assert found["other_columns"] == []
    [row] = pq.read_table(project.landed()[0]).to_pylist()
    assert (row["repository"], row["run_id"], row["run_number"]) == ("p", "main/7", 7)
    assert (row["head_branch"], row["head_sha"]) == ("main", "abc")
    assert (row["result"], row["vendor_result"]) == ("success", "SUCCESS")


def test_other_columns_are_reported_and_kept(project, take):
    content = "Repository,Run ID,started_at,result,colour\na/b,1,2026-01-01,ok,red\n"
    code, found = take(project.write("r.csv", content), "runs")
    assert (code, found["other_columns"]) == (0, ["colour"])
    assert found["columns"]["Run ID"] == "run_id"
    [row] = pq.read_table(project.landed()[0]).to_pylist()
    assert row["other_columns"] == '{"colour":"red"}'


@pytest.mark.parametrize(
    ("column", "suggestion"),
    [("sha", "sha=head_sha"), ("reslt", "reslt=result"), ("Branch", "Branch=head_branch")],
)
def test_similar_names_are_suggested_not_guessed(project, take, column, suggestion):
    content = f"repository,run_id,started_at,{column}\na/b,1,2026-01-01,ok\n"
    code, found = take(project.write("r.csv", content), "runs")
    assert (code, found["suggestions"]) == (0, [suggestion])
    assert found["other_columns"] == [column]


def test_what_is_missing_is_said_with_the_next_step(project, take):
    code, found = take(project.write("t.csv", "test_id,verdict\n1,0\n"), "test_results")
    assert code == 1
    for part in (
        "no column `repository`, `name`, `status` or `is_failed`",
        "--map test_id=name",
        "--map verdict=is_failed",
        "--repository owner/name",
    ):
        assert part in found["error"]


@pytest.mark.parametrize(
    ("map_", "said"),
    [
        ("sha", "write `theirs=ours`"),
        ("a=head_shaa", "do you mean `head_sha`?"),
        ("=head_sha", "write `theirs=ours`"),
    ],
)
def test_a_wrong_map_is_wrong_usage(project, take, map_, said):
    code, message = take(project.write("r.csv", "a\n1\n"), "runs", "--map", map_)
    assert code == 2
    assert said in message


def test_an_unknown_kind_is_wrong_usage(project, take):
    code, message = take(project.write("r.csv", "a\n1\n"), "builds")
    assert code == 2
    assert "choose one of runs, jobs" in message


def test_the_repository_fills_only_rows_without_one(project, take):
    content = "repository,run_id,started_at\n,1,2026-01-01\nc/d,2,2026-01-01\n"
    take(project.write("r.csv", content), "runs", "--repository", "a/b", "--vendor", "teamcity")
    rows = pq.read_table(project.landed()[0]).to_pylist()
    assert [(row["repository"], row["vendor"]) for row in rows] == [
        ("a/b", "teamcity"),
        ("c/d", "teamcity"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-31T12:00:00Z", "2026-01-31 12:00:00", "2026-01-31T13:00:00+01:00",
        "2026-01-31 12:00:00 UTC", "2026-01-31 07:00:00 -0500", "1769860800", "1769860800.0",
        "1769860800000", "1769860800000000", "1769860800000000000",
        "Sat, 31 Jan 2026 12:00:00 GMT", "2026-01-31T12:00:00.000000000Z",
    ],
)  # fmt: skip
def test_instants(text):
    assert instant(text) == datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "31/01/2026", "yesterday", "12", "2026-13-01", "1e300",
        "Sat Jan 31 12:00:00 CET 2026", "31 Jan 2026 12:00:00 PM",
        # dates without marks, which as milliseconds would be of 1976 and 2612
        "202601311200", "20260131120000",
    ],
)  # fmt: skip
def test_what_is_no_instant(text):
    with pytest.raises(ValueError, match="which is"):
        instant(text)


@pytest.mark.parametrize(
    ("name", "texts", "values", "wrong"),
    [
        ("run_number", ["7", "7.0", "+7", None, "NaN"], [7, 7, 7, None, None], []),
        ("run_number", ["7.5", "-1", "9" * 19], [None] * 3, [0, 1, 2]),
        ("duration_seconds", ["1.5", "-1", "1e3", "n/a"], [1.5, None, 1000.0, None], []),
        ("duration_seconds", ["inf", "1e999", "1,5"], [None] * 3, [0, 1, 2]),
        ("duration_seconds", ["2147483647", "1e10"], [2147483647.0, None], [1]),
        ("run_number", ["20260131120000"], [20260131120000], []),
        ("run_attempt", ["1000000", "1000001"], [1000000, None], [1]),
        ("result", ["Timed out", "ABORTED", "pass"], ["timed_out", "cancelled", "success"], []),
    ],
)
def test_types(name, texts, values, wrong):
    column = KINDS["runs"].column(name)
    found, reasons = converted(pa.array(texts, pa.string()), column)
    assert (found.to_pylist(), sorted(reasons)) == (values, wrong)


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        (pa.array([1.0, None, 1e15]), ["1", None, "1000000000000000"]),
        (pa.array([1.5, 2.0]), ["1.5", "2.0"]),
        (pa.array([True, None]), ["true", None]),
        (pa.array([b"x", b"\xff"]), ["x", "\ufffd"]),
        (pa.array([[1], None], pa.list_(pa.int64())), ["[1]", None]),
        (pa.array([0], pa.timestamp("ns", "Europe/Berlin")), ["1970-01-01T01:00:00+01:00"]),
        (pa.array([0], pa.date32()), ["1970-01-01"]),
        (pa.array([Decimal(12300), None], pa.decimal128(38, 0)), ["12300", None]),
        (pa.array([Decimal("1.50"), Decimal("2.00")], pa.decimal128(9, 2)), ["1.50", "2"]),
        (pa.array([1_500, None], pa.duration("ms")), ["1.5", None]),
        (pa.array([3_720], pa.time32("s")), ["01:02:00"]),
    ],
    ids=[
        *("whole", "floats", "flags", "bytes", "list", "instant", "date"),
        *("ids as decimals", "decimals", "duration", "time"),
    ],
)
def test_typed_columns_become_texts(values, texts):
    assert texts_of(values).to_pylist() == texts


def test_each_kind_is_whole():
    for kind in KINDS.values():
        assert {*kind.key} | {name for group in kind.one_of for name in group} <= {*kind.names}
        assert all(column.description.endswith((".", "…")) for column in kind.columns), kind.name
        assert "vendor" in kind.names
