"""What files hold: formats, encodings, damage, hostile content."""

import gzip
import io
import json
import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.tables.checking import TableCheck
from dlt_pipelines.parsers.tables.kinds import KINDS
from dlt_pipelines.parsers.tables.reading import read_batches

HEADER = "repository,run_id,result,started_at\n"
ROWS = "a/b,1,success,2026-01-01T10:00:00Z\na/b,2,FAILED,2026-01-01T11:00:00+01:00\n"
CSV = HEADER + ROWS
JSON_LINES = (
    b'{"repository":"a/b","run_id":1,"result":"success","started_at":1767261600}\n\n'
    b'{"started_at":1767261600000,"repository":"a/b","run_id":"2","result":"failed"}\n'
)


def _parquet(table: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return buffer.getvalue()


def _runs_table() -> pa.Table:
    return pa.table(
        {
            "repository": ["a/b", "a/b"],
            "run_id": pa.array([1.0, 2.0]),
            "result": pa.array(["success", "failed"]).dictionary_encode(),
            "started_at": pa.array([1767261600, 1767261600], pa.timestamp("s")),
        }
    )


@pytest.mark.parametrize(
    "content",
    [
        CSV.encode(),
        CSV.replace(",", ";").encode(),
        CSV.replace(",", "\t").replace("\n", "\r\n").encode(),
        CSV.encode("utf-8-sig"),
        CSV.encode("utf-16"),
        _parquet(_runs_table()),
        JSON_LINES,
    ],
    ids=["csv", "semicolon", "tab", "bom", "utf-16", "parquet", "json lines"],
)
def test_each_format_gives_the_same_rows(project, take, content):
    code, found = take(project.write("runs", content), "runs")
    assert code == 0, found
    assert (found["status"], found["row_count"], found["rejected_count"]) == ("accepted", 2, 0)
    [path] = project.landed()
    rows = pq.read_table(path).to_pylist()
    assert [(r["run_id"], r["result"], r["started_at"].isoformat()) for r in rows] == [
        ("1", "success", "2026-01-01T10:00:00+00:00"),
        ("2", "failure", "2026-01-01T10:00:00+00:00"),
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty, without even a header"),
        (b"\n \n", "empty, without even a header"),
        (b'[{"run_id": 1}]', "one JSON object per line"),
        (b"\x00\x01\x02run_id", "NUL"),
        (b"PK\x03\x04\x14\0\0\0[Content_Types].xml", "export the sheet"),
        (CSV.encode("utf-16-le"), "NUL"),
        (_parquet(_runs_table())[:200], "cut or damaged"),
        (b"PAR1", "cut or damaged"),
        (b"repository,run_id,run_id\na,1,2\n", "`run_id` twice"),
        (b"repository,run_id\na,1\n", "no column `started_at`"),
        ((HEADER + 'a/b,1,success,"2026-01-01\n').encode() + b"x" * 34_000_000, "never closed"),
        (b'{"run_id": "' + b"x" * 17_000_000 + b'"}', "longer than 16 MiB"),
        (b"{broken\n", "no line of it can be read: in line 1 it is no JSON"),
        (("a," * 3000 + "b\n1").encode(), "more than 2000 columns"),
    ],
    ids=[
        "empty", "blank", "array", "binary", "zip", "utf-16 without mark", "cut parquet",
        "magic only", "name twice", "missing column", "open quote", "long line", "broken json",
        "wide",
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_refused_with_the_reason(project, take, content, said):
    code, found = take(project.write("runs", content), "runs")
    assert code == 1
    assert found["status"] == "refused"
    assert said in found["error"]
    assert project.landed() == []
    assert list(project.landing.rglob(".*.part")) == []


def test_a_header_alone_is_nothing_to_take(project, take):
    code, found = take(project.write("runs.csv", HEADER), "runs")
    assert (code, found["status"], found["row_count"]) == (0, "accepted", 0)
    assert project.landed() == []


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("a/b,3,success", "3 values for 4 columns"),
        ("a/b,3,success,2026-01-01,more", "5 values for 4 columns"),
        ("a/b,,success,2026-01-01", "`run_id` is empty"),
        ("a/b,3,wonderful,2026-01-01", "`result` is `wonderful`"),
        ("a/b,3,success,01/02/2026", "no instant"),
        ("a/b,3,success,1066-10-14", "not between 1970"),
        ("a/b,3\0,success,2026-01-01", "NUL character"),
        (f"a/b,{'3' * 5000},success,2026-01-01", "longer than 4096 bytes"),
        ("a/b,\udcff,success,2026-01-01", "no UTF-8"),
        ("a/b,\udcff,success", "3 values for 4 columns"),
    ],
    ids=[
        "short", "long", "empty", "word", "instant", "ages ago", "nul", "huge", "bytes",
        "short bytes",
    ],
)  # fmt: skip
def test_a_row_that_does_not_fit_is_named_and_the_others_are_taken(project, take, row, said):
    content = (CSV + row + "\na/b,4,ok,2026-01-02\n").encode(errors="surrogateescape")
    code, found = take(project.write("runs.csv", content), "runs")
    assert (code, found["row_count"], found["rejected_count"]) == (0, 3, 1)
    assert found["problems"][0]["row"] == 3
    assert said in found["problems"][0]["reason"]
    [path] = project.landed()
    taken = pq.read_table(path).to_pylist()
    assert [row["row_number"] for row in taken if row["rejected_reason"] is None] == [1, 2, 4]


