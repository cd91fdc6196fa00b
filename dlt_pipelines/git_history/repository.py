"""Runs git on repositories that may not be trusted: local clones, bare repositories, mirrors.

A repository brings its own configuration, and git would start programs it names there (pagers,
hooks, diff drivers, file system monitors, helpers that fetch missing objects). None of them may
run: only commands that read are used, every such setting is overridden on the command line,
settings of the machine and the user are left out, and all transports are closed. `safe.directory`
is lifted because reading is all that happens and clones are often mounted under another user.
"""

import contextlib
import fcntl
import os
import re
import select
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

_CHUNK_BYTES = 1 << 20
_SETTINGS = (
    "safe.directory=*",
    "safe.bareRepository=all",
    "core.fsmonitor=false",
    f"core.hooksPath={os.devnull}",
    f"core.attributesFile={os.devnull}",
    f"diff.orderFile={os.devnull}",
    "core.pager=cat",
    "core.quotePath=false",
    "color.ui=false",
    "protocol.allow=never",
    "diff.renameLimit=1000",
    "log.follow=false",
    "log.showRoot=true",
    "gc.auto=0",
)
_KEPT_VARIABLES = ("PATH", "HOME", "TMPDIR", "SYSTEMROOT", "TEMP", "TMP", "LD_LIBRARY_PATH")
_HASH = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_SCP = re.compile(r"(?:[^@/]+@)?[^:/]+:(?!//)(.+)")
# Of git before and since 2.45.
_PARTIAL_SIGNS = ("from promisor remote", "lazy fetching disabled")
_OTHER_REFS = re.compile(r"refs/(?:pull|merge-requests|changes)/")


class RepositoryError(RuntimeError):
    """A repository can't be read; the message is a sentence for people."""


