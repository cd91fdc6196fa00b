"""The pages of `make docs`: whole, linked, and readable without any network."""

import json
import re
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest

from docs.site.lineage import Box, picture
from docs.site.pages import write
from docs.site.project import PUBLIC_LAYERS, read


class Page(HTMLParser):
    """Links, anchors, loaded files and text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links, self.anchors, self.loaded, self.words = [], set(), [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "a":
            self.links.append(given["href"])
        if "id" in given:
            self.anchors.add(given["id"])
        self.loaded += [given[name] for name in ("src", "href") if name in given and tag != "a"]

    def handle_data(self, data):
        self.words.append(data)


@pytest.fixture(scope="module")
def project(manifest):
    return read(manifest)


@pytest.fixture(scope="module")
def folder(project, tmp_path_factory):
    output = tmp_path_factory.mktemp("docs") / "pages"
    count = write(project, output)
    assert count == len(project.nodes) + 2
    return output


@pytest.fixture(scope="module")
def pages(folder):
    return {path: Page(path.read_text()) for path in folder.rglob("*.html")}


def test_every_table_has_a_page(folder, manifest):
    models = [n["name"] for n in manifest["nodes"].values() if n["resource_type"] == "model"]
    assert len(models) > 100
    assert [name for name in models if not (folder / "tables" / f"{name}.html").is_file()] == []


def test_every_public_column_is_described_on_its_page(project, pages, folder):
    wrong, seen = [], 0
    for node in project.nodes.values():
        if node.layer not in PUBLIC_LAYERS:
            continue
        page = pages[folder / "tables" / node.page]
        words = " ".join(" ".join(page.words).split())
        assert node.columns, node.name
        for column in node.columns:
            seen += 1
            plain = " ".join(column.description.replace("`", " ").split())
            is_told = re.sub(r"\W", "", plain) in re.sub(r"\W", "", words)
            if column.name not in page.anchors or not plain or not is_told:
                wrong.append(f"{node.name}.{column.name}")
    assert seen > 500
    assert wrong == []


def test_every_metric_is_told_in_full(project, pages, folder):
    page = pages[folder / "metrics.html"]
    words = " ".join(" ".join(page.words).split())
    wrong = []
    for name, metric in project.metrics.items():
        told = [metric.label, *metric.meta["synonyms"]]
        told += [" ".join(str(metric.meta.get(key, "")).split()) for key in ("formula", "example")]
        if name not in page.anchors or not all(one in words for one in told):
            wrong.append(name)
        assert metric.tables, name
        assert metric.readers, f"{name}: put its table into the exposure `testops_metrics`"
    assert wrong == []


def test_metrics_say_which_way_is_better(project, pages, folder):
    words = " ".join(" ".join(pages[folder / "metrics.html"].words).split())
    directions = [metric.meta["direction"] for metric in project.metrics.values()]
    assert words.count("higher is better") == directions.count("up") > 0
    assert words.count("lower is better") == directions.count("down") > 0


def test_a_metric_is_found_by_name_label_and_synonym(project, folder):
    text = (folder / "index.html").read_text()
    known = json.loads(re.search(r"^const words = (.*);$", text, re.MULTILINE)[1])
    found = {page: text.split(" · ") for text, page, _ in known}
    for name, metric in project.metrics.items():
        said = found[f"metrics.html#{name}"]
        assert said == [name, metric.label, *metric.meta["synonyms"]]


def test_names_fold_between_their_words(project, folder):
    """A narrow column would cut them anywhere."""
    text = (folder / "metrics.html").read_text()
    folded = [f"<code>{name.replace('_', '_<wbr>')}</code>" for name in project.metrics]
    assert [name for name in folded if name not in text] == []


def _luminance(colour):
    digits = colour.lstrip("#")
    pairs = re.findall("..", digits if len(digits) == 6 else "".join(2 * one for one in digits))
    parts = [int(pair, 16) / 255 for pair in pairs]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_written_can_be_read(folder, scheme):
    """Contrast of at least 4.5 (WCAG 2.2, 1.4.3) on all that text stands on."""
    style = (folder / "style.css").read_text()
    blocks = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    assert len(blocks) == 2
    colours = dict(re.findall(r"--(\w+): (#\w+)", blocks[scheme == "dark"]))
    layers = ("raw", "seeds", "staging", "intermediate", "core", "marts", "readers")
    places = [(ink, "paper") for ink in ("ink", "quiet", "link")]
    places += [(ink, "mark") for ink in ("ink", "quiet", "link")]
    places += [("ink", layer) for layer in layers]
    for ink, ground in places:
        light, dark = sorted((_luminance(colours[ink]), _luminance(colours[ground])))[::-1]
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (scheme, ink, ground)


def test_links_lead_somewhere(pages):
    wrong = []
    for path, page in pages.items():
        for link in page.links:
            file, _, anchor = link.partition("#")
            target = (path.parent / file).resolve() if file else path
            if target not in pages or (anchor and anchor not in pages[target].anchors):
                wrong.append(f"{path.name}: {link}")
    assert wrong == []


def test_pages_need_no_network(folder, pages):
    assert {link for page in pages.values() for link in page.loaded} <= {
        "style.css", "../style.css"
    }  # fmt: skip
    texts = [path.read_text() for path in folder.rglob("*") if path.is_file()]
    assert not any(re.search(r"fetch\(|XMLHttpRequest|@import|url\(", text) for text in texts)


def test_pictures_show_what_a_table_is_made_of(project, folder):
    node = next(one for one in project.nodes.values() if one.name == "fct_deployments")
    text = (folder / "tables" / node.page).read_text()
    svg = ET.fromstring(re.search(r"<svg.*?</svg>", text, re.DOTALL)[0])
    shown = {one.text for one in svg.iter("{http://www.w3.org/2000/svg}text")}
    near = {project.nodes[key].name for key in (*node.parents, *node.children)}
    assert near | {node.name} <= shown


def test_what_is_read_stands_left_of_what_reads_it():
    boxes = [Box(key, f"<{key}>", "core") for key in "abcd"]
    svg = ET.fromstring(picture(boxes, [("a", "b"), ("b", "c"), ("d", "c")]))
    space = "{http://www.w3.org/2000/svg}"
    left = {
        group.find(f"{space}text").text.strip("<>"): float(group.find(f"{space}rect").get("x"))
        for group in svg.iter(f"{space}g")
    }
    assert left["a"] < left["b"] < left["c"]
    assert left["d"] == left["b"]


def test_descriptions_are_text(project, manifest, tmp_path):
    """What somebody writes into a description is shown, never run."""
    key = next(key for key in manifest["nodes"] if key.endswith(".fct_deployments"))
    hostile = "One row per <script>alert(1)</script> `<b>`"
    changed = {**manifest["nodes"][key], "description": hostile}
    again = read({**manifest, "nodes": {**manifest["nodes"], key: changed}})
    write(again, tmp_path / "pages")
    text = (tmp_path / "pages" / "tables" / "fct_deployments.html").read_text()
    assert "<script>alert" not in text
    assert "<code>&lt;b&gt;</code>" in text
