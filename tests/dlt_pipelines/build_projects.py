"""A project with one source of builds that can be loaded and asked; shared by their tests."""

import json

import duckdb
import pyarrow as pa

from dlt_pipelines import loading
from dlt_pipelines.parsers.builds import SCHEMAS

OWN_COLUMNS = {"source_file", "loaded_at"}
LEDGER = "collected_ranges"


class BuildProject:
    """A project folder with one source."""

    def __init__(self, folder, source):
        self.folder = folder
        self.source = source

    def configure(self, **options):
        settings = self.folder / ".dlt"
        settings.mkdir(exist_ok=True)
        lines = [f"{key} = {json.dumps(value)}\n" for key, value in options.items()]
        (settings / "config.toml").write_text(f"[sources.{self.source}]\n" + "".join(lines))

    def write(self, name, content):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())

    def deliver(self, number, body, event="event", received_at="2026-01-02T03:00:00Z"):
        """Let a webhook delivery land."""
        delivery = {
            "vendor": self.source,
            "event": event,
            "delivery_id": str(number),
            "received_at": received_at,
            "body": body,
        }
        landing = f"home/landing/webhooks/{self.source}/2026-01-02"
        self.write(f"{landing}/{number:016}-{number}.json", delivery)

    def load(self):
        return loading.run(self.source, project=self.folder)

    def query(self, sql):
        with duckdb.connect(str(self.folder / "home" / "build.duckdb"), read_only=True) as build:
            build.execute("set timezone = 'UTC'")
            return build.execute(sql).fetchall()

    def count(self, table):
        return self.query(f"select count(*) from raw_{self.source}.{table}")[0][0]

    def rows(self, table, *names):
        """Give the rows of a table, by default without what tells when and from where."""
        dataset = f"raw_{self.source}"
        named = self.query(
            "select column_name from information_schema.columns"
            f" where table_schema = '{dataset}' and table_name = '{table}'"
        )
        columns = names or sorted(name for (name,) in named if name not in OWN_COLUMNS)
        return sorted(self.query(f"select {', '.join(columns)} from {dataset}.{table}"), key=repr)

    def all_rows(self, tables):
        """Give the rows of every table but the ledger."""
        return {table: self.rows(table) for table in tables if table != LEDGER}


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
        """Give columns of a table, sorted as `BuildProject.rows` does."""
        schema = SCHEMAS[table]
        columns = list(zip(*self._rows.get(table, []), strict=True)) or [[]] * len(schema)
        arrays = [pa.array(column, part.type) for column, part in zip(columns, schema, strict=True)]
        with duckdb.connect() as memory:
            memory.execute("set timezone = 'UTC'")
            memory.register("found", pa.Table.from_arrays(arrays, schema=schema))
            return sorted(
                memory.execute(f"select {', '.join(names)} from found").fetchall(), key=repr
            )
