"""What the pages say, as plain values, read from dbt's manifest."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

LAYERS = ("raw", "seeds", "staging", "intermediate", "core", "marts", "readers")
"""From left to right; nothing ever flows back."""

PUBLIC_LAYERS = ("core", "marts")
"""What readers get of a build, so everything in it is described."""


@dataclass(frozen=True)
class Column:
    """A column: type where a contract says it, and what is tested of it alone."""

    name: str
    data_type: str
    description: str
    tests: tuple[str, ...]


@dataclass(frozen=True)
class Node:
    """A table, view, seed, raw table or reader.

    Attributes:
        key: dbt's unique id.
        name: what people call it.
        layer: one of `LAYERS`.
        group: folder or source within the layer.
        description: first its grain.
        kind: table, view, ephemeral, seed, source, application and so on.
        columns: in their order.
        tests: what is tested of the whole table.
        unit_tests: names of worked cases of its calculation.
        parents, children: keys of what it reads and what reads it.
        owner: of a reader.
        path: file in the repository that defines it.
    """

    key: str
    name: str
    layer: str
    group: str
    description: str
    kind: str
    columns: tuple[Column, ...]
    tests: tuple[str, ...]
    unit_tests: tuple[str, ...]
    parents: tuple[str, ...]
    children: tuple[str, ...]
    owner: str
    path: str

    @property
    def page(self) -> str:
        """File name of its page."""
        return f"{self.name.replace('.', '-')}.html"


@dataclass(frozen=True)
class Metric:
    """A governed metric.

    Attributes:
        name, label, description: how it is called and what it is.
        meta: unit, direction, owner, synonyms, minimum_n, formula, exclusions, null_means, example.
        inputs: metrics that it is made of.
        subjects: names of the semantic models that it reads.
        tables: keys of their tables.
        readers: keys of the readers of those tables.
    """

    name: str
    label: str
    description: str
    meta: Mapping[str, Any]
    inputs: tuple[str, ...]
    subjects: tuple[str, ...]
    tables: tuple[str, ...]
    readers: tuple[str, ...]


@dataclass(frozen=True)
class Project:
    """Everything by key or name; `examples` holds the example rows by semantic model."""

    nodes: Mapping[str, Node]
    metrics: Mapping[str, Metric]
    examples: Mapping[str, tuple[Mapping[str, Any], ...]]


def read(manifest: Mapping[str, Any]) -> Project:
    """Read dbt's manifest."""
    raw = dict(_raw_nodes(manifest))
    parents = {
        key: tuple(one for one in node.get("depends_on", {}).get("nodes", ()) if one in raw)
        for key, node in raw.items()
    }
    children: dict[str, list[str]] = {key: [] for key in raw}
    for key, listed in parents.items():
        for parent in listed:
            children[parent].append(key)
    tests = list(_tests(manifest))
    unit_tests: dict[str, list[str]] = {}
    for test in manifest["unit_tests"].values():
        for key in test["depends_on"]["nodes"]:
            unit_tests.setdefault(key, []).append(test["name"].replace("_", " "))
    nodes = {
        key: _node(
            key,
            node,
            [(column, text) for one, column, text in tests if one == key],
            sorted(unit_tests.get(key, ())),
            (parents[key], tuple(sorted(children[key], key=_name))),
        )
        for key, node in raw.items()
    }
    examples = {
        model["name"]: tuple(_meta(model).get("example", ()))
        for model in manifest["semantic_models"].values()
    }
    return Project(nodes, dict(_metrics(manifest, nodes)), examples)


