"""The NUL form: every kind of change, hostile texts, any cut of the stream."""

import contextlib
import subprocess
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.git_log import (
    LOG_ARGUMENTS,
    FileChange,
    read_log,
    reverted_commit,
    utc_from_seconds,
)

SHA = "a" * 40
OTHER = "b" * 40


def commit_fields(sha=SHA, parents="", subject="s", body="", seconds="0"):
    person = ("Ann", "ann@example.com", seconds)
    return "\0".join((sha, "c" * 40, parents, *person, *person, subject, body)).encode() + b"\0"


@pytest.fixture
def import_history(tmp_path):
    """Make a bare repository from a fast-import stream; return its log."""

    def run(stream: bytes) -> bytes:
        git = ["git", "-C", str(tmp_path)]
        subprocess.run([*git, "init", "-q", "--bare"], check=True)
        subprocess.run([*git, "fast-import", "--quiet"], input=stream, check=True)
        log = [*git, "log", *LOG_ARGUMENTS, "--all", "--topo-order", "--reverse"]
        return subprocess.run(log, check=True, capture_output=True).stdout

    return run


def commit(mark: int, message: bytes, changes: bytes, parents: bytes = b"") -> bytes:
    return (
        b"commit refs/heads/main\nmark :%d\n" % mark
        + b"author A <a@example.com> %d +0200\n" % (1_700_000_000 + mark)
        + b"committer C <c@example.com> %d -0300\n" % (1_700_000_100 + mark)
        + b"data %d\n%s\n" % (len(message), message)
        + parents
        + changes
        + b"\n"
    )


def write(path: bytes, content: bytes, mode: bytes = b"100644") -> bytes:
    return b"M %s inline %s\ndata %d\n%s\n" % (mode, path, len(content), content)


LINES = b"".join(b"line %d\n" % number for number in range(40))


def test_every_kind_of_change(import_history):
    log = import_history(
        commit(1, b"one", write(b"a", LINES) + write(b"b", b"1\n2\n") + write(b"l", b"x"))
        + commit(2, b"two", b"R a sub/a\n" + write(b"b", b"1\n3\n4\n"))
        + commit(3, b"three", write(b"bin", b"\0\1") + write(b"l", b"b", b"120000") + b"D b\n")
        + commit(4, b"four", b"C sub/a copy\n" + write(b"sub/a", LINES + b"more\n", b"100755"))
    )
    one, two, three, four = read_log([log])
    assert one.files == (
        FileChange("a", None, "added", 40, 0),
        FileChange("b", None, "added", 2, 0),
        FileChange("l", None, "added", 1, 0),
    )
    assert two.files == (
        FileChange("b", None, "modified", 2, 1),
        FileChange("sub/a", "a", "renamed", 0, 0),
    )
    assert two.parents == (one.sha,)
    assert three.files == (
        FileChange("b", None, "deleted", 0, 3),
        FileChange("bin", None, "added", None, None),
        FileChange("l", None, "type_changed", 1, 1),
    )
    assert four.files == (
        FileChange("copy", "sub/a", "copied", 0, 0),
        FileChange("sub/a", None, "modified", 1, 0),
    )
    assert one.authored_at == datetime.fromtimestamp(1_700_000_001, UTC)
    assert one.committed_at == datetime.fromtimestamp(1_700_000_101, UTC)
    assert (one.author_name, one.committer_email) == ("A", "c@example.com")


def test_merges_have_parents_and_no_files(import_history):
    log = import_history(
        commit(1, b"one", write(b"a", b"1"))
        + b"reset refs/heads/main\n\n"
        + commit(2, b"two", write(b"b", b"1"))
        + commit(3, b"merge", write(b"a", b"1"), b"merge :1\n")
        + commit(4, b"empty", b"")
    )
    commits = {found.subject: found for found in read_log([log])}
    assert commits["merge"].is_merge
    assert commits["merge"].parents == (commits["two"].sha, commits["one"].sha)
    assert commits["merge"].files == commits["empty"].files == ()
    assert not commits["empty"].is_merge


def test_texts_cannot_be_taken_for_structure(import_history):
    message = b"\n:100644 100644 aaa bbb M\n1\t2\tx\ncommit " + b"a" * 40 + b"\r\n\x1b[31m\n"
    path = b'"a\\nb => {c}\\t1\\t2"'
    log = import_history(
        commit(1, b"\xd6ffnen \x93x\x94" + message, write(path, b"1\n") + write(b'"\\377"', b""))
        + commit(2, b"", b"")
    )
    one, two = read_log([log])
    assert one.subject.startswith("Öffnen “x”")
    assert "1\t2\tx" in one.subject
    assert f"commit {SHA}" in one.subject
    assert {change.path for change in one.files} == {"a\nb => {c}\t1\t2", "\\xff"}
    assert (two.subject, two.body, two.files) == ("", "", ())


def test_one_commit_may_be_cut_anywhere():
    change = b"\n:100644 100644 aaaaaaa bbbbbbb R100\0old\0new\0" + b"3\t-\t\0old\0new\0"
    log = commit_fields(body="text\n") + change + commit_fields(OTHER, parents=SHA)
    whole = list(read_log([log]))
    assert [found.files for found in whole] == [(FileChange("new", "old", "renamed", 3, None),), ()]
    assert list(read_log(log[at : at + 1] for at in range(len(log)))) == whole
    cut = 0
    for end in range(1, len(log)):
        try:
            found = list(read_log([log[:end]]))
        except ParseError:
            cut += 1
        else:
            # Only between two records does a shorter log look whole.
            assert [c.sha for c in found] in ([SHA], [SHA, OTHER])
    assert cut > len(log) - 10


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from([b"\0", b"\n", b":", b"R ", b"1\t1\t", b"a" * 40, b"\xff", b"x"])))
def test_garbage_is_refused(pieces):
    commits = []
    with contextlib.suppress(ParseError):
        commits += read_log(pieces)
    assert {len(found.sha) for found in commits} <= {40}


@pytest.mark.parametrize("seconds", ["", "x", "99999999999999", "-99999999999999"])
def test_a_time_no_calendar_has_is_unknown(seconds):
    (found,) = read_log([commit_fields(seconds=seconds)])
    assert found.authored_at is None


def test_times_before_1970():
    assert utc_from_seconds(-86_400) == datetime(1969, 12, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    ("subject", "body", "sha"),
    [
        ('Revert "x"', f"This reverts commit {SHA}.", SHA),
        ('Revert "x" (#12)', f"Broke it.\n\nThis reverts commit {SHA[:12]}, reversing", SHA[:12]),
        ("revert: x", f"This reverts commit {SHA}.", SHA),
        ('Revert "x"', "", None),
        ("Fix it", f"As said: This reverts commit {SHA}.", None),
        ('Revert "x"', "This reverts commit everything.", None),
    ],
    ids=["git", "short", "conventional", "no-hash", "quotation", "no-hash-either"],
)
def test_reverts(subject, body, sha):
    assert reverted_commit(subject, body) == sha
