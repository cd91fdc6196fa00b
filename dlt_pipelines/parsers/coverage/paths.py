"""Report paths made repository-relative, against the paths of a tree.

    report path ──clean──> exact? ──> under a source root? ──> longest common suffix ──> vote

Reports name files as the build saw them: absolute, from a module's folder, from a package root,
with Windows slashes. A path is resolved only when one file of the tree fits better than every
other; else it stays unresolved, with the reason. Where several fit, the way in which the rest of
the report was resolved decides, if it names one of them.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

_DRIVE = re.compile(r"^(?:file:/*)?(?://?\?/)?[A-Za-z]:/")
_SCHEME = re.compile(r"^(?:file|webpack|vite|ng)://+")
_FOREIGN = frozenset(
    {
        "node_modules",
        "bower_components",
        "site-packages",
        "dist-packages",
        ".cargo",
        ".rustup",
        ".m2",
        ".gradle",
        ".nuget",
        ".pub-cache",
    }
)
"""Folders of other people's code: what lies in them matches a tree only exactly."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """Where a report's path lies in the tree.

    Attributes:
        path: The tree's path; None when it could not be told.
        rule: What decided: `exact`, `source_root`, `suffix` or `vote`; None without a path.
        reason: Why there is no path; None with one.
    """

    path: str | None
    rule: str | None = None
    reason: str | None = None


_NAMESAKE = Resolution(None, reason="only the file name is in the tree, in another folder")


def clean_path(path: str) -> str:
    """Return the path with `/` between its parts, without drive, scheme, `.` and `..` parts.

    Absolute paths keep their leading `/`.
    """
    path = path.strip().replace("\\", "/")
    path = _SCHEME.sub("/", _DRIVE.sub("/", path))
    is_absolute = path.startswith("/")
    parts: list[str] = []
    for part in path.split("/"):
        if part in ("", "."):
            continue
        if part == "..":
            if parts:
                parts.pop()
            continue
        parts.append(part)
    return ("/" if is_absolute else "") + "/".join(parts)


class _Node:
    """Files of the tree that share the parts walked so far, from the end of their paths.

    Attributes:
        count: Files below.
        path: One of them.
        end: The file whose path is walked whole here, if there is one.
    """

    __slots__ = ("children", "count", "end", "path")

    def __init__(self) -> None:
        self.children: dict[str, _Node] = {}
        self.count = 0
        self.path = ""
        self.end: str | None = None

    def add(self, path: str, parts: Sequence[str]) -> None:
        node = self
        for part in reversed(parts):
            child = node.children.get(part)
            if child is None:
                child = node.children[part] = _Node()
            node = child
            node.count += 1
            node.path = path
        node.end = path

    def deepest(self, parts: Sequence[str]) -> tuple["_Node", int]:
        """Walk as many parts from the end as any file has; return where, and how many."""
        node, depth = self, 0
        for part in reversed(parts):
            child = node.children.get(part)
            if child is None:
                break
            node = child
            depth += 1
        return node, depth


class PathResolver:
    """Resolves paths against one tree, in time that grows with their length only.

    Args:
        tree_paths: Paths of the tree's files, relative, with `/`.
    """

    def __init__(self, tree_paths: Iterable[str]) -> None:
        self._paths = frozenset(tree_paths)
        self._ends = _Node()
        for path in self._paths:
            self._ends.add(path, path.split("/"))
        self._folded: _Node | None = None

    def resolve(self, path: str, source_roots: Sequence[str] = ()) -> Resolution:
        """Resolve one path by itself.

        Args:
            path: As the report writes it.
            source_roots: Folders that the report's paths may be relative to.
        """
        cleaned = clean_path(path)
        relative = cleaned.lstrip("/")
        if not relative:
            return Resolution(None, reason="the report names no path")
        if relative in self._paths:
            return Resolution(relative, "exact")
        by_root = self._by_source_root(cleaned, source_roots)
        if by_root is not None:
            return Resolution(by_root, "source_root")
        if not _FOREIGN.isdisjoint(relative.split("/")):
            return Resolution(None, reason="the path lies in a folder of installed packages")
        return self._by_suffix(relative, is_windows="\\" in path or bool(_DRIVE.match(path)))

    def resolve_all(
        self, paths: Iterable[str], source_roots: Sequence[str] = ()
    ) -> dict[str, Resolution]:
        """Resolve the paths of one report; what is ambiguous alone may follow the others.

        Every resolved path votes for a change of prefix (this much taken away, that put before).
        An ambiguous path takes the change with most votes that leads to a file.
        """
        resolved = {path: self.resolve(path, source_roots) for path in paths}
        _drop_namesakes(resolved)
        changes = _votes(resolved)
        if changes:
            for path, found in resolved.items():
                if found.path is None:
                    voted = self._by_vote(clean_path(path).lstrip("/"), changes)
                    if voted is not None:
                        resolved[path] = Resolution(voted, "vote")
        return resolved

    def _by_source_root(self, cleaned: str, source_roots: Sequence[str]) -> str | None:
        """Join with each source root; the only file that the longest suffixes lead to."""
        if cleaned.startswith("/"):
            return None
        found = set()
        for root in source_roots:
            joined = clean_path(f"{root}/{cleaned}").lstrip("/")
            parts = joined.split("/")
            limit = len(parts) - len(cleaned.split("/"))
            for start in range(limit + 1):
                candidate = "/".join(parts[start:])
                if candidate in self._paths:
                    found.add(candidate)
                    break
        return found.pop() if len(found) == 1 else None

    def _by_suffix(self, relative: str, *, is_windows: bool) -> Resolution:
        parts = relative.split("/")
        if is_windows and parts[-1] not in self._ends.children:
            # Compared without regard to case, as the file system of the report does.
            if self._folded is None:
                self._folded = _Node()
                for path in self._paths:
                    self._folded.add(path, path.casefold().split("/"))
            return _longest(self._folded, relative.casefold().split("/"))
        return _longest(self._ends, parts)

    def _by_vote(self, relative: str, changes: Mapping[tuple[str, str], int]) -> str | None:
        found: dict[str, int] = {}
        for (taken, put), votes in changes.items():
            if relative.startswith(taken):
                candidate = put + relative[len(taken) :]
                if candidate in self._paths:
                    found[candidate] = found.get(candidate, 0) + votes
        if not found:
            return None
        most = max(found.values())
        best = [path for path, votes in found.items() if votes == most]
        return best[0] if len(best) == 1 else None


def _common_suffix(first: tuple[str, ...], second: tuple[str, ...]) -> int:
    count = 0
    for one, other in zip(reversed(first), reversed(second), strict=False):
        if one != other:
            break
        count += 1
    return count


def _longest(ends: _Node, parts: Sequence[str]) -> Resolution:
    """Take the file with the longest common end, when it is one alone.

    Of several, one that the report's path contains whole is meant. One that shares no more than
    its name with a report's path of other folders is another file.
    """
    node, depth = ends.deepest(parts)
    if depth == 0:
        return Resolution(None, reason="no file of that name is in the tree")
    is_whole = depth == len(parts)
    if not is_whole and node.end is not None:
        return Resolution(node.end, "suffix")
    if node.count == 1 and (is_whole or depth >= 2):
        return Resolution(node.path, "suffix")
    if node.count == 1:
        return _NAMESAKE
    return Resolution(None, reason=f"{node.count} files of the tree fit equally well")


def _votes(resolved: Mapping[str, Resolution]) -> dict[tuple[str, str], int]:
    """Count by which change of prefix the resolved paths became those of the tree."""
    votes = Counter(
        _change(path, found.path) for path, found in resolved.items() if found.path is not None
    )
    return dict(votes.most_common(50))


def _change(path: str, found: str) -> tuple[str, str]:
    """Return what was taken from the front of a report's path, and what was put there."""
    before, after = clean_path(path).lstrip("/").split("/"), found.split("/")
    common = _common_suffix(tuple(before), tuple(after))
    taken, put = before[: len(before) - common], after[: len(after) - common]
    return "".join(f"{part}/" for part in taken), "".join(f"{part}/" for part in put)


def _folders(path: str) -> Iterator[str]:
    """Yield the folders that a relative path lies in, each with its closing slash."""
    end = path.find("/")
    while end >= 0:
        yield path[: end + 1]
        end = path.find("/", end + 1)


def _drop_namesakes(resolved: dict[str, Resolution]) -> None:
    """Take back what shares its name alone with a file at the tree's root, unless it lies there.

    `/build/shop/setup.py` is the root's `setup.py` where the report's files lie in `/build/shop`:
    at least half of them, and none that was found is known to lie in the tree below `/build`.
    """
    changes = {
        path: _change(path, found.path)
        for path, found in resolved.items()
        if found.path is not None
    }
    weak = {
        path: taken
        for path, (taken, put) in changes.items()
        if taken and not put and "/" not in str(resolved[path].path)
    }
    if not weak:
        return
    inside = Counter(
        folder for path in resolved for folder in _folders(clean_path(path).lstrip("/"))
    )
    roots = {taken for taken, put in changes.values() if not put}
    for path, taken in weak.items():
        above = {"", *_folders(taken)} - {taken}
        if 2 * inside[taken] < len(resolved) or not roots.isdisjoint(above):
            resolved[path] = _NAMESAKE
