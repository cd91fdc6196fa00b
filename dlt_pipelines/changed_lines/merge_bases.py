"""Merge bases of many pairs of commits, found in the graph that one git command prints."""

import heapq
from collections.abc import Iterable, Sequence

from dlt_pipelines.git_history.repository import Repository

_HEAD, _BASE, _BEHIND = 1, 2, 4
_COMMON = _HEAD | _BASE


class CommitGraph:
    """Commits with their parents, numbered so that every child comes before its parents.

    Args:
        lines: What `git rev-list --topo-order --timestamp --parents` prints, newest first.
    """

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._parents: dict[bytes, list[bytes]] = {}
        self._place: dict[bytes, int] = {}
        self._time: dict[bytes, int] = {}
        for place, line in enumerate(lines):
            seconds, sha, *parents = line.split()
            self._parents[sha] = parents
            self._place[sha] = place
            self._time[sha] = int(seconds)

    def merge_base(self, head: str, base: str) -> str | None:
        """Return the best common ancestor of two commits, None without one.

        Where several are equally good, as after a criss-cross merge, it is the one that was
        committed last, which is the one that git compares with.
        """
        start, other = head.encode(), base.encode()
        if start not in self._place or other not in self._place:
            return None
        marks = {start: _HEAD}
        marks[other] = marks.get(other, 0) | _BASE
        queue = [(self._place[sha], sha) for sha in marks]
        heapq.heapify(queue)
        found: list[bytes] = []
        # How many in the queue may still lead to another one: those that are not behind one.
        open_count = len(queue)
        while open_count:
            _, sha = heapq.heappop(queue)
            mark = marks[sha]
            open_count -= not mark & _BEHIND
            # Children come first, so that a common ancestor behind none has no better one.
            if mark == _COMMON:
                found.append(sha)
                mark |= _BEHIND
            for parent in self._parents[sha]:
                if parent not in self._place:
                    continue
                before = marks.get(parent, 0)
                after = before | mark
                if after == before:
                    continue
                marks[parent] = after
                if not before:
                    heapq.heappush(queue, (self._place[parent], parent))
                    open_count += not after & _BEHIND
                elif after & _BEHIND and not before & _BEHIND:
                    open_count -= 1
        return max(found, key=self._age).decode() if found else None

    def _age(self, sha: bytes) -> tuple[int, int]:
        return self._time[sha], -self._place[sha]

    def first_parent(self, sha: str) -> str | None:
        """Return the first parent of a commit, None when it has none or is not known."""
        parents = self._parents.get(sha.encode())
        return parents[0].decode() if parents else None


def graph_of(repository: Repository, tips: Sequence[str]) -> CommitGraph:
    """Return the graph of everything that the tips lead to.

    Raises:
        RepositoryError: git failed.
    """
    stdin = "".join(f"{sha}\n" for sha in tips).encode()
    output = repository.run(
        "rev-list", "--topo-order", "--timestamp", "--parents", "--stdin", stdin=stdin
    )
    return CommitGraph(output.splitlines())
