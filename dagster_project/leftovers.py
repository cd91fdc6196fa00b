"""Tables of models that are no more."""

import json
from pathlib import Path

import duckdb


def drop_leftovers(build_file: Path, manifest: Path) -> list[str]:
    """Drop what lies in the schemas of the models and is no model or seed any more.

    dbt leaves it where it is. Readers would get it for ever, with the numbers of the last day on
    which somebody made it.

    Args:
        build_file: nobody has it open.
        manifest: what dbt knows of the models.

    Returns:
        Full names of what was dropped, sorted.
    """
    nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"].values()
    made = [node for node in nodes if node["resource_type"] in ("model", "seed")]
    known = {
        (node["schema"], node["alias"])
        for node in made
        if node["config"]["materialized"] != "ephemeral"
    }
    with duckdb.connect(str(build_file)) as connection:
        found = connection.execute(
            "select table_schema, table_name, table_type from information_schema.tables"
            " where table_catalog = current_database() and list_contains(?, table_schema)"
            " order by all",
            [sorted({node["schema"] for node in made})],
        ).fetchall()
        gone = [row for row in found if row[:2] not in known]
        for schema, name, kind in gone:
            what = "view" if kind == "VIEW" else "table"
            connection.execute(f'drop {what} "{schema}"."{name}"')
    return [f"{schema}.{name}" for schema, name, _ in gone]
