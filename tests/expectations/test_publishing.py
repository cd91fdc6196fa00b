"""Publishing: whole or not at all, under readers, in a format that older clients open."""

import errno
import hashlib
import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from expectations.publishing import PublishError, Shelf, copying, publication, publish
from expectations.publishing.files import LockedError, exclusive_lock
from expectations.publishing.shelf import is_open
from expectations.results import ExpectationResult, GateResult

NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)
PASSED = GateResult("published", ())


def _failed(severity: str) -> GateResult:
    result = ExpectationResult(
        "rows_are_there", "core.fct_test_results", severity, False, "Rows.", "0 rows",
        ({"repository": "o/r"},),
    )  # fmt: skip
    return GateResult("published", (result,))


@pytest.fixture
def build(tmp_path: Path) -> Path:
    path = tmp_path / "build.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute("""
            create schema raw_test_results; create schema staging; create schema core;
            create schema marts; create schema quality; create schema quarantine;
            create schema seeds;
            create table raw_test_results.reports as select 'secret' as payload;
            create view staging.stg_test_results__reports as select * from raw_test_results.reports;
            create table core.fct_test_results as
            select i as test_result_key, 'o/r' as repository, 'a' as "order"
            from range(1000) as r(i);
            comment on table core.fct_test_results is 'One row per result.';
            create table marts.mart_test__results_daily as
            select date '2026-03-01' + cast(i as integer) as result_date, i as test_count
            from range(14) as r(i) order by random();
            create table quality.source_loads as
            select 'coverage' as source, 'x' as _dlt_load_id,
                timestamptz '2026-03-13 00:00:00+00' as loaded_at;
            create table quality._dlt_loads as select 1 as load_id;
            create table quarantine.rejected_rows as
            select 'coverage' as source, 'bad' as reason, '{"token": "secret"}' as "row";
            create table seeds.dora_bands as select 1 as band;
            create table seeds.internal_lookup as select 1 as x;
        """)
    return path


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "published")


def test_documents_and_additions_are_part_of_the_build(
    build: Path, shelf: Shelf, tmp_path: Path
) -> None:
    model = tmp_path / "semantic_manifest.json"
    model.write_text('{"metrics": []}')

    def count_rows(connection: duckdb.DuckDBPyConnection, tables: dict) -> None:
        rows = tables["core.fct_test_results"]["rows"]
        connection.execute("create schema target.metrics")
        connection.execute(f"create table target.metrics.counts as select {rows} as row_count")

    done = publish(build, shelf, gates=[PASSED], documents=[model], additions=[count_rows])
    copy = shelf.companion(done.build_id) / "semantic_manifest.json"
    assert copy.read_bytes() == model.read_bytes()
    assert done.manifest["documents"]["semantic_manifest.json"] == {
        "bytes": 15,
        "sha256": hashlib.sha256(b'{"metrics": []}').hexdigest(),
    }
    assert shelf.current() == done.manifest
    with duckdb.connect(str(shelf.current_database), read_only=True) as connection:
        assert connection.execute("select row_count from metrics.counts").fetchall() == [(1000,)]


def test_a_build_without_its_documents_is_not_published(build: Path, shelf: Shelf) -> None:
    with pytest.raises(FileNotFoundError):
        publish(build, shelf, gates=[PASSED], documents=[build.with_name("missing.json")])
    assert shelf.current() is None


def test_a_build_that_lost_a_document_is_no_whole_one(
    build: Path, shelf: Shelf, tmp_path: Path
) -> None:
    model = tmp_path / "semantic_manifest.json"
    model.write_text('{"metrics": []}')
    done = publish(build, shelf, gates=[PASSED], documents=[model])
    copy = shelf.companion(done.build_id) / model.name
    copy.write_text("{")
    assert shelf.current() is None
    copy.unlink()
    assert shelf.current() is None


@pytest.mark.parametrize("text", ["{}", "[]", "7", '{"build_id": 7, "documents": []}'])
def test_a_manifest_of_nothing_is_no_build(build: Path, shelf: Shelf, text: str) -> None:
    publish(build, shelf, gates=[PASSED])
    shelf.current_manifest.resolve().write_text(text)
    assert shelf.current() is None


def _tables(path: Path) -> set[str]:
    with duckdb.connect(str(path), read_only=True) as connection:
        rows = connection.execute(
            "select table_schema || '.' || table_name from information_schema.tables"
        ).fetchall()
    return {name for (name,) in rows}


def test_readers_get_their_tables_and_nothing_raw(build: Path, shelf: Shelf) -> None:
    done = publish(build, shelf, gates=[PASSED], now=NOON, seeds=frozenset({"dora_bands"}))
    current = shelf.current_database.resolve()
    assert current.name == f"testops-{done.build_id}.duckdb"
    assert done.build_id.startswith("20260314T120000Z-")
    assert _tables(current) == {
        "core.fct_test_results",
        "marts.mart_test__results_daily",
        "quality.source_loads",
        "quality.published_build",
        "quarantine.rejected_rows",
        "seeds.dora_bands",
    }
    with duckdb.connect(str(current), read_only=True) as connection:
        columns = connection.execute(
            "select table_name, column_name from information_schema.columns"
        ).fetchall()
        comment = connection.execute(
            "select comment from duckdb_tables() where comment[:7] = 'One row'"
        )
        assert ("rejected_rows", "row") not in columns
        assert not [name for _, name in columns if name.startswith("_dlt_")]
        assert len(comment.fetchall()) == 2
        build_id = connection.execute("select build_id from quality.published_build").fetchall()
    assert build_id == [(done.build_id,)]
    assert b"secret" not in current.read_bytes()


def test_manifest_tells_what_is_there(build: Path, shelf: Shelf) -> None:
    as_of = datetime(2026, 3, 13, 5, tzinfo=UTC)
    done = publish(
        build, shelf, gates=[PASSED, _failed("warning")], now=NOON, data_as_of=as_of,
        details={"project": "simulated", "code_revision": "abc"},
    )  # fmt: skip
    manifest = json.loads(shelf.current_manifest.read_text())
    assert manifest == json.loads(json.dumps(done.manifest))
    assert manifest["build_id"] == done.build_id
    assert manifest["previous_build_id"] is None
    assert manifest["made_at"] == "2026-03-14T12:00:00+00:00"
    assert manifest["data_as_of"] == "2026-03-13T05:00:00+00:00"
    assert (manifest["project"], manifest["code_revision"]) == ("simulated", "abc")
    assert [gate["passed"] for gate in manifest["gates"]] == [True, True]
    assert [w["expectation"] for w in manifest["warnings"]] == ["rows_are_there"]
    fact = manifest["tables"]["core.fct_test_results"]
    assert fact["rows"] == 1000
    assert fact["parquet"] is None
    assert [c["name"] for c in fact["columns"]] == ["test_result_key", "repository", "order"]
    mart = manifest["tables"]["marts.mart_test__results_daily"]
    file = shelf.companion(done.build_id) / mart["parquet"]["file"]
    assert mart["parquet"]["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert duckdb.execute("select count(*) from read_parquet(?)", [str(file)]).fetchall() == [(14,)]
    assert shelf.current() == manifest
    attempt = json.loads(shelf.last_attempt.read_text())
    assert (attempt["status"], attempt["passed"]) == ("published", True)


def test_parquet_bytes_come_from_the_rows_alone(build: Path, shelf: Shelf) -> None:
    first = publish(build, shelf, gates=[PASSED], now=NOON)
    with duckdb.connect(str(build)) as connection:
        connection.execute(
            "create or replace table marts.mart_test__results_daily as"
            " select * from marts.mart_test__results_daily order by test_count desc"
        )
    second = publish(build, shelf, gates=[PASSED], now=NOON + timedelta(hours=1))
    name = "marts.mart_test__results_daily"
    assert first.manifest["tables"][name]["parquet"] == second.manifest["tables"][name]["parquet"]
    assert second.manifest["previous_build_id"] == first.build_id


def test_file_has_the_storage_of_duckdb_1_2(build: Path, shelf: Shelf, tmp_path: Path) -> None:
    publish(build, shelf, gates=[PASSED])
    current = shelf.current_database.resolve()
    with duckdb.connect() as connection:
        connection.execute(f"attach '{current}' as published (read_only)")
        tags = connection.execute(
            "select tags from duckdb_databases() where database_name = 'published'"
        ).fetchall()[0][0]
        # What the engine writes when it is not told otherwise differs, or the test shows nothing.
        connection.execute(f"attach '{tmp_path / 'newest.duckdb'}' (storage_version 'latest')")
        connection.execute("create table newest.t as select 1 as x; checkpoint newest")
    assert tags["storage_version"] == "v1.2.0+"
    # Bytes 8 to 12 of the header are the magic, the number after it the version of the format:
    # 65 since 1.2; a client refuses what is above its own.
    header = current.read_bytes()[8:20]
    newest = (tmp_path / "newest.duckdb").read_bytes()[8:20]
    assert header[:4] == b"DUCK"
    assert int.from_bytes(header[4:12], "little") == 65
    assert int.from_bytes(newest[4:12], "little") > 65


def test_failed_gate_publishes_nothing(build: Path, shelf: Shelf) -> None:
    before = publish(build, shelf, gates=[PASSED], now=NOON)
    with pytest.raises(PublishError, match="rows_are_there"):
        publish(build, shelf, gates=[PASSED, _failed("blocking")])
    assert shelf.build_ids() == [before.build_id]
    assert shelf.current()["build_id"] == before.build_id  # type: ignore[index]
    attempt = json.loads(shelf.last_attempt.read_text())
    assert (attempt["status"], attempt["passed"]) == ("gate_failed", False)
    assert attempt["build_id"] == before.build_id
    assert attempt["failing"][0]["expectation"] == "rows_are_there"
    assert attempt["failing"][0]["rows"] == [{"repository": "o/r"}]


def test_build_without_models_is_refused(tmp_path: Path, shelf: Shelf) -> None:
    path = tmp_path / "empty.duckdb"
    duckdb.connect(str(path)).close()
    with pytest.raises(PublishError, match="no schema `core`"):
        publish(path, shelf, gates=[PASSED])
    assert shelf.current() is None


READER = """
import duckdb, os, sys
question = "select build_id from quality.published_build"
path = os.path.realpath(sys.argv[1])
connection = duckdb.connect(path, read_only=True)
print(connection.execute(question).fetchall()[0][0], flush=True)
sys.stdin.readline()
print(connection.execute(question).fetchall()[0][0], flush=True)
path = os.path.realpath(sys.argv[1])
with duckdb.connect(path, read_only=True) as other:
    print(other.execute(question).fetchall()[0][0], flush=True)