def test_a_line_that_is_no_object_is_rejected_alone(project, take):
    lines = [JSON_LINES.decode().splitlines()[0]]
    content = "\n".join([*lines, "[1]", "{oops", *lines, ""])
    code, found = take(project.write("runs.jsonl", content), "runs")
    assert (code, found["row_count"], found["rejected_count"]) == (0, 2, 2)
    assert [one["row"] for one in found["problems"]] == [2, 3]


def test_numbers_of_json_keep_their_digits_and_nan_is_no_value(project, take):
    row = '{"repository":"a/b","run_id":%s,"run_number":%s,"result":"ok","started_at":1767261600'
    lines = [
        row % ("12345678901234567890123", "12.0") + "}",
        row % ("18446744073709551616", "NaN") + ',"tags":[123456789012345678901234]}',
        row % ("3.0", "-Infinity") + "}",
        row % ("4", "NaN") + ',"tags":"\\ud800"}',
        row % ("5", "7") + ',"tags":Infinite}',
        row % ('"-NaN-"', "7") + "}",
    ]
    code, found = take(project.write("runs.jsonl", "\n".join(lines)), "runs")
    assert (code, found["row_count"], found["rejected_count"]) == (0, 3, 3), found
    reasons = sorted((one["row"], one["reason"].partition(":")[0]) for one in found["problems"])
    assert reasons == [
        (3, "`run_number` is `-inf`, which is no whole number"),
        (4, "it is no JSON"),
        (5, "it is no JSON"),
    ]
    landed = pq.read_table(project.landed()[0]).to_pylist()
    rows = [row for row in landed if row["rejected_reason"] is None]
    assert [(row["run_id"], row["run_number"], row["other_columns"]) for row in rows] == [
        ("12345678901234567890123", 12, None),
        ("18446744073709551616", None, '{"tags":"[123456789012345678901234]"}'),
        ("-NaN-", 7, None),
    ]


@pytest.mark.parametrize(
    ("ids", "taken"),
    [
        (["3.0", "null", "1e3"], ["3", "1000"]),
        (["3.0", "3.5"], ["3.0", "3.5"]),
        (["3.0", "1e17"], ["3.0", "1e+17"]),
    ],
    ids=["whole", "not all whole", "beyond what such a number holds"],
)
def test_numbers_with_a_point_are_whole_where_all_of_a_column_are(project, take, ids, taken):
    row = (
        '{"repository":"a/b","run_id":"1","parent_run_id":%s,"result":"ok","started_at":1767261600}'
    )
    take(project.write("runs.jsonl", "\n".join(row % one for one in ids)), "runs")
    rows = pq.read_table(project.landed()[0]).to_pylist()
    assert [row["parent_run_id"] for row in rows if row["parent_run_id"]] == taken


def test_formulas_quotes_and_line_ends_arrive_as_they_are(project, take):
    evil = "=cmd|' /C calc'!A0"
    content = (
        "repository,name,class_name,is_failed,failure_message\n"
        f'a/b,{evil},"two\nlines, ""quoted""",1,{"m" * 100_000}\n'
    )
    code, found = take(project.write("t.csv", content), "test_results")
    assert (code, found["row_count"]) == (0, 1)
    [row] = pq.read_table(project.landed()[0]).to_pylist()
    assert row["name"] == evil
    assert row["class_name"] == 'two\nlines, "quoted"'
    assert row["is_failed"] is True
    assert row["failure_message"] == "m" * 2000


def test_a_file_of_which_no_row_fits_is_refused(project, take):
    code, found = take(project.write("r.csv", HEADER + "a/b,1,what,x\na/b,2,is,y\n"), "runs")
    assert code == 1
    assert "none of its 2 rows fits; row 1: `result` is `what`" in found["error"]
    assert project.landed() == []


def _wide_json_lines():
    first = json.dumps({f"c{number}": number for number in range(1_990)})
    return "\n".join([first, *['{"run_id":1}'] * 5_000, first, ""]).encode()


def _wide_csv():
    names = ",".join(f"c{number}" for number in range(1_990))
    return "\n".join([names, *["," * 1_989] * 5_002, ""]).encode()


