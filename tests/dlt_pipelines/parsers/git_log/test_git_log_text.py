"""Recorded logs: the text form, its ambiguities, and logs that are not whole."""

from datetime import UTC, datetime

import pytest

from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.git_log import FileChange
from dlt_pipelines.parsers.git_log_text import read_text_log, resolved_rename

SHA = "a" * 40
OTHER = "b" * 40
HEAD = f"""commit {SHA} {OTHER} (HEAD -> refs/heads/main, tag: refs/tags/v1)
Author:     Ann Á <ann@example.com>
AuthorDate: Tue Aug 14 15:04:01 2012 -0300
Commit:     Bob
CommitDate: Mon Jan 9 15:30:49 2018 +0130

    Do it
    all

    because
      of this

"""


def read(text: str | bytes):
    data = text.encode() if isinstance(text, str) else text
    return list(read_text_log(data.splitlines(keepends=True)))


def test_a_commit():
    (commit,) = read(HEAD)
    assert (commit.sha, commit.tree_sha, commit.parents) == (SHA, None, (OTHER,))
    assert (commit.author_name, commit.author_email) == ("Ann Á", "ann@example.com")
    assert (commit.committer_name, commit.committer_email) == ("Bob", "")
    assert commit.authored_at == datetime(2012, 8, 14, 18, 4, 1, tzinfo=UTC)
    assert commit.committed_at == datetime(2018, 1, 9, 14, 0, 49, tzinfo=UTC)
    assert (commit.subject, commit.body) == ("Do it all", "because\n  of this")


def test_files_are_those_of_the_raw_lines():
    raw = (
        ":000000 100644 0000000... e69de29... A\tnew\n"
        ":100644 100644 1d90095 e195cca R098\ta/{b} => c\ta/d\n"
        ":100644 100644 1d90095 e195cca C058\tx\ty\n"
        ":100644 100644 1d90095 e195cca M\tz => {q}\n"
        ":100644 000000 1d90095 0000000 D\tgone\n"
    )
    numbers = "0\t0\tnew\n4\t3\ta/{{b} => c => d}\n-\t-\tx => y\n1\t2\tz => {q}\n0\t9\tgone\n"
    (commit,) = read(HEAD + raw + numbers)
    assert commit.files == (
        FileChange("new", None, "added", 0, 0),
        FileChange("a/d", "a/{b} => c", "renamed", 4, 3),
        FileChange("y", "x", "copied", None, None),
        FileChange("z => {q}", None, "modified", 1, 2),
        FileChange("gone", None, "deleted", 0, 9),
    )


def test_a_merge_has_fewer_raw_lines_than_files():
    merge = HEAD.replace(f"{SHA} {OTHER}", f"{SHA} {OTHER} {'c' * 40}")
    files = "9\t6\ta/{b => c}/d\n3\t0\te\n::100644 100644 100644 e69 58a 58b MR\te\n"
    (commit,) = read(merge + files)
    assert commit.is_merge
    assert commit.files == (
        FileChange("a/c/d", "a/b/d", "renamed", 9, 6),
        FileChange("e", None, "modified", 3, 0),
    )


@pytest.mark.parametrize(
    ("shown", "old", "new"),
    [
        ("a => b", "a", "b"),
        ("a/{b => c}/d", "a/b/d", "a/c/d"),
        ("a/{ => c}/d", "a/d", "a/c/d"),
        ("a/{b => }/d", "a/b/d", "a/d"),
        ("{a => b}/c", "a/c", "b/c"),
        ("a/{b.py => c.py}", "a/b.py", "a/c.py"),
        ("a/{x{T}.cs => y.cs}", "a/x{T}.cs", "a/y.cs"),
        ("{ => a}/b", "b", "a/b"),
    ],
)
def test_short_renames(shown, old, new):
    assert resolved_rename(shown) == (old, new)


@pytest.mark.parametrize("text", ["", "\n", "\n\n"])
def test_an_empty_log_has_no_commits(text):
    assert read(text) == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"commit {SHA}\nAuthor: a <b>\n", "line 14"),
        (f"commit {SHA}\n", "line 14"),
        ("commit 12345\n", "line 14"),
        (f"commit {SHA}\nAuthor: a <b>\nnonsense\n", "line 16"),
    ],
    ids=["no-message", "cut-off", "short-hash", "stray-line"],
)
def test_what_is_whole_comes_before_the_reason(text, line):
    commits = read_text_log((HEAD + "\n" + text).encode().splitlines(keepends=True))
    assert next(commits).sha == SHA
    with pytest.raises(ParseError) as error:
        next(commits)
    assert line in error.value.reason


def test_carriage_returns_and_bytes_of_other_encodings_stay_in_the_message():
    text = HEAD.replace("Do it", "Do \x93it\x94").encode("latin-1")
    (commit,) = read_text_log([*text.split(b"\n")[:8], b"    ", b"    \r)", b"    x"])
    assert (commit.subject, commit.body) == ("Do “it” all", "\r)\nx")


def test_a_date_no_calendar_has_is_unknown():
    (commit,) = read(HEAD.replace("Aug 14", "Aug 74"))
    assert commit.authored_at is None
    assert commit.committed_at is not None


PERCEVAL = {
    "git_bad_cr.txt": 1,
    "git_bad_encoding.txt": 1,
    "git_log.txt": 10,
    "git_log_brackets.txt": 1,
    "git_log_empty.txt": 0,
    "git_log_merge.txt": 2,
    "git_log_merge_moved.txt": 2,
    "git_log_moved.txt": 1,
    "git_log_moved_special_files.txt": 1,
    "git_log_trailers.txt": 3,
}


@pytest.mark.corpus
@pytest.mark.parametrize(("name", "count"), PERCEVAL.items())
def test_recorded_logs(corpus, name, count):
    with (corpus / "ci/git/perceval" / name).open("rb") as lines:
        commits = list(read_text_log(lines))
    assert len(commits) == count
    assert all(commit.authored_at and commit.subject for commit in commits)


@pytest.mark.corpus
def test_special_names_in_a_recorded_log(corpus):
    with (corpus / "ci/git/perceval/git_log_moved_special_files.txt").open("rb") as lines:
        (commit,) = read_text_log(lines)
    assert [change[:5] for change in commit.files][4:] == [
        ("{{file3}}", "{{file1}}", "renamed", 0, 0),
        ("examples/text/data.py", "examples/sentiment/data.py", "renamed", 21, 18),
        (
            "tests/testfile_github/expected_iam.yaml",
            "Actions/pipeline-template/{{outputDir}}/.github/workflows/pipeline.yaml",
            "copied",
            45,
            69,
        ),
        (
            "tests/testfile_github/expected_oidc.yaml",
            "Actions/pipeline-template/{{outputDir}}/.github/workflows/pipeline.yaml",
            "copied",
            35,
            70,
        ),
        ("audio/assets/Test => TS.ipynb", None, "modified", 12, 85),
        ("audio/assets/TestA.ipynb", "audio/assets/Test => A.ipynb", "renamed", 0, 0),
    ]


@pytest.mark.corpus
def test_a_recorded_log_that_is_cut_off(corpus):
    with (corpus / "ci/git/perceval/git_log_incompleted.txt").open("rb") as lines:
        commits = read_text_log(lines)
        assert next(commits).sha.startswith("456a68ee")
        with pytest.raises(ParseError, match="line 16"):
            next(commits)
