"""The build file, kept open from one load to the next."""

import contextlib
from pathlib import Path

import duckdb

from dlt_pipelines.destination import open_build_file


class BuildFile:
    """Keeps the build file open while sources are loaded, one after the other.

    To open it and to close it after a change takes a third of a second, because everything about
    hundreds of tables is read and written again; a connection to a file that this process has open
    already costs nothing. While it is open no other process can read it, so every step that needs
    it in another way closes it first.
    """

    def __init__(self) -> None:
        self._connection: duckdb.DuckDBPyConnection | None = None

    def keep_open(self, path: Path) -> None:
        """Open the file, if it is not open and can be opened; the load says what is wrong."""
        if self._connection is None:
            path.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(duckdb.Error):
                self._connection = open_build_file(path)

    def close(self) -> None:
        """Write everything into the file itself and give it free."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
