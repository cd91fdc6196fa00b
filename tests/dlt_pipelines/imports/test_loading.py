"""From the landing folder and the settings to `raw_imports`."""

import gzip
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dlt_pipelines import config, loading
from dlt_pipelines.imports import TABLES, landing
from dlt_pipelines.parsers.tables import batches
from dlt_pipelines.parsers.tables.kinds import KINDS

CSV = "repository,run_id,result,started_at\na/b,1,success,2026-01-01\na/b,2,odd,2026-01-01\n"
REPOSITORY = Path(__file__).resolve().parents[3]
OLD = 1_700_000_000


def test_nothing_configured_makes_the_tables(project):
    assert loading.run("imports").mode == "off"
    assert {name for (name,) in project.query(
        "select table_name from information_schema.tables where table_schema = 'raw_imports'"
    )} >= set(TABLES)  # fmt: skip


def test_taken_files_are_loaded_once_and_rejected_rows_quarantined(project, take):
    path = project.write("r.csv", CSV)
    assert take(path, "runs")[1]["status"] == "accepted"
    assert take(path, "runs")[1]["status"] == "known"
    report = loading.run("imports")
    assert (report.table_rows["runs"], report.loaded_count) == (1, 1)
    assert project.query("select run_id, result, source_file, row_number from raw_imports.runs") \
        == [("1", "success", "r.csv", 1)]  # fmt: skip
    [(table, number, row, reason)] = project.query(
        "select table_name, row_number, row, reason from quarantine.rejected_rows"
    )
    assert (table, number) == ("runs", 2)
    assert '"odd"' in row
    assert reason.startswith("r.csv: `result` is `odd`")
    assert take(project.write("copy.csv", CSV), "runs")[1]["status"] == "known"
    report = loading.run("imports")
    assert (report.row_count, report.unchanged_count) == (0, 1)
    assert len(project.query("select * from quarantine.rejected_rows")) == 1


def test_the_same_file_with_other_maps_takes_the_place_of_the_one_before(project, take):
    path = project.write("r.csv", CSV)
    take(path, "runs")
    [first] = project.landed()
    take(path, "runs", "--map", "run_id=workflow_name", "--map", "run_id=run_id")
    [second] = project.landed()
    assert first.stem != second.stem
    assert first.stem[:33] == second.stem[:33]
    take(path, "test_results", "--map", "run_id=name", "--map", "result=status")
    assert len(project.landed()) == 2


def test_a_dry_run_writes_nothing(project, take):
    code, found = take(project.write("r.csv", CSV), "runs", "--dry-run")
    assert (code, found["status"], found["row_count"]) == (0, "checked", 1)
    assert not project.home.exists()


def test_files_of_the_settings_are_loaded_and_again_when_they_grow(project):
    path = project.write("r.csv", "id,when\n1,2026-01-01\n")
    os.utime(path, (OLD, OLD))
    project.configure(
        '[sources.imports]\nrepository = "a/b"\nruns = ["*.csv"]\n'
        '[sources.imports.maps]\nruns = ["id=run_id", "when=started_at"]\n'
    )
    assert loading.run("imports").table_rows["runs"] == 1
    assert loading.run("imports").row_count == 0
    path.write_text("id,when\n1,2026-01-01\n2,2026-01-02\n", "utf-8")
    assert loading.run("imports").table_rows["runs"] == 2
    assert project.query(
        "select repository, run_id, count(distinct import_id) from raw_imports.runs"
        " group by all order by run_id"
    ) == [("a/b", "1", 2), ("a/b", "2", 1)]


def test_a_bad_file_of_the_settings_is_rejected_and_the_others_loaded(project):
    project.write("good.csv", CSV)
    project.write("bad.csv", "colour\nred\n")
    project.configure('[sources.imports]\nruns = ["*.csv"]\n')
    report = loading.run("imports")
    assert (report.table_rows["runs"], report.rejected_count) == (1, 1)
    [(locator, reason)] = project.query("select locator, reason from quarantine.rejected_files")
    assert locator == "bad.csv"
    assert reason.startswith("as runs: it has no column")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ('builds = ["x"]', "`sources.imports.builds` is no setting"),
        ('maps = ["a=b"]', "`sources.imports.maps` must be a table"),
        ('runs = ["*.csv"]\n[sources.imports.maps]\nruns = ["a=b"]', "no column of `runs`"),
        ('runs = ["missing.csv"]', "there is no"),
    ],
)
def test_wrong_settings_are_said(project, settings, said):
    project.write("r.csv", CSV)
    project.configure(
        f'[sources.imports]\nruns = ["r.csv"]\n{settings}\n'
        if "runs" not in settings
        else f"[sources.imports]\n{settings}\n"
    )
    with pytest.raises(config.ConfigurationError, match=said):
        loading.run("imports")


def test_a_configured_file_that_cannot_be_unpacked_is_rejected_and_the_rest_is_read(project):
    whole = gzip.compress(CSV.encode())
    for name, content in (("a.csv.gz", whole[:-20]), ("b.csv.gz", whole)):
        project.write(name, content)
    project.configure('[sources.imports]\nruns = ["*.csv.gz"]')
    report = loading.run("imports")
    assert (report.table_rows["runs"], report.rejected_count) == (1, 1)
    [(locator, reason, kept_as)] = project.query(
        "select locator, reason, kept_as from quarantine.rejected_files"
    )
    assert locator == "a.csv.gz"
    assert "pack it again" in reason
    assert (project.home / "quarantine" / kept_as).read_bytes() == whole[:-20]


