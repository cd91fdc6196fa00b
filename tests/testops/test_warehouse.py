"""The only door to the published file."""

import json

import duckdb
import pytest

from testops.errors import NothingPublishedError, TestopsError
from testops.warehouse import connect, current_build, rows


@pytest.fixture
def published(tmp_path):
    folder = tmp_path / "published"
    (folder / "testops-b1").mkdir(parents=True)
    with duckdb.connect(str(folder / "testops-b1.duckdb")) as connection:
        connection.execute(
            "create table t as select 1 as a, timestamptz '2026-01-01 00:00:00+00' as b"
        )
    manifest = folder / "testops-b1" / "manifest.json"
    manifest.write_text(json.dumps({"build_id": "b1"}))
    (folder / "current.json").symlink_to("testops-b1/manifest.json")
    return folder


def test_rows_come_as_mappings_in_utc(published):
    with connect(current_build(published)) as connection:
        [row] = rows(connection, "select a, b from t")
    assert row["a"] == 1
    assert row["b"].isoformat() == "2026-01-01T00:00:00+00:00"


@pytest.mark.parametrize(
    "statement",
    [
        "insert into t values (2, null)",
        "drop table t",
        "copy t to 'out.csv'",
        "select * from read_csv('/etc/passwd')",
        "attach 'other.duckdb'",
        "set enable_external_access = true",
        "set TimeZone = 'Asia/Tokyo'",
    ],
)
def test_nothing_can_be_written_read_elsewhere_or_unlocked(published, statement):
    with connect(current_build(published)) as connection, pytest.raises(duckdb.Error):
        connection.execute(statement).fetchall()


def test_several_may_read_one_file(published):
    build = current_build(published)
    with connect(build) as first, connect(build) as second:
        for connection in (second, first):
            [zone] = connection.execute("select current_setting('TimeZone')").fetchall()
            assert zone == ("UTC",)
            with pytest.raises(duckdb.Error):
                connection.execute("set enable_external_access = true")


def test_nothing_published(tmp_path):
    with pytest.raises(NothingPublishedError, match="testops run"):
        current_build(tmp_path)


def test_the_manifest_is_cut_off(published):
    (published / "testops-b1" / "manifest.json").write_text('{"build_id": ')
    with pytest.raises(TestopsError, match="cannot be read"):
        current_build(published)


@pytest.mark.parametrize("text", ["{}", "[]", '{"build_id": 7}'])
def test_the_manifest_names_no_build(published, text):
    (published / "testops-b1" / "manifest.json").write_text(text)
    with pytest.raises(TestopsError, match="names no build"):
        current_build(published)


def test_the_file_is_cut_off(published):
    file = published / "testops-b1.duckdb"
    file.write_bytes(file.read_bytes()[:5000])
    build = current_build(published)
    with pytest.raises(TestopsError, match=r"cannot answer .*`testops run`"), connect(build):
        pass


def test_a_file_of_another_version_has_not_the_table(published):
    build = current_build(published)
    with (
        pytest.raises(TestopsError, match=r"no_such_table.*`testops run`"),
        connect(build) as connection,
    ):
        rows(connection, "select * from no_such_table")


def test_the_file_is_gone(published):
    (published / "testops-b1.duckdb").unlink()
    with pytest.raises(TestopsError, match="is missing"):
        current_build(published)
