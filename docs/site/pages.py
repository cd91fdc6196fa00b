"""Write the pages of a project."""

import json
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from docs.site.lineage import Box, picture
from docs.site.project import LAYERS, Node, Project

_HERE = Path(__file__).parent
_STEPS = 2
"""How far a picture of one table looks to either side."""

_WORDS = {
    "raw": "as the sources gave it, only ever added to",
    "seeds": "lookups, thresholds and what an organisation says of itself",
    "staging": "renamed, cast, newest version of each row",
    "intermediate": "vendors made one, rules applied",
    "core": "facts and dimensions: the public boundary",
    "marts": "what people look at",
    "readers": "reports, pages and files that are made of it",
}

_DIRECTIONS = {"up": "higher is better", "down": "lower is better"}
"""What is neither says nothing."""


def write(project: Project, output: Path) -> int:
    """Write all pages into a folder, which is emptied before.

    Returns:
        How many pages there are.
    """
    shutil.rmtree(output, ignore_errors=True)
    (output / "tables").mkdir(parents=True)
    templates = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters |= {"rich": _rich, "folded": _folded}
    templates.globals |= {
        "project": project,
        "layers": LAYERS,
        "layer_words": _WORDS,
        "directions": _DIRECTIONS,
    }
    shutil.copyfile(_HERE / "templates" / "style.css", output / "style.css")
    by_layer = {
        layer: sorted(
            (node for node in project.nodes.values() if node.layer == layer),
            key=lambda node: (node.group, node.name),
        )
        for layer in LAYERS
    }
    pages = {
        "index.html": templates.get_template("index.html").render(
            up="", by_layer=by_layer, overview=overview(project), words=_search_words(project)
        ),
        "metrics.html": templates.get_template("metrics.html").render(
            up="", by_subject=_by_subject(project)
        ),
    }
    table = templates.get_template("table.html")
    for node in project.nodes.values():
        pages[f"tables/{node.page}"] = table.render(
            up="../",
            node=node,
            lineage=around(project, node),
            metrics=[m for m in project.metrics.values() if node.key in m.tables],
        )
    for name, text in pages.items():
        (output / name).write_text(text + "\n", encoding="utf-8")
    return len(pages)


def _rich(text: str) -> Markup:
    """Return a description with names in back-ticks as code."""
    parts = re.split(r"`([^`]+)`", text)
    parts[1::2] = [Markup("<code>{}</code>").format(_folded(name)) for name in parts[1::2]]
    return Markup("").join(parts)


def _folded(name: str) -> Markup:
    """Return a name that a narrow column folds between its words, and not inside of one."""
    return Markup("_<wbr>").join(name.split("_"))


def _search_words(project: Project) -> str:
    """Return what the search box knows, as JSON that is safe inside of a script."""
    words = [[n.name, f"tables/{n.page}", n.layer] for n in project.nodes.values()]
    words += [
        [f"{n.name}.{column.name}", f"tables/{n.page}#{column.name}", "column"]
        for n in project.nodes.values()
        if n.layer in ("core", "marts")
        for column in n.columns
    ]
    words += [
        [" · ".join([m.name, m.label, *m.meta["synonyms"]]), f"metrics.html#{m.name}", "metric"]
        for m in project.metrics.values()
    ]
    return json.dumps(sorted(words)).replace("<", "\\u003c")


def _by_subject(project: Project) -> dict[str, list[str]]:
    """Return names of metrics by what they are about; counts behind what is made of them."""
    found: dict[str, list[str]] = {}
    for metric in sorted(
        project.metrics.values(), key=lambda one: (one.meta.get("unit") == "count", one.name)
    ):
        found.setdefault(" and ".join(metric.subjects), []).append(metric.name)
    return dict(sorted(found.items()))


def overview(project: Project) -> str:
    """Return the picture of the whole: folders and sources, not single tables."""

    def place(node: Node) -> str:
        name = node.group or node.layer
        return f"{node.layer}/{name}" if node.group and node.layer != "raw" else name

    boxes = {
        place(node): Box(
            key=place(node), text=place(node), kind=node.layer, link=f"#{node.layer}-{node.group}"
        )
        for node in project.nodes.values()
        if node.layer != "readers"
    }
    edges = {
        (place(project.nodes[parent]), place(node))
        for node in project.nodes.values()
        if node.layer != "readers"
        for parent in node.parents
    }
    order = {layer: index for index, layer in enumerate(LAYERS)}
    forward = {edge for edge in edges if order[boxes[edge[0]].kind] < order[boxes[edge[1]].kind]}
    return picture(boxes.values(), forward)


def around(project: Project, node: Node) -> str:
    """Return the picture of a table with what it is made of and what is made of it.

    A column is a step away from the table; drawn is what flows from one to the next.
    """
    steps = {node.key: 0}
    for direction, sign in (("parents", -1), ("children", 1)):
        edge: Iterable[str] = [node.key]
        for step in range(1, _STEPS + 1):
            edge = {
                one
                for key in edge
                for one in getattr(project.nodes[key], direction)
                if one not in steps
            }
            steps |= dict.fromkeys(edge, sign * step)
    boxes = [
        Box(
            key=key,
            text=project.nodes[key].name,
            kind=project.nodes[key].layer,
            link="" if key == node.key else project.nodes[key].page,
            is_subject=key == node.key,
        )
        for key in steps
    ]
    edges = {
        (parent, key)
        for key, step in steps.items()
        for parent in project.nodes[key].parents
        if steps.get(parent, step) == step - 1
    }
    return picture(boxes, edges)
