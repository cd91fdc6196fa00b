"""A run of a source ends in rows, a commit record and quarantine, or in nothing at all."""

import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import duckdb
import pyarrow as pa
import pytest

from dlt_pipelines import config, loading
from dlt_pipelines.context import to_instant
from tests.dlt_pipelines.made_up_source import MadeUpSource

THINGS = pa.schema(
    [
        pa.field("thing", pa.string(), nullable=False),
        pa.field("size", pa.int64()),
        pa.field("made_at", pa.timestamp("us", tz="UTC")),
    ]
)
_HOLD_OPEN = """
import duckdb, sys
held = duckdb.connect(sys.argv[1])
print("open", flush=True)
sys.stdin.read()
"""
EMPTY = pa.schema([("flag", pa.bool_()), ("ratio", pa.float64())])


class Warehouse(MadeUpSource):
    """A home of its own with a source `made_up` that loads the rows it is given."""

    TABLES = ("things", "nothings")

    def __init__(self, folder, monkeypatch):
        super().__init__(folder, monkeypatch)
        self.rows = []
        self.schema = THINGS
        self.during = lambda context: None

    def build(self, context):
        def rows():
            known = context.known("things", "thing")
            for row in self.rows:
                context.audit.seen_count += 1
                if row["thing"] in known:
                    context.audit.unchanged_count += 1
                else:
                    context.audit.loaded_count += 1
                    yield row
            self.during(context)

        return context.source_of(
            context.row_resource("things", self.schema, rows()),
            context.arrow_resource("nothings", EMPTY, []),
        )


@pytest.fixture
def warehouse(tmp_path, monkeypatch):
    return Warehouse(tmp_path, monkeypatch)


def test_rows_arrive_with_types_and_the_instant_of_the_run(warehouse):
    warehouse.rows = [{"thing": "a", "size": 1, "made_at": "2026-01-02T03:04:05Z"}, {"thing": "b"}]
    report = warehouse.run()
    assert report.is_changed
    assert dict(report.table_rows) == {"things": 2, "nothings": 0}
    found = warehouse.query(
        "select thing, size, epoch_us(made_at), epoch_us(loaded_at) from raw_made_up.things"
        " order by thing"
    )
    made_at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC).timestamp() * 1_000_000
    loaded_at = round(report.loaded_at.timestamp() * 1_000_000)
    assert found == [("a", 1, made_at, loaded_at), ("b", None, None, loaded_at)]


def test_every_table_has_its_columns_even_without_a_row(warehouse):
    report = warehouse.run()
    assert not report.is_changed
    found = warehouse.query(
        "select column_name, data_type from information_schema.columns"
        " where table_schema = 'raw_made_up' and table_name = 'nothings' order by ordinal_position"
    )
    assert found == [
        ("flag", "BOOLEAN"),
        ("ratio", "DOUBLE"),
        ("loaded_at", "TIMESTAMP WITH TIME ZONE"),
    ]
    assert warehouse.query("select count(*) from quarantine.rejected_files") == [(0,)]
    assert warehouse.query("select count(*) from quarantine.rejected_rows") == [(0,)]


def test_a_run_with_nothing_new_adds_its_record_and_nothing_else(warehouse):
    warehouse.rows = [{"thing": "a"}]
    warehouse.run()
    before = warehouse.query("select count(*) from raw_made_up._dlt_loads")
    report = warehouse.run()
    assert (report.is_changed, report.unchanged_count, report.row_count) == (False, 1, 0)
    assert warehouse.query("select count(*) from raw_made_up.things") == [(1,)]
    assert warehouse.query("select count(*) from raw_made_up._dlt_loads") == before
    assert warehouse.query("select source, row_count from quality.source_loads order by 2") == [
        ("made_up", 0),
        ("made_up", 1),
    ]


def test_a_new_column_is_taken_up_and_null_before(warehouse):
    warehouse.rows = [{"thing": "a"}]
    warehouse.run()
    warehouse.schema = THINGS.append(pa.field("colour", pa.string(), nullable=False))
    warehouse.rows.append({"thing": "b", "colour": "red"})
    warehouse.run()
    assert warehouse.query("select thing, colour from raw_made_up.things order by 1") == [
        ("a", None),
        ("b", "red"),
    ]


