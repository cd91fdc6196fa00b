"""Patterns find files, each once, in order, and pass over what can hold no report."""

import gzip
import os
import threading
import traceback
import zlib
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from unittest.mock import Mock

import fsspec
import pytest

from dlt_pipelines import files
from dlt_pipelines.config import ConfigurationError, Settings
from dlt_pipelines.files import (
    FileTooLargeError,
    find_files,
    to_regex,
    unpacked,
    without_secrets,
)
from dlt_pipelines.whole_files import PARTIAL
from tests.replay_server import Reply


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    project = tmp_path / "project"
    for name in (
        "a.xml",
        "out/b.xml",
        "out/deep/er/c.xml",
        "out/notes.txt",
        "out/[x]/d.xml",
        "node_modules/e.xml",
        ".git/f.xml",
        "warehouse/quarantine/g.xml",
    ):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(name, "utf-8")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "h.xml").write_text("h", "utf-8")
    return Settings(project / "warehouse", project, None, False, "UTC")


def _locators(settings: Settings, *patterns: str) -> list[str]:
    return [file.locator for file in find_files(patterns, settings, "sources.x.files")]


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        pytest.param(["a.xml"], ["a.xml"], id="file"),
        pytest.param(
            ["out"],
            ["out/[x]/d.xml", "out/b.xml", "out/deep/er/c.xml", "out/notes.txt"],
            id="folder",
        ),
        pytest.param(["out/*.xml"], ["out/b.xml"], id="star-stays-in-its-folder"),
        pytest.param(
            ["**/*.xml"],
            ["a.xml", "out/[x]/d.xml", "out/b.xml", "out/deep/er/c.xml"],
            id="two-stars-go-down-and-pass-over-tools-and-the-warehouse",
        ),
        pytest.param(["out/[x]/d.xml"], ["out/[x]/d.xml"], id="brackets-in-a-real-name"),
        pytest.param(["out/?.xml", "out/b.xml", "*.xml"], ["a.xml", "out/b.xml"], id="each-once"),
        pytest.param([], [], id="nothing"),
        pytest.param(["out/*.json"], [], id="no-match"),
    ],
)
def test_patterns(settings, patterns, expected):
    assert _locators(settings, *patterns) == expected


def test_files_outside_of_the_project_keep_their_whole_path(settings, tmp_path):
    outside = str(tmp_path / "elsewhere" / "h.xml")
    assert _locators(settings, outside, "../elsewhere/*.xml") == [outside]


@pytest.mark.parametrize("pattern", ["nowhere", "nowhere/**/*.xml", "a.json"])
def test_a_missing_place_is_named_with_its_setting(settings, pattern):
    with pytest.raises(ConfigurationError, match=r"`sources\.x\.files` names"):
        _locators(settings, pattern)


def test_links_to_folders_are_not_followed(settings):
    before = _locators(settings, "out")
    (settings.project / "out" / "again").symlink_to(settings.project / "out")
    (settings.project / "out" / "linked.xml").symlink_to(settings.project / "out" / "deep")
    assert _locators(settings, "out") == before


def test_pipes_and_dangling_links_are_passed_over(settings):
    os.mkfifo(settings.project / "out" / "pipe.xml")
    (settings.project / "out" / "link.xml").symlink_to("nowhere.xml")
    assert _locators(settings, "out/*.xml") == ["out/b.xml"]


def test_what_a_killed_writer_left_is_passed_over(settings):
    before = _locators(settings, "out")
    (settings.project / "out" / f"{PARTIAL}x1").write_text("half a report", "utf-8")
    assert _locators(settings, "out") == _locators(settings, "out/**") == before


def test_a_pattern_that_is_none_is_named(settings):
    with pytest.raises(ConfigurationError, match=r"`.*\[z-a\]\*` can't be meant"):
        _locators(settings, "out/[z-a]*")


def test_the_fingerprint_changes_with_the_file(settings):
    (before,) = find_files(["a.xml"], settings, "x")
    os.utime(settings.project / "a.xml", ns=(1, 1))
    (after,) = find_files(["a.xml"], settings, "x")
    assert before.fingerprint != after.fingerprint
    assert before.size_bytes == after.size_bytes == 5


def test_urls_are_read_through_fsspec(settings):
    store = fsspec.filesystem("memory")
    store.pipe("/bucket/reports/one.xml", b"<a/>")
    store.pipe("/bucket/reports/deep/two.xml", b"<bb/>")
    found = find_files(["memory://bucket/reports/**/*.xml"], settings, "x")
    assert [file.size_bytes for file in found] == [5, 4]
    assert all(file.is_remote and file.locator.startswith("memory://") for file in found)
    with found[0].open() as stream:
        assert stream.read() == b"<bb/>"
    assert len(find_files(["memory://bucket/reports"], settings, "x")) == 2


