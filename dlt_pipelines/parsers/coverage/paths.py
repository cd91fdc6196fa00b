"""Report paths made repository-relative, against the paths of a tree.

    report path ──clean──> exact? ──> under a source root? ──> longest common suffix ──> vote

Reports name files as the build saw them: absolute, from a module's folder, from a package root,
with Windows slashes. A path is resolved only when one file of the tree fits better than every
other; else it stays unresolved, with the reason. Where several fit, the way in which the rest of
the report was resolved decides, if it names one of them.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
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


class PathResolver:
    """Resolves paths against one tree.

    Args:
        tree_paths: Paths of the tree's files, relative, with `/`.
    """

    def __init__(self, tree_paths: Iterable[str]) -> None:
        self._paths = frozenset(tree_paths)
        self._by_name: dict[str, list[tuple[str, ...]]] = {}
        for path in sorted(self._paths):
            parts = tuple(path.split("/"))
            self._by_name.setdefault(parts[-1], []).append(parts)
        self._folded: dict[str, list[str]] | None = None

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
        parts = tuple(relative.split("/"))
        candidates = self._by_name.get(parts[-1], [])
        if not candidates and is_windows:
            return self._by_folded_suffix(relative)
        scored = [(_common_suffix(parts, tree), tree) for tree in candidates]
        return _best(parts, scored)

    def _by_folded_suffix(self, relative: str) -> Resolution:
        """Compare without regard to case, as the file system the report was made on does."""
        if self._folded is None:
            self._folded = {}
            for path in self._paths:
                name = path.rpartition("/")[2].casefold()
                self._folded.setdefault(name, []).append(path)
        parts = tuple(relative.casefold().split("/"))
        scored = []
        for path in self._folded.get(parts[-1], []):
            tree = tuple(path.split("/"))
            folded = tuple(part.casefold() for part in tree)
            scored.append((_common_suffix(parts, folded), tree))
        return _best(parts, scored)

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


def _best(parts: tuple[str, ...], scored: list[tuple[int, tuple[str, ...]]]) -> Resolution:
    """Choose the longest common suffix; at equal length one path must contain the other."""
    if not scored:
        return Resolution(None, reason="no file of that name is in the tree")
    most = max(score for score, _ in scored)
    best = [tree for score, tree in scored if score == most]
    whole = [tree for tree in best if most == min(len(tree), len(parts))]
    if len(whole) == 1:
        return Resolution("/".join(whole[0]), "suffix")
    if not whole and len(best) == 1 and most >= 2:
        return Resolution("/".join(best[0]), "suffix")
    if len(best) == 1:
        return Resolution(None, reason="only the file name is in the tree, in another folder")
    return Resolution(None, reason=f"{len(whole or best)} files of the tree fit equally well")


def _votes(resolved: Mapping[str, Resolution]) -> dict[tuple[str, str], int]:
    """Count by which change of prefix the resolved paths became those of the tree."""
    votes: Counter[tuple[str, str]] = Counter()
    for path, found in resolved.items():
        if found.path is None:
            continue
        before = clean_path(path).lstrip("/").split("/")
        after = found.path.split("/")
        common = _common_suffix(tuple(before), tuple(after))
        taken, put = before[: len(before) - common], after[: len(after) - common]
        votes["".join(f"{part}/" for part in taken), "".join(f"{part}/" for part in put)] += 1
    return dict(votes.most_common(50))