def test_a_new_column_is_taken_up_even_if_no_row_came(warehouse):
    warehouse.run()
    warehouse.schema = THINGS.append(pa.field("colour", pa.string()))
    warehouse.run()
    assert warehouse.query("select count(colour) from raw_made_up.things") == [(0,)]


def test_loads_are_ordered_even_if_the_clock_goes_back(warehouse):
    first = warehouse.run().loaded_at
    ahead = first + timedelta(days=400)
    with duckdb.connect(str(warehouse.home / "build.duckdb")) as connection:
        connection.execute("update quality.source_loads set loaded_at = ?", [ahead])
    assert warehouse.run().loaded_at == ahead + timedelta(microseconds=1)


def test_a_row_that_does_not_fit_is_rejected_alone(warehouse):
    warehouse.rows = [
        {"thing": "a", "size": 1},
        {"thing": "b", "size": "many"},
        {"thing": "c", "made_at": "yesterday"},
        {"thing": "d", "size": 2**70},
        {"thing": "e"},
    ]
    report = warehouse.run()
    assert report.table_rows["things"] == 2
    found = warehouse.query(
        "select table_name, row ->> 'thing', reason from quarantine.rejected_rows order by 2"
    )
    assert [(table, thing) for table, thing, _ in found] == [
        ("things", "b"),
        ("things", "c"),
        ("things", "d"),
    ]
    assert all("does not fit table `things`" in reason for _, _, reason in found)


def test_a_wrong_setting_is_told_as_such_and_not_by_what_showed_it(warehouse):
    def fail(_):
        try:
            int("https://h/a.xml?token=planted")
        except ValueError:
            raise config.ConfigurationError("`x.files` names what can't be listed") from None

    warehouse.during = fail
    with pytest.raises(config.ConfigurationError, match="be listed"):
        warehouse.run()


def test_what_opens_a_url_is_not_told_by_a_load_that_fails(warehouse):
    def fail(_):
        raise ValueError("403 for https://h/a.xml?token=planted")

    warehouse.during = fail
    with pytest.raises(loading.LoadError, match=r"token=…"):
        warehouse.run()


def test_a_rejected_file_is_kept_with_the_reason(warehouse):
    warehouse.during = lambda context: context.reject_file(
        "reports/a.xml", "the file is empty", "parse_error", content=b"<broken"
    )
    report = warehouse.run()
    assert report.rejected_count == 1
    ((locator, reason, size, kept_as),) = warehouse.query(
        "select locator, reason, size_bytes, kept_as from quarantine.rejected_files"
    )
    assert (locator, reason, size) == ("reports/a.xml", "the file is empty", 7)
    assert (warehouse.home / "quarantine" / kept_as).read_bytes() == b"<broken"


def test_what_opens_a_url_is_not_put_into_quarantine(warehouse):
    url = "https://h/a.xml?token=planted"
    warehouse.during = lambda context: context.reject_file(url, f"403 for `{url}`", "unreadable")
    warehouse.run()
    assert warehouse.query("select locator, reason from quarantine.rejected_files") == [
        ("https://h/a.xml?token=…", "403 for `https://h/a.xml?token=…`")
    ]


def test_a_failed_source_leaves_the_tables_as_they_were(warehouse):
    warehouse.rows = [{"thing": "a"}]
    warehouse.run()

    def fail(context):
        context.reject_row("things", {"thing": "x"}, "why not")
        context.flush_rejected()
        raise OSError("the disk is gone")

    warehouse.rows.append({"thing": "b"})
    warehouse.during = fail
    with pytest.raises(loading.LoadError, match="the disk is gone"):
        warehouse.run()
    assert warehouse.query("select thing from raw_made_up.things") == [("a",)]
    assert warehouse.query("select count(*) from quality.source_loads") == [(1,)]
    assert warehouse.query("select count(*) from quarantine.rejected_rows") == [(0,)]
    warehouse.during = lambda context: None
    warehouse.run()
    assert warehouse.query("select thing from raw_made_up.things order by 1") == [("a",), ("b",)]