@pytest.mark.parametrize(
    "make",
    [
        _wide_json_lines,
        _wide_csv,
        lambda: _parquet(pa.table({f"c{n}": pa.array([7] * 5_002) for n in range(500)})),
    ],
    ids=["JSON Lines", "CSV", "Parquet"],
)
def test_many_columns_come_in_batches_of_few_rows(make):
    batches = list(read_batches(io.BytesIO(make())))
    assert [n for batch in batches for n in batch.numbers.to_pylist()] == list(range(1, 5_003))
    assert max(len(batch.columns) * len(batch.numbers) for batch in batches) <= 2_000_000
    for batch in batches:
        assert {len(column) for column in batch.columns.values()} <= {len(batch.numbers)}
    sevens = [batch.columns["c7"] for batch in batches if "c7" in batch.columns]
    told = sum(column.to_pylist().count("7") for column in sevens)
    assert told == {_wide_json_lines: 2, _wide_csv: 0}.get(make, 5_002)


def test_names_of_objects_are_counted_over_the_whole_file():
    lines = [json.dumps({f"n{number}": 1}) for number in range(2_001)]
    filler = ['{"n0":1}'] * 60_000
    for content in ([*lines[:1_000], *filler, *lines[1_000:]], lines):
        with pytest.raises(ParseError, match="more than 2000 names"):
            list(read_batches(io.BytesIO("\n".join(content).encode())))
    assert list(read_batches(io.BytesIO("\n".join(lines[:2_000]).encode())))


def test_a_missing_file_is_refused_by_name(project, take):
    code, found = take(project.folder / "nowhere.csv", "runs")
    assert code == 1
    assert "can't be read" in found["error"]


def test_an_instant_beyond_all_years_is_rejected_alone(project, take):
    table = _runs_table().set_column(
        3, "started_at", pa.array([1767261600, 2**50], pa.timestamp("ms"))
    )
    code, found = take(project.write("runs", _parquet(table)), "runs")
    assert (code, found["row_count"], found["rejected_count"]) == (0, 1, 1), found
    assert "which is" in found["problems"][0]["reason"]


@pytest.mark.parametrize("number", range(4))
def test_damaged_files_give_rows_or_a_reason_and_nothing_else(number):
    """Bytes changed, cut out, repeated: what comes out is rows, rejected rows or a refusal."""
    chance = random.Random(number)
    seeds = [CSV.encode(), CSV.encode("utf-16"), JSON_LINES, _parquet(_runs_table())]
    refused = 0
    for _round in range(60):
        data = bytearray(chance.choice(seeds))
        for _change in range(chance.randint(1, 6)):
            at = chance.randrange(len(data) + 1)
            match chance.randrange(4):
                case 0:
                    data[at : at + 1] = bytes([chance.randrange(256)])
                case 1:
                    data[at:at] = chance.choice([b'"', b"\n", b"\0", b"{", b"\xff", b"9" * 30])
                case 2:
                    data[at:at] = data[max(0, at - 20) : at] * 3
                case _:
                    del data[at : at + chance.randint(1, 40)]
        check = TableCheck(KINDS["runs"], {}, {})
        try:
            for batch in read_batches(io.BytesIO(bytes(data))):
                checked = check.check(batch)
                assert all(row.reason for row in checked.rejected)
        except ParseError:
            refused += 1
    assert 0 < refused < 60


def test_a_gzip_file_is_the_table_that_it_holds(project, take):
    code, found = take(project.write("runs.csv.gz", gzip.compress(CSV.encode())), "runs")
    assert (code, found["status"], found["row_count"]) == (0, "accepted", 2)
    # packed again with another time, or not at all: the same table
    packed = gzip.compress(CSV.encode(), mtime=1)
    for name, content in (("again.csv.gz", packed), ("runs.csv", CSV.encode())):
        assert take(project.write(name, content), "runs")[1]["status"] == "known"
    assert len(project.landed()) == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (gzip.compress(random.Random(1).randbytes(200_000).hex().encode())[:-9_000], "pack it"),
        (b"\x1f\x8b\x08\x00nothing", "can't be unpacked"),
        (gzip.compress(gzip.compress(b"\0" * 12_000_000)), "times its size"),
    ],
    ids=["cut off", "damaged", "bomb"],
)
def test_a_gzip_file_that_is_not_whole_is_refused(project, take, content, reason):
    code, found = take(project.write("runs.csv.gz", content), "runs")
    assert (code, found["status"]) == (1, "refused")
    assert reason in found["error"]
    assert project.landed() == []


def test_no_turned_bit_of_a_parquet_file_with_checksums_gives_other_rows():
    buffer = io.BytesIO()
    table = pa.table({"run_id": [f"run {number}" for number in range(30)]})
    pq.write_table(table, buffer, write_page_checksum=True)
    content = buffer.getvalue()
    column = pq.ParquetFile(buffer).metadata.row_group(0).column(0)
    start = column.dictionary_page_offset or column.data_page_offset
    refused = 0
    for index in range(start, start + column.total_compressed_size):
        turned = content[:index] + bytes([content[index] ^ 1]) + content[index + 1 :]
        try:
            batches = list(read_batches(io.BytesIO(turned)))
        except ParseError:
            refused += 1
        else:
            assert pa.concat_arrays([batch.columns["run_id"] for batch in batches]).equals(
                table["run_id"].combine_chunks()
            ), index
    assert refused
