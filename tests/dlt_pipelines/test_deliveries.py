"""Deliveries that landed are read once, in order, and broken ones are put aside."""

import json

import pyarrow as pa
import pytest

from dlt_pipelines import config, loading
from dlt_pipelines.deliveries import has_landed, landing_folder, read_deliveries
from dlt_pipelines.files import FoundFile
from tests.dlt_pipelines.made_up_source import MadeUpSource

EVENTS = pa.schema([("event", pa.string()), ("delivery_id", pa.string()), ("number", pa.int64())])


class Warehouse(MadeUpSource):
    """A home whose one source notes the GitHub deliveries it reads."""

    TABLES = ("events",)

    def __init__(self, folder, monkeypatch):
        super().__init__(folder, monkeypatch)
        self.stop_after = None

    def build(self, context):
        def rows():
            for position, delivery in enumerate(read_deliveries(context, "github")):
                if position == self.stop_after:
                    raise RuntimeError("cut off")
                yield {
                    "event": delivery.event,
                    "delivery_id": delivery.delivery_id,
                    "number": delivery.body.get("number"),
                }

        return context.source_of(context.row_resource("events", EVENTS, rows()))

    def land(self, name, content):
        path = landing_folder(config.settings(), "github") / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())

    def numbers(self):
        found = self.query("select number from raw_made_up.events order by loaded_at, rowid")
        return [number for (number,) in found]


def delivery(number, **members):
    return {
        "vendor": "github",
        "event": "push",
        "delivery_id": f"id-{number}",
        "received_at": "2026-01-02T03:04:05.000006Z",
        "body": {"number": number},
        **members,
    }


@pytest.fixture
def warehouse(tmp_path, monkeypatch):
    return Warehouse(tmp_path, monkeypatch)


def test_each_delivery_is_read_once_in_the_order_it_came(warehouse):
    warehouse.land("2026-01-02/20-b.json", delivery(2))
    warehouse.land("2026-01-01/10-a.json", delivery(1))
    warehouse.run()
    assert warehouse.numbers() == [1, 2]
    warehouse.land("2026-01-02/30-c.json", delivery(3))
    report = warehouse.run()
    assert warehouse.numbers() == [1, 2, 3]
    assert (report.seen_count, report.unchanged_count) == (3, 2)


def test_a_folder_that_is_not_there_is_no_trouble(warehouse):
    assert not has_landed(config.settings(), "github")
    assert warehouse.run().seen_count == 0


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "Input is"),
        (b'{"vendor": "github", "bo', "unexpected end"),
        (b"[1]", "its `vendor` is not `github`"),
        (delivery(1, vendor="gitlab"), "its `vendor` is not `github`"),
        (delivery(1, body=[1]), "its `body` is no object"),
        (delivery(1, received_at="yesterday"), "Invalid isoformat"),
        (delivery(1, received_at=None), "its `received_at` is no instant"),
        (delivery(1, received_at="9999-12-31T23:59:59-23:00"), "is beyond all years"),
        (delivery(1, body={"a": [{}] * 900_000}), "MiB of memory"),
    ],
    ids=[
        "empty",
        "cut-off",
        "list",
        "other-vendor",
        "body-no-object",
        "no-instant",
        "no-time",
        "beyond-all-years",
        "too-large",
    ],
)
def test_a_broken_delivery_is_put_aside_and_the_rest_is_read(warehouse, content, reason):
    warehouse.land("2026-01-01/10-a.json", content)
    warehouse.land("2026-01-01/20-b.json", delivery(2))
    report = warehouse.run()
    assert warehouse.numbers() == [2]
    assert report.rejected_count == 1
    ((found, error_class),) = warehouse.query(
        "select reason, error_class from quarantine.rejected_files"
    )
    assert reason in found
    assert error_class == "no_delivery"
    assert warehouse.run().rejected_count == 0


def test_files_that_are_still_written_are_left_alone(warehouse):
    warehouse.land("2026-01-01/.part-1.json", b"{")
    warehouse.land("2026-01-01/note.txt", b"{")
    report = warehouse.run()
    assert (report.seen_count, report.rejected_count) == (0, 0)


def test_a_run_that_breaks_off_reads_again_what_it_had_read(warehouse):
    for number in range(4):
        warehouse.land(f"2026-01-01/{number}0-x.json", delivery(number))
    warehouse.stop_after = 2
    with pytest.raises(loading.LoadError, match="cut off"):
        warehouse.run()
    warehouse.stop_after = None
    warehouse.run()
    assert warehouse.numbers() == [0, 1, 2, 3]


def test_what_the_disk_does_not_give_is_asked_for_again(warehouse, monkeypatch):
    for number in (1, 2):
        warehouse.land(f"2026-01-01/{number}.json", delivery(number))
    opened = FoundFile.open

    def failing(file):
        if file.locator.endswith("/1.json"):
            raise OSError(5, "Input/output error")
        return opened(file)

    with monkeypatch.context() as patched:
        patched.setattr(FoundFile, "open", failing)
        assert warehouse.run().rejected_count == 1
    assert warehouse.numbers() == [2]
    warehouse.run()
    assert warehouse.numbers() == [2, 1]
