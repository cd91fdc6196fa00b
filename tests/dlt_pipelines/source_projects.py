"""A project with one source that can be loaded and asked; shared by the tests of the sources."""

import importlib
import json
from contextlib import contextmanager

import duckdb

from dlt_pipelines import loading

OWN_COLUMNS = {"source_file", "loaded_at"}
LEDGERS = {"collected_ranges", "pages"}


class SourceProject:
    """A project folder with one source."""

    def __init__(self, folder, source):
        self.folder = folder
        self.source = source
        self._connection = None

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
        with self._opened() as build:
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

    def all_rows(self):
        """Give the rows of every table but the ledgers."""
        tables = importlib.import_module(f"dlt_pipelines.{self.source}").TABLES
        with self._opened():
            return {table: self.rows(table) for table in tables if table not in LEDGERS}

    @contextmanager
    def _opened(self):
        """Open the build file unless it is open: that takes longer than most queries."""
        if self._connection is not None:
            yield self._connection
            return
        with duckdb.connect(str(self.folder / "home" / "build.duckdb"), read_only=True) as build:
            build.execute("set timezone = 'UTC'")
            self._connection = build
            try:
                yield build
            finally:
                self._connection = None