"""


def test_publish_under_a_reader_in_another_process(build: Path, shelf: Shelf) -> None:
    old = publish(build, shelf, gates=[PASSED], now=NOON)
    reader = subprocess.Popen(
        [sys.executable, "-c", READER, str(shelf.current_database)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert reader.stdin
    assert reader.stdout
    assert reader.stdout.readline().strip() == old.build_id
    assert is_open(shelf.database(old.build_id))
    for hour in range(1, 8):
        new = publish(build, shelf, gates=[PASSED], now=NOON + timedelta(hours=hour), keep=2)
    # What is being read is not cleared away, what nobody reads is.
    assert old.build_id in shelf.build_ids()
    assert len(shelf.build_ids()) == 3
    out, _ = reader.communicate("go on\n", timeout=60)
    assert out.split() == [old.build_id, new.build_id]
    publish(build, shelf, gates=[PASSED], now=NOON + timedelta(hours=9), keep=2)
    assert old.build_id not in shelf.build_ids()


def test_publish_under_a_reader_in_this_process(build: Path, shelf: Shelf) -> None:
    question = "select build_id from quality.published_build"
    old = publish(build, shelf, gates=[PASSED], now=NOON)
    with duckdb.connect(str(shelf.current_database.resolve()), read_only=True) as reader:
        assert reader.execute(question).fetchall() == [(old.build_id,)]
        for hour in range(1, 5):
            new = publish(build, shelf, gates=[PASSED], now=NOON + timedelta(hours=hour), keep=1)
        assert reader.execute(question).fetchall() == [(old.build_id,)]
        with duckdb.connect(str(shelf.current_database.resolve()), read_only=True) as second:
            assert second.execute(question).fetchall() == [(new.build_id,)]
        assert shelf.build_ids() == [old.build_id, new.build_id]


def test_last_five_builds_stay(build: Path, shelf: Shelf) -> None:
    made = [
        publish(build, shelf, gates=[PASSED], now=NOON + timedelta(hours=hour)).build_id
        for hour in range(7)
    ]
    assert shelf.build_ids() == made[-5:]
    assert {p.name for p in shelf.folder.glob("testops-*")} == {
        name
        for build_id in made[-5:]
        for name in (f"testops-{build_id}", f"testops-{build_id}.duckdb")
    }


def test_one_publication_at_a_time(build: Path, shelf: Shelf) -> None:
    with (
        exclusive_lock(shelf.lock, "a publication"),
        pytest.raises(LockedError, match=f"in process {os.getpid()}"),
    ):
        publish(build, shelf, gates=[PASSED])
    publish(build, shelf, gates=[PASSED])


@pytest.mark.parametrize("step", ["copy_parquet", "seal_database", "replace_link", "write_json"])
def test_killed_publication_leaves_the_old_build(
    step: str, build: Path, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kill is played by an error that no code of ours catches, in a process that goes on."""
    old = publish(build, shelf, gates=[PASSED], now=NOON)
    owner = copying if step in ("copy_parquet", "seal_database") else publication
    with monkeypatch.context() as patched:
        patched.setattr(owner, step, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            publish(build, shelf, gates=[PASSED], now=NOON + timedelta(hours=1))
    assert shelf.current()["build_id"] == old.build_id  # type: ignore[index]
    new = publish(build, shelf, gates=[PASSED], now=NOON + timedelta(hours=2))
    assert shelf.current()["build_id"] == new.build_id  # type: ignore[index]
    assert not [p.name for p in shelf.folder.iterdir() if p.name.endswith(".tmp")]
    for build_id in shelf.build_ids():
        assert shelf.database(build_id).is_file()
        assert (shelf.companion(build_id) / "manifest.json").is_file()


def test_a_publication_that_finds_no_room_takes_none(
    build: Path, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next run has to load before it publishes, and needs what room there is."""
    old = publish(build, shelf, gates=[PASSED], now=NOON)
    before = sorted(shelf.folder.rglob("*"))

    def is_full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(copying, "seal_database", is_full)
    with pytest.raises(OSError, match="No space left"):
        publish(build, shelf, gates=[PASSED], now=NOON + timedelta(hours=1))
    assert sorted(shelf.folder.rglob("*")) == before
    assert shelf.current()["build_id"] == old.build_id  # type: ignore[index]


def test_killed_between_the_links_is_no_whole_build(build: Path, shelf: Shelf) -> None:
    publish(build, shelf, gates=[PASSED], now=NOON)
    manifest = shelf.current_manifest.readlink()
    publish(build, shelf, gates=[PASSED], now=NOON + timedelta(hours=1))
    shelf.current_manifest.unlink()
    shelf.current_manifest.symlink_to(manifest)
    assert shelf.current() is None


KILLED = """
import sys
from pathlib import Path
from expectations.publishing import Shelf, publish
from expectations.results import GateResult
print("go", flush=True)
while True:
    publish(Path(sys.argv[1]), Shelf(Path(sys.argv[2])), gates=[GateResult("published", ())])
"""


@pytest.mark.parametrize("milliseconds", [20, 90, 160, 230])
def test_sigkill_at_any_moment(milliseconds: int, build: Path, shelf: Shelf) -> None:
    publish(build, shelf, gates=[PASSED], now=NOON)
    victim = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(build), str(shelf.folder)],
        stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert victim.stdout
    victim.stdout.readline()
    deadline = time.monotonic() + milliseconds / 1000
    while time.monotonic() < deadline:
        pass
    victim.kill()
    victim.wait()
    readable = shelf.current_database.resolve()
    with duckdb.connect(str(readable), read_only=True) as connection:
        rows = connection.execute("select count(*) from core.fct_test_results").fetchall()
    assert rows == [(1000,)]
    new = publish(build, shelf, gates=[PASSED])
    assert shelf.current()["build_id"] == new.build_id  # type: ignore[index]
    assert not [p.name for p in shelf.folder.iterdir() if p.name.endswith(".tmp")]
