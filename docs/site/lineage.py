"""Pictures of lineage as SVG: layers from left to right, made without any library.

Each node stands right of everything that it reads. Within a column nodes are put where the nodes
that they are tied to stand, a few times over, which keeps most lines from crossing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

_LETTER = 6.7
_HEIGHT = 24
_GAP_X, _GAP_Y = 56, 10
_MARGIN = 12
_SWEEPS = 8


@dataclass(frozen=True)
class Box:
    """A node of a picture.

    Attributes:
        key: its identity.
        text: what is written in it.
        kind: its layer, which decides the colour.
        link: page behind it, empty for none.
        is_subject: whether the picture is about it.
    """

    key: str
    text: str
    kind: str
    link: str = ""
    is_subject: bool = False


def picture(boxes: Iterable[Box], edges: Iterable[tuple[str, str]]) -> str:
    """Return a picture of boxes and what flows between them.

    Args:
        boxes: the nodes.
        edges: pairs of keys, from and to; no circles.
    """
    by_key = {box.key: box for box in boxes}
    tied = sorted({edge for edge in edges if edge[0] in by_key and edge[1] in by_key})
    columns = _columns(sorted(by_key), tied)
    places, width, height = _places(columns, by_key, tied)
    lines = [_line(places[start], places[end]) for start, end in tied]
    drawn = [_drawn(by_key[key], place) for key, place in places.items()]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}"'
        f' viewBox="0 0 {width:.0f} {height:.0f}" role="group" aria-label="lineage">'
        f"{''.join(lines)}{''.join(drawn)}</svg>"
    )


def _columns(keys: Sequence[str], edges: Sequence[tuple[str, str]]) -> list[list[str]]:
    """Put each node one column right of the last one that it reads."""
    parents: dict[str, list[str]] = {key: [] for key in keys}
    for start, end in edges:
        parents[end].append(start)
    rank: dict[str, int] = {}

    def ranked(key: str) -> int:
        if key not in rank:
            rank[key] = 1 + max((ranked(parent) for parent in parents[key]), default=-1)
        return rank[key]

    columns: list[list[str]] = [[] for _ in range(1 + max(map(ranked, keys), default=-1))]
    children: dict[str, list[str]] = {key: [] for key in keys}
    for start, end in edges:
        children[start].append(end)
    for key in keys:
        # What reads nothing stands just left of its first reader, not far away at the edge.
        if not parents[key] and children[key]:
            rank[key] = min(rank[child] for child in children[key]) - 1
        columns[rank[key]].append(key)
    return columns


def _places(
    columns: list[list[str]], boxes: Mapping[str, Box], edges: Sequence[tuple[str, str]]
) -> tuple[dict[str, tuple[float, float, float]], float, float]:
    """Return left, middle and width of each node, and the size of the picture."""
    tied: dict[str, list[str]] = {key: [] for column in columns for key in column}
    for start, end in edges:
        tied[start].append(end)
        tied[end].append(start)
    height = max((len(column) for column in columns), default=0) * (_HEIGHT + _GAP_Y)
    middles = {key: _spread(column, height)[key] for column in columns for key in column}
    for sweep in range(_SWEEPS):
        for column in columns if sweep % 2 else reversed(columns):
            column.sort(
                key=lambda key: (
                    sum(middles[one] for one in tied[key]) / len(tied[key])
                    if tied[key]
                    else middles[key],
                    key,
                )
            )
            middles |= _spread(column, height)
    places: dict[str, tuple[float, float, float]] = {}
    left = float(_MARGIN)
    for column in columns:
        width = max(len(boxes[key].text) for key in column) * _LETTER + 18
        places |= {key: (left, middles[key] + _MARGIN, width) for key in column}
        left += width + _GAP_X
    return places, left - _GAP_X + _MARGIN, height + 2 * _MARGIN


def _spread(column: Sequence[str], height: float) -> dict[str, float]:
    step = height / len(column)
    return {key: step * (index + 0.5) for index, key in enumerate(column)}


def _line(start: tuple[float, float, float], end: tuple[float, float, float]) -> str:
    x, y = start[0] + start[2], start[1]
    to_x, to_y = end[0], end[1]
    bend = max((to_x - x) / 2, 18)
    return (
        f'<path class="edge" d="M{x:.0f} {y:.0f} C{x + bend:.0f} {y:.0f} {to_x - bend:.0f}'
        f' {to_y:.0f} {to_x:.0f} {to_y:.0f}"/>'
    )


def _drawn(box: Box, place: tuple[float, float, float]) -> str:
    x, y, width = place
    subject = " subject" if box.is_subject else ""
    drawn = (
        f'<g class="box {escape(box.kind)}{subject}"><rect x="{x:.0f}" y="{y - _HEIGHT / 2:.0f}"'
        f' width="{width:.0f}" height="{_HEIGHT}" rx="4"/>'
        f'<text x="{x + 9:.0f}" y="{y + 4:.0f}">{escape(box.text)}</text></g>'
    )
    return f'<a href="{escape(box.link)}">{drawn}</a>' if box.link else drawn