def test_a_wrong_setting_found_while_reading_is_told_as_such(warehouse):
    def fail(context):
        raise config.ConfigurationError("`sources.made_up.files` is wrong")

    warehouse.during = fail
    with pytest.raises(config.ConfigurationError, match=r"sources\.made_up\.files"):
        warehouse.run()


def test_the_cursor_of_a_whole_run_is_given_to_the_next(warehouse):
    seen = []
    cursor = datetime(2026, 3, 1, tzinfo=UTC)

    def remember(context):
        seen.append(context.last_cursor_at)
        context.audit.cursor_at = cursor

    warehouse.during = remember
    warehouse.run()
    warehouse.run()
    assert seen == [None, cursor]


def test_rows_remain_though_dlts_working_folder_is_lost(warehouse):
    warehouse.rows = [{"thing": "a"}]
    warehouse.run()
    shutil.rmtree(warehouse.home / "dlt")
    warehouse.rows.append({"thing": "b"})
    warehouse.run()
    assert warehouse.query("select thing from raw_made_up.things order by 1") == [("a",), ("b",)]


def test_an_unknown_source_lists_the_known_ones():
    with pytest.raises(loading.UnknownSourceError, match=r"coverage, .*test_results"):
        loading.run("nonsense")


def test_the_build_file_has_one_writer(warehouse):
    warehouse.run()
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            _HOLD_OPEN,
            str(warehouse.home / "build.duckdb"),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert holder.stdout.readline() == b"open\n"
        with pytest.raises(loading.LoadError, match="one writer"):
            warehouse.run()
    finally:
        holder.communicate()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), id="z"),
        pytest.param(
            "2026-01-02T03:04:05.5+02:00",
            datetime(2026, 1, 2, 1, 4, 5, 500_000, tzinfo=UTC),
            id="offset",
        ),
        pytest.param("2026-01-02T03:04:05", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), id="naive"),
        pytest.param("", None, id="empty"),
        pytest.param(None, None, id="none"),
    ],
)
def test_to_instant(text, expected):
    assert to_instant(text) == expected


def _column_types(warehouse):
    return warehouse.query(
        "select table_name, column_name, data_type from information_schema.columns"
        " where table_schema = 'raw_made_up' and column_name not like '\\_dlt%' escape '\\'"
        " and table_name not like '\\_dlt%' escape '\\' order by all"
    )


def test_a_source_without_input_has_the_tables_that_a_load_makes(warehouse, monkeypatch):
    module = sys.modules["dlt_pipelines.made_up"]
    warehouse.run()
    made_by_dlt = _column_types(warehouse)
    shutil.rmtree(warehouse.home)
    monkeypatch.setattr(
        module, "TABLE_SCHEMAS", {"things": THINGS, "nothings": EMPTY}, raising=False
    )
    monkeypatch.setattr(module, "is_configured", lambda options, settings: False, raising=False)
    report = warehouse.run()
    assert (report.mode, report.is_changed, report.row_count) == ("off", False, 0)
    assert _column_types(warehouse) == made_by_dlt
    assert not (warehouse.home / "dlt").exists()
    assert warehouse.query("select count(*) from quality.source_loads") == [(0,)]


def test_a_source_that_gets_input_later_fills_the_tables_made_without_it(warehouse, monkeypatch):
    module = sys.modules["dlt_pipelines.made_up"]
    is_on = []
    monkeypatch.setattr(
        module, "TABLE_SCHEMAS", {"things": THINGS, "nothings": EMPTY}, raising=False
    )
    monkeypatch.setattr(
        module, "is_configured", lambda options, settings: bool(is_on), raising=False
    )
    warehouse.run()
    is_on.append(True)
    warehouse.rows = [{"thing": "a", "size": 1, "made_at": "2026-01-02T03:04:05Z"}]
    assert warehouse.run().row_count == 1
    is_on.clear()
    warehouse.run()
    assert warehouse.query("select thing, size from raw_made_up.things") == [("a", 1)]