def test_a_damaged_landed_file_is_rejected(project, take):
    take(project.write("r.csv", CSV), "runs")
    [path] = project.landed()
    path.write_bytes(path.read_bytes()[:500])
    (path.parent / ".x.part").write_bytes(b"cut")
    report = loading.run("imports")
    assert (report.row_count, report.rejected_count) == (0, 1)
    [(reason,)] = project.query("select reason from quarantine.rejected_files")
    assert reason.startswith("it is damaged")


def _damage_its_last_rows(path: Path) -> None:
    """Turn bits within the last row group of a Parquet file; its beginning and end stay well."""
    metadata = pq.ParquetFile(path).metadata
    groups = [metadata.row_group(index) for index in range(metadata.num_row_groups)]
    column = [group for group in groups if group.num_rows][-1].column(0)
    content = bytearray(path.read_bytes())
    for index in range(column.total_compressed_size // 2):
        content[column.data_page_offset + index] ^= 0xFF
    path.write_bytes(content)


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "_ROWS_AT_ONCE", 10)
    monkeypatch.setattr(landing, "_ROWS_AT_ONCE", 10)


@pytest.mark.usefixtures("small_batches")
def test_a_parquet_file_damaged_in_its_middle_is_rejected_whole(project):
    rows = {
        "repository": ["a/b"] * 30,
        "run_id": [str(number) for number in range(30)],
        "result": ["success"] * 30,
        "started_at": ["2026-01-01"] * 30,
    }
    path = project.folder / "runs.parquet"
    pq.write_table(pa.table(rows), path, row_group_size=10)
    whole = path.read_bytes()
    _damage_its_last_rows(path)
    project.configure('[sources.imports]\nruns = ["runs.parquet"]\n')
    report = loading.run("imports")
    assert (report.row_count, report.rejected_count) == (0, 1)
    [(reason,)] = project.query("select reason from quarantine.rejected_files")
    assert "the Parquet file is cut or damaged" in reason
    path.write_bytes(whole)
    assert loading.run("imports").table_rows["runs"] == 30


@pytest.mark.usefixtures("small_batches")
def test_a_landed_file_damaged_in_its_middle_is_rejected_whole(project, take):
    row = {"repository": "a/b", "result": "success", "started_at": "2026-01-01"}
    lines = [json.dumps({**row, "run_id": number}) for number in range(30)]
    take(project.write("r.jsonl", "\n".join(lines)), "runs")
    [path] = project.landed()
    _damage_its_last_rows(path)
    for _ in range(2):
        report = loading.run("imports")
        assert (report.row_count, report.rejected_count) == (0, 1)
    [reason] = {
        reason for (reason,) in project.query("select reason from quarantine.rejected_files")
    }
    assert reason.startswith("it is damaged")


def test_no_turned_bit_of_a_landed_file_gives_other_rows(project, take):
    lines = [f"a/b,{number:08},success,2026-01-01" for number in range(30)]
    take(project.write("r.csv", "\n".join([CSV.split("\n")[0], *lines, ""])), "runs")
    [path] = project.landed()
    kind, content = KINDS["runs"], path.read_bytes()
    [whole] = [checked.rows for checked in landing.read_landed(path, kind) if len(checked.rows)]
    column = pq.ParquetFile(path).metadata.row_group(0).column(whole.column_names.index("run_id"))
    start = column.dictionary_page_offset or column.data_page_offset
    refused = 0
    for index in range(start, start + column.total_compressed_size):
        path.write_bytes(content[:index] + bytes([content[index] ^ 1]) + content[index + 1 :])
        try:
            found = [checked.rows for checked in landing.read_landed(path, kind)]
        except (pa.ArrowException, OSError):
            refused += 1
        else:
            assert [rows for rows in found if len(rows)] == [whole], index
    assert refused


def test_killed_in_the_middle_leaves_no_half_file(project, take):
    """The process dies between two batches; the same command again takes the file whole."""
    lines = [f"a/b,{number},success,2026-01-01" for number in range(200)]
    path = project.write("r.csv", "\n".join([CSV.split("\n")[0], *lines, ""]))
    code = (
        "import os, signal\n"
        "from dlt_pipelines.imports import landing\n"
        "landing._refuse_without_rows = lambda outcome: os.kill(os.getpid(), signal.SIGKILL)\n"
        "from dlt_pipelines.imports.__main__ import main\n"
        f"main(['--kind', 'runs', '--landing', {str(project.landing)!r}, {str(path)!r}])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, check=False)
    assert done.returncode == -signal.SIGKILL
    assert project.landed() == []
    assert len(list(project.landing.rglob(".*.part"))) == 1
    assert loading.run("imports").row_count == 0
    assert take(path, "runs")[1]["status"] == "accepted"
    assert list(project.landing.rglob(".*.part")) == []
    assert loading.run("imports").table_rows["runs"] == 200


def test_columns_of_the_raw_tables_are_those_of_the_kinds(project, take):
    take(project.write("r.csv", CSV), "runs")
    loading.run("imports")
    for name, schema in __import__("dlt_pipelines.imports", fromlist=["x"]).TABLE_SCHEMAS.items():
        found = {
            column
            for (column,) in project.query(
                "select column_name from information_schema.columns"
                f" where table_schema = 'raw_imports' and table_name = '{name}'"
            )
        }
        assert {*schema.names, "loaded_at"} == found
        assert isinstance(schema, pa.Schema)
