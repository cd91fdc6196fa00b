"""Small CSV tables."""

import csv
from collections.abc import Iterable
from pathlib import Path


def write_table(path: Path, header: tuple[str, ...], rows: Iterable[Iterable[object]]) -> None:
    """Write a CSV file with a header; None becomes an empty field."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


class Table:
    """A CSV file that grows row by row while the simulation runs."""

    def __init__(self, path: Path, header: tuple[str, ...]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path, self._header = path, header
        self._is_started = False

    def extend(self, rows: Iterable[Iterable[object]]) -> None:
        """Append rows; the header is written with the first ones."""
        mode = "a" if self._is_started else "w"
        with self._path.open(mode, newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            if not self._is_started:
                writer.writerow(self._header)
            writer.writerows(rows)
        self._is_started = True