@dataclass(frozen=True, slots=True)
class Ref:
    """A name and the commit it points at; `kind` is `branch`, `tag` or `head`.

    Branches and tags have their short name (`main`, `origin/main`, `v1`, `pull/7/head`); the one
    `head` has the name of the default branch, or `HEAD` where none is checked out.
    """

    name: str
    kind: str
    sha: str


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository that exists.

    Attributes:
        folder: its work tree or git folder.
        name: as `repository_name` says, mostly `owner/name`.
        locator: where it was found, for messages.
        host: of origin's URL, empty when there is none.
    """

    folder: Path
    name: str
    locator: str
    host: str = ""

    def run(self, *arguments: str, stdin: bytes = b"", seconds: float | None = None) -> bytes:
        """The output of one git command.

        Raises:
            RepositoryError: git failed, with its own words, or took too long.
        """
        return b"".join(self.stream(*arguments, stdin=stdin, seconds=seconds))

    def stream(
        self, *arguments: str, stdin: bytes = b"", seconds: float | None = None
    ) -> Iterator[bytes]:
        """The output of one git command in chunks; the command ends with the iterator.

        Args:
            arguments: of git, after those that make it safe.
            stdin: what git reads.
            seconds: how long it may take; None for as long as it likes.

        Raises:
            RepositoryError: git failed or took too long, after the chunks it wrote before.
        """
        with tempfile.TemporaryFile() as errors, tempfile.TemporaryFile() as inputs:
            inputs.write(stdin)
            inputs.seek(0)
            try:
                process = subprocess.Popen(
                    _command(self.folder, arguments),
                    stdin=inputs,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    env=_environment(self.folder),
                )
            except OSError as error:
                raise RepositoryError(f"git can't be started: {error.strerror}") from error
            output = process.stdout
            if output is None:
                raise RepositoryError("git gave no output to read")
            _widen(output.fileno())
            deadline = None if seconds is None else time.monotonic() + seconds
            try:
                # Past the buffer, so that waiting for the pipe is waiting for more.
                while _wait(output.fileno(), deadline) and (
                    chunk := os.read(output.fileno(), _CHUNK_BYTES)
                ):
                    yield chunk
                status = process.wait()
            finally:
                output.close()
                if process.poll() is None:
                    process.kill()
                    process.wait()
            if status:
                errors.seek(0)
                raise RepositoryError(_reason(errors.read(), status))

    def refs(self) -> tuple[Ref, ...]:
        """Every branch and tag that leads to a commit, and the `head`; sorted, empty if none."""
        form = "%(refname)%00%(objecttype)%00%(objectname)%00%(*objecttype)%00%(*objectname)"
        found: dict[str, str] = {}
        for line in (
            self.run("for-each-ref", f"--format={form}").decode(errors="replace").split("\n")
        ):
            name, _, rest = line.partition("\0")
            if rest:
                kind, sha, target_kind, target = rest.split("\0")
                if kind == "commit" or target_kind == "commit":
                    found[name] = target or sha
                elif target_kind == "tag" and (commit := self._commit_of(sha)):
                    found[name] = commit
        refs = [ref for name, sha in found.items() if (ref := _named(name, sha))]
        head = self._head(found)
        return tuple(sorted([*refs, head] if head else refs, key=lambda ref: (ref.kind, ref.name)))

    def _head(self, found: dict[str, str]) -> Ref | None:
        """The default branch: what origin calls so, else what is checked out.

        A clone whose checked-out branch is the default one keeps its own state of it, which may be
        ahead of origin's.
        """
        checked_out = self._symbolic("HEAD")
        remote = self._symbolic("refs/remotes/origin/HEAD")
        if remote in found:
            name = remote.removeprefix("refs/remotes/origin/")
            if checked_out != f"refs/heads/{name}":
                return Ref(name, "head", found[remote])
        if checked_out in found:
            return Ref(checked_out.removeprefix("refs/heads/"), "head", found[checked_out])
        sha = self._commit_of("HEAD")
        return Ref("HEAD", "head", sha) if sha else None

    def _commit_of(self, name: str) -> str:
        """The commit that a name leads to, over as many tags as there are; empty without one."""
        try:
            answer = self.run("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        except RepositoryError:
            return ""
        return answer.decode().strip()

    def _symbolic(self, name: str) -> str:
        try:
            return self.run("symbolic-ref", "--quiet", name).decode(errors="replace").strip()
        except RepositoryError:
            return ""

    def existing(self, shas: Sequence[str]) -> set[str]:
        """Those of the hashes that name a commit in this repository."""
        wanted = [sha for sha in shas if _HASH.fullmatch(sha)]
        if not wanted:
            return set()
        lines = self.run("cat-file", "--batch-check", stdin=_lines(wanted)).decode(errors="replace")
        return {line.split(" ")[0] for line in lines.split("\n") if " commit " in line}

    def contents(self, blobs: Sequence[str], limit: int) -> Iterator[bytes | None]:
        """The bytes of each blob in turn, one held at a time, by one git process for all.

        Args:
            blobs: their hashes.
            limit: how many bytes one may have; None stands for a larger one, and for one that is
                not there.

        Raises:
            RepositoryError: git failed, after those it gave before.
        """
        if not blobs:
            return
        checked = self.run("cat-file", "--batch-check", stdin=_lines(blobs)).decode().split("\n")
        sizes = [int(line.split(" ")[2]) if " blob " in line else None for line in checked]
        wanted = [size is not None and size <= limit for size in sizes[: len(blobs)]]
        asked = [blob for blob, is_wanted in zip(blobs, wanted, strict=True) if is_wanted]
        found = _objects(self.stream("cat-file", "--batch", stdin=_lines(asked)))
        for is_wanted in wanted:
            yield next(found, None) if is_wanted else None

    def shallow_parents(self) -> dict[str, tuple[str, ...]]:
        """The commits where a shallow clone is cut off, with the parents that are not there."""
        path = self.folder / self.run("rev-parse", "--git-path", "shallow").decode().strip()
        if not path.is_file():
            return {}
        parents: dict[str, tuple[str, ...]] = {}
        for sha in path.read_text().split():
            if _HASH.fullmatch(sha):
                header = self.run("cat-file", "commit", sha).partition(b"\n\n")[0]
                parents[sha] = tuple(
                    re.findall(r"^parent ([0-9a-f]+)$", header.decode("latin-1"), re.M)
                )
        return parents


def _lines(names: Sequence[str]) -> bytes:
    return "".join(f"{name}\n" for name in names).encode()


def _objects(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The objects that `git cat-file --batch` prints."""
    rest = b""
    while chunk := next(chunks, b""):
        rest += chunk
        while b"\n" in rest:
            header, _, rest = rest.partition(b"\n")
            size = int(header.split()[2])
            parts, length = [rest], len(rest)
            # The content is followed by one more end of line.
            while length <= size and (chunk := next(chunks, b"")):
                parts.append(chunk)
                length += len(chunk)
            rest = b"".join(parts)
            yield rest[:size]
            rest = rest[size + 1 :]


