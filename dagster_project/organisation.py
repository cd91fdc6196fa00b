"""The tables that an organisation writes about itself, laid out for dbt."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from dagster_project.home import MODELS_FOLDER, Home
from dlt_pipelines.config import ConfigurationError

_NOT_NEEDED = {"services.csv": ("application",)}


def prepare_organisation(home: Home) -> None:
    """Lay out the organisation's tables for dbt: the project's, and headers for the missing ones.

    A project may know its teams and nothing of its services; dbt wants every table to be there. A
    table may be without a column that is not needed: dbt wants that, too.

    Raises:
        ConfigurationError: a table of the project is none that dbt could read.
    """
    target = home.organisation_seeds
    target.mkdir(parents=True, exist_ok=True)
    for default in (MODELS_FOLDER / "organisation").glob("*.csv"):
        own = home.settings.project / "organisation" / default.name
        source = own if own.is_file() else default
        copy = target / default.name
        columns = default.read_text(encoding="utf-8").splitlines()[0].split(",")
        wanted = _laid_out(source, columns, _NOT_NEEDED.get(default.name, ()))
        if not copy.is_file() or copy.read_bytes() != wanted:
            copy.write_bytes(wanted)


def _laid_out(path: Path, columns: Sequence[str], not_needed: Sequence[str]) -> bytes:
    """Return a table with the columns that are not needed behind its own, empty where it has none.

    Raises:
        ConfigurationError: it is no such table; the message says what to mend where.
    """
    table = path.read_bytes()
    rows = _rows(path, table)
    header = rows[0][1] if rows else []
    needed = [name for name in columns if name not in not_needed]
    missing = [name for name in needed if name not in header]
    if missing:
        hint = "; its values are separated by `;`, write commas" if ";" in "".join(header) else ""
        raise ConfigurationError(
            f"`{path}` has no column {_listed(missing)}: its first line must name "
            f"{_listed(needed)}{hint}"
        )
    for number, row in rows:
        if len(row) != len(header):
            raise ConfigurationError(
                f"`{path}`, line {number}: it has {len(row)} values and the first line "
                f"{len(header)}; an empty value needs its comma, a comma in a value quotation marks"
            )
    added = [name for name in not_needed if name not in header]
    if not added:
        return table
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*header, *added])
    writer.writerows([*row, *("" for _ in added)] for _, row in rows[1:])
    return text.getvalue().encode()


def _rows(path: Path, table: bytes) -> list[tuple[int, list[str]]]:
    """Return the rows with the number of their last line; empty lines are none."""
    try:
        text = table.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = table[: error.start].count(b"\n") + 1
        raise ConfigurationError(
            f"`{path}`, line {line}: it is not UTF-8; save the file in that encoding"
        ) from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        return [(reader.line_num, row) for row in reader if row]
    except csv.Error as error:
        raise ConfigurationError(f"`{path}`, line {reader.line_num}: {error}; mend it") from error


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