def test_a_url_that_is_not_there_is_named(settings):
    with pytest.raises(ConfigurationError, match="memory://nowhere"):
        find_files(["memory://nowhere/x.xml"], settings, "sources.x.files")


class _Pages(BaseHTTPRequestHandler):
    """One page, for whoever brings the token; `version` is the header that tells it."""

    version = None

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        is_there = self.path == "/ci/report.xml?job=test&private_token=planted"
        is_broken = self.path.startswith("/broken.xml") and self.command == "GET"
        self.send_response(200 if is_there else 500 if is_broken else 404)
        self.send_header("Content-Length", "4" if is_there else "0")
        if self.version:
            self.send_header(*self.version)
        self.end_headers()
        if is_there and self.command == "GET":
            self.wfile.write(b"<a/>")

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def pages():
    """Address of a web server that runs."""
    pytest.importorskip("aiohttp")
    with ThreadingHTTPServer(("127.0.0.1", 0), _Pages) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


def test_what_opens_a_url_is_used_and_told_nobody(settings, pages):
    url = f"http://{pages}/ci/report.xml?job=test&private_token=planted"
    (found,) = find_files([url], settings, "x")
    assert found.locator == f"http://{pages}/ci/report.xml?job=test&private_token=…"
    with found.open() as stream:
        assert stream.read() == b"<a/>"


@pytest.mark.parametrize(
    ("header", "later"),
    [
        pytest.param("ETag", '"2"', id="etag"),
        pytest.param("Last-Modified", "Mon, 02 Feb 2026 00:00:00 GMT", id="last-modified"),
        pytest.param(None, None, id="nothing-tells-it"),
    ],
)
def test_a_web_page_of_the_same_size_may_be_another_one(
    settings, pages, monkeypatch, header, later
):
    def fingerprint():
        fsspec.filesystem("http").clear_instance_cache()
        url = f"http://{pages}/ci/report.xml?job=test&private_token=planted"
        (found,) = find_files([url], settings, "x")
        return found.fingerprint

    if header is None:
        assert fingerprint() != fingerprint()
        return
    monkeypatch.setattr(_Pages, "version", (header, "Sun, 01 Feb 2026 00:00:00 GMT"))
    before = fingerprint()
    assert fingerprint() == before
    monkeypatch.setattr(_Pages, "version", (header, later))
    assert fingerprint() != before


@pytest.mark.parametrize("name", ["gone", "broken"])
def test_a_url_that_cannot_be_listed_is_named_without_what_opens_it(settings, pages, name):
    url = f"http://planted:planted@{pages}/{name}.xml?private_token=planted&X-Amz-Signature=planted"
    with pytest.raises(ConfigurationError, match=f"http://{pages}/{name}.xml") as raised:
        find_files([url], settings, "sources.x.files")
    shown = "".join(traceback.format_exception(raised.value))
    assert "planted" not in shown.replace(__file__, "").replace(url, "")


def test_a_url_that_cannot_be_fetched_is_told_without_what_opens_it(settings, pages):
    (found,) = find_files(
        [f"http://{pages}/ci/report.xml?job=test&private_token=planted"], settings, "x"
    )
    broken = replace(found, path=f"http://{pages}/broken.xml?private_token=planted")
    with pytest.raises(OSError, match="broken") as raised:
        broken.read(10)
    shown = "".join(traceback.format_exception(raised.value))
    assert "planted" not in shown.replace(__file__, "")


def test_no_more_is_read_than_the_limit(settings, monkeypatch):
    (found,) = find_files(["a.xml"], settings, "x")
    assert found.read(5) == b"a.xml"
    with pytest.raises(FileTooLargeError, match="5 bytes, more than the 4"):
        found.read(4)
    fsspec.filesystem("memory").pipe("/bucket/large.xml", b"12345")
    (remote,) = find_files(["memory://bucket/large.xml"], settings, "x")
    monkeypatch.setattr(files, "REMOTE_BYTES_LIMIT", 4)
    # a store may not say how large a file is
    with pytest.raises(FileTooLargeError):
        replace(remote, size_bytes=0).read(10)


@pytest.fixture
def source_name():
    return "test_results"


def test_a_remote_file_that_could_not_be_fetched_is_tried_again(make_project, monkeypatch):
    report = b'<testsuite name="s"><testcase name="t" classname="c" time="1"/></testsuite>'
    fsspec.filesystem("memory").pipe("/bucket/report.xml", report)
    project = make_project("remote")
    project.configure(files=["memory://bucket/report.xml"])
    with monkeypatch.context() as patched:
        patched.setattr(files, "_fetched", Mock(side_effect=OSError("the store is down")))
        assert project.load().rejected_count == 1
    assert project.count("cases") == 0
    assert project.load().table_rows["cases"] == 1
    assert project.load().unchanged_count == 1


