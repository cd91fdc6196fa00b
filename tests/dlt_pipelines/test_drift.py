"""A vendor's object that changes is noticed, by names and types and never by values."""

import json

import pyarrow as pa
import pytest

from dlt_pipelines import loading
from dlt_pipelines.drift import Observer, observe_payloads
from tests.dlt_pipelines.made_up_source import MadeUpSource

READ = {"runs": {"id": "number", "name": "text"}}
USUAL = {"id": 1, "name": "a", "actor": {"login": "x"}, "labels": [{"name": "l"}], "at": None}


class Warehouse(MadeUpSource):
    """A home whose one source looks at the objects it is given."""

    TABLES = ("things",)

    def __init__(self, folder, monkeypatch):
        super().__init__(folder, monkeypatch)
        self.items = []
        self.is_broken = False
        self.is_asked = True

    def build(self, context):
        def rows():
            observer = context.observer(READ) if self.is_asked else None
            for item in self.items:
                if observer:
                    observer.observe("runs", item)
                yield {"payload": json.dumps(item)}
            if self.is_broken:
                context.flush_observed()
                raise RuntimeError("cut off")

        schema = pa.schema([("payload", pa.string())])
        return context.source_of(context.row_resource("things", schema, rows()))

    def load(self, *items):
        self.items = items
        loading.run("made_up")

    def drift(self):
        """Give the drift of the newest load."""
        return self.query(
            "select field_path, drift_kind, usual_type, example_type, is_read, object_count"
            " from quality.schema_drift"
            " where loaded_at = (select max(loaded_at) from quality.source_loads) order by all"
        )


@pytest.fixture
def warehouse(tmp_path, monkeypatch):
    return Warehouse(tmp_path, monkeypatch)


def test_the_first_load_says_what_is_usual(warehouse):
    warehouse.load(*[USUAL] * 6)
    assert warehouse.drift() == []
    found = warehouse.query(
        "select field_path, field_type, is_always from quality.known_fields order by 1"
    )
    assert found == [
        ("actor", "object", True),
        ("actor.login", "text", False),
        ("at", "null", True),
        ("id", "number", True),
        ("labels", "list", True),
        ("labels[].name", "text", False),
        ("name", "text", True),
    ]


@pytest.mark.parametrize(
    ("change", "drift"),
    [
        ({"new": "x"}, [("new", "new_field", None, "text", False, 1)]),
        ({"new": {"a": 1, "b": [{"c": 1}]}}, [("new", "new_field", None, "object", False, 1)]),
        ({"at": {"a": 1}}, []),
        ({"new": None}, [("new", "new_field", None, "null", False, 1)]),
        ({"name": 5}, [("name", "changed_type", "text", "number", True, 1)]),
        ({"actor": "x"}, [("actor", "changed_type", "object", "text", False, 1)]),
        ({"actor": {"login": 5}}, [("actor.login", "changed_type", "text", "number", False, 1)]),
        ({"actor": {"login": "y", "id": 1}}, [("actor.id", "new_field", None, "number", False, 1)]),
        (
            {"labels": [{"name": "l"}, {"x": 1}]},
            [("labels[].x", "new_field", None, "number", False, 1)],
        ),
        ({"id": ...}, [("id", "missing_field", "number", None, True, 1)]),
        ({"id": 1.5, "at": "2026", "name": None, "labels": [], "actor": None}, []),
    ],
    ids=str,
)
def test_what_is_not_usual_is_recorded_and_loaded_all_the_same(warehouse, change, drift):
    warehouse.load(*[USUAL] * 6)
    changed = {key: value for key, value in {**USUAL, **change}.items() if value is not ...}
    warehouse.load(changed, USUAL)
    assert warehouse.drift() == drift
    payloads = warehouse.query("select payload from raw_made_up.things")
    assert (json.dumps(changed),) in payloads


def test_drift_goes_on_being_told_until_it_ends(warehouse):
    changed = {**{key: USUAL[key] for key in USUAL if key != "actor"}, "new": 1, "labels": "x"}
    kinds = {"actor": "missing_field", "labels": "changed_type", "new": "new_field"}
    warehouse.load(*[USUAL] * 6)
    for _ in range(3):
        warehouse.load(changed)
        assert {row[0]: row[1] for row in warehouse.drift()} == kinds
    warehouse.load(USUAL)
    assert warehouse.drift() == []


def test_what_the_parser_expects_holds_from_the_first_load_on(warehouse):
    warehouse.load({"id": "1", "name": "a"})
    assert warehouse.drift() == [("id", "changed_type", "number", "text", True, 1)]


def test_a_run_that_breaks_off_has_learnt_nothing(warehouse):
    warehouse.load(*[USUAL] * 6)
    warehouse.is_broken = True
    with pytest.raises(loading.LoadError, match="cut off"):
        warehouse.load({**USUAL, "new": 1})
    assert warehouse.query("select count(*) from quality.schema_drift") == [(0,)]
    warehouse.is_broken = False
    warehouse.load({**USUAL, "new": 1})
    assert [row[0] for row in warehouse.drift()] == ["new"]


def test_what_rows_keep_is_looked_at_without_asking(warehouse):
    warehouse.is_asked = False
    warehouse.load(*[USUAL] * 6)
    warehouse.load({**USUAL, "new": 1, "id": "x"}, [1], 5)
    assert [row[:4] for row in warehouse.drift()] == [
        ("id", "changed_type", "number", "text"),
        ("new", "new_field", None, "number"),
    ]
    kinds = warehouse.query("select distinct object_kind from quality.known_fields")
    assert kinds == [("things",)]


def test_of_a_large_batch_some_are_looked_at():
    observer = Observer({})
    rows = {
        "payload": [json.dumps(USUAL)] * 30_000,
        "source_file": ["landing/webhooks/x/1.json", "saved/1.json"] * 15_000,
    }
    observe_payloads(observer, "builds", pa.table(rows))
    assert set(observer.kinds) <= {"builds", "builds (delivered)"}
    assert observer.kinds
    observe_payloads(observer, "builds", pa.table({"other": [1]}))
    observe_payloads(observer, "odd", pa.table({"payload": [None, "[1]", "{", "1" * 40]}))
    assert "odd" not in observer.kinds


def test_no_value_is_recorded(warehouse):
    secret = "a-very-secret-value"
    opaque = {"env": {secret: 1}, "payload": {secret: 1}, secret + " x": 1, "deep": [[{secret: 1}]]}
    warehouse.load(*[USUAL] * 6)
    warehouse.load({**USUAL, "name": secret, "actor": {"login": [secret]}, **opaque})
    told = repr(warehouse.query("select * from quality.schema_drift"))
    told += repr(warehouse.query("select * from quality.known_fields"))
    assert "env" in told
    assert secret not in told


def test_objects_of_one_shape_are_looked_into_now_and_then_only():
    observer = Observer({})
    for _ in range(6_400):
        observer.observe("runs", USUAL)
    observer.observe("runs", {**USUAL, "rare": 1})
    usual, _ = observer.findings({}, {})
    assert "rare" in {item.field_path for item in usual}
    assert observer.looked("runs") < 130


def test_members_without_end_take_no_memory_without_end():
    observer = Observer({})
    for number in range(3_000):
        observer.observe("runs", {f"field_{number}": 1, "many": {f"m{at}": 1 for at in range(200)}})
    usual, _ = observer.findings({}, {})
    assert len(usual) <= 1_000