def open_repository(folder: Path, locator: str) -> Repository:
    """Open the repository whose work tree or git folder is exactly `folder`.

    Args:
        folder: absolute path.
        locator: how people know the folder, for names and messages.

    Raises:
        RepositoryError: there is no repository at this place, or git can't read it.
    """
    if not folder.is_dir():
        raise RepositoryError(f"there is no folder `{locator}`; name a clone or bare repository")
    probe = Repository(folder, "", locator)
    try:
        probe.run("rev-parse", "--git-dir")
    except RepositoryError as error:
        raise RepositoryError(f"`{locator}` can't be read as a git repository: {error}") from error
    try:
        origin = probe.run("config", "--local", "--get", "remote.origin.url").decode().strip()
    except (RepositoryError, UnicodeDecodeError):
        origin = ""
    return Repository(folder, repository_name(folder, origin), locator, _host_of_url(origin))


def repository_name(folder: Path, origin_url: str = "") -> str:
    """The name by which a local repository is joined with what CI says about it.

    1. The path of origin's URL without `.git`, host and credentials: `owner/name`, or
       `group/sub/name`; for every form git knows (https, ssh, `git@host:owner/name`).
    2. A folder `owner__name.git` (or `owner__name`), itself or as origin on the local disk:
       `owner/name`.
    3. The folder's own name without `.git`.
    """
    if origin_url:
        path = _path_of_url(origin_url)
        if path:
            return path
    for candidate in (folder.name, origin_url.rstrip("/").rpartition("/")[2]):
        owner, separator, name = candidate.removesuffix(".git").partition("__")
        if owner and separator and name:
            return f"{owner}/{name}"
    if folder.name in (".git", ""):
        folder = folder.parent
    return folder.name.removesuffix(".git")


def _path_of_url(url: str) -> str:
    """`owner/name` of a remote URL; empty when it names a folder of this machine."""
    if "://" in url:
        try:
            parts = urlsplit(url)
        except ValueError:
            return ""
        path = "" if parts.scheme == "file" else parts.path
    else:
        scp = _SCP.fullmatch(url)
        # One letter before the colon is a drive of Windows.
        path = scp[1] if scp and not re.match(r"[A-Za-z]:[\\/]", url) else ""
    return unquote(path).strip("/").removesuffix(".git").rstrip("/")


def _host_of_url(url: str) -> str:
    try:
        host = urlsplit(url).hostname if "://" in url else None
    except ValueError:
        return ""
    if host is None and _SCP.fullmatch(url):
        host = url.partition(":")[0].rpartition("@")[2]
    return (host or "").lower()


def _named(name: str, sha: str) -> Ref | None:
    if name.startswith("refs/heads/"):
        return Ref(name.removeprefix("refs/heads/"), "branch", sha)
    if name.startswith("refs/tags/"):
        return Ref(name.removeprefix("refs/tags/"), "tag", sha)
    if name.startswith("refs/remotes/") and not name.endswith("/HEAD"):
        return Ref(name.removeprefix("refs/remotes/"), "branch", sha)
    if _OTHER_REFS.match(name):
        return Ref(name.removeprefix("refs/"), "branch", sha)
    return None


def _widen(pipe: int) -> None:
    """Let git write ahead while we work; where that is not possible, it just waits more often."""
    with contextlib.suppress(OSError, AttributeError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _CHUNK_BYTES)


def _wait(pipe: int, deadline: float | None) -> bool:
    """Wait for output or its end.

    Raises:
        RepositoryError: none came before the deadline.
    """
    if deadline is not None:
        poll = select.poll()
        poll.register(pipe, select.POLLIN)
        if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
            raise RepositoryError("git took too long")
    return True


def _command(folder: Path, arguments: Sequence[str]) -> list[str]:
    settings = [part for setting in _SETTINGS for part in ("-c", setting)]
    return ["git", "--no-pager", "--no-optional-locks", *settings, "-C", str(folder), *arguments]


def _environment(folder: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    return kept | {
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_ALLOW_PROTOCOL": "none",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_GRAFT_FILE": os.devnull,
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        # A folder inside another repository is not that repository.
        "GIT_CEILING_DIRECTORIES": str(folder.parent),
    }


def _reason(errors: bytes, status: int) -> str:
    lines = [line for line in errors.decode(errors="replace").split("\n") if line.strip()]
    # What was fatal says what is wrong with which object; errors before it tell of steps.
    told = (line for begin in ("fatal:", "error:") for line in lines if line.startswith(begin))
    words = next(told, lines[-1] if lines else "")
    words = words.removeprefix("fatal: ").removeprefix("error: ")[:500]
    if any(sign in line for line in lines for sign in _PARTIAL_SIGNS):
        words += "; the clone is partial, made with `--filter`: clone it whole, nothing is fetched"
    return words or f"git ended with status {status}"
