"""One bad file is in quarantine with a reason, and all others are loaded."""

import io
import os
import resource
import struct
import subprocess
import sys
import zipfile

import pytest

from dlt_pipelines import report_workers
from dlt_pipelines.report_model import Container

_LEVELS = 12
ENTITY_BOMB = (
    '<?xml version="1.0"?><!DOCTYPE t [<!ENTITY e0 "aaaaaaaaaa">'
    + "".join(f'<!ENTITY e{level} "{f"&e{level - 1};" * 10}">' for level in range(1, _LEVELS))
    + f']><testsuite name="x"><testcase name="&e{_LEVELS - 1};"/></testsuite>'
)
EXTERNAL_ENTITY = """<?xml version="1.0"?><!DOCTYPE t [<!ENTITY x SYSTEM "file://{secret}">]>
<testsuite name="x"><testcase name="a"><failure message="m">&x;</failure></testcase></testsuite>"""


def _lying_zip() -> bytes:
    """A zip whose member claims to be small and is not."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("junit.xml", b" " * 5_000_000)
    content = bytearray(packed.getvalue())
    position = content.rfind(b"PK\x01\x02")
    content[position + 24 : position + 28] = struct.pack("<I", 10)
    return bytes(content)


def _statuses(project) -> dict[str, str]:
    return dict(
        project.query("select locator, parse from raw_test_results.reports order by locator")
    )


def _reasons(project) -> dict[str, str]:
    return dict(project.query("select locator, reason from quarantine.rejected_files"))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("bad.xml", "", id="empty"),
        pytest.param("bad.xml", b"\x00\x01\x02\x03" * 500, id="binary"),
        pytest.param("bad.xml", "Sorry, the tests crashed", id="text"),
        pytest.param("bad.xml", ENTITY_BOMB, id="entity-bomb"),
        pytest.param("bad.zip", b"PK\x03\x04" + b"\x00" * 100, id="broken-zip"),
        pytest.param("bad.xml.gz", b"\x1f\x8b\x08\x00garbage", id="broken-gzip"),
    ],
)
def test_a_bad_file_is_kept_with_a_reason_and_the_rest_is_loaded(project, junit, name, content):
    project.write("reports/a.xml", junit("a"))
    path = project.write(f"reports/{name}", content)
    project.write("reports/z.xml", junit("z"))
    report = project.load()
    assert report.rejected_count >= 1
    assert report.loaded_count == 2
    assert project.query("select count(*) from raw_test_results.cases") == [(6,)]
    ((locator, reason, kept_as),) = project.query(
        "select locator, reason, kept_as from quarantine.rejected_files"
    )
    assert locator.startswith(f"reports/{name}")
    assert len(reason) > 10
    assert "Error(" not in reason
    if kept_as:
        assert (project.home / "quarantine" / kept_as).read_bytes() == path.read_bytes()
    assert project.load().is_changed is False
    assert project.query("select count(*) from quarantine.rejected_files") == [(1,)]


def test_a_cut_off_report_keeps_the_cases_before_the_cut(project, junit):
    project.write("reports/cut.xml", junit()[: junit().index("test_c")])
    project.write("reports/whole.xml", junit())
    report = project.load()
    assert (report.partial_count, report.loaded_count, report.rejected_count) == (1, 2, 0)
    assert _statuses(project) == {"reports/cut.xml": "partial", "reports/whole.xml": "ok"}
    assert project.query(
        "select c.name from raw_test_results.cases c join raw_test_results.reports r"
        " using (report_id) where r.parse = 'partial' order by case_index"
    ) == [("test_a",), ("test_b",)]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "latin-1"])
def test_a_wrongly_declared_encoding_is_read_all_the_same(project, junit, encoding):
    text = junit("Überprüfung").replace('version="1.0"', 'version="1.0" encoding="UTF-8"')
    project.write("reports/a.xml", text.encode(encoding))
    project.load()
    assert project.query("select count(*) from raw_test_results.cases") == [(3,)]


def test_an_external_entity_is_never_read(project, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("top-secret-words", "utf-8")
    project.write("reports/a.xml", EXTERNAL_ENTITY.format(secret=secret))
    project.load()
    found = project.query("select * from raw_test_results.cases")
    assert "top-secret-words" not in str(found)


def test_members_that_climb_out_are_refused_and_others_read(project, junit, zipped):
    project.write(
        "reports/a.zip", zipped({"../../evil.xml": junit("evil"), "fine.xml": junit("fine")})
    )
    project.load()
    assert project.query("select locator from raw_test_results.reports") == [
        ("reports/a.zip!fine.xml",)
    ]
    assert "leads out" in _reasons(project)["reports/a.zip!../../evil.xml"]
    assert not list(project.folder.parent.rglob("evil.xml"))


def test_a_zip_that_lies_about_sizes_does_not_stop_the_load(project, junit):
    project.write("reports/a.zip", _lying_zip())
    project.write("reports/b.xml", junit())
    assert project.load().loaded_count == 1


def test_a_zip_bomb_is_refused_in_bounded_memory(project, junit):
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("junit.xml", "w", force_zip64=True) as member,
    ):
        member.write(b"<testsuite>")
        for _ in range(300):
            member.write(b" " * 1_048_576)
    project.write("reports/bomb.zip", packed.getvalue())
    project.write("reports/fine.xml", junit())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    report = project.load()
    grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert report.loaded_count == 1
    assert "times its size" in _reasons(project)["reports/bomb.zip!junit.xml"]
    assert grown_kib < 200 * 1024


def test_an_attribute_of_100_megabytes_does_not_stop_the_load(project, junit):
    huge = b"x" * 100_000_000
    project.write(
        "reports/huge.xml",
        b'<testsuite name="s"><testcase name="a"><failure message="'
        + huge
        + b'">t</failure></testcase></testsuite>',
    )
    project.write("reports/fine.xml", junit())
    assert project.load().loaded_count >= 1
    assert _statuses(project)["reports/fine.xml"] == "ok"
    ((longest,),) = project.query("select max(length(failure_message)) from raw_test_results.cases")
    assert longest <= 2000


def test_values_that_no_column_holds_cost_no_rows(project):
    project.write(
        "reports/a.xml",
        '<testsuite name="s" tests="99999999999999999999999">'
        '<testcase name="a" time="1e999" line="99999999999999999999999"/>'
        '<testcase name="b" time="NaN"/></testsuite>',
    )
    project.load()
    assert project.query("select name from raw_test_results.cases order by case_index") == [
        ("a",),
        ("b",),
    ]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_tried_again(project, junit):
    path = project.write("reports/a.xml", junit())
    path.chmod(0)
    assert project.load().rejected_count == 1
    path.chmod(0o600)
    assert project.load().loaded_count == 1


def test_a_worker_that_dies_takes_only_its_file_along(project, junit, monkeypatch, tmp_path):
    # A stand-in for the interpreter that kills the worker when it is given the file `lethal.xml`.
    wrapper = tmp_path / "python"
    wrapper.write_text(
        f"#!{sys.executable}\n"
        "import os, runpy, signal, sys\n"
        "from dlt_pipelines import reports\n"
        "read = reports.ReportReader.read\n"
        "def deadly(self, container):\n"
        "    if container.locator.endswith('lethal.xml'):\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return read(self, container)\n"
        "reports.ReportReader.read = deadly\n"
        "sys.argv[:] = sys.argv[2:]\n"
        "runpy.run_module(sys.argv[0], run_name='__main__', alter_sys=True)\n",
        "utf-8",
    )
    wrapper.chmod(0o700)
    monkeypatch.setattr(report_workers.sys, "executable", str(wrapper))
    monkeypatch.setattr(report_workers, "_WORTH_WORKERS_BYTES", 0)
    for name in ("a", "b", "lethal", "y", "z"):
        project.write(f"reports/{name}.xml", junit(name))
    report = project.load()
    assert (report.loaded_count, report.rejected_count) == (4, 1)
    assert list(_reasons(project)) == ["reports/lethal.xml"]


def test_workers_that_never_start_end_the_load_with_a_reason(monkeypatch, tmp_path):
    starts = tmp_path / "starts"
    wrapper = tmp_path / "python"
    wrapper.write_text(f"#!/bin/sh\necho x >> {starts}\nexit 7\n", "utf-8")
    wrapper.chmod(0o700)
    monkeypatch.setattr(report_workers.sys, "executable", str(wrapper))
    monkeypatch.setattr(report_workers, "_WORTH_WORKERS_BYTES", 0)
    monkeypatch.setattr(report_workers.os, "cpu_count", lambda: 1)
    container = Container("a.xml", None, b"<testsuite/>", 12, None, True)
    with pytest.raises(report_workers.WorkersFailError, match=r"3 processes in a row .* code 7"):
        list(report_workers.read_all("test_results", [container], 1, tmp_path / "spool"))
    assert len(starts.read_text("utf-8").splitlines()) == 3
    assert not (tmp_path / "spool").exists()


def test_workers_end_when_the_load_is_killed(project, junit):
    code = (
        "from pathlib import Path\n"
        "from dlt_pipelines import report_workers as w\n"
        "worker = w._Worker('test_results', Path())\n"
        "print(worker._process.pid, flush=True)\n"
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    pid = int(done.stdout)
    # The worker sees its pipe close; it is waited for, at most as long as a start takes.
    ended = subprocess.run(
        ["timeout", "30", "tail", "--pid", str(pid), "-f", os.devnull],
        check=False,
        capture_output=True,
    )
    assert ended.returncode == 0


@pytest.mark.parametrize(
    ("name", "content", "parse"),
    [
        pytest.param(
            "odd.json",
            '{"results":{"tool":{"name":"\\ud800"},"summary":{"tests":1},'
            '"tests":[{"name":"x","status":"passed"}]}}',
            "ok",
            id="tool",
        ),
        pytest.param(
            "odd.json",
            '{"Action":"run","Test":"T","Package":"p"}\n{"Action":"pass","Test":"T","Package":"p"}'
            '\n{"Action":"pass","Package":"p"}\n{\udc80',
            "partial",
            id="remark",
        ),
        pytest.param("odd\udcff\n.xml", None, "ok", id="name of a file"),
    ],
)
def test_text_that_no_table_holds_stops_no_load(project, junit, name, content, parse):
    project.write("reports/a.xml", junit("a"))
    content = junit("x") if content is None else content
    project.write(f"reports/{name}", content.encode("utf-8", "surrogatepass"))
    project.write("reports/z.xml", junit("z"))
    report = project.load()
    assert (report.seen_count, report.rejected_count) == (3, 0)
    shown = "reports/" + name.replace("\udcff", "\\xff")
    assert _statuses(project) == {"reports/a.xml": "ok", shown: parse, "reports/z.xml": "ok"}
    assert project.load().is_changed is False