@pytest.mark.parametrize("trouble", ["none", "not listed", "gone when it is read"])
def test_what_opens_a_url_is_nowhere_after_a_load(
    make_project, real_loads, server, trouble, caplog
):
    address = server.url.replace("http://", "http://planted-user:planted-password@")
    answers = [Reply(body=b'<testsuite name="s"><testcase name="t"/></testsuite>')] * 9
    if trouble != "none":
        answers = answers[: 0 if trouble == "not listed" else 2]
    route = iter(answers)
    server.route("/a.xml", lambda _: next(route, Reply(status=404, body={})))
    found = make_project("loaded")
    found.configure(files=[f"{address}/a.xml?id=7&sig=planted-signature"])
    message = ""
    try:
        found.load()
    except ConfigurationError as error:
        message = "".join(traceback.format_exception(error))
    assert ("can't be listed" in message) == (trouble == "not listed")
    shown = f"{server.url}/a.xml?id=7&sig=…"
    if trouble == "none":
        assert found.query("select locator from raw_test_results.reports") == [(shown,)]
    if trouble == "gone when it is read":
        assert found.query("select locator from quarantine.rejected_files") == [(shown,)]
    said = [message, caplog.text]
    said += [
        path.read_bytes().decode(errors="replace")
        for path in (found.folder / "home").rglob("*")
        if path.is_file()
    ]
    for secret in ("planted-user", "planted-password", "planted-signature"):
        assert not [text for text in said if secret in text], secret


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("s3://key:secret@bucket/a.xml", "s3://bucket/a.xml"),
        ("https://h/a?sig=x%2F&se=2026", "https://h/a?sig=…&se=2026"),
        ("403, url='https://h/a?access_token=x'", "403, url='https://h/a?access_token=…'"),
        ("https://h/a?API_KEY=x&job=b", "https://h/a?API_KEY=…&job=b"),
        ("https://h/a?design=x&signal=y", "https://h/a?design=x&signal=y"),
        ("mail a@b.c about https://h/@scope/a", "mail a@b.c about https://h/@scope/a"),
    ],
)
def test_secrets_are_left_out(text, shown):
    assert without_secrets(text) == shown


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("/a/**/x", "/a/x", True),
        ("/a/**/x", "/a/b/c/x", True),
        ("/a/*/x", "/a/b/c/x", False),
        ("/a/**", "/a/b/c", True),
        ("/a/[!b]", "/a/c", True),
        ("/a/[!b]", "/a/b", False),
        ("/a/[0-9]?", "/a/1x", True),
        ("/a/[[]x]", "/a/[x]", True),
        ("/a.b", "/aXb", False),
    ],
)
def test_to_regex(pattern, path, matches):
    assert bool(to_regex(pattern).fullmatch(path)) is matches


@pytest.mark.parametrize("seconds", [1e13, -1e13, 2.0**62])
def test_a_file_from_beyond_all_years_has_no_time(settings, monkeypatch, seconds):
    found = os.stat_result((0o100644, 1, 1, 1, 0, 0, 5, 0, 0, 0), {"st_mtime_ns": seconds * 1e9})
    monkeypatch.setattr(Path, "stat", lambda _path, **_options: found)
    monkeypatch.setattr(Path, "is_file", lambda _path: True)
    [file] = find_files(["a.xml"], settings, "sources.x.files")
    assert (file.modified_at, file.size_bytes) == (None, 5)


def test_what_is_packed_is_unpacked():
    packed = gzip.compress(b"one ") + gzip.compress(b"two")
    assert unpacked("runs.json", packed, 10) == packed
    assert unpacked("runs.json.GZ", packed, 10) == b"one two"
    assert unpacked("padded.gz", packed + b"\0" * 500, 10) == b"one two"
    assert unpacked("empty.gz", b"", 10) == b""


@pytest.mark.parametrize(
    ("content", "error"),
    [
        pytest.param(gzip.compress(b"one two")[:-9], EOFError, id="cut off"),
        pytest.param(gzip.compress(b"x" * 10), ValueError, id="as much as the limit"),
        pytest.param(gzip.compress(b"x" * 9) * 2, ValueError, id="too much in two members"),
        pytest.param(b"PK\x03\x04", zlib.error, id="no gzip"),
        pytest.param(gzip.compress(b"one") + b"rest", zlib.error, id="something behind it"),
    ],
)
def test_what_cannot_be_unpacked_says_why(content, error):
    with pytest.raises(error):
        unpacked("runs.json.gz", content, 10)
