"""What a vendor's reader makes of documents, as tables to ask; shared by the tests of builds."""

import duckdb
import pyarrow as pa

from dlt_pipelines.parsers.builds import SCHEMAS


class Reading:
    """Documents read by a vendor's reader, as tables to ask; quicker than a load."""

    def __init__(self, make_reader):
        self._make_reader = make_reader
        self._rows = {}
        self.rejected = []

    def row(self, table, row):
        self._rows.setdefault(table, []).append(row)

    def reject(self, table, number, item, reason):
        self.rejected.append(reason)

    def load(self, *documents, **options):
        for document in documents:
            self._make_reader(self, "saved/page.json", **options).read(document)

    def rows(self, table, *names):
        """Give columns of a table, sorted as `SourceProject.rows` does."""
        schema = SCHEMAS[table]
        columns = list(zip(*self._rows.get(table, []), strict=True)) or [[]] * len(schema)
        arrays = [pa.array(column, part.type) for column, part in zip(columns, schema, strict=True)]
        with duckdb.connect() as memory:
            memory.execute("set timezone = 'UTC'")
            memory.register("found", pa.Table.from_arrays(arrays, schema=schema))
            return sorted(
                memory.execute(f"select {', '.join(names)} from found").fetchall(), key=repr
            )