def _raw_nodes(manifest: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, node in manifest["nodes"].items():
        if node["resource_type"] in ("model", "seed"):
            yield key, node
    for kind in ("sources", "exposures"):
        yield from manifest[kind].items()


def _tests(manifest: Mapping[str, Any]) -> Iterator[tuple[str, str | None, str]]:
    """Yield what is tested: the node, its column or None, and words for it."""
    for test in manifest["nodes"].values():
        if test["resource_type"] != "test":
            continue
        generic = test.get("test_metadata")
        if generic is None:
            for key in test["depends_on"]["nodes"]:
                yield key, None, test["name"].replace("_", " ")
            continue
        given = {
            name: value
            for name, value in generic["kwargs"].items()
            if name not in ("model", "column_name", "arguments")
        }
        given |= generic["kwargs"].get("arguments") or {}
        told = "; ".join(f"{name}: {_words(value)}" for name, value in given.items())
        text = generic["name"].replace("_", " ") + (f" ({told})" if told else "")
        yield test["attached_node"], test.get("column_name"), text


def _words(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return str(value).replace("ref('", "").replace("')", "")


def _name(key: str) -> str:
    return ".".join(key.split(".")[2:])


def _node(
    key: str,
    raw: Mapping[str, Any],
    tests: list[tuple[str | None, str]],
    unit_tests: list[str],
    edges: tuple[tuple[str, ...], tuple[str, ...]],
) -> Node:
    kind = raw["resource_type"]
    fqn = raw["fqn"]
    name, layer, group = raw["name"], str(fqn[1]), str(fqn[2]) if len(fqn) > 3 else ""
    if kind == "seed":
        layer, group = "seeds", ""
    elif kind == "source":
        layer, group, name = "raw", raw["source_name"], f"{raw['source_name']}.{raw['name']}"
    elif kind == "exposure":
        layer, group = "readers", ""
    columns = tuple(
        Column(
            column["name"],
            column.get("data_type") or "",
            _text(column.get("description")),
            (
                *(["not null"] if _is_not_null(column) else []),
                *(text for named, text in tests if named == column["name"]),
            ),
        )
        for column in raw.get("columns", {}).values()
    )
    return Node(
        key=key,
        name=name,
        layer=layer,
        group=group,
        description=_text(raw.get("description")),
        kind=str(raw.get("type") or raw.get("config", {}).get("materialized") or kind),
        columns=columns,
        tests=tuple(sorted(text for named, text in tests if named is None)),
        unit_tests=tuple(unit_tests),
        parents=tuple(sorted(edges[0], key=_name)),
        children=edges[1],
        owner=(raw.get("owner") or {}).get("name") or "",
        path=f"dbt_project/{raw['original_file_path']}",
    )


def _is_not_null(column: Mapping[str, Any]) -> bool:
    return any(one.get("type") == "not_null" for one in column.get("constraints", ()))


def _metrics(
    manifest: Mapping[str, Any], nodes: Mapping[str, Node]
) -> Iterator[tuple[str, Metric]]:
    models = {model["name"]: model for model in manifest["semantic_models"].values()}
    of_measure = {
        measure["name"]: name for name, model in models.items() for measure in model["measures"]
    }
    raw = {metric["name"]: metric for metric in manifest["metrics"].values()}

    def subjects(metric: Mapping[str, Any]) -> set[str]:
        params = metric["type_params"]
        if params.get("measure"):
            return {of_measure[params["measure"]["name"]]}
        return set().union(*(subjects(raw[name]) for name in _inputs(metric)))

    for name in sorted(raw):
        read_from = tuple(sorted(subjects(raw[name])))
        tables = tuple(
            sorted(key for one in read_from for key in models[one]["depends_on"]["nodes"])
        )
        readers = {
            child
            for table in tables
            for child in nodes[table].children
            if nodes[child].layer == "readers"
        }
        yield (
            name,
            Metric(
                name=name,
                label=raw[name]["label"],
                description=_text(raw[name]["description"]),
                meta=_meta(raw[name]),
                inputs=tuple(_inputs(raw[name])),
                subjects=read_from,
                tables=tables,
                readers=tuple(sorted(readers)),
            ),
        )


def _inputs(metric: Mapping[str, Any]) -> list[str]:
    params = metric["type_params"]
    sides = [params.get("numerator"), params.get("denominator"), *(params.get("metrics") or ())]
    return [side["name"] for side in sides if side]


def _meta(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**(raw.get("meta") or {}), **((raw.get("config") or {}).get("meta") or {})}


def _text(value: str | None) -> str:
    return " ".join((value or "").split())
