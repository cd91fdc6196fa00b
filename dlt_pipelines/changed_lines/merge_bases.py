"""Merge bases of many pairs of commits, found in the graph that one git command prints."""

import heapq
from collections.abc import Iterable, Sequence

from dlt_pipelines.git_history.repository import Repository

_HEAD, _BASE = 1, 2


class CommitGraph:
    """Commits with their parents, numbered so that every child comes before its parents.

    Args:
        lines: What `git rev-list --topo-order --parents` prints, newest first.
    """

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._parents: dict[bytes, list[bytes]] = {}
        self._place: dict[bytes, int] = {}
        for place, line in enumerate(lines):
            sha, *parents = line.split()
            self._parents[sha] = parents
            self._place[sha] = place

    def merge_base(self, head: str, base: str) -> str | None:
        """Return the best common ancestor of two commits, None without one.

        Where several are equally good, as after a criss-cross merge, it is the newest by order.
        """
        start, other = head.encode(), base.encode()
        if start not in self._place or other not in self._place:
            return None
        marks = {start: _HEAD}
        marks[other] = marks.get(other, 0) | _BASE
        queue = [(self._place[sha], sha) for sha in marks]
        heapq.heapify(queue)
        while queue:
            _, sha = heapq.heappop(queue)
            mark = marks[sha]
            # Children come first, so the first commit that both sides reach has no better one.
            if mark == _HEAD | _BASE:
                return sha.decode()
            for parent in self._parents[sha]:
                if parent not in self._place:
                    continue
                before = marks.get(parent, 0)
                if before | mark != before:
                    marks[parent] = before | mark
                    if not before:
                        heapq.heappush(queue, (self._place[parent], parent))
        return None

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
    output = repository.run("rev-list", "--topo-order", "--parents", "--stdin", stdin=stdin)
    return CommitGraph(output.splitlines())
